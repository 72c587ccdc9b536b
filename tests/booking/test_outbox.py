"""Emptying the outbox towards real servers: told once, tried again, given up, or telephoned."""

import asyncio
import json
import logging
import multiprocessing
import os
import signal
import socket
import ssl
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, cast

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session
from pydantic import SecretStr
from sqlalchemy import select
from structlog.testing import capture_logs

from assistant.booking import notices
from assistant.booking.outbox import BACKOFF, LEASE, Clock, Counted, Outbox
from assistant.booking.senders import (
    FileSender,
    NotSent,
    Passing,
    SmsSender,
    SmtpSender,
    Undeliverable,
    Unsure,
    senders_of,
)
from assistant.errors import NotFound, Refused
from assistant.settings import Settings
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Message
from tests.booking.booking_world import LURE, NOW, make_bookings, make_place, request, save

CHILD_PATIENCE = 90
SOON = NOW + timedelta(days=2)
ADDRESS, PHONE, TOKEN = "anna@exemple.fr", "+33639980001", "jeton"


class MailServer:
    """A mail server whose answers the test sets; it remembers what it accepted, and who it met."""

    def __init__(self, **options: Any) -> None:
        self.port = free_port()
        self.to_recipient, self.to_content = "250 OK", "250 OK"
        self.drops = self.hangs = False
        self.accepted: list[bytes] = []
        self.met: Counter[str] = Counter()
        self.met_one = threading.Event()
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port, **options)
        self._controller.start()

    async def handle_RCPT(self, _server: SMTP, _session: Session, envelope: Envelope, to: str, _options: Any) -> str:
        if self.to_recipient.startswith("250"):
            envelope.rcpt_tos.append(to)
        return self.to_recipient

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:
        self.met[envelope.rcpt_tos[0]] += 1
        self.met_one.set()
        if self.drops:
            # of asyncio or of uvloop, which is no asyncio.Transport
            cast(asyncio.Transport, server.transport).abort()
        if self.hangs:
            await asyncio.sleep(3600)
        if self.to_content.startswith("250"):
            self.accepted.append(envelope.original_content or b"")
        return self.to_content

    def stop(self) -> None:
        self._controller.stop(no_assert=True)


class SmsServer:
    """An SMS service whose answer the test sets; it remembers each request."""

    def __init__(self) -> None:
        self.status = 200
        self.drops = self.hangs = False
        self.released = threading.Event()
        self.requests: list[tuple[dict[str, str], dict[str, str]]] = []
        ours = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                ours.requests.append((body, dict(self.headers)))
                if ours.hangs:
                    ours.released.wait(CHILD_PATIENCE)
                if not (ours.drops or ours.hangs):
                    self.send_response(ours.status)
                    self.end_headers()

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/sms"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def mail() -> Iterator[MailServer]:
    server = MailServer()
    yield server
    server.stop()


@pytest.fixture
def sms() -> Iterator[SmsServer]:
    server = SmsServer()
    yield server
    server.stop()


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def settings_for(**given: Any) -> Settings:
    made = {"smtp_host": "127.0.0.1", "smtp_starttls": False, "sender_address": "rdv@exemple.fr", **given}
    return Settings(_env_file=None, sms_token=SecretStr(TOKEN), **made)


def by_mail(port: int) -> dict[str, SmtpSender]:
    return {"email": SmtpSender(settings_for(smtp_port=port), timeout=1)}


def by_sms(url: str) -> dict[str, SmsSender]:
    return {"sms": SmsSender(settings_for(sms_url=url), timeout=1)}


def a_message(**given: Any) -> Message:
    made = {"id": 1, "key": "remind:1:1234:20261124T0800", "channel": "email", "recipient": ADDRESS}
    return Message(**{**made, "subject": "Rappel", "text": "Rendez-vous à Lure.", **given})


def seed(database: Database, channels: list[str], recipient: Callable[[int], str] | None = None) -> None:
    """One appointment and one message due now for each channel given."""
    save(database, [LURE])
    of_channel = {"email": ADDRESS, "sms": PHONE, "call": PHONE}
    with database.write() as session:
        for number, channel in enumerate(channels):
            appointment = an_appointment(number)
            session.add(appointment)
            session.flush()
            session.add(
                Message(
                    key=f"moved:{number}",
                    appointment_id=appointment.id,
                    channel=channel,
                    recipient=recipient(number) if recipient else of_channel[channel],
                    subject="Votre rendez-vous est déplacé",
                    text=f"Message {number}",
                    next_try_at=NOW,
                )
            )


