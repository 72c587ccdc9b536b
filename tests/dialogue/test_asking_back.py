"""Which one is meant: a question that can be read aloud; and what is not ours, with a way on."""

from typing import Any

import pytest

from actions.answers import misleading_word
from actions.bridge import Conversation
from assistant.app import Services
from assistant.nlu.languages import SPOKEN
from tests.dialogue.conftest import Understood
from tests.dialogue.talking import Person

OWN, WIDOW, CARD = "retraite/demande", "retraite/reversion", "interieur/carte_identite"
WAY_OUT = "Autre chose"


def phrase(services: Services, procedure: str) -> str:
    """The catalogue's phrase for a procedure."""
    return services.catalogue.procedure(procedure).asked_as


async def test_two_are_told_apart_by_their_phrases(person: Person, understood: Understood, services: Services) -> None:
    """ "C'est pour …, ou pour … ?"; the buttons keep the titles."""
    await person.says(understood("la pension", "clarifier", candidates={OWN: 0.5, WIDOW: 0.45, CARD: 0.05}))
    assert person.read == f"C'est pour {phrase(services, OWN)}, ou pour {phrase(services, WIDOW)} ?"
    assert [c.label for c in person.offered] == ["Demander sa retraite", "Pension de réversion", WAY_OUT]


async def test_three_are_told_apart_by_their_phrases(
    person: Person, understood: Understood, services: Services
) -> None:
    """ "C'est pour …, pour …, ou pour … ?"."""
    await person.says(understood("la pension", "clarifier", candidates={OWN: 0.4, WIDOW: 0.35, CARD: 0.25}))
    own, widow, card = (phrase(services, name) for name in (OWN, WIDOW, CARD))
    assert person.read == f"C'est pour {own}, pour {widow}, ou pour {card} ?"


@pytest.mark.parametrize(
    ("shares", "proposed"),
    [
        ((0.9, 0.06, 0.04), 2),
        ((0.5, 0.3, 0.1, 0.1), 3),
        ((0.25, 0.25, 0.25, 0.25), 3),
        ((0.6, 0.35, 0.05), 2),
    ],
)
async def test_only_those_worth_asking_are_proposed(
    person: Person, understood: Understood, shares: tuple[float, ...], proposed: int
) -> None:
    """A tenth at least, two at least, three at most."""
    names = (OWN, WIDOW, CARD, "caf/rsa")
    await person.says(understood("euh", "clarifier", candidates=dict(zip(names, shares, strict=False))))
    assert [c.id for c in person.offered] == [*names[:proposed], "autre"]


async def test_a_choice_of_the_question_begins_its_procedure(person: Person, understood: Understood) -> None:
    """By the button, or by its place in the spoken question."""
    await person.says(understood("la pension", "clarifier", candidates={OWN: 0.5, WIDOW: 0.4}), "la deuxième")
    assert (await person.state()).procedures == [WIDOW]


async def test_a_topic_keeps_the_open_question(person: Person, understood: Understood) -> None:
    """A topic has more procedures than a spoken question can hold."""
    await person.says(understood("mon permis", "clarifier", sub="permis", candidates={"interieur/permis_points": 0.9}))
    assert "de quoi s'agit-il" in person.read
    assert person.offered[0].id == "interieur/permis_points" and len(person.offered) == 6


@pytest.mark.parametrize("topic", ["naissance", "deces", "demenagement", "separation", "handicap", "argent"])
async def test_a_life_event_is_summed_up_and_its_procedures_proposed(
    person: Person, understood: Understood, services: Services, topic: str
) -> None:
    """What to know first, then at most five choices, the likeliest first, each with why it may be useful."""
    likely = services.topics[topic][-1]
    await person.says(understood("voilà", "clarifier", sub=topic, candidates={likely: 0.7}))
    data = person.reply("question").data
    event = services.catalogue.event(data["event"]["id"])
    assert person.read.startswith(event.summary) and "s'agit-il" not in person.read
    ids = [c["id"] for c in data["candidates"]]
    assert ids[0] == likely and len(ids) == 5
    why = {step.id: step.why for step in event.procedures}
    assert all(c.get("why", "") == why.get(c["id"], "") for c in data["candidates"])
    assert sum("why" in c for c in data["candidates"]) >= 3


async def test_a_widow_is_told_of_the_death_of_a_husband(person: Person, understood: Understood) -> None:
    """Who died changes what is said."""
    await person.says(understood("mon mari est mort", "clarifier", sub="deces"))
    assert person.reply("question").data["event"]["id"] == "deces_conjoint"
    await person.says(understood("papa est mort", "clarifier", sub="deces"))
    assert person.reply("question").data["event"]["id"] == "deces_proche"


@pytest.mark.parametrize("language", SPOKEN)
async def test_each_language_is_answered_in_itself_then_in_french(
    person: Person, understood: Understood, language: str
) -> None:
    """Two paragraphs, and a button that both can read."""
    await person.says(understood("…", "hors_perimetre", sub="autre_langue", language=language))
    own, french = person.read.split("\n")
    assert "France services" in own and "français" not in own
    assert french.startswith("Je comprends seulement le français.")
    assert person.replies[0].data == {"language": language}
    (button,) = person.offered
    assert button.label.startswith("Parler à quelqu'un (")
    await person.sends(button.id)
    assert person.kinds == ["handoff"]


