"""From probabilities to one decision: each rule alone, and what a place named beside it changes."""

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.nlu.decision import AT_MOST, SHOWN, Decision, Thresholds, decide, label_of, procedure_id
from assistant.nlu.learning.request_model import Reading, Scored
from assistant.nlu.understanding import SHORT, UNRECOGNISED, understand, without_places_and_moments

SET = Thresholds(
    answer=0.3, vague=1.0, refuse=1.0, alarm=0.5, named_alarm=0.1, homeless_alarm=0.85, several=0.5, second=0.15
)
"""Fixed here: those of config.yml move with the data."""
RSA, AAH, RENT, CARD, PASSPORT = (
    "demande/caf.rsa",
    "demande/caf.aah",
    "demande/caf.aide_logement",
    "demande/interieur.carte_grise",
    "demande/interieur.passeport",
)
CAF, REFUSED, YES, NO = "clarifier/caf", "hors_perimetre/meteo_loisirs", "affirmer", "nier"
VIOLENCE, SUICIDE, HOMELESS = "urgence/violences", "urgence/suicide", "urgence/sans_abri"
EVERY = (RSA, AAH, RENT, CARD, PASSPORT, CAF, REFUSED, YES, NO, VIOLENCE, SUICIDE, HOMELESS)


def reading(chances: dict[str, float], several: float = 0.0) -> Reading:
    """A reading in which the other labels have no probability."""
    ranking = [Scored(label, chances.get(label, 0.0)) for label in EVERY]
    return Reading(tuple(sorted(ranking, key=lambda scored: -scored.probability)), several)


def decided(
    chances: dict[str, float], several: float = 0.0, danger: bool = False, thresholds: Thresholds = SET
) -> Decision:
    """The decision for such a reading."""
    return decide(reading(chances, several), danger, thresholds)


def test_a_clear_request_is_answered() -> None:
    """With its rivals behind it: shares of what is a request at all."""
    found = decided({RSA: 0.6, AAH: 0.2, YES: 0.2})
    assert (found.intent, found.sub, found.kind) == ("demande", "caf.rsa", "procedure")
    assert found.requests == ("caf/rsa",)
    assert [c.label for c in found.candidates[:2]] == ["caf/rsa", "caf/aah"]
    assert found.candidates[0].probability == pytest.approx(0.75)
    assert sum(c.probability for c in found.candidates) == pytest.approx(1)
    assert found.confidence == pytest.approx(0.8)
    assert found.certainty == 0.6


def test_a_request_between_many_is_asked_back() -> None:
    """Just under the share, it is asked; just above, answered."""
    under = {RSA: 0.29, AAH: 0.23, RENT: 0.25, CARD: 0.23}
    found = decided(under)
    assert (found.intent, found.sub, found.kind, found.requests) == ("clarifier", None, "clarify", ())
    assert [c.label for c in found.candidates[:2]] == ["caf/rsa", "caf/aide_logement"]
    assert decided(under | {RSA: 0.31, CARD: 0.21}).kind == "procedure"


def test_a_vague_topic_is_asked_about_by_name() -> None:
    """Where "something at the Caf" is likelier than any one procedure; the threshold says how much."""
    chances = {CAF: 0.45, RSA: 0.4, AAH: 0.15}
    found = decided(chances)
    assert (found.intent, found.sub, found.kind) == ("clarifier", "caf", "clarify")
    assert found.candidates[0].label == "caf/rsa"
    assert decided(chances, thresholds=replace(SET, vague=1.2)).sub == "caf.rsa"
    assert decided({CAF: 0.39, RSA: 0.4, AAH: 0.21}).sub == "caf.rsa"


def test_a_refusal_must_weigh_more_than_all_requests() -> None:
    """Vague and clear requests stand together against it."""
    assert decided({REFUSED: 0.55, RSA: 0.25, CAF: 0.2}).kind == "out_of_scope"
    assert decided({REFUSED: 0.55, RSA: 0.25, CAF: 0.2}).sub == "meteo_loisirs"
    assert decided({REFUSED: 0.45, RSA: 0.3, CAF: 0.25}).sub == "caf.rsa"
    assert decided({REFUSED: 0.55, RSA: 0.25, CAF: 0.2}, thresholds=replace(SET, refuse=1.5)).sub == "caf.rsa"


def test_acts_stand_together_and_the_best_is_taken() -> None:
    """Between yes and no it is an act for sure; which one, the likelier."""
    found = decided({RSA: 0.4, YES: 0.35, NO: 0.25})
    assert (found.intent, found.sub, found.kind, found.requests) == ("affirmer", None, "dialogue", ())
    assert found.confidence == pytest.approx(0.35)
    assert decided({RSA: 0.55, YES: 0.3, NO: 0.15}).intent == "demande"