def an_appointment(number: int) -> Appointment:
    return Appointment(
        code=f"CODE{number}",
        place_id=LURE.id,
        counter=0,
        start=SOON + timedelta(minutes=30 * number),
        end=SOON + timedelta(minutes=30 * number + 30),
        procedures=["caf/rsa"],
        situation={},
        name="Anna Roy",
        phone=PHONE,
        email=ADDRESS,
        reminders=True,
        created_at=NOW,
        updated_at=NOW,
    )


def stored(database: Database) -> list[Message]:
    with database.read() as session:
        return list(session.scalars(select(Message).order_by(Message.id)))


def statuses(database: Database) -> list[str]:
    return [message.status for message in stored(database)]


# What each way out answers


def test_an_email_arrives_whole(mail: MailServer) -> None:
    by_mail(mail.port)["email"].send(a_message(text="Apportez :\n.\n- votre pièce d'identité"))
    received = message_from_bytes(mail.accepted[0], policy=default)
    assert (received["From"], received["To"], received["Subject"]) == ("rdv@exemple.fr", ADDRESS, "Rappel")
    assert received.get_content().splitlines() == ["Apportez :", ".", "- votre pièce d'identité"]


def test_the_same_message_has_the_same_identity_at_each_try(mail: MailServer) -> None:
    """And another message another one; neither tells of the appointment."""
    for key in ("remind:1", "remind:1", "remind:2"):
        by_mail(mail.port)["email"].send(a_message(key=key))
    first, again, other = (message_from_bytes(each)["Message-ID"] for each in mail.accepted)
    assert first == again != other
    assert "remind" not in first and first.endswith("@exemple.fr>")


@pytest.mark.parametrize(
    ("recipient", "content", "expected"),
    [
        ("550 No such user", "250 OK", Undeliverable),
        ("451 Try later", "250 OK", Passing),
        ("250 OK", "554 Spam", Undeliverable),
        ("250 OK", "452 No room", Passing),
    ],
)
def test_what_a_mail_server_refuses(mail: MailServer, recipient: str, content: str, expected: type[NotSent]) -> None:
    """5xx is for ever, 4xx for now; what is kept of it names nobody."""
    mail.to_recipient, mail.to_content = recipient, content
    with pytest.raises(expected) as refusal:
        by_mail(mail.port)["email"].send(a_message())
    assert refusal.value.cause == f"SMTP {(recipient if content == '250 OK' else content)[:3]}"


@pytest.mark.parametrize("ends", ["drops", "hangs"])
def test_a_mail_server_silent_after_the_content_leaves_a_doubt(mail: MailServer, ends: str) -> None:
    setattr(mail, ends, True)
    with pytest.raises(Unsure):
        by_mail(mail.port)["email"].send(a_message())
    assert mail.met[ADDRESS] == 1


def test_a_server_that_is_not_there_or_says_nothing_is_tried_again() -> None:
    with pytest.raises(Passing):
        by_mail(free_port())["email"].send(a_message())
    with pytest.raises(Passing):
        by_sms(f"http://127.0.0.1:{free_port()}")["sms"].send(a_message())
    with socket.create_server(("127.0.0.1", 0)) as mute, pytest.raises(Passing):
        by_mail(mute.getsockname()[1])["email"].send(a_message())


@pytest.mark.parametrize("address", ["anna@exemple.fr\nBcc: x@exemple.fr", "zoé@exemple.fr", ""])
def test_an_address_that_is_none_is_never_sent_to(mail: MailServer, address: str) -> None:
    with pytest.raises(Undeliverable):
        by_mail(mail.port)["email"].send(a_message(recipient=address))
    assert not mail.met


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    """A certificate of 127.0.0.1 signed by itself, and its key."""
    made, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=essai -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*command.split(), "-out", str(made), "-keyout", str(key)], check=True, capture_output=True)
    return made, key


