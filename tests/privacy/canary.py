"""One person whose words can be recognised wherever they lie, brought in by the ways people use."""

from datetime import timedelta
from pathlib import Path

from rasa.shared.core.events import BotUttered, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy import LargeBinary, bindparam, select, text

from assistant.app import Services
from assistant.booking.appointments import AppointmentView, BookingRequest
from assistant.booking.outbox import Outbox
from assistant.dialogue.tracker_store import ConversationStore
from assistant.storage.staff_tables import Call, Unclear, Visit
from assistant.storage.tables import Appointment, Conversation, Hold, Opinion, Outcome
from tests.loops import in_a_loop

PROCEDURE = "interieur/permis_perte_vol"
PHONE = "06 39 98 47 11"
CANARIES = tuple(
    each.encode()
    for each in (
        "Canarelle",
        "canarelle@exemple.fr",
        "Ducanari",
        "+33639984711",
        "639984711",
        PHONE,
        "notedagentcanari",
        "notedappelcanari",
        "phrasecanari",
        "motscanari",
    )
)
CONVERSATION = "conversation-of-the-canary"


def arrive(services: Services, number: int = 0, conversation: str | None = CONVERSATION) -> AppointmentView:
    """Everything that may be kept of one person: returns the appointment."""
    now = services.now()
    if conversation:
        talk(services, conversation)
    view = book(services, number, conversation)
    services.bookings.wait(view.code, PHONE, now)
    # written to the outbox's file by the sender; the reminder stays in the database
    assert Outbox(services.database, services.settings).send_due(now).sent >= 1
    with services.database.write() as session:
        appointment = session.scalars(select(Appointment).where(Appointment.code == view.code)).one()
        visit = Visit(appointment_id=appointment.id, note="notedagentcanari", documents=["photo"], updated_at=now)
        outcome = Outcome(
            appointment_id=appointment.id, procedure=PROCEDURE, said_by="agent", outcome="resolved", said_at=now
        )
        session.add_all((visit, outcome))
        if conversation:
            session.add(
                Call(
                    conversation=conversation,
                    appointment_id=appointment.id,
                    started_at=now,
                    note="notedappelcanari +33639984711",
                )
            )
            session.add(Unclear(at=now, text="phrasecanari", conversation=conversation, guessed=[], why="corrected"))
            session.add(Opinion(conversation=conversation, procedure=PROCEDURE, helpful=True, said_at=now))
    return view


def book(services: Services, number: int = 0, conversation: str | None = None, **given: str) -> AppointmentView:
    """A booking of the canary, or of who is `given`."""
    place = services.directory.place("exemple-lure")
    slot = services.bookings.slots(place, 30, services.now())[number]
    fields = {
        "name": "Zoé Canarelle",
        "phone": PHONE,
        "email": "canarelle@exemple.fr",
        "booked_by": "Léon Ducanari",
        "reminders": True,
        "conversation": conversation,
    }
    request = BookingRequest(slot=slot.id, procedures=(PROCEDURE,), **(fields | given))  # type: ignore[arg-type]
    return services.bookings.book(request, services.bookings.new_key(), services.now())


def talk(services: Services, conversation: str) -> None:
    """A conversation as Rasa writes it, by its own store, and a slot that it holds."""
    now = services.now()
    with services.database.write() as session:
        session.add(Conversation(id=conversation, started_at=now, last_message_at=now, procedures=[PROCEDURE]))
        session.flush()
        start = now + timedelta(days=20)
        place = {"place_id": "exemple-lure", "counter": 0, "start": start, "end": start + timedelta(minutes=30)}
        session.add(Hold(id=conversation, expires_at=now + timedelta(minutes=10), **place))
    events = [
        UserUttered(f"motscanari je suis Zoé Canarelle {PHONE}", parse_data={"text": "motscanari", "entities": []}),
        SlotSet("telephone", "+33639984711"),
        BotUttered("Merci Zoé Canarelle."),
    ]
    store = ConversationStore(url=services.settings.tracker_database)
    in_a_loop(store.save(DialogueStateTracker.from_events(conversation, events)))
    store.engine.dispose()


def crowd(services: Services, people: int = 12) -> None:
    """Others who come and go: pages are split and freed around the canary's rows."""
    for number in range(people):
        view = book_for_anna(services, 2 * number % 20, f"06 39 98 00 {number:02}")
        if number % 3 == 0:
            services.bookings.cancel(view.code, "Roy", services.now())


def book_for_anna(services: Services, number: int, phone: str = "06 39 98 00 06", **given: str) -> AppointmentView:
    """A booking of somebody else, who shares nothing with the canary."""
    own = {"name": "Anna Roy", "email": "anna@exemple.fr", "booked_by": "Max Roy", "phone": phone}
    return book(services, number, **(own | given))


def in_files(folder: Path) -> set[tuple[str, bytes]]:
    """(file, canary) for every canary in any file of the state folder."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return {(path.name, each) for path in files for each in CANARIES if each in path.read_bytes()}


FILE = "pg_read_binary_file({path}, 0, 268435456, true)"
"""The content of a file of PostgreSQL's, as the server reads it; none where it is gone by now."""


def in_postgresql(services: Services) -> set[tuple[str, bytes]]:
    """(table or index, canary) in the files of the database: tables, indexes, TOAST and the catalogue's statistics."""
    content = FILE.format(path="pg_relation_filepath(oid)")
    query = f"""
        SELECT relname FROM pg_class
        WHERE relkind IN ('r', 'i', 't', 'm') AND NOT relisshared AND pg_relation_filepath(oid) IS NOT NULL
            AND position(:canary IN {content}) > 0
    """
    return _found(services, query)


def in_write_ahead_log(services: Services) -> set[tuple[str, bytes]]:
    """(segment, canary) in the server's write-ahead log."""
    content = FILE.format(path="'pg_wal/' || name")
    return _found(services, f"SELECT name FROM pg_ls_waldir() WHERE position(:canary IN {content}) > 0")


def _found(services: Services, query: str) -> set[tuple[str, bytes]]:
    search = text(query).bindparams(bindparam("canary", type_=LargeBinary))
    with services.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # what the server holds in memory is in no file yet
        connection.exec_driver_sql("CHECKPOINT")
        return {(name, each) for each in CANARIES for name in connection.scalars(search, {"canary": each})}
