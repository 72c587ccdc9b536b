"""What happens when something breaks: an answer in French with a way to a person, and nothing lost."""

import asyncio
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.exc import OperationalError

from assistant.app import Services
from assistant.booking.appointments import Bookings
from assistant.booking.slots import Slot
from assistant.dialogue.engine import Engine
from assistant.errors import NotFound, Refused, Unavailable
from assistant.settings import Settings
from assistant.storage.tables import Appointment, Conversation
from assistant.web.app import create_app
from tests.dialogue.conftest import Replace
from tests.dialogue.talking import NAME_AND_PHONE, Person, meet, started, with_appointment

WAY_OUT = "Parler à quelqu'un"
REQUEST = "je veux un rendez-vous pour une carte grise à Lure"


def fails(*_: Any) -> list[Any]:
    """An action with a fault."""
    raise RuntimeError("Anna Roy 06 39 98 00 06")


def hangs(*_: Any) -> list[Any]:
    """An action that does not come back before its deadline."""
    time.sleep(4)
    return []


def appointments_of(services: Services, conversation: str) -> list[Appointment]:
    """Every appointment ever made in a conversation."""
    with services.database.read() as session:
        return list(session.scalars(sa.select(Appointment).where(Appointment.conversation == conversation)))


@contextmanager
def broken(engine: sa.Engine, word: str) -> Iterator[list[str]]:
    """Every statement that holds the word fails as it does when the database is down; gives those that did."""
    failed: list[str] = []

    def fail(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if word in statement:
            failed.append(statement)
            raise OperationalError(statement, {}, Exception("server closed the connection"))

    sa.event.listen(engine, "before_cursor_execute", fail)
    try:
        yield failed
    finally:
        sa.event.remove(engine, "before_cursor_execute", fail)


async def to_the_name(person: Person) -> str:
    """As far as the question for name and telephone; the slot chosen."""
    await person.says(REQUEST)
    slot = person.offered[0].id
    await person.takes(0)
    return slot


# --- actions that fail or hang ------------------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [fails, hangs])
@pytest.mark.parametrize(
    ("action", "before", "text"),
    [
        ("action_repondre", [], "merci"),
        ("action_comprendre", [], "carte grise"),
        ("action_ask_reponse", [], "j'ai perdu mon permis"),
        ("action_ask_commune", [], "je veux un rendez-vous pour une carte grise"),
        ("action_ask_creneau", ["je veux un rendez-vous pour une carte grise"], "Lure"),
        ("validate_form_rendez_vous", ["je veux un rendez-vous pour une carte grise"], "Lure"),
        ("validate_form_situation", ["j'ai perdu mon permis"], "je ne sais pas"),
    ],
)
async def test_a_failing_action_answers_in_french_and_the_next_turn_works(
    person: Person, replaced: Replace, fault: Any, action: str, before: list[str], text: str
) -> None:
    """Raising or hanging, wherever it stands: said once, with a way to a person; the same words work afterwards."""
    await person.says(*before)
    with replaced(action, fault):
        await person.says(text)
    assert person.read.count("Je n'ai pas réussi") == 1
    assert WAY_OUT in {choice.label for reply in person.replies for choice in reply.choices}
    await person.says(text)
    assert "Je n'ai pas réussi" not in person.read


async def test_an_action_that_hangs_does_not_outlive_its_deadline(
    person: Person, replaced: Replace, services: Services
) -> None:
    """The person waits for the deadline, not for the action."""
    with replaced("action_repondre", hangs):
        started_at = time.monotonic()
        await person.says("bonjour")
    assert services.settings.action_deadline <= time.monotonic() - started_at < services.settings.action_deadline + 1.5


async def test_hanging_conversations_do_not_silence_another(engine: Engine, replaced: Replace) -> None:
    """Twelve actions hang: a thirteenth person is answered at once."""
    stuck, other = [await meet(engine) for _ in range(12)], await meet(engine)
    with replaced("action_hors_perimetre", hangs):
        waiting = [asyncio.create_task(p.says("quelle est la capitale de l'Australie ?")) for p in stuck]
        await asyncio.sleep(1)
        started_at = time.monotonic()
        await other.says("bonjour")
        took = time.monotonic() - started_at
        await asyncio.gather(*waiting)
    assert "Je n'ai pas réussi" not in other.read
    assert took < 1
    assert all("Je n'ai pas réussi" in p.read for p in stuck)


async def test_a_model_that_breaks_in_the_middle_of_a_turn_is_said_to_be_unavailable(
    person: Person, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rasa itself raises: Unavailable in French, and the next turn works."""

    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("graph")

    with monkeypatch.context() as patch:
        patch.setattr(engine._agent_now.processor, "_predict_next_with_tracker", fail)
        with pytest.raises(Unavailable, match="Réessayez"):
            await person.says("bonjour")
    await person.says("bonjour")
    assert "Bonjour" in person.read


# --- databases that fail ------------------------------------------------------------------------------------------


async def test_a_database_that_fails_during_a_booking_loses_nothing(person: Person, services: Services) -> None:
    """What was said is kept; one press on "Réessayer" books, once."""
    slot = await to_the_name(person)
    with broken(services.database.engine, "INSERT INTO appointment") as failed:
        await person.says(NAME_AND_PHONE)
    assert failed and "appointment" not in person.kinds
    assert {"Réessayer", WAY_OUT} <= {choice.label for choice in person.offered}
    await person.presses("Réessayer")
    assert person.reply("appointment").data["name"] == "Anna Roy"
    assert [a.start for a in appointments_of(services, person.conversation)] == [
        Slot.parse(slot, services.directory.place).start
    ]


async def test_a_commit_that_was_not_heard_of_is_not_booked_twice(
    person: Person, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The booking is made, its answer is lost on the way: trying again tells of the one appointment."""
    await to_the_name(person)
    book = Bookings.book

    def unheard(self: Bookings, *arguments: Any) -> None:
        book(self, *arguments)
        raise Unavailable("Le service des rendez-vous ne répond pas. Réessayez dans une minute.")

    with monkeypatch.context() as patch:
        patch.setattr(Bookings, "book", unheard)
        await person.says(NAME_AND_PHONE)
    [booked] = appointments_of(services, person.conversation)
    await person.says("réessayer")
    assert person.code() == booked.code
    assert len(appointments_of(services, person.conversation)) == 1


async def test_a_database_that_is_locked_for_long_costs_no_answer(person: Person, services: Services) -> None:
    """Another process writes for as long as it likes: side questions are answered, a booking is put off, then made."""
    await to_the_name(person)
    with services.database.engine.connect() as other:
        other.execute(sa.text("UPDATE conversation SET turns = turns"))
        await person.says("combien ça coûte ?")
        assert "gratuite" in person.read
        await person.says(NAME_AND_PHONE)
        assert "appointment" not in person.kinds and WAY_OUT in {choice.label for choice in person.offered}
        other.rollback()
    await person.says("prendre rendez-vous")
    assert person.reply("appointment").data["status"] == "booked"
    assert len(appointments_of(services, person.conversation)) == 1


async def test_conversations_that_cannot_be_written_are_said_to_be_unavailable(
    person: Person, engine: Engine, services: Services
) -> None:
    """No answer from a memory that would be forgotten: the error says so, and what was saved before is still there."""
    await person.says("j'ai perdu mon permis")
    before = await engine.history(person.conversation)
    with broken(engine._store.engine, "INSERT INTO events") as failed, pytest.raises(Unavailable, match="Réessayez"):
        await person.says("Lure")
    assert failed
    assert await engine.history(person.conversation) == before
    await person.says("je ne sais pas")
    assert list((await person.state()).situation["interieur/permis_perte_vol"].values()) == ["ne_sait_pas"]


async def test_conversations_that_cannot_be_read_are_said_to_be_unavailable(person: Person, engine: Engine) -> None:
    """Nobody is welcomed as if they had never said a word."""
    with broken(engine._store.engine, "FROM events"), pytest.raises(Unavailable, match="Réessayez"):
        await person.says("bonjour")


# --- killed in between --------------------------------------------------------------------------------------------


async def test_a_turn_killed_after_its_booking_gives_the_same_appointment_when_said_again(
    person: Person, engine: Engine, services: Services
) -> None:
    """The booking is committed, the tracker is not saved: the same words find the one appointment."""
    await to_the_name(person)
    with broken(engine._store.engine, "INSERT INTO events"), pytest.raises(Unavailable):
        await person.says(NAME_AND_PHONE)
    [booked] = appointments_of(services, person.conversation)
    await person.says(NAME_AND_PHONE)
    assert person.code() == booked.code
    assert len(appointments_of(services, person.conversation)) == 1


async def test_so_does_a_turn_that_chose_and_booked_at_once(person: Person, engine: Engine, services: Services) -> None:
    """With the name known before, the choice itself books: its own slot is not "taken by somebody else"."""
    await person.says(f"je m'appelle {NAME_AND_PHONE}", REQUEST)
    slot = person.offered[0].id
    with broken(engine._store.engine, "INSERT INTO events"), pytest.raises(Unavailable):
        await person.sends(slot)
    [booked] = appointments_of(services, person.conversation)
    await person.sends(slot)
    assert person.code() == booked.code
    assert len(appointments_of(services, person.conversation)) == 1


async def test_the_booking_action_run_twice_books_once(person: Person, engine: Engine, services: Services) -> None:
    """The action itself, twice on one tracker: one code."""
    await to_the_name(person)
    await person.says("Anna Roy")
    tracker = await engine._run(engine._tracker(person.conversation))
    state = tracker.current_state() | {"slots": tracker.current_slot_values()}
    state["slots"]["contact"] = {"name": "Anna Roy", "phone": "06 39 98 00 06"}
    state["latest_message"] = {"intent": {"name": "contact"}, "entities": [], "text": NAME_AND_PHONE}
    book = engine._agent_now.action_endpoint._executor.actions["action_reserver"]
    codes = []
    for _ in range(2):
        dispatcher = CollectingDispatcher()
        await book(dispatcher, Tracker.from_dict(state), {})
        codes.append(dispatcher.messages[-1]["custom"]["data"]["code"])
    assert codes[0] == codes[1]
    assert len(appointments_of(services, person.conversation)) == 1


# --- what people may type -----------------------------------------------------------------------------------------

COMMANDS = [
    "/restart",
    "/back",
    "  /restart",
    "\u00a0/restart",
    "//restart",
    "/humain",
    "/session_start",
    "/sans_telephone",
    '/choisir_procedure{"procedure": "x"}',
    '/choisir_place{"place": "autres"}',
    '/choisir_creneau{"creneau": "exemple-lure.20261124T0800Z.45"}',
    '/SetSlots{"procedures": []}',
]
BUTTONS = {
    "restart",
    "back",
    "session_start",
    "sans_telephone",
    "choisir_procedure",
    "choisir_place",
    "choisir_creneau",
}


@pytest.mark.parametrize("command", COMMANDS)
async def test_a_typed_command_is_only_words(engine: Engine, person: Person, command: str) -> None:
    """Rasa's own commands never run, through the engine itself: the dossier does not change."""
    await person.says("j'ai perdu mon permis", "la deuxième")
    before = await person.state()
    await person.says(command)
    tracker = await engine._run(engine._tracker(person.conversation))
    assert tracker.latest_message.text == command.lstrip("/ \u00a0")
    assert tracker.latest_message.intent["name"] not in BUTTONS
    assert (await person.state()).model_dump(include={"situation", "procedures"}) == before.model_dump(
        include={"situation", "procedures"}
    )


@pytest.fixture(scope="module")
def client(session_engine: Engine, session_services: Services) -> Iterator[TestClient]:
    """The web application around the same engine, with its own gate."""
    settings = session_services.settings.model_copy(update={"messages_per_minute": 1000})

    class Shared:
        """The session's engine, which the application neither starts nor stops."""

        def __getattr__(self, name: str) -> Any:
            return (lambda: None) if name in ("start", "stop") else getattr(session_engine, name)

    with TestClient(create_app(settings, engine=Shared()), raise_server_exceptions=False) as made:  # type: ignore[arg-type]
        yield made


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_sent_to_the_api_is_only_words(client: TestClient, command: str) -> None:
    """The same through the web's gate."""
    conversation = client.post("/api/conversations").json()["conversation"]
    url = f"/api/conversations/{conversation}"
    client.post(f"{url}/messages", json={"text": "j'ai perdu mon permis"})
    answer = client.post(f"{url}/messages", json={"text": command})
    assert answer.status_code == 200
    assert answer.json()["state"]["procedures"] == ["interieur/permis_perte_vol"]
    assert client.get(url).json()["turns"][0]["author"] == "assistant"


@pytest.mark.parametrize(
    "text",
    [
        "\x00",
        "a\x00b",
        "\U0001f600",
        "\U0001f600" * 200,
        "é" * 1000,
        "a" * 1000,
        "1" * 1000,
        "«»“”…—",
        "é\u0301",
        "?",
        "mot " * 250,
    ],
)
async def test_any_text_is_answered(person: Person, text: str) -> None:
    """NUL, emoji, a thousand characters: an answer each time, quickly, and the conversation goes on."""
    started_at = time.monotonic()
    await person.says(text)
    assert time.monotonic() - started_at < 5
    await person.says("j'ai perdu mon permis")
    assert (await person.state()).procedures == ["interieur/permis_perte_vol"]


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "/", " // ", None])
async def test_an_empty_text_is_refused(person: Person, text: str | None) -> None:
    """Nothing said is not a greeting."""
    with pytest.raises(Refused, match="vide"):
        await person.engine.message(person.conversation, text=text)


