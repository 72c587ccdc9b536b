"""The files that speak of the same things agree: procedures, sentences, intents, rules, responses, actions."""

import functools
import re
from collections import Counter

import pytest
from ruamel.yaml import YAML

from assistant.catalogue.loader import load
from assistant.emergencies import EMERGENCIES
from assistant.nlu.learning.request_model import singles
from assistant.settings import PROJECT, Settings

DOMAIN = PROJECT / "assistant" / "dialogue" / "domain"
NLU = PROJECT / "nlu_data"


def domain(name: str) -> dict:
    return YAML(typ="safe").load((DOMAIN / f"{name}.yml").read_text(encoding="utf-8"))


@functools.cache
def labels() -> Counter:
    """Full intent → number of sentences, over all training files."""
    found: Counter = Counter()
    for path in sorted(NLU.rglob("*.yml")):
        for entry in YAML(typ="safe").load(path.read_text(encoding="utf-8")).get("nlu") or []:
            for label in singles(entry["intent"]):
                found[label] += sum(line.strip().startswith("- ") for line in entry["examples"].splitlines())
    return found


def rules_text() -> str:
    return (NLU / "rules" / "rules.yml").read_text(encoding="utf-8")


def code() -> str:
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted((PROJECT / "actions").glob("*.py")))


def test_every_procedure_is_learnt_and_every_label_is_a_procedure() -> None:
    """What is recognised is in the catalogue, and the other way round."""
    learnt = {label.split("/", 1)[1].replace(".", "/", 1) for label in labels() if label.startswith("demande/")}
    assert learnt == set(load(Settings().procedures_dir).procedures)


@pytest.mark.parametrize("label", sorted(labels()))
def test_a_label_has_enough_sentences(label: str) -> None:
    """A hundred sentences a procedure, twenty-five for the rest: less cannot be recognised."""
    assert labels()[label] >= (100 if label.startswith("demande/") else 25)


def test_every_intent_of_the_domain_has_a_rule() -> None:
    """`rasa data validate` passes an intent without a rule; this does not."""
    in_rules = set(re.findall(r"- intent: (\w+)", rules_text()))
    assert set(domain("intents")["intents"]) == in_rules


def test_every_typed_intent_has_sentences_and_every_sentence_an_intent() -> None:
    """Intents that only buttons send have no sentences; all the others do."""
    buttons = {i for i in domain("intents")["intents"] if i.startswith(("choisir_", "voir_"))}
    buttons |= {"accueillir", "preciser_documents", "sans_telephone", "attendre_plus_tot"}
    typed = {label.split("/")[0] for label in labels()}
    assert typed == set(domain("intents")["intents"]) - buttons


def test_every_action_is_declared_and_used() -> None:
    """Rules, code and domain name the same actions."""
    written = set(re.findall(r'action = "(action_\w+)"', code()))
    declared = set(domain("actions")["actions"])
    assert {a for a in declared if a.startswith("action_")} == written
    asked = {a for a in written if a.startswith("action_ask_")}
    assert set(re.findall(r"- action: (action_\w+)", rules_text())) == written - asked


def test_every_response_is_said_and_every_said_response_exists() -> None:
    """No sentence that nobody says, no name without its sentence."""
    written = set(domain("responses")["responses"])
    used = set(re.findall(r'"(utter_\w+)"', code() + rules_text())) | set(re.findall(r"utter_\w+", rules_text()))
    # f"utter_urgence_{kind}", and what Rasa looks for by itself: the question of a form's slot
    prefixes = {p for p in re.findall(r'f"(utter_\w+?_)\{', code()) if p != "utter_"} | {"utter_creneaux", "utter_ask_"}
    named = {
        f"utter_{intent}" for intent in re.search(r"POLITE = \((.*?)\)", code(), re.S)[1].replace('"', "").split(", ")
    }
    assert used - written == set()
    assert {n for n in written - used - named if not n.startswith(tuple(prefixes))} == {"utter_panne"}


def test_every_kind_of_emergency_has_numbers_sentences_and_words() -> None:
    """What is learnt as an emergency has its numbers, and what to say then and after."""
    learnt = {label.split("/")[1] for label in labels() if label.startswith("urgence/")}
    said = domain("responses")["responses"]
    assert learnt == set(EMERGENCIES)
    assert all(f"utter_urgence_{kind}" in said and f"utter_urgence_suite_{kind}" in said for kind in learnt)


def test_an_emergency_says_its_numbers_in_words() -> None:
    """Read aloud or without the page's panel, the text alone gives a number to call."""
    said = domain("responses")["responses"]
    for kind, emergency in EMERGENCIES.items():
        assert emergency.numbers[0].number in said[f"utter_urgence_{kind}"][0]["text"]


def test_buttons_name_intents_of_the_domain() -> None:
    """A button of a response leads somewhere."""
    intents = set(domain("intents")["intents"])
    payloads = [
        b["payload"] for r in domain("responses")["responses"].values() for v in r for b in v.get("buttons", [])
    ]
    assert payloads
    assert {re.match(r"/(\w+)", payload)[1] for payload in payloads} <= intents
