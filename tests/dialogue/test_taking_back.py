"""A message sent twice is answered once, the last answer can be taken back, and simpler words say the same."""

import pytest

from assistant.dialogue.engine import Engine
from assistant.errors import Refused
from tests.dialogue.talking import NAME_AND_PHONE, Person, with_appointment
from tests.dialogue.test_faults import appointments_of

LOST = "j'ai perdu mon permis de conduire"


async def history(person: Person) -> list[tuple[str, str]]:
    """Who said what."""
    return [(turn.author, turn.text) for turn in await person.engine.history(person.conversation)]


async def test_the_same_message_gets_the_same_replies_and_is_done_once(person: Person) -> None:
    first = await person.engine.message(person.conversation, text=LOST, message_id="one-12345")
    said = await history(person)
    assert await person.engine.message(person.conversation, text=LOST, message_id="one-12345") == first
    assert await history(person) == said


async def test_a_booking_sent_twice_is_one_appointment(person: Person) -> None:
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    await person.takes(0)
    booked = await person.engine.message(person.conversation, text=NAME_AND_PHONE, message_id="two-12345")
    again = await person.engine.message(person.conversation, text=NAME_AND_PHONE, message_id="two-12345")
    assert booked == again
    assert len(appointments_of(person.engine._services, person.conversation)) == 1


async def test_another_message_with_the_same_words_is_heard(person: Person) -> None:
    """The negative control."""
    for message_id in ("three-111", "three-222"):
        await person.engine.message(person.conversation, text="bonjour", message_id=message_id)
    assert sum(author == "person" for author, _ in await history(person)) == 2


async def test_an_answer_taken_back_is_asked_again(person: Person) -> None:
    """Inside the questions: only the last answer goes, the ones before stay."""
    await person.says(LOST)
    before, said = await person.state(), await history(person)
    asked, answer = person.replies[-1], person.offered[0].id
    await person.sends(answer)
    answered = await person.state()
    assert answered != before
    await person.engine.take_back(person.conversation)
    assert await person.state() == before
    assert await history(person) == said
    assert said[-1] == ("assistant", asked.text)
    await person.sends(answer)
    assert await person.state() == answered


async def test_taking_back_goes_to_the_beginning_and_no_further(person: Person) -> None:
    await person.says("bonjour", LOST)
    for _ in range(2):
        await person.engine.take_back(person.conversation)
    assert [author for author, _ in await history(person)] == ["assistant"]
    with pytest.raises(Refused, match="rien dit"):
        await person.engine.take_back(person.conversation)
    await person.says(LOST)
    assert "documents" in person.kinds


async def test_a_choice_taken_back_is_no_longer_offered(person: Person) -> None:
    await person.says(LOST)
    offered = {choice.id for choice in person.offered}
    await person.says("je veux un rendez-vous à Lure")
    slot = person.reply("slots").choices[0].id
    await person.engine.take_back(person.conversation)
    with pytest.raises(Refused, match="pas proposé"):
        await person.sends(slot)
    await person.sends(offered.pop())


async def test_an_appointment_is_not_taken_back(engine: Engine) -> None:
    """Saying it was never booked would not free the slot."""
    person = await with_appointment(engine)
    with pytest.raises(Refused, match="déplacer ou l'annuler"):
        await person.engine.take_back(person.conversation)
    assert len(appointments_of(engine._services, person.conversation)) == 1


async def test_simpler_words_carry_the_same(person: Person) -> None:
    usual = await person.engine.message(person.conversation, text="vous êtes un robot ?")
    simple = await person.engine.message(person.conversation, text="vous êtes un robot ?", simple=True)
    assert simple[0].text != usual[0].text
    assert "robot" in simple[0].text
    assert [choice.id for choice in simple[0].choices] == [choice.id for choice in usual[0].choices]