# --- many at once -------------------------------------------------------------------------------------------------


async def test_forty_messages_at_once_keep_their_order_and_none_is_lost(person: Person, engine: Engine) -> None:
    """One conversation, all sent before the first answer."""
    sent = [f"bonjour numéro {number}" for number in range(40)]
    answers = await asyncio.gather(*(engine.message(person.conversation, text=text) for text in sent))
    assert all(answers)
    said = [turn.text for turn in await engine.history(person.conversation) if turn.author == "person"]
    assert said == sent


async def test_forty_conversations_at_once_do_not_mix(engine: Engine) -> None:
    """Each gets its own documents."""
    people = [await meet(engine) for _ in range(40)]
    requests = [("caf/rsa", "demander le rsa"), ("interieur/passeport", "renouveler mon passeport")]
    await asyncio.gather(*(person.says(requests[i % 2][1]) for i, person in enumerate(people)))
    found = [(await person.state()).procedures for person in people]
    assert found == [[requests[i % 2][0]] for i in range(40)]


async def test_one_slot_chosen_by_ten_conversations_is_booked_by_one(engine: Engine, services: Services) -> None:
    """The nine others are told, and offered others."""
    people = [await meet(engine) for _ in range(10)]
    await people[0].says(f"je m'appelle {NAME_AND_PHONE}", REQUEST)
    for person in people[1:]:
        await person.says(f"je m'appelle {NAME_AND_PHONE}", REQUEST)
    assert len({person.offered[0].id for person in people}) == 1
    await asyncio.gather(*(person.takes(0) for person in people))
    assert sum("appointment" in person.kinds for person in people) == 1
    assert all("vient d'être pris" in person.read for person in people if "appointment" not in person.kinds)