@pytest.mark.parametrize(
    ("chances", "danger", "alarm"),
    [
        ({VIOLENCE: 0.6, RSA: 0.4}, False, True),
        ({VIOLENCE: 0.3, RSA: 0.7}, False, False),
        ({VIOLENCE: 0.3, RSA: 0.7}, True, True),
        ({VIOLENCE: 0.05, RSA: 0.95}, True, False),
        ({VIOLENCE: 0.3, SUICIDE: 0.25, RSA: 0.45}, False, True),
        ({HOMELESS: 0.7, RENT: 0.3}, False, False),
        ({HOMELESS: 0.9, RENT: 0.1}, False, True),
        ({HOMELESS: 0.2, RENT: 0.8}, True, True),
        ({HOMELESS: 0.3, VIOLENCE: 0.4, RENT: 0.3}, False, True),
    ],
)
def test_an_alarm_is_easier_to_believe_beside_a_word_of_danger(
    chances: dict[str, float], danger: bool, alarm: bool
) -> None:
    """Kinds of emergency are summed; to be without a home is a state until something says tonight."""
    assert (decided(chances, danger=danger).kind == "urgence") is alarm


def test_an_alarm_comes_before_a_likelier_request() -> None:
    """And names the likelier kind of emergency."""
    found = decided({RSA: 0.8, VIOLENCE: 0.12, SUICIDE: 0.08}, danger=True)
    assert (found.intent, found.sub, found.requests) == ("urgence", "violences", ())
    assert found.confidence == pytest.approx(0.2)


def test_a_word_of_danger_alone_is_no_alarm() -> None:
    """ "mon chef va me tuer si je n'ai pas ce papier": the model must suspect something too."""
    assert decided({RSA: 0.97, VIOLENCE: 0.03}, danger=True).kind == "procedure"


def test_several_requests_are_kept_where_the_message_holds_several() -> None:
    """Those with a share of their own; one alone where the message is taken for a single request."""
    chances = {RSA: 0.5, CARD: 0.4, AAH: 0.1}
    assert decided(chances, several=0.6).requests == ("caf/rsa", "interieur/carte_grise")
    assert decided(chances, several=0.4).requests == ("caf/rsa",)
    assert decided({RSA: 0.9, CARD: 0.04, RENT: 0.03, AAH: 0.03}, several=0.9).requests == ("caf/rsa",)
    # so sure of the first that the second has next to nothing, but all of that
    assert decided({RSA: 0.998, CARD: 0.002}, several=0.9).requests == ("caf/rsa", "interieur/carte_grise")


def test_four_requests_are_kept_at_most() -> None:
    """A longer list is one nobody reads."""
    found = decided(dict.fromkeys((RSA, AAH, RENT, CARD, PASSPORT), 0.2), several=0.9)
    assert len(found.requests) == AT_MOST == 4
    assert found.kind == "procedure"


def test_several_requests_need_not_each_be_sure() -> None:
    """Four things asked share the probability: that none has a third of it is no doubt; where only one is kept, it is."""
    chances = {RSA: 0.26, AAH: 0.25, RENT: 0.25, CARD: 0.24}
    assert decided(chances, several=0.9).kind == "procedure"
    assert decided(chances, several=0.9, thresholds=replace(SET, second=0.255)).kind == "clarify"


def test_candidates_are_bounded_and_told_as_data() -> None:
    """For Rasa's parse data: with the contract's kind, and what JSON can hold."""
    ranking = tuple(Scored(f"demande/caf.p{n}", 0.05) for n in range(20))
    found = decide(Reading(ranking, 0.0), False, SET)
    assert len(found.candidates) == SHOWN
    told = json.loads(json.dumps(found.as_dict()))
    assert told["kind"] == "clarify"
    assert told["candidates"][0] == {"label": "caf/p0", "probability": pytest.approx(0.05)}


def test_a_procedure_and_its_label_name_each_other() -> None:
    """Whatever its name holds after the partner's."""
    assert procedure_id("demande/caf.aide_logement") == "caf/aide_logement"
    assert label_of("caf/aide_logement") == "demande/caf.aide_logement"


