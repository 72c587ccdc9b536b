"""What each measured message expects, and that none of them was learnt from."""

import importlib.util
import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from assistant import app
from assistant.app import Services, use
from assistant.quality.messages import OWN, SHARED, Message, Prediction, covers, is_right, load, misspelt, prepare
from assistant.quality.training import read
from assistant.settings import Settings
from assistant.text import fold

RSA = {"kind": "procedure", "labels": ["caf/rsa"], "match": "any"}
EITHER = RSA | {"labels": ["caf/rsa", "msa/prestations"]}
BOTH = RSA | {"labels": ["caf/rsa", "impots/avis"], "match": "all"}
ANY_OF_CAF = RSA | {"labels": ["caf/*"]}
ANYTHING = RSA | {"labels": ["*/*"]}
OR_ASKED = RSA | {"also_ok_kind": ["clarify"]}
VAGUE = {"kind": "clarify", "labels": ["caf/*"], "match": "any"}
VAGUE_OR_DIRECT = VAGUE | {"direct_ok": True}
ELSEWHERE = {"kind": "out_of_scope"}
ELSEWHERE_OR = ELSEWHERE | {"also_ok": ["local/ccas_aide"]}
ALARM = {"kind": "urgence", "type": "violences"}
YES = {"kind": "dialogue", "act": "affirmer"}
TABLE: list[tuple[dict[str, Any], str, str | None, bool]] = [
    (RSA, "caf/rsa", None, True),
    (RSA, "caf/rsa caf/aah", None, True),
    (RSA, "caf/aah caf/rsa", None, False),
    (RSA, "", "clarify", False),
    (RSA, "caf/rsa", "clarify", False),
    (EITHER, "msa/prestations", None, True),
    (BOTH, "impots/avis caf/rsa", None, True),
    (BOTH, "caf/rsa", None, False),
    (BOTH, "caf/rsa impots/avis", "clarify", False),
    (ANY_OF_CAF, "caf/aah", None, True),
    (ANY_OF_CAF, "msa/aah", None, False),
    (ANYTHING, "la_poste/reexpedition", None, True),
    (OR_ASKED, "", "clarify", True),
    (OR_ASKED, "", "out_of_scope", False),
    (VAGUE, "caf/rsa", "clarify", True),
    (VAGUE, "caf/rsa", None, False),
    (VAGUE_OR_DIRECT, "caf/rsa", None, True),
    (VAGUE_OR_DIRECT, "impots/avis", None, False),
    (ELSEWHERE, "", "out_of_scope", True),
    (ELSEWHERE, "caf/rsa", None, False),
    (ELSEWHERE, "", "urgence", False),
    (ELSEWHERE_OR, "local/ccas_aide", None, True),
    (ELSEWHERE_OR, "local/ccas_aide", "clarify", False),
    (ALARM, "", "urgence", True),
    (ALARM, "local/droits_femmes_familles", None, False),
    (YES, "", "affirmer", True),
    (YES, "", "nier", False),
    (YES, "caf/rsa", None, False),
]
"""Expected; labels predicted; kind, or act, predicted where it is no procedure; whether it is right."""


def message(expect: dict[str, Any]) -> Message:
    """A message that expects this."""
    return Message("1", "…", "officiel", expect)


def prediction(labels: str, other: str | None) -> Prediction:
    """A prediction as the table writes it."""
    act = other if other in ("affirmer", "nier") else None
    return Prediction("dialogue" if act else other or "procedure", tuple(labels.split()), act, 1.0)


@pytest.mark.parametrize(("expect", "labels", "other", "right"), TABLE)
def test_what_is_right(expect: dict[str, Any], labels: str, other: str | None, right: bool) -> None:
    """The first label where one is asked for, all of them where several are; else the kind."""
    assert is_right(message(expect), prediction(labels, other)) is right


def test_our_judge_is_the_shared_one() -> None:
    """Every expectation against every prediction, as ../shared/eval/score.py judges them."""
    path = SHARED.parent / "score.py"
    if not path.exists():
        pytest.skip("no ../shared/eval/score.py on this machine: the table above stands alone")
    spec = importlib.util.spec_from_file_location("shared_score", path)
    shared = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(shared)
    expects = {json.dumps(expect): expect for expect, *_ in TABLE}.values()
    labels = {labels for _, labels, *_ in TABLE}
    others = {other for *_, other, _ in TABLE}
    verdicts = Counter()
    for expect, names, other in product(expects, labels, others):
        predicted = prediction(names, other)
        if predicted.kind == "procedure" and not names:
            continue  # no triage answers with a procedure it does not name
        theirs = shared.judge(expect, {"kind": predicted.kind, "labels": [*predicted.labels], "act": predicted.act})[0]
        assert is_right(message(expect), predicted) == theirs, (expect, predicted)
        verdicts[theirs] += 1
    assert min(verdicts[True], verdicts[False]) > 50