async def test_a_double_press_books_once(person: Person, engine: Engine, services: Services) -> None:
    """The same choice twice at once, with the name known: one appointment."""
    await person.says(f"je m'appelle {NAME_AND_PHONE}", REQUEST)
    slot = person.offered[0].id
    await asyncio.gather(*(engine.message(person.conversation, choice=slot) for _ in range(2)))
    assert len(appointments_of(services, person.conversation)) == 1


# --- the life of a conversation -----------------------------------------------------------------------------------


async def test_erasing_leaves_no_word_and_keeps_the_appointment(engine: Engine, services: Services) -> None:
    """No event, no conversation; the appointment stays, known by its code and its name only."""
    person = await with_appointment(engine)
    code = person.code()
    await engine.erase(person.conversation)
    assert events_of(engine, person.conversation) == 0
    with services.database.read() as session:
        assert session.get(Conversation, person.conversation) is None
    assert appointments_of(services, person.conversation) == []
    assert services.bookings.find(code, "Anna Roy").status == "booked"
    with pytest.raises(NotFound):
        await engine.message(person.conversation, text="bonjour")
    assert events_of(engine, person.conversation) == 0


def events_of(engine: Engine, conversation: str) -> int:
    """How many events are kept of a conversation."""
    event = engine._store.SQLEvent
    with engine._store.engine.connect() as connection:
        query = sa.select(sa.func.count()).select_from(event).where(event.sender_id == conversation)
        return int(connection.execute(query).scalar_one())


