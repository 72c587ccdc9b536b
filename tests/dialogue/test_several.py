"""Several requests in one message: each gone through, one appointment for all."""

from datetime import datetime, timedelta

import pytest

from assistant.app import Services
from assistant.booking.slots import Slot
from tests.dialogue.conftest import Understood
from tests.dialogue.talking import NAME_AND_PHONE, Person

CARD, VITALE, RSA = "interieur/carte_identite", "assurance_maladie/carte_vitale", "caf/rsa"
SAID = "ma carte d'identité et ma carte vitale"


@pytest.fixture
def two(understood: Understood) -> str:
    """A message that asks for two things, and no more."""
    return understood(SAID, "demande", requests=[CARD, VITALE], candidates={CARD: 0.5, VITALE: 0.4})


async def does_not_know(person: Person) -> list[str]:
    """Answers "je ne sais pas" to each question of the current procedure; everything read meanwhile."""
    first, read = (await person.state()).procedures[0], []
    while (state := await person.state()).step == "reponse" and state.procedures[0] == first:
        await person.presses("Je ne sais pas")
        read.append(person.read)
    return read


async def test_the_model_hears_two_requests_in_one_message(person: Person) -> None:
    """With the trained model: both are named, both are in the dossier, the first one's documents are shown."""
    await person.says("je veux faire ma carte d'identité et aussi demander le rsa")
    assert (await person.state()).procedures == [CARD, RSA]
    assert "deux demandes" in person.read and "documents" in person.kinds


async def test_two_requests_are_named_and_gone_through_before_one_appointment(person: Person, two: str) -> None:
    """The documents and questions of the first, then those of the second without being asked, then one proposal."""
    await person.says(two)
    assert person.read.startswith("J'ai noté deux demandes : « Carte d'identité » et « Carte Vitale ». Commençons par")
    assert person.reply("documents").data["procedure"] == CARD
    assert (await person.state()).procedures == [CARD, VITALE]
    read = await does_not_know(person)
    assert not any("Voulez-vous un" in text for text in read)
    assert "Passons à la demande suivante" in person.read
    assert person.reply("documents").data["procedure"] == VITALE
    assert (await person.state()).procedures == [VITALE, CARD]
    await does_not_know(person)
    assert "un seul rendez-vous dans un France services, pour vos deux demandes ? Comptez environ 1 h." in person.read
    situation = (await person.state()).situation
    assert situation[CARD] and situation[VITALE]


async def test_the_slots_are_long_enough_for_all_and_the_appointment_holds_all(person: Person, two: str) -> None:
    """Pressed before the second was gone through: said to be for both, as long as both, with the documents of both."""
    await person.says(two)
    await person.presses("Prendre rendez-vous")
    assert "pour vos deux demandes" in person.read
    await person.says("Lure")
    slot = person.reply("slots").data["slots"][0]
    assert datetime.fromisoformat(slot["end"]) - datetime.fromisoformat(slot["start"]) == timedelta(minutes=60)
    await person.takes(0)
    await person.says(NAME_AND_PHONE)
    booked = person.reply("appointment").data
    assert booked["procedures"] == [CARD, VITALE]
    assert [r["procedure"] for r in booked["reminder"] if r["documents"]] == [CARD, VITALE]


async def test_after_the_booking_the_questions_of_all_may_still_be_answered(
    person: Person, two: str, services: Services
) -> None:
    """ "Préciser mes documents": the first, then the second; the agent reads both."""
    await person.says(two)
    await person.presses("Prendre rendez-vous")
    await person.says("Lure")
    await person.takes(0)
    await person.says(NAME_AND_PHONE)
    await person.presses("Préciser mes documents")
    await does_not_know(person)
    await does_not_know(person)
    assert "à jour" in person.read or "documents" in person.kinds
    kept = services.bookings.of_conversation(person.conversation)[-1].situation
    assert kept[CARD] and kept[VITALE]


async def test_the_documents_of_each_come_before_the_booking_that_was_asked_for(
    person: Person, understood: Understood
) -> None:
    """Place and appointment in the same message: nothing is asked twice, nothing is skipped."""
    text = "un rendez-vous à Lure pour ma carte d'identité et ma carte vitale"
    await person.says(understood(text, "demande", requests=[CARD, VITALE], candidates={CARD: 0.5, VITALE: 0.4}))
    shown = [reply.data["procedure"] for reply in person.replies if reply.kind == "documents"]
    assert shown == [CARD, VITALE]
    assert person.kinds.index("slots") > max(i for i, kind in enumerate(person.kinds) if kind == "documents")
    assert "documents pour chacune" in person.read and (await person.state()).commune == "Lure"


async def test_a_place_named_with_the_requests_is_kept_to_the_end(person: Person, understood: Understood) -> None:
    """Named in the first message, it is not asked for after two procedures."""
    text = "carte d'identité et carte vitale, je suis à Lure"
    await person.says(understood(text, "demande", requests=[CARD, VITALE], candidates={CARD: 0.5, VITALE: 0.4}))
    await does_not_know(person)
    await does_not_know(person)
    await person.presses("Prendre rendez-vous")
    assert "slots" in person.kinds and "Dans quelle commune" not in person.read