def test_a_star_stands_for_any_procedure() -> None:
    """Of the partner before it."""
    assert covers(ANY_OF_CAF["labels"], "caf/aah")
    assert not covers(ANY_OF_CAF["labels"], "caffe/aah")
    assert not covers([], "caf/aah")


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """The sample of places; what was in use before is put back."""
    before = app._current
    opened = Services.open(Settings(state_dir=tmp_path_factory.mktemp("messages"), database_url="", redis_url=""))
    yield use(opened)
    opened.close()
    app._current = before


def raw(text: str) -> dict[str, Any]:
    """A line of a file of messages."""
    return {"id": "1", "text": text, "style": "sms", "expect": RSA}


def test_the_model_reads_a_message_without_its_place(services: Services) -> None:
    """What is measured is what is served."""
    found = prepare(raw("le rsa à Lure"))
    assert [entity["entity"] for entity in found.entities] == ["lieu"]
    assert found.request.split() == ["le", "rsa", "à"]
    assert found.claim is None


@pytest.mark.parametrize(("text", "claim"), [("à Lure svp", "lieu"), ("mardi matin", "moment"), ("mon rsa", None)])
def test_a_message_that_is_only_a_place_asks_no_model(services: Services, text: str, claim: str | None) -> None:
    """Nor one that is only a moment."""
    assert prepare(raw(text)).claim == claim


def test_our_messages_are_of_every_kind(services: Services) -> None:
    """Read once each, with ids of their own; every partner has some."""
    messages = load(OWN)
    assert len({m.id for m in messages}) == len(messages) > 600
    assert {m.kind for m in messages} == {"procedure", "clarify", "out_of_scope", "urgence", "dialogue"}
    asked = {label.split("/")[0] for m in messages if m.kind == "procedure" for label in m.labels}
    assert asked == {procedure.split("/")[0] for procedure in services.catalogue.procedures}
    assert {label for m in messages if m.kind == "procedure" for label in m.labels} <= set(
        services.catalogue.procedures
    )


def test_misspelt_messages_expect_the_same() -> None:
    """The same slips for the same seed; so many a message; none in what no model reads."""
    sent = [
        Message("a", "demander une attestation de paiement", "sms", RSA),
        Message("b", "Lure", "sms", RSA, (), "lieu"),
    ]
    once, again = (misspelt(sent, Random(5), None, 2) for _ in range(2))
    assert once == again
    assert [(m.id, m.expect) for m in once] == [("a", RSA)]
    changed = [a != b for a, b in zip(sent[0].text.split(), once[0].text.split(), strict=True)]
    assert 1 <= sum(changed) <= 2
    assert misspelt(sent, Random(5), None, 0)[0].text == sent[0].text
    everywhere = misspelt(sent, Random(5), 1.0)[0].text.split()
    assert sum(a != b for a, b in zip(sent[0].text.split(), everywhere, strict=True)) >= 2


ALIKE = 0.8
"""Share of their words in common from which two sentences of five words or more are the same, as check_leak.py has it."""
FEW = 5


class Learnt:
    """Training sentences, looked up by their rarest words."""

    def __init__(self, sentences: list[str]):
        self._texts = {fold(sentence) for sentence in sentences}
        self._bags = {bag for bag in map(frozenset, map(str.split, self._texts)) if len(bag) >= FEW}
        self._met = Counter(word for bag in self._bags for word in bag)
        self._holding: dict[str, list[frozenset[str]]] = defaultdict(list)
        for bag in self._bags:
            for word in bag:
                self._holding[word].append(bag)

    def hold(self, text: str) -> bool:
        """Whether one of them is this text, or nearly; one and two words are everyone's."""
        words = frozenset(fold(text).split())
        if len(fold(text).split()) <= 2 or not any(letter.isalpha() for letter in text):
            return False
        if fold(text) in self._texts:
            return True
        # a twin lacks a fifth of the words at most, so it holds one of the rarest fifth and one more
        rarest = sorted(words, key=self._met.__getitem__)[: len(words) // 5 + 1]
        near = (bag for word in rarest for bag in self._holding.get(word, ()))
        return len(words) >= FEW and any(len(bag & words) / len(bag | words) >= ALIKE for bag in near)


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    """Every training sentence."""
    return Learnt([text for text, _ in read(Settings().nlu_data_dir)])


@pytest.mark.parametrize("path", [OWN, SHARED], ids=["ours", "shared"])
def test_no_measured_message_was_learnt_from(path: Path, learnt: Learnt) -> None:
    """Nor one that shares four fifths of its words with it."""
    if not path.exists():
        pytest.skip(f"{path.name} is not on this machine")
    texts = [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines()]
    assert len(texts) > 100
    assert [text for text in texts if learnt.hold(text)] == []


def test_a_leak_would_be_found() -> None:
    """The control: the same words, with other capitals or one word more; not what only begins alike."""
    few = Learnt(["Comment faire une demande de RSA quand on vit seul ?", "carte grise perdue"])
    assert few.hold("comment FAIRE une demande de rsa quand on vit seul")
    assert few.hold("Bonjour, comment faire une demande de RSA quand on vit seul ?")
    assert few.hold("carte grise perdue !")
    assert not few.hold("carte grise")
    assert not few.hold("Comment faire une demande de passeport quand on est mineur ?")