async def test_a_turn_under_way_does_not_bring_an_erased_conversation_back(
    person: Person, engine: Engine, replaced: Replace
) -> None:
    """Erased while an answer is being made: the erasure waits for the turn, and is the last word."""
    with replaced("action_repondre", hangs):
        turn = asyncio.create_task(engine.message(person.conversation, text="bonjour"))
        await asyncio.sleep(0.5)
        await engine.erase(person.conversation)
        await turn
    assert events_of(engine, person.conversation) == 0


async def test_a_conversation_is_found_again_by_a_new_engine(services: Services) -> None:
    """The process restarts: the same history, the same state, and the form goes on where it was."""
    first = started(services)
    person = await meet(first)
    await person.says(REQUEST)
    history, state = await first.history(person.conversation), await person.state()
    first.stop()
    second = started(services)
    try:
        person.engine = second
        assert await second.history(person.conversation) == history
        assert await person.state() == state
        await person.takes(0)
        assert (await person.state()).step == "contact"
    finally:
        second.stop()


async def test_the_history_shows_what_was_said_never_a_payload(person: Person, engine: Engine) -> None:
    """A pressed choice is kept by its label, a typed one by its words."""
    await person.says("j'ai perdu mon permis")
    pressed = person.offered[1].label
    await person.takes(1)
    await person.says("1")
    said = [turn.text for turn in await engine.history(person.conversation) if turn.author == "person"]
    assert said == ["j'ai perdu mon permis", pressed, "1"]