def test_a_password_goes_only_through_tls_to_a_server_that_proves_its_name(
    certificate: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trusted: delivered. Not trusted, or without TLS: nothing is said, and it is tried again."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(*certificate)
    logins: list[bytes] = []

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, login: Any) -> AuthResult:
        logins.append(login.password)
        return AuthResult(success=login.password == b"secret")

    def send(port: int) -> None:
        given = settings_for(smtp_port=port, smtp_starttls=True, smtp_user="rdv", smtp_password=SecretStr("secret"))
        SmtpSender(given, timeout=5).send(a_message())

    secure = MailServer(tls_context=context, require_starttls=True, auth_required=True, authenticator=authenticate)
    clear = MailServer(auth_require_tls=False, authenticator=authenticate)
    try:
        for port in (secure.port, clear.port):
            with pytest.raises(Passing):
                send(port)
        assert logins == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate[0]))
        send(secure.port)
        assert logins == [b"secret"] and len(secure.accepted) == 1 and not clear.met
    finally:
        secure.stop()
        clear.stop()


def test_an_sms_is_one_request_with_its_token(sms: SmsServer) -> None:
    by_sms(sms.url)["sms"].send(a_message(recipient=PHONE))
    ((body, headers),) = sms.requests
    assert body == {"to": PHONE, "text": "Rendez-vous à Lure."}
    assert headers["Authorization"] == f"Bearer {TOKEN}"


@pytest.mark.parametrize(
    ("status", "expected"),
    [(400, Undeliverable), (404, Undeliverable), (408, Passing), (429, Passing), (302, Passing), (503, Passing)],
)
def test_what_an_sms_service_answers(sms: SmsServer, status: int, expected: type[NotSent]) -> None:
    sms.status = status
    with pytest.raises(expected):
        by_sms(sms.url)["sms"].send(a_message())
    assert len(sms.requests) == 1


@pytest.mark.parametrize("ends", ["drops", "hangs"])
def test_an_sms_service_that_does_not_answer_leaves_a_doubt(sms: SmsServer, ends: str) -> None:
    setattr(sms, ends, True)
    with pytest.raises(Unsure):
        by_sms(sms.url)["sms"].send(a_message())


def test_the_file_takes_a_line_a_message_and_is_nobody_elses(tmp_path: Path) -> None:
    """Also after somebody was killed in the middle of a line."""
    path = tmp_path / "new" / "outbox.jsonl"
    sender = FileSender(path)
    sender.send(a_message(text="Une\nligne"))
    with path.open("a") as file:
        file.write('{"key": "rem')
    sender.send(a_message(text="Après"))
    first, _, last = path.read_text().splitlines()
    assert (json.loads(first)["text"], json.loads(last)["text"]) == ("Une\nligne", "Après")
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_cannot_be_written_is_tried_again(tmp_path: Path) -> None:
    with pytest.raises(Passing):
        FileSender(tmp_path).send(a_message())
    with pytest.raises(Passing):
        FileSender(Path("/dev/full")).send(a_message())


def test_with_nothing_set_messages_go_to_the_file(tmp_path: Path) -> None:
    nothing = Settings(_env_file=None, state_dir=tmp_path)
    for sender in senders_of(nothing).values():
        sender.send(a_message())
    assert len((tmp_path / "outbox.jsonl").read_text().splitlines()) == 2
    both = senders_of(settings_for(sms_url="https://exemple.fr"))
    assert isinstance(both["email"], SmtpSender) and isinstance(both["sms"], SmsSender)
    with pytest.raises(Refused, match="ASSISTANT_SENDER_ADDRESS"):
        senders_of(settings_for(sender_address=""))


# What becomes of a message


def test_a_due_message_is_sent_once(database: Database, mail: MailServer, sms: SmsServer) -> None:
    seed(database, ["email", "sms", "call"])
    outbox = Outbox(database, settings_for(), {**by_mail(mail.port), **by_sms(sms.url)})
    assert outbox.send_due(NOW - timedelta(minutes=1)) == Counted()
    assert outbox.send_due(NOW) == Counted(sent=2)
    assert outbox.send_due(NOW) == Counted()
    assert (len(mail.accepted), len(sms.requests)) == (1, 1)
    assert statuses(database) == ["sent", "sent", "pending"]
    assert [message.sent_at is None for message in stored(database)] == [False, False, True]


def test_tried_again_after_1_5_30_minutes_and_2_hours_then_given_up(database: Database, mail: MailServer) -> None:
    seed(database, ["email"])
    mail.to_recipient = "451 Try later"
    outbox, now = Outbox(database, settings_for(), by_mail(mail.port)), NOW
    for wait in BACKOFF:
        assert outbox.send_due(now) == Counted(retried=1)
        assert outbox.send_due(now + wait - timedelta(seconds=1)) == Counted()
        # a few seconds more than the wait: trying took some
        now += wait + timedelta(seconds=10)
    assert outbox.send_due(now) == Counted(failed=1)
    assert [call.why for call in outbox.call_list()] == ["failed"]
    assert stored(database)[0].attempts == len(BACKOFF) + 1