async def test_three_requests_are_gone_through_in_their_order(person: Person, understood: Understood) -> None:
    """And stay in the dossier, all of them."""
    text, asked_for = "ma carte, la vitale et le rsa", [CARD, VITALE, RSA]
    await person.says(understood(text, "demande", requests=asked_for, candidates=dict.fromkeys(asked_for, 0.3)))
    assert "trois demandes" in person.read
    currents = []
    for _ in asked_for:
        currents.append((await person.state()).procedures[0])
        await does_not_know(person)
    assert currents == asked_for
    assert set((await person.state()).procedures) == set(asked_for)
    assert "pour vos trois demandes" in person.read


async def test_an_answer_in_the_message_is_given_to_the_request_it_is_said_of(
    person: Person, understood: Understood
) -> None:
    """The passport is for the child, the card was stolen: neither is an answer to the other."""
    text, passport = "ma carte d'identité volée, et il faut un passeport pour mon enfant", "interieur/passeport"
    because = {CARD: ["carte", "identité"], passport: ["passeport"]}
    await person.says(
        understood(text, "demande", requests=[CARD, passport], candidates={CARD: 0.5, passport: 0.4}, because=because)
    )
    situation = (await person.state()).situation
    assert situation == {CARD: {"motif": "vol"}, passport: {"pour_qui": "mineur"}}


async def test_requests_are_gone_through_in_the_order_they_were_said(person: Person, understood: Understood) -> None:
    """Not in the order of how sure each is: "la première" is the one the person said first."""
    text, because = "la vitale et le rsa", {VITALE: ["vitale"], RSA: ["rsa"]}
    shares = {RSA: 0.6, VITALE: 0.3}
    await person.says(understood(text, "demande", requests=[RSA, VITALE], candidates=shares, because=because))
    assert (await person.state()).procedures == [VITALE, RSA]


async def test_a_verb_said_once_is_an_answer_for_both(person: Person, understood: Understood) -> None:
    """ "Première demande de carte d'identité et passeport": two things in one breath."""
    passport = "interieur/passeport"
    text, because = "première demande de carte et passeport", {CARD: ["carte"], passport: ["passeport"]}
    shares = {CARD: 0.5, passport: 0.4}
    await person.says(understood(text, "demande", requests=[CARD, passport], candidates=shares, because=because))
    situation = (await person.state()).situation
    assert situation[CARD] == situation[passport] == {"motif": "premiere"}


@pytest.mark.parametrize("said", ["recommencer", "changeons de sujet"])
async def test_another_subject_leaves_what_was_not_gone_through(person: Person, two: str, said: str) -> None:
    """The next request is alone: its end proposes an appointment, and not the second of before."""
    await person.says(two, said, "demander le rsa")
    await does_not_know(person)
    assert (await person.state()).procedures == [RSA]
    assert "Passons" not in person.read and "Voulez-vous un rendez-vous" in person.read


async def test_a_request_added_meanwhile_comes_first_and_the_one_before_is_gone_back_to(
    person: Person, understood: Understood
) -> None:
    """ "Et aussi ma carte vitale", in the middle of the questions: nothing is lost."""
    first, more = "ma carte d'identité", "et aussi ma carte vitale"
    await person.says(understood(first, "demande", requests=[CARD], candidates={CARD: 1.0}))
    await person.says(understood(more, "demande", requests=[VITALE], candidates={VITALE: 1.0}))
    assert (await person.state()).procedures == [VITALE, CARD]
    await does_not_know(person)
    assert "Passons à la demande suivante" in person.read
    assert (await person.state()).procedures == [CARD, VITALE]


async def test_a_late_press_answers_the_request_it_stood_under(person: Person, two: str) -> None:
    """An answer of the first procedure, changed while the second is asked about: the first one's documents, again."""
    await person.says(two)
    early = person.offered[0].id
    await does_not_know(person)
    asked = (await person.state()).situation.get(VITALE, {})
    await person.sends(early)
    situation = (await person.state()).situation
    assert situation.get(VITALE, {}) == asked
    assert early.removeprefix(f"{CARD}.").split(".")[1] in situation[CARD].values()
    assert CARD in {reply.data["procedure"] for reply in person.replies if reply.kind == "documents"}


async def test_a_visit_too_long_for_any_opening_is_said_and_one_request_may_be_booked(
    person: Person, two: str, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Never just "nothing free": how long it takes, and the requests to choose from; the chosen one gets its slots."""
    free = "actions.slots.free_slots"
    from actions.slots import free_slots

    def none_so_long(*args: object, **kwargs: object) -> dict[str, list[Slot]]:
        return {} if args[2] == 60 else free_slots(*args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(free, none_so_long)
    await person.says(two, "prendre rendez-vous", "Lure")
    assert "environ 1 h pour vos deux demandes" in person.read
    await person.presses("Carte Vitale")
    assert (await person.state()).procedures == [VITALE]
    assert "slots" in person.kinds