async def test_a_conversation_too_long_is_handed_to_a_person(
    person: Person, services: Services, engine: Engine
) -> None:
    """Past the limit of turns: a sentence that says what to do, and nothing is written any more."""
    with services.database.write() as session:
        session.get_one(Conversation, person.conversation).turns = services.settings.max_turns - 1
    await person.says("bonjour")
    before = events_of(engine, person.conversation)
    with pytest.raises(Refused, match="France services"):
        await person.says("bonjour")
    assert events_of(engine, person.conversation) == before


@pytest.mark.parametrize("conversation", ["inconnue", "", "a" * 300, "a\x00b"])
async def test_a_conversation_that_the_server_did_not_open_is_not_found(engine: Engine, conversation: str) -> None:
    """Nobody talks under a name of their own."""
    with pytest.raises(NotFound):
        await engine.message(conversation, text="bonjour")
    assert events_of(engine, conversation) == 0


async def test_an_engine_without_a_model_says_that_it_is_down(tmp_path: Any) -> None:
    """It says so in French, and why to who runs it."""
    services = Services.open(Settings(state_dir=tmp_path, database_url="", redis_url="", model_path=None))
    engine = Engine(services)
    engine.start()
    for _ in range(600):
        if engine.problem:
            break
        await asyncio.sleep(0.1)
    assert engine.problem and "make train" in engine.problem
    with pytest.raises(Unavailable, match="ne répond pas"):
        await engine.open()
    engine.stop()
    assert not any(thread.name == "rasa" and thread is engine._thread for thread in threading.enumerate())
    services.close()