def test_a_second_try_that_succeeds_leaves_no_trace_of_the_first(database: Database, sms: SmsServer) -> None:
    seed(database, ["sms"])
    sms.status = 503
    outbox = Outbox(database, settings_for(), by_sms(sms.url))
    assert outbox.send_due(NOW) == Counted(retried=1)
    sms.status = 202
    assert outbox.send_due(NOW + timedelta(minutes=2)) == Counted(sent=1)
    assert stored(database)[0].error is None and outbox.call_list() == []
    keys = {headers["Idempotency-Key"] for _, headers in sms.requests}
    assert len(sms.requests) == 2 and len(keys) == 1


def test_a_permanent_refusal_is_not_tried_again(database: Database, mail: MailServer) -> None:
    seed(database, ["email"])
    mail.to_recipient = "550 No such user"
    outbox = Outbox(database, settings_for(), by_mail(mail.port))
    assert outbox.send_due(NOW) == Counted(failed=1)
    assert outbox.send_due(NOW + timedelta(days=1)) == Counted()


def test_one_that_may_have_left_is_telephoned_not_sent_again(database: Database, mail: MailServer) -> None:
    seed(database, ["email"])
    mail.drops = True
    outbox = Outbox(database, settings_for(), by_mail(mail.port))
    assert outbox.send_due(NOW) == Counted(doubtful=1)
    assert outbox.send_due(NOW + timedelta(days=1)) == Counted()
    assert mail.met[ADDRESS] == 1 and [call.why for call in outbox.call_list()] == ["doubtful"]


def test_a_defect_of_a_sender_stops_no_other_message(database: Database, sms: SmsServer) -> None:
    """How far it had gone is not known: doubtful."""

    class Broken:
        def send(self, message: Message) -> None:
            raise ZeroDivisionError

    seed(database, ["email", "sms"])
    outbox = Outbox(database, settings_for(), {"email": Broken(), **by_sms(sms.url)})
    assert outbox.send_due(NOW) == Counted(sent=1, doubtful=1)


def test_logs_tell_of_no_person(
    database: Database, mail: MailServer, sms: SmsServer, caplog: pytest.LogCaptureFixture
) -> None:
    """Not even where a server quotes the address in its answer."""
    seed(database, ["email", "sms"])
    mail.to_recipient, sms.status = f"550 {ADDRESS} is unknown", 503
    caplog.set_level(logging.DEBUG)
    with capture_logs() as events:
        Outbox(database, settings_for(), {**by_mail(mail.port), **by_sms(sms.url)}).send_due(NOW)
    assert [event["event"] for event in events] == ["outbox.failed", "outbox.pending"]
    # aiosmtpd, the server of this test, logs whom it hears of
    ours = [record.getMessage() for record in caplog.records if not record.name.startswith("mail.")]
    kept = [message.error for message in stored(database)]
    for personal in (ADDRESS, PHONE, "Anna", "Message 0", "CODE0", TOKEN):
        assert personal not in repr((events, ours, kept))


# What is no longer to be said


@pytest.fixture
def outbox(database: Database, tmp_path: Path) -> Outbox:
    return Outbox(database, Settings(_env_file=None, state_dir=tmp_path))


def book(database: Database, number: int = 0) -> str:
    """An appointment in the week, with its confirmation and its reminder in the outbox."""
    bookings = make_bookings(database, [LURE])
    slot = bookings.slots(LURE, 30, NOW)[20 + number].id
    wish = request(slot, name="Anna Roy", email=ADDRESS, reminders=True)
    return bookings.book(wish, bookings.new_key(), NOW).code


def start_of(database: Database, code: str) -> datetime:
    with database.read() as session:
        return session.scalars(select(Appointment.start).where(Appointment.code == code)).one()


def test_a_reminder_whose_appointment_has_started_is_dropped(database: Database, outbox: Outbox) -> None:
    save(database, [LURE])
    start = start_of(database, book(database))
    assert outbox.send_due(NOW) == Counted(sent=1)
    assert outbox.send_due(start) == Counted()
    assert statuses(database) == ["sent", "dropped"]