async def test_no_two_languages_have_the_same_sentence(person: Person, understood: Understood) -> None:
    """Each was written for its own."""
    said = set()
    for language in SPOKEN:
        await person.says(understood("…", "hors_perimetre", sub="autre_langue", language=language))
        said.add(person.read.split("\n")[0])
    assert len(said) == len(SPOKEN) == 11


async def test_an_unknown_language_is_answered_in_two(person: Person, understood: Understood) -> None:
    """French and English, as before."""
    await person.says(understood("…", "hors_perimetre", sub="autre_langue", language=None))
    assert "Je parle seulement français. I only speak French" in person.read


@pytest.mark.parametrize(
    ("sub", "text", "way_on"),
    [
        ("commercial", "trouver un carreleur", "artisan"),
        ("culture_generale", "qui a peint la Joconde", "bibliothèque"),
        ("meteo_loisirs", "il va pleuvoir ?", "office de tourisme"),
        ("autre_service", "le ramassage des poubelles", "mairie"),
        ("piege_lexical", "mot sans rien de commun", "mairie"),
        ("inconnu", "autre", "mairie"),
    ],
)
async def test_each_kind_of_what_is_not_ours_has_its_way_on(
    person: Person, understood: Understood, sub: str, text: str, way_on: str
) -> None:
    """Said not to be ours, and who may know; with a button to go on."""
    await person.says(understood(text, "hors_perimetre", sub=sub))
    assert way_on in person.read and person.offered


async def test_the_word_that_misled_is_named_with_what_it_means_here(person: Person, understood: Understood) -> None:
    """A building permit is not ours; should it be a driving licence after all, it is one press away."""
    points = "interieur/permis_points"
    text = understood(
        "un Permis de construire", "hors_perimetre", sub="piege_lexical", candidates={"caf/rsa": 0.5, points: 0.3}
    )
    await person.says(text)
    assert "Je ne m'occupe pas de cela. Le mot « permis »" in person.read and "mairie" in person.read
    assert [c.label for c in person.offered] == ["Points du permis", "Parler à quelqu'un"]
    await person.takes(0)
    assert (await person.state()).procedures == [points]


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("payer mes impôts en Suisse", "impôts"),
        ("aide pour ma Carte de pêche", "Carte"),
        ("titres en bourse", "titres"),
        ("zumba", None),
    ],
)
def test_the_most_telling_word_is_the_one_that_misled(text: str, word: str | None) -> None:
    """As it was written; "aide" only where nothing else is there."""
    assert misleading_word(text) == word


async def test_of_several_topics_the_first_of_each_is_proposed_first(
    person: Person, understood: Understood, services: Services
) -> None:
    """ "A letter, it speaks of the rent": neither topic pushes the other out."""
    first, second = [name for name in services.topics if len(services.topics[name]) > 2][:2]
    await person.says(
        understood("une lettre, ça parle de loyer", "clarifier", sub=first, topics=[first, second], asked_for=0.0)
    )
    offered = [choice.id for choice in person.offered]
    expected = [
        services.topics[first][0],
        services.topics[second][0],
        services.topics[first][1],
        services.topics[second][1],
    ]
    assert offered[:3] == list(dict.fromkeys(expected))[:3]


async def test_after_a_partner_was_named_what_may_be_its_procedure_is_one(
    person: Person, understood: Understood
) -> None:
    """Taken alone it is out of scope; as the answer to "de quoi s'agit-il exactement ?" it is not."""
    doubtful = {"candidates": {"caf/dette_reclamation": 0.9}, "asked_for": 0.3}
    await person.says(understood("c'est la caf", "clarifier", sub="caf"))
    await person.says(understood("ils en veulent à mes sous", "hors_perimetre", sub="politique", **doubtful))
    assert (await person.state()).procedures == ["caf/dette_reclamation"]


@pytest.mark.parametrize("doubt", [{"asked_for": 0.1}, {"candidates": {"retraite/demande": 0.9}}, {"candidates": {}}])
async def test_what_is_surely_not_ours_stays_refused(
    person: Person, understood: Understood, doubt: dict[str, Any]
) -> None:
    triage = {"candidates": {"caf/dette_reclamation": 0.9}, "asked_for": 0.3} | doubt
    await person.says(understood("c'est la caf", "clarifier", sub="caf"))
    await person.says(understood("et la météo ?", "hors_perimetre", sub="meteo_loisirs", **triage))
    assert (await person.state()).procedures == []


async def test_without_a_partner_it_is_refused(person: Person, understood: Understood) -> None:
    doubtful = {"candidates": {"caf/dette_reclamation": 0.9}, "asked_for": 0.3}
    await person.says(understood("ils en veulent à mes sous", "hors_perimetre", sub="politique", **doubtful))
    assert (await person.state()).procedures == []


async def test_in_an_emergency_what_is_unclear_is_about_it(
    person: Person, understood: Understood, monkeypatch: pytest.MonkeyPatch
) -> None:
    await person.says("mon mari me frappe")
    unclear = understood("personne ne décroche", "robot")
    monkeypatch.setattr(Conversation, "confidence", 0.3)
    await person.says(unclear)
    assert person.kinds == ["emergency"]
    monkeypatch.setattr(Conversation, "confidence", 0.9)
    await person.says(unclear)
    assert person.kinds == ["text"]
