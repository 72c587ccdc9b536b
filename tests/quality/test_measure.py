"""The figures drawn from predictions, on messages few enough to count by hand."""

from typing import Any

import pytest

from assistant.nlu.decision import Decision, Thresholds
from assistant.nlu.learning.request_model import Reading, Scored
from assistant.quality.measure import Figures, Tally, count, predict, prediction_of
from assistant.quality.messages import Message, Prediction


def asks(*labels: str, style: str = "sms", **more: Any) -> Message:
    """A message that asks for a procedure."""
    return Message("1", "…", style, {"kind": "procedure", "labels": [*labels], "match": "any"} | more)


def answers(*labels: str, confidence: float = 1.0) -> Prediction:
    """An answer with these procedures, best first."""
    return Prediction("procedure", labels, None, confidence)


ASKED_BACK = Prediction("clarify", ("caf/rsa", "caf/aah"), None, 1.0)
ALARM = Prediction("urgence", (), None, 1.0)
ELSEWHERE = Message("1", "…", "sms", {"kind": "out_of_scope"})


def figures(*pairs: tuple[Message, Prediction]) -> Figures:
    """Of messages and what they were taken for."""
    return count([message for message, _ in pairs], [prediction for _, prediction in pairs])


def test_a_share_of_nothing_is_nothing() -> None:
    """And no division by zero."""
    assert Tally().share == 0.0
    assert Tally(1, 4).share == 0.25
    assert Figures().calibration_error == 0.0


def test_procedures_are_counted_by_kind_style_and_partner() -> None:
    """A wrong one of the right partner is right for the partner alone."""
    found = figures(
        (asks("caf/rsa"), answers("caf/rsa")),
        (asks("caf/rsa"), answers("caf/aah", "caf/rsa")),
        (asks("impots/avis", style="narratif"), answers("caf/aah", "impots/payer", "caf/rsa")),
    )
    assert found.kinds["procedure"] == Tally(1, 3)
    assert found.styles == {"sms": Tally(1, 2), "narratif": Tally(0, 1)}
    assert found.partners == {"caf": Tally(1, 2), "impots": Tally(0, 1)}
    assert found.partner == Tally(2, 3)
    assert found.first_three == Tally(2, 3)
    assert found.wrong_partner == Tally(1, 3)
    assert found.confusions == {("caf/rsa", "caf/aah"): 1, ("impots/avis", "caf/aah"): 1}


def test_a_question_asked_back_is_neither_right_nor_an_answer() -> None:
    """It counts among the first three, and not among the wrong partners."""
    found = figures((asks("caf/aah"), ASKED_BACK), (asks("caf/aah"), answers("caf/aah")))
    assert found.asked_back == Tally(1, 2)
    assert found.kinds["procedure"] == found.partner == Tally(1, 2)
    assert found.first_three == Tally(2, 2)
    assert found.wrong_partner == Tally(0, 1)
    assert len(found.certainty) == 1


def test_two_requests_count_for_both_partners_and_not_among_single_ones() -> None:
    """Right where both are found."""
    both = asks("caf/rsa", "impots/avis", match="all")
    found = figures((both, answers("impots/avis", "caf/rsa")), (both, answers("caf/rsa")))
    assert found.several == found.partners["caf"] == found.partners["impots"] == Tally(1, 2)
    assert found.first_three == found.wrong_partner == Tally(0, 0)
    assert not found.certainty


def test_an_answer_to_what_is_out_of_scope_is_a_wrong_partner() -> None:
    """Somebody is sent to a counter for nothing."""
    found = figures((ELSEWHERE, answers("caf/rsa", confidence=0.7)))
    assert found.wrong_partner == Tally(1, 1)
    assert found.certainty == [(0.7, False)]
    assert found.asked_back == Tally(0, 0)


def test_any_partner_is_none_wrong() -> None:
    """Where `*/*` is expected."""
    assert figures((asks("*/*"), answers("caf/rsa"))).wrong_partner == Tally(0, 1)


def test_a_false_alarm_is_one_that_nobody_expects() -> None:
    """Emergencies, and messages for which an alarm is fine, are not counted."""
    emergency = Message("1", "…", "sms", {"kind": "urgence"})
    accepted = asks("caf/rsa", also_ok_kind=["urgence"])
    found = figures((emergency, ALARM), (accepted, ALARM), (ELSEWHERE, ALARM), (asks("caf/rsa"), answers("caf/rsa")))
    assert found.false_alarm == Tally(1, 2)
    assert found.kinds["urgence"] == Tally(1, 1)


def test_calibration_is_the_distance_between_confidence_and_truth() -> None:
    """Nine of ten right at 0.9 is no error; half right at 0.7 is 0.2, weighted by how many they are."""
    perfect = Figures(certainty=[(0.9, n > 0) for n in range(10)])
    assert perfect.calibration_error == pytest.approx(0)
    sure = Figures(certainty=[(0.9, n > 0) for n in range(10)] + [(0.7, n % 2 == 0) for n in range(10)])
    assert sure.calibration_error == pytest.approx(0.1)
    assert [(round(a, 3), round(b, 3), n) for a, b, n in sure.curve] == [(0.7, 0.5, 10), (0.9, 0.9, 10)]


def test_too_low_and_too_high_do_not_make_up_for_each_other() -> None:
    """In two bins each is an error; full confidence is in the last bin."""
    found = Figures(certainty=[(0.25, True), (1.0, False)])
    assert found.calibration_error == pytest.approx((0.75 + 1.0) / 2)


def test_partners_weigh_as_at_the_counters() -> None:
    """The ministry of the interior 19, the others that are there share 20."""
    found = Figures()
    found.partners |= {"interieur": Tally(1, 1), "justice": Tally(0, 5), "msa": Tally(1, 1)}
    assert found.weighted == pytest.approx((19 + 10) / (19 + 20))


CANDIDATES = tuple(Scored(f"caf/p{n}", share) for n, share in enumerate((0.4, 0.2, 0.15, 0.1, 0.1, 0.05)))


@pytest.mark.parametrize(
    ("intent", "requests", "predicted"),
    [
        ("demande", ("caf/p0",), Prediction("procedure", ("caf/p0", "caf/p1", "caf/p2"), None, 0.32)),
        ("demande", ("caf/p0", "caf/p1"), Prediction("procedure", ("caf/p0", "caf/p1"), None, 0.32)),
        ("clarifier", (), Prediction("clarify", tuple(f"caf/p{n}" for n in range(5)), None, 0.8)),
        ("urgence", (), Prediction("urgence", (), None, 0.8)),
        ("nier", (), Prediction("dialogue", (), "nier", 0.8)),
    ],
)
def test_a_decision_in_the_contracts_words(intent: str, requests: tuple[str, ...], predicted: Prediction) -> None:
    """Three candidates of one request, all requests of several, five to ask between; an act by its name."""
    found = prediction_of(Decision(intent, None, 0.8, 0.5, CANDIDATES, requests))
    assert found == Prediction(predicted.kind, predicted.labels, predicted.act, pytest.approx(predicted.confidence))


def test_what_the_extractors_claim_is_theirs() -> None:
    """Whatever the model reads in it."""
    message = Message("1", "Lure", "sms", {"kind": "dialogue", "act": "lieu"}, (), "lieu")
    reading = Reading((Scored("demande/caf.rsa", 1.0),), 0.0)
    assert predict([message], [reading], Thresholds()) == [Prediction("dialogue", (), "lieu", 1.0)]
    asked = asks("caf/rsa")
    assert predict([asked], [reading], Thresholds())[0].labels == ("caf/rsa",)