def test_of_a_cancelled_appointment_nothing_is_said_but_that(database: Database, outbox: Outbox) -> None:
    save(database, [LURE])
    code = book(database)
    start = start_of(database, code)
    make_bookings(database, [LURE]).cancel(code, "Roy", NOW)
    with database.write() as session:
        for message in session.scalars(select(Message).where(Message.key.startswith("remind"))):
            message.status = "pending"
    assert outbox.send_due(start - timedelta(hours=1)) == Counted(sent=1)
    assert {message.key.split(":")[0]: message.status for message in stored(database)} == {
        "confirm": "dropped",
        "remind": "dropped",
        "cancel": "sent",
    }


@pytest.mark.parametrize("error", [Passing("SMTP 451"), Undeliverable("SMTP 550"), Unsure("hung up")])
def test_a_try_under_way_during_a_move_is_not_gone_on_with(database: Database, error: NotSent) -> None:
    """The former time is told to nobody, by message or telephone; the new one is."""
    save(database, [LURE])
    bookings, code = make_bookings(database, [LURE]), book(database)
    told: list[str] = []

    class MovedMeanwhile:
        def send(self, message: Message) -> None:
            told.append(message.text)
            if len(told) == 1:
                bookings.move(code, "Roy", bookings.slots(LURE, 30, NOW)[40].id, NOW)
                raise error

    outbox = Outbox(database, settings_for(), {"email": MovedMeanwhile()})
    assert outbox.send_due(NOW) == Counted(sent=1)
    assert outbox.send_due(start_of(database, code) - timedelta(hours=1)) == Counted(sent=1)
    assert statuses(database) == ["dropped", "dropped", "sent", "sent"]
    assert outbox.call_list() == []


# Who must be telephoned


def test_the_list_of_calls_holds_whom_no_message_reaches(database: Database) -> None:
    """With the appointment, by date; `called` takes one off, and twice is the same as once."""
    other = make_place("5678")
    seed(database, ["call", "email", "sms", "email", "call"])
    save(database, [other])
    with database.write() as session:
        first, failed, doubtful, _, last = session.scalars(select(Message).order_by(Message.id))
        failed.status, doubtful.status = "failed", "doubtful"
        session.get_one(Appointment, last.appointment_id).place_id = other.id
    outbox = Outbox(database, settings_for(), {})
    calls = outbox.call_list()
    assert [call.why for call in calls] == ["pending", "failed", "doubtful", "pending"]
    assert (calls[0].code, calls[0].name, calls[0].phone, calls[0].start) == ("CODE0", "Anna Roy", PHONE, SOON)
    assert [call.code for call in outbox.call_list(other.id)] == ["CODE4"]
    for message in (first, failed, doubtful, first):
        outbox.called(message.id, NOW)
    assert [call.code for call in outbox.call_list()] == ["CODE4"]
    assert outbox.send_due(NOW + timedelta(minutes=1)).sent == 0


def test_nobody_to_call_is_not_found(database: Database) -> None:
    """Neither an unknown number nor a message that is still to be sent."""
    seed(database, ["email"])
    outbox = Outbox(database, settings_for(), {})
    for identity in (stored(database)[0].id, 999_999):
        with pytest.raises(NotFound):
            outbox.called(identity, NOW)


def test_nobody_is_called_for_an_appointment_cancelled_since(database: Database) -> None:
    seed(database, ["call", "email"])
    with database.write() as session:
        session.scalars(select(Message).order_by(Message.id.desc())).first().status = "failed"  # type: ignore[union-attr]
        for appointment in session.scalars(select(Appointment)):
            appointment.status = "cancelled"
    assert Outbox(database, settings_for(), {}).call_list() == []


def test_a_notice_to_call_is_on_the_list(database: Database) -> None:
    """As the application writes it."""
    save(database, [LURE])
    code = book(database)
    with database.write() as session:
        appointment = session.scalars(select(Appointment).where(Appointment.code == code)).one()
        notices.ask_to_call(session, appointment, "call:1", "À proposer : rien.", NOW)
    (call,) = Outbox(database, settings_for(), {}).call_list(LURE.id)
    assert (call.code, call.why, call.text) == (code, "pending", "À proposer : rien.")


# Several processes, and their death


class Unclaimed(Outbox):
    """The negative control: reads what is due, and takes it from nobody."""

    def _claim(self, due: datetime, clock: Clock) -> tuple[Message, Appointment] | None:
        query = select(Message, Appointment).join(Appointment).where(Message.status == "pending")
        with self._database.read() as session:
            found = session.execute(query.order_by(Message.next_try_at, Message.id).limit(1)).tuples().first()
        if found:
            found[0].status = "sending"
        return found