@settings(deadline=None)
@given(
    st.lists(st.floats(0, 1), min_size=len(EVERY), max_size=len(EVERY)).filter(lambda weights: sum(weights) > 0.01),
    st.floats(0, 1),
    st.booleans(),
)
def test_any_reading_is_decided(weights: list[float], several: float, danger: bool) -> None:
    """And soundly: requests only where it is a request, among the candidates; an emergency from its alarm on."""
    chances = {label: weight / sum(weights) for label, weight in zip(EVERY, weights, strict=True)}
    found = decided(chances, several, danger)
    assert found.kind in ("procedure", "clarify", "out_of_scope", "urgence", "dialogue")
    assert bool(found.requests) == (found.kind == "procedure")
    assert set(found.requests) <= {candidate.label for candidate in found.candidates}
    assert len(found.requests) <= AT_MOST
    alarm = sum(chances[kind] for kind in (VIOLENCE, SUICIDE, HOMELESS))
    if alarm >= 0.85 or (danger and alarm >= 0.1):
        assert found.kind == "urgence"
    if alarm < 0.1:
        assert found.kind != "urgence"


UNSURE = {RSA: 0.3, AAH: 0.25, RENT: 0.25, CARD: 0.2}
SURE = {RSA: 0.8, AAH: 0.2}


def entity(kind: str, text: str, words: str) -> dict:
    """Where the words stand in the text."""
    start = text.index(words)
    return {"entity": kind, "value": words, "start": start, "end": start + len(words)}


def understood(text: str, kind: str, words: str, chances: dict[str, float]) -> Decision:
    """The decision for a text in which these words are a place, a moment …"""
    return understand(text, [entity(kind, text, words)], reading(chances), SET)


@pytest.mark.parametrize(("kind", "words"), [("lieu", "Gray"), ("moment", "mardi")])
def test_in_a_short_message_that_is_not_recognised_the_place_is_what_is_sure(kind: str, words: str) -> None:
    """ "c'est mon frère qui passe": nothing asked, but a place and a day."""
    text = "mettez Gray mardi, c'est mon frère qui passe"
    found = understood(text, kind, words, UNSURE)
    assert (found.intent, found.sub, found.requests, found.kind) == (kind, None, (), "dialogue")
    assert found.candidates, "what it may have been is kept"


def test_a_place_beside_a_recognised_request_is_no_decision() -> None:
    """Nor in a long message, nor where it is no place but a name."""
    text = "mettez Gray, c'est mon frère qui passe"
    assert understood(text, "lieu", "Gray", SURE).intent == "demande"
    assert understood(text, "contact", "Gray", UNSURE).intent == "demande"
    assert understood(f"{text} {'très ' * SHORT}tard", "lieu", "Gray", UNSURE).intent == "demande"
    assert max(UNSURE.values()) < UNRECOGNISED < max(SURE.values())


def test_an_act_must_be_likelier_than_not_to_outweigh_a_place() -> None:
    """A request as little sure is asked about: it has candidates to show."""
    text = "mettez Gray, c'est mon frère qui passe"
    assert understood(text, "lieu", "Gray", {NO: 0.45, YES: 0.3, RSA: 0.25}).intent == "lieu"
    assert understood(text, "lieu", "Gray", {NO: 0.55, YES: 0.3, RSA: 0.15}).intent == "nier"
    assert understood(text, "lieu", "Gray", {RSA: 0.45, AAH: 0.4, YES: 0.15}).intent == "demande"


def test_an_emergency_comes_before_the_place_it_names() -> None:
    """However unsure the model: the word of danger made it one."""
    chances = {VIOLENCE: 0.2, SUICIDE: 0.1} | dict.fromkeys((RSA, AAH, RENT, CARD, PASSPORT), 0.14)
    assert understood("on me frappe, je suis à Gray", "lieu", "Gray", chances).sub == "violences"
    assert understood("on me reçoit, je suis à Gray", "lieu", "Gray", chances).intent == "lieu"


def test_somebody_without_a_home_may_only_say_where() -> None:
    """ "sans domicile, je suis à Gray" answers a question; tonight, it is an emergency."""
    chances = {HOMELESS: 0.9, RENT: 0.1}
    found = understood("sans domicile, je suis à Gray", "lieu", "Gray", chances)
    assert (found.intent, found.sub, found.kind) == ("lieu", None, "dialogue")
    assert understood("sans domicile ce soir, je suis à Gray", "lieu", "Gray", chances).sub == "sans_abri"
    assert understood("plus un endroit où aller, je suis à Gray", "lieu", "Gray", chances).sub == "sans_abri"
    assert understood("sans domicile, je suis à Gray", "lieu", "Gray", {VIOLENCE: 0.9, RENT: 0.1}).sub == "violences"


def test_the_request_is_read_without_its_places_and_moments() -> None:
    """Other entities stay, and no word changes its position."""
    text = "passeport à Gray mardi pour Anna"
    entities = [entity("lieu", text, "Gray"), entity("moment", text, "mardi"), entity("contact", text, "Anna")]
    rest = without_places_and_moments(text, entities)
    assert rest.split() == ["passeport", "à", "pour", "Anna"]
    assert len(rest) == len(text)
    assert rest.index("Anna") == text.index("Anna")