def empty(kind: type[Outbox], url: str, port: int, sms_url: str, barrier: Any, results: Any) -> None:
    """What a child process runs: (sent, retried, failed, doubtful) comes back by the queue."""
    database = Database(url)
    outbox = kind(database, settings_for(), {**by_mail(port), **by_sms(sms_url)})
    outbox._senders["email"]._timeout = CHILD_PATIENCE  # type: ignore[attr-defined]
    outbox._senders["sms"]._timeout = CHILD_PATIENCE  # type: ignore[attr-defined]
    stored(database)
    barrier.wait(CHILD_PATIENCE)
    told = outbox.send_due(NOW)
    results.put((told.sent, told.retried, told.failed, told.doubtful))
    database.close()


def empty_by_two(kind: type[Outbox], database: Database, mail: MailServer, sms: SmsServer) -> list[tuple[int, ...]]:
    context = multiprocessing.get_context("spawn")
    barrier, results = context.Barrier(2), context.Queue()
    url = database.engine.url.render_as_string(hide_password=False)
    given = (kind, url, mail.port, sms.url, barrier, results)
    children = [context.Process(target=empty, args=given) for _ in range(2)]
    for child in children:
        child.start()
    told = [results.get(timeout=CHILD_PATIENCE) for _ in children]
    for child in children:
        child.join(CHILD_PATIENCE)
        assert child.exitcode == 0
    return told


def deliveries(mail: MailServer, sms: SmsServer) -> Counter[str]:
    return mail.met + Counter(body["to"] for body, _ in sms.requests)


def recipient_of(number: int) -> str:
    return f"+336399{number:05}" if number % 2 else f"personne{number}@exemple.fr"


def test_two_processes_deliver_each_of_200_messages_once(database: Database, mail: MailServer, sms: SmsServer) -> None:
    seed(database, ["email", "sms"] * 100, recipient_of)
    told = empty_by_two(Outbox, database, mail, sms)
    assert deliveries(mail, sms) == dict.fromkeys(map(recipient_of, range(200)), 1)
    assert sum(counted[0] for counted in told) == 200 and all(counted[0] for counted in told)
    assert set(statuses(database)) == {"sent"}


def test_without_the_claim_some_are_delivered_twice(database: Database, mail: MailServer, sms: SmsServer) -> None:
    """The negative control of the test above."""
    seed(database, ["email", "sms"] * 100, recipient_of)
    empty_by_two(Unclaimed, database, mail, sms)
    assert max(deliveries(mail, sms).values()) == 2


@pytest.mark.parametrize("moment", ["before anything is said", "after the content"])
def test_a_message_whose_sender_is_killed_is_never_sent_again(
    database: Database, mail: MailServer, sms: SmsServer, moment: str
) -> None:
    """`sending` for ten minutes, then doubtful: somebody telephones. The others leave meanwhile."""
    seed(database, ["email", "sms"])
    mail.hangs = True
    context = multiprocessing.get_context("spawn")
    # kept by name: the child finds them only while they live here
    alone, results = context.Barrier(1), context.Queue()
    url = database.engine.url.render_as_string(hide_password=False)
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(CHILD_PATIENCE)
        port = mail.port if moment == "after the content" else mute.getsockname()[1]
        child = context.Process(target=empty, args=(Outbox, url, port, sms.url, alone, results))
        child.start()
        if moment == "after the content":
            assert mail.met_one.wait(CHILD_PATIENCE)
        else:
            mute.accept()
        assert child.pid
        os.kill(child.pid, signal.SIGKILL)
        child.join(CHILD_PATIENCE)
        assert child.exitcode == -signal.SIGKILL
    before, mail.hangs = mail.met.copy(), False
    outbox = Outbox(database, settings_for(), {**by_mail(mail.port), **by_sms(sms.url)})
    assert outbox.send_due(NOW) == Counted(sent=1)
    assert statuses(database) == ["sending", "sent"]
    assert outbox.send_due(NOW + LEASE + timedelta(minutes=5)) == Counted(doubtful=1)
    assert outbox.send_due(NOW + timedelta(days=1)) == Counted()
    assert mail.met == before and [call.why for call in outbox.call_list()] == ["doubtful"]
