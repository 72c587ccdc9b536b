"""Whatever people, agents and time do in whatever order, a plain model foresees each answer and every row.

The model knows no more of the code than what it promises: it has its own calendar, holidays and lists.
`HYPOTHESIS_RUNS=500` runs as many as the issue asks, `bench/machine.py` also says what they did.
"""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, ClassVar, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from dateutil.easter import easter
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select

from assistant.booking import occupation
from assistant.booking import slots as slots_module
from assistant.booking.appointments import Bookings, SlotRefused, SlotTaken
from assistant.booking.outbox import Outbox
from assistant.directory.directory import Directory
from assistant.directory.editing import TimetableEditor
from assistant.directory.models import Closure, OwnHours, Place, Point, Purpose
from assistant.errors import AssistantError, NotFound, Refused
from assistant.settings import Settings
from assistant.storage import tables
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Base, Hold, Message, Occupation, Waiting
from tests.booking.booking_world import make_place, request, save

RUNS = int(os.environ.get("HYPOTHESIS_RUNS", "60"))
STEPS = 50
RENEWALS = 2
"""Few, so that runs get past them."""
RULES = Settings(_env_file=None, hold_renewals=RENEWALS)
UNIT, LEAD, HORIZON = timedelta(minutes=15), timedelta(hours=2), timedelta(days=60)
KEPT, NOTICE = timedelta(minutes=10), timedelta(hours=3)
STARTS = (
    # years ahead: a directory leaves out the closures that ended before the real yesterday
    datetime(2031, 10, 20, 7, tzinfo=UTC),  # clocks go back on the 26th
    datetime(2031, 12, 17, 9, tzinfo=UTC),  # 20 December at La Réunion, 26 December at Strasbourg
    datetime(2032, 3, 22, 6, tzinfo=UTC),  # Good Friday, Easter and the clocks that go forward
)
ZONES = {"67": "Europe/Paris", "974": "Indian/Reunion", "70": "Europe/Paris"}
PLACES = tuple(
    make_place(departement, departement, capacity=2 if departement == "974" else None) for departement in ZONES
)
BUS = "70"
FIXED_HOLIDAYS = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}
Falls = Callable[[date, date], bool]
"""Whether a recurrence falls on a day, given its first day."""
Unit = tuple[int, datetime]
"""A time unit of a counter."""


class Piece(NamedTuple):
    """Hours as a model reads them; `rule` is what the code is told."""

    rule: str
    falls: Falls
    start: time
    end: time
    purpose: Purpose = "both"
    counters: int | None = None
    stop: str | None = None


def weekly(days: str, every: int = 1) -> tuple[str, Falls]:
    numbers = {("MO", "TU", "WE", "TH", "FR", "SA", "SU").index(day) for day in days.split(",")}

    def falls(day: date, first: date) -> bool:
        weeks = (day - timedelta(day.weekday()) - first + timedelta(first.weekday())).days // 7
        return day.weekday() in numbers and weeks % every == 0

    return f"FREQ=WEEKLY;INTERVAL={every};BYDAY={days}", falls


FIRST_AND_THIRD: tuple[str, Falls] = (
    "FREQ=MONTHLY;BYDAY=1TU,3TU",
    lambda day, _first: day.weekday() == 1 and (day.day - 1) // 7 in (0, 2),
)
DAILY: tuple[str, Falls] = ("FREQ=DAILY", lambda _day, _first: True)
WORKING = weekly("MO,TU,WE,TH,FR")
DIRECTORY_HOURS = (Piece(*WORKING, time(9), time(11)), Piece(*WORKING, time(14), time(15, 30)))
BUS_HOURS = (
    Piece(*weekly("TH"), time(9), time(11), stop="place de la Mairie"),
    Piece(*weekly("TU", 2), time(10), time(12), stop="parking de la gare"),
    Piece(*weekly("MO,WE,FR"), time(9), time(10), stop="salle des fêtes"),
)
PATTERNS: tuple[tuple[Piece, ...], ...] = (
    (),
    BUS_HOURS,
    (Piece(*WORKING, time(8, 30), time(12), "walk_in"), Piece(*WORKING, time(13), time(15), "appointments")),
    (Piece(*weekly("MO,TU", 2), time(9), time(11)), Piece(*weekly("WE,TH,FR"), time(9, 10), time(11), counters=3)),
    (Piece(*FIRST_AND_THIRD, time(9), time(12)), Piece(*weekly("SA"), time(9), time(10, 20), counters=2)),
    # over the change of clocks
    (Piece(*DAILY, time(0), time(5)),),
    (Piece(*DAILY, time(9), time(17), "walk_in"),),
)


@dataclass(frozen=True)
class Span:
    """Some minutes at a place."""

    place: str
    start: datetime
    minutes: int

    @property
    def end(self) -> datetime:
        return self.start + timedelta(minutes=self.minutes)

    @property
    def id(self) -> str:
        return f"{self.place}.{self.start:%Y%m%dT%H%M}Z.{self.minutes}"

    def units(self) -> list[datetime]:
        return [self.start + UNIT * index for index in range(-(-self.minutes // 15))]


@dataclass(frozen=True)
class Sale:
    """A span at a counter, and how many received there when it was sold."""

    span: Span
    counter: int
    capacity: int

    def units(self) -> set[Unit]:
        return {(self.counter, unit) for unit in self.span.units()}


@dataclass
class Wait:
    """Somebody on the waiting list."""

    since: datetime
    earliest: datetime
    order: int
    told_at: datetime | None = None
    told: Span | None = None
    """The last one."""


@dataclass
class Booked:
    """An appointment; `sale` is the last one of a cancelled one."""

    sale: Sale
    reminders: bool
    status: str = "booked"
    wait: Wait | None = None


@dataclass
class Held:
    """A hold, expired or not."""

    sale: Sale
    expires: datetime
    renewals: int = 0


@dataclass
class Timetable:
    """When a place receives."""

    capacity: int | None
    own: tuple[tuple[Piece, date], ...] = ()
    """Pieces with their first day."""
    closures: dict[int, Closure] = field(default_factory=dict)


class World:
    """The model: who has what, and what must come of each wish."""

    def __init__(self, now: datetime):
        self.now = now
        self.timetables = {place.id: Timetable(place.capacity) for place in PLACES}
        self.booked: dict[str, Booked] = {}
        self.held: dict[str, Held] = {}

    def openings(self, place: str, day: date) -> list[tuple[datetime, datetime, Piece]]:
        """What is planned that day, whatever is closed."""
        zone, own = ZoneInfo(ZONES[place]), self.timetables[place].own
        of_directory = () if place == BUS else DIRECTORY_HOURS
        planned = own or [(piece, day) for piece in of_directory]
        if is_holiday(day, place):
            return []
        due = [p for p, first in planned if day >= first and p.falls(day, first)]
        return [(instant(day, p.start, zone), instant(day, p.end, zone), p) for p in due]

    def capacity(self, span: Span) -> int:
        """Counters of the opening a span is in, agents absent or not; 0 outside."""
        for start, end, piece in self.openings(span.place, local_day(span.place, span.start)):
            if piece.purpose != "walk_in" and start <= span.start and span.end <= end:
                return piece.counters or self.timetables[span.place].capacity or 1
        return 0

    def counters(self, span: Span) -> set[int]:
        """Those that may be sold now, taken or not."""
        aligned = span.start.minute % 15 == 0
        if not aligned or not self.now + LEAD <= span.start <= self.now + HORIZON:
            return set()
        met = [c for c in self.timetables[span.place].closures.values() if c.start < span.end and span.start < c.end]
        if any(closure.counter is None for closure in met):
            return set()
        return set(range(self.capacity(span))) - {closure.counter for closure in met}

    def is_live(self, held: Held) -> bool:
        return held.expires > self.now

    def sales(self, but: Iterable[object] = ()) -> Iterator[Sale]:
        """Of booked appointments and live holds."""
        owners: list[Booked | Held] = [*self.booked.values(), *self.held.values()]
        for owner in owners:
            live = owner.status == "booked" if isinstance(owner, Booked) else self.is_live(owner)
            if live and not any(owner is other for other in but):
                yield owner.sale

    def free(self, span: Span, but: Iterable[object] = ()) -> set[int]:
        """The counters a span would be sold at, where the owners `but` give back what they have."""
        taken = {unit for sale in self.sales(but) if sale.span.place == span.place for unit in sale.units()}
        return {c for c in self.counters(span) if not any((c, unit) in taken for unit in span.units())}

    def to_tell(self, freed: Span) -> tuple[str, Booked] | None:
        """The first on the waiting list whom a freed span suits: who could book it right now."""
        if freed.start < self.now + NOTICE:
            return None
        suited = [(code, one) for code, one in self.booked.items() if one.wait and self._suits(freed, one, one.wait)]
        return min(suited, key=lambda pair: turn(pair[1].wait), default=None)

    def _suits(self, freed: Span, one: Booked, wait: Wait) -> bool:
        own = one.sale.span
        return (
            own.place == freed.place
            and wait.earliest <= freed.start < own.start
            and own.minutes <= freed.minutes
            and freed != wait.told
            and bool(self.counters(freed))
            and bool(self.free(replace(freed, minutes=own.minutes), (one,)))
        )


def turn(wait: Wait | None) -> tuple[bool, datetime, datetime, int]:
    assert wait
    return wait.told_at is not None, wait.told_at or wait.since, wait.since, wait.order


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, at, zone).astimezone(UTC)


def local_day(place: str, moment: datetime) -> date:
    return moment.astimezone(ZoneInfo(ZONES[place])).date()


def is_holiday(day: date, place: str) -> bool:
    sunday = easter(day.year)
    moving = {sunday + timedelta(days) for days in (1, 39, 50)}
    local = {"67": {sunday - timedelta(2), date(day.year, 12, 26)}, "974": {date(day.year, 12, 20)}}
    return (day.month, day.day) in FIXED_HOLIDAYS or day in moving | local.get(place, set())


places = st.sampled_from([place.id for place in PLACES])
minutes = st.sampled_from([15, 20, 30, 30, 45, 60, 90])
near = st.tuples(places, st.integers(0, 2), st.integers(-1, 6), minutes)
"""Place, which of its next openings, quarters of an hour after it begins, length: most are for sale, many are taken."""
later = st.tuples(places, st.integers(3, 6), st.integers(0, 6), minutes)
anywhere = st.tuples(places, st.integers(-1, 62), st.integers(0, 288), minutes)
"""Place, days and five minutes from now, length: most are for nobody."""
wishes = st.one_of(near, near, near, near, later, anywhere.map(lambda wish: ("any", *wish)))
which = st.integers(0, 20)


class Recorder:
    """A sender that keeps what it sent."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    def send(self, message: Message) -> None:
        self.sent.append(message.id)


class BookingMachine(RuleBasedStateMachine):
    """One run: the code on the left, the model on the right, compared after every step."""

    @staticmethod
    def fresh() -> Database:
        """An empty migrated database."""
        raise NotImplementedError

    counts: ClassVar[Counter[str]] = Counter()
    """What the steps of all runs did, by name and outcome."""

    def __init__(self) -> None:
        super().__init__()
        self.database = self.fresh()
        save(self.database, PLACES)
        with self.database.write() as session:
            for row in session.scalars(select(tables.Place)):
                row.hours = (
                    {} if row.id == BUS else {str(d): [["09:00", "11:00"], ["14:00", "15:30"]] for d in range(5)}
                )
        self.directory = Directory.load(self.database)
        self.bookings = Bookings(self.database, self.place_of, RULES)
        self.editor = TimetableEditor(self.database)
        self.recorder = Recorder()
        self.outbox = Outbox(self.database, RULES, {"email": self.recorder, "sms": self.recorder})
        self.keys: dict[str, tuple[Any, str]] = {}
        self.told: list[str] = []
        self.announced: set[int] = set()
        self.joined = 0
        self.counts["runs"] += 1

    def teardown(self) -> None:
        self.database.close()

    def place_of(self, identity: str) -> Place:
        """As in assistant/app.py."""
        if self.directory.version != Directory.version_of(self.database):
            self.directory = self.directory.with_new_timetables(self.database)
        return self.directory.place(identity)

    @initialize(start=st.sampled_from(STARTS), first=st.lists(near, max_size=5), others=st.lists(later, max_size=4))
    def begin(self, start: datetime, first: list[Any], others: list[Any]) -> None:
        """Some people have an appointment already, some of them would come sooner."""
        self.world = World(start)
        self._set_hours(BUS, BUS_HOURS, start.date() - timedelta(30))
        for wish in first:
            self._book(self._span(wish), None, None, True)
        for wish in others:
            self.book_and_wait(wish)

    # people

    @rule(wish=wishes, reminders=st.booleans())
    def book(self, wish: Any, reminders: bool) -> None:
        self._book(self._span(wish), None, None, reminders)

    @rule(wish=near, reminders=st.booleans())
    def book_for_another(self, wish: Any, reminders: bool) -> None:
        self._book(self._span(wish), None, None, reminders, "Anna Roy")

    @rule(wish=later)
    def book_and_wait(self, wish: Any) -> None:
        before = len(self.world.booked)
        self._book(self._span(wish), None, None, True)
        if len(self.world.booked) > before:
            self._join(*list(self.world.booked.items())[-1], None)

    @rule(wish=wishes, hold=which)
    def book_with_a_hold(self, wish: Any, hold: int) -> None:
        """Of this slot or another, live or not: it is spent."""
        self._book(self._span(wish), *self._some_hold(hold), False)

    @precondition(lambda self: self.world.held)
    @rule(hold=which, reminders=st.booleans())
    def book_what_is_held(self, hold: int, reminders: bool) -> None:
        identity, held = self._some_hold(hold)
        assert identity and held
        self._book(held.sale.span, identity, held, reminders)

    @precondition(lambda self: self.keys)
    @rule(key=which, wish=st.none() | wishes)
    def book_with_a_used_key(self, key: int, wish: Any) -> None:
        """The same request has the same answer for ever, even cancelled or moved; another has none."""
        used = list(self.keys)[key % len(self.keys)]
        asked, code = self.keys[used]
        span = self._span(wish) if wish else None
        if span is None or span.id == asked.slot:
            assert self.bookings.book(asked, used, self.world.now).code == code
            self._count("book with a used key", "same answer")
        else:
            other = asked.model_copy(update={"slot": span.id})
            self._must_raise("book with a used key", Refused, lambda: self.bookings.book(other, used, self.world.now))

    @precondition(lambda self: self._expired())
    @rule(number=which)
    def book_what_has_expired(self, number: int) -> None:
        self._book(self._expired()[number % len(self._expired())], None, None, False)

    @rule(wish=near)
    def book_what_another_held_too_long(self, wish: Any) -> None:
        """Nobody swept in between."""
        span = self._span(wish)
        self._hold(span, None, None)
        self.world.now += KEPT
        self._book(span, None, None, False)

    @precondition(lambda self: self._given_back())
    @rule(number=which, length=st.none() | minutes)
    def book_what_was_given_back(self, number: int, length: int | None) -> None:
        spans = self._given_back()
        span = spans[number % len(spans)]
        self._book(replace(span, minutes=length or span.minutes), None, None, True)

    @precondition(lambda self: self.world.booked)
    @rule(code=which, wish=wishes, hold=st.none() | which)
    def move(self, code: int, wish: Any, hold: int | None) -> None:
        self._move(*self._some_appointment(code), self._span(wish), *self._some_hold(hold))

    @precondition(lambda self: self._in_the_way())
    @rule(number=which, quarters=st.integers(-3, 3), length=st.none() | minutes)
    def move_a_little(self, number: int, quarters: int, length: int | None) -> None:
        """Over their own time, and before somebody who waits."""
        name, one = self._in_the_way()[number % len(self._in_the_way())]
        span = one.sale.span
        self._move(name, one, Span(span.place, span.start + UNIT * quarters, length or span.minutes), None, None)

    @precondition(lambda self: self._in_the_way())
    @rule(number=which)
    def cancel_before_who_waits(self, number: int) -> None:
        self._cancel(*self._in_the_way()[number % len(self._in_the_way())])

    @precondition(lambda self: self.world.booked)
    @rule(code=which)
    def cancel(self, code: int) -> None:
        self._cancel(*self._some_appointment(code))

    @rule(wish=wishes, holder=st.none() | which)
    def hold(self, wish: Any, holder: int | None) -> None:
        identity, before = self._some_hold(holder)
        self._hold(self._span(wish), identity, before)

    @precondition(lambda self: self.world.held)
    @rule(holder=which)
    def hold_again(self, holder: int) -> None:
        identity, before = self._some_hold(holder)
        assert before
        self._hold(before.sale.span, identity, before)

    @precondition(lambda self: self.world.held)
    @rule(holder=which)
    def renew(self, holder: int) -> None:
        identity, held = self._some_hold(holder)
        assert identity and held
        deed = lambda: self.bookings.holds.renew(identity, self.world.now)  # noqa: E731
        if not self.world.is_live(held):
            self._must_raise("renew", NotFound, deed)
        elif held.renewals >= RENEWALS:
            self._must_raise("renew", Refused, deed)
        else:
            assert deed().slot.id == held.sale.span.id
            held.renewals, held.expires = held.renewals + 1, self.world.now + KEPT
            self._count("renew", "kept")

    @precondition(lambda self: self.world.held)
    @rule(holder=which)
    def release(self, holder: int) -> None:
        identity, _ = self._some_hold(holder)
        assert identity
        for _ in range(2):
            self.bookings.holds.release(identity)
        self._spend(identity)
        self._count("release")

    @precondition(lambda self: self.world.booked)
    @rule(code=which, hours=st.none() | st.integers(-5, 100))
    def join_the_list(self, code: int, hours: int | None) -> None:
        wished = None if hours is None else self.world.now + timedelta(hours=hours)
        self._join(*self._some_appointment(code), wished)

    @precondition(lambda self: self.world.booked)
    @rule(code=which)
    def leave_the_list(self, code: int) -> None:
        name, one = self._some_appointment(code)
        self.bookings.stop_waiting(name, "Dupré")
        self._count("leave the list", "left" if one.wait else "was not there")
        one.wait = None

    @rule(place=places, length=minutes)
    def look(self, place: str, length: int) -> None:
        """What is offered can be had."""
        offered = self.bookings.desk.free(self.place_of(place), length, self.world.now, limit=12)
        self._check_free(offered)
        self._count("look", "some" if offered else "none")

    # time

    @rule(amount=st.sampled_from([1, 4, 9, 10, 11, 45, 180]))
    def minutes_pass(self, amount: int) -> None:
        self.world.now = self.world.now.replace(second=0) + timedelta(minutes=amount)
        self._count("minutes pass")

    @rule(hours=st.sampled_from([7, 24, 50]))
    def days_pass(self, hours: int) -> None:
        self.world.now += timedelta(hours=hours)
        self._count("days pass")

    @rule()
    def sweep(self) -> None:
        gone = [identity for identity, held in self.world.held.items() if not self.world.is_live(held)]
        assert self.bookings.holds.sweep(self.world.now) == len(gone)
        for identity in gone:
            del self.world.held[identity]
        self._count("sweep", "some" if gone else "none")

    @rule()
    def send(self) -> None:
        before = len(self.recorder.sent)
        self.outbox.send_due(self.world.now)
        assert len(set(self.recorder.sent)) == len(self.recorder.sent), "sent twice"
        self._count("send", "some" if len(self.recorder.sent) > before else "none")

    # agents

    @rule(wish=wishes, length=st.sampled_from([30, 90, 480, 3000]), counter=st.none() | st.integers(0, 2))
    def close(self, wish: Any, length: int, counter: int | None) -> None:
        """A place, or one of its counters."""
        self._close(self._span(wish), length, counter)

    @rule(wish=near, length=st.sampled_from([30, 480]))
    def book_while_somebody_is_away(self, wish: Any, length: int) -> None:
        """The first agent is: at most places, the only one."""
        span = self._span(wish)
        self._close(span, length, 0)
        self._book(span, None, None, False)

    @precondition(lambda self: any(table.closures for table in self.world.timetables.values()))
    @rule(closure=which)
    def reopen(self, closure: int) -> None:
        known = [(place, identity) for place, table in self.world.timetables.items() for identity in table.closures]
        place, identity = known[closure % len(known)]
        self.editor.reopen(place, identity, self.world.now)
        del self.world.timetables[place].closures[identity]
        self._count("reopen")

    @rule(place=places, pattern=st.sampled_from(PATTERNS), first=st.integers(-30, 6))
    def set_hours(self, place: str, pattern: tuple[Piece, ...], first: int) -> None:
        self._set_hours(place, pattern, self.world.now.date() + timedelta(first))
        self._count("set hours", "own" if pattern else "of the directory")

    @rule(place=places, counters=st.none() | st.integers(1, 3))
    def set_capacity(self, place: str, counters: int | None) -> None:
        self.editor.set_capacity(place, counters, self.world.now)
        self.world.timetables[place].capacity = counters
        self._count("set capacity")

    # what is true after each step

    @invariant()
    def the_rows_are_what_the_model_says(self) -> None:
        if not hasattr(self, "world"):
            return
        with self.database.read() as session:
            codes = self._check_appointments(session)
            self._check_holds(session)
            self._check_occupation(session, codes)
            self._check_waiting(session, codes)
            self._check_messages(session, codes)
        self.told = []
        self.counts["steps"] += 1

    def _check_appointments(self, session: Any) -> dict[int, str]:
        a = Appointment
        rows = session.execute(select(a.id, a.code, a.place_id, a.start, a.end, a.counter, a.status)).all()
        assert {row[1]: tuple(row[2:]) for row in rows} == {
            code: (*seat(one.sale), one.status) for code, one in self.world.booked.items()
        }
        return {row.id: row.code for row in rows}

    def _check_holds(self, session: Any) -> None:
        h = Hold
        rows = session.execute(select(h.id, h.place_id, h.start, h.end, h.counter, h.expires_at, h.renewals)).all()
        assert {row[0]: tuple(row[1:]) for row in rows} == {
            identity: (*seat(held.sale), held.expires, held.renewals) for identity, held in self.world.held.items()
        }

    def _check_occupation(self, session: Any, codes: dict[int, str]) -> None:
        """Exactly the units of booked appointments and live holds; of an expired hold, no more than it had."""
        o = Occupation
        columns = (o.place_id, o.counter, o.unit, o.appointment_id, o.hold_id, o.expires_at)
        rows = session.execute(select(*columns)).all()
        assert len({row[:3] for row in rows}) == len(rows), "a unit of a counter is taken twice"
        found: dict[str, set[tuple[str, int, datetime]]] = {}
        for row in rows:
            assert (row.appointment_id is None) != (row.hold_id is None)
            found.setdefault(row.hold_id or codes[row.appointment_id], set()).add(tuple(row[:3]))
            assert row.hold_id is None or row.expires_at == self.world.held[row.hold_id].expires
        for code, one in self.world.booked.items():
            assert found.pop(code, set()) == (needed(one.sale) if one.status == "booked" else set())
        for identity, held in self.world.held.items():
            has = found.pop(identity, set())
            assert has == needed(held.sale) if self.world.is_live(held) else has <= needed(held.sale)
        assert not found, "units of nobody"
        self._check_capacity()

    def _check_capacity(self) -> None:
        """Of those who are received at an instant, no more than there were counters for when the last was sold."""
        at: dict[tuple[str, datetime], list[Sale]] = {}
        for sale in self.world.sales():
            for unit in sale.span.units():
                at.setdefault((sale.span.place, unit), []).append(sale)
        for sales in at.values():
            assert len(sales) <= max(sale.capacity for sale in sales), "above capacity"

    def _check_waiting(self, session: Any, codes: dict[int, str]) -> None:
        w = Waiting
        rows = session.execute(select(w.appointment_id, w.since, w.earliest, w.told_at, w.place_id)).all()
        assert {(codes[row[0]], *row[1:]) for row in rows} == {
            (code, one.wait.since, one.wait.earliest, one.wait.told_at, one.sale.span.place)
            for code, one in self.world.booked.items()
            if one.wait
        }

    def _check_messages(self, session: Any, codes: dict[int, str]) -> None:
        """Each thing once; who is told of an earlier slot is who the model says; a reminder is for the day before."""
        keys = session.execute(select(func.count(Message.id), func.count(Message.key.distinct()))).one()
        assert keys[0] == keys[1]
        m = Message
        pending = m.status == "pending"
        rows = session.execute(select(m.id, m.appointment_id, m.subject, m.next_try_at).where(pending)).all()
        earlier = [row for row in rows if row.subject == "Une place plus tôt" and row.id not in self.announced]
        assert [codes[row.appointment_id] for row in earlier] == self.told
        self.announced |= {row.id for row in earlier}
        for row in rows:
            one = self.world.booked[codes[row.appointment_id]]
            assert one.status == "booked" or row.subject == "Rendez-vous annulé"
            if row.subject == "Rappel de votre rendez-vous":
                assert row.next_try_at == reminded_at(one.sale.span)

    # doing, and what must come of it

    def _book(
        self, span: Span, identity: str | None, held: Held | None, reminders: bool, booked_by: str | None = None
    ) -> None:
        asked = request(
            span.id,
            email="jean@exemple.fr",
            reminders=reminders,
            booked_by=booked_by,
            hold=identity,
        )
        key = self.bookings.new_key()
        code: list[str] = []

        def named(view: Any) -> str:
            code.append(view.code)
            return view.code  # type: ignore[no-any-return]

        sale = self._sell("book", span, lambda: self.bookings.book(asked, key, self.world.now), [held], named)
        if sale:
            self._spend(identity)
            self.world.booked[code[0]] = one = Booked(sale, reminders)
            self.keys[key] = (asked, code[0])
            self._check_told(code[0], one, {})

    def _move(self, name: str, one: Booked, span: Span, identity: str | None, held: Held | None) -> None:
        before = one.sale.span
        self.world.now += timedelta(seconds=1)
        deed = lambda: self.bookings.move(name, "Dupré", span.id, self.world.now, identity)  # noqa: E731
        if one.status != "booked" or before.start <= self.world.now:
            self._must_raise("move", Refused, deed)
        elif span == before:
            deed()
            self._count("move", "stays")
        else:
            pending = self._pending(name)
            sale = self._sell("move", span, deed, [one, held], lambda _view: name)
            if sale:
                one.sale, one.wait = sale, None
                self._spend(identity)
                self._check_told(name, one, pending if before.start != span.start else {})
                self._tell(before)

    def _cancel(self, name: str, one: Booked) -> None:
        self.world.now += timedelta(seconds=1)
        deed = lambda: self.bookings.cancel(name, "Dupré", self.world.now)  # noqa: E731
        if one.status == "booked" and one.sale.span.start <= self.world.now:
            self._must_raise("cancel", Refused, deed)
            return
        deed()
        self._count("cancel", one.status)
        if one.status == "booked":
            one.status, one.wait = "cancelled", None
            assert list(self._pending(name).values()) == ["Rendez-vous annulé"] * one.reminders
            self._tell(one.sale.span)

    def _join(self, name: str, one: Booked, wished: datetime | None) -> None:
        """`wished` is the first start of use; nobody comes sooner than in three hours."""
        now = self.world.now
        earliest = max(wished or now, now + NOTICE)
        deed = lambda: self.bookings.wait(name, "Dupré", now, wished)  # noqa: E731
        if one.status != "booked" or one.sale.span.start <= max(now, earliest):
            self._must_raise("join the list", Refused, deed)
        else:
            deed()
            self.joined += 1
            one.wait = Wait(now, earliest, self.joined)
            self._count("join the list")

    def _hold(self, span: Span, identity: str | None, before: Held | None) -> None:
        same = before and self.world.is_live(before) and before.sale.span.start == span.start
        renewals = before.renewals + 1 if before and same and before.sale.span.place == span.place else 0
        deed = lambda: self.bookings.holds.take(span.id, self.world.now, identity)  # noqa: E731
        if renewals > RENEWALS and self.world.counters(span):
            self._must_raise("hold", Refused, deed)
            return
        views: list[str] = []

        def named(view: Any) -> str:
            assert view.slot.id == span.id and view.expires_at == self.world.now + KEPT
            views.append(view.id)
            return view.id  # type: ignore[no-any-return]

        sale = self._sell("hold", span, deed, [before], named)
        if sale:
            self.world.held[views[0]] = Held(sale, self.world.now + KEPT, renewals)

    def _sell(
        self, what: str, span: Span, deed: Callable[[], Any], but: list[Any], named: Callable[[Any], str]
    ) -> Sale | None:
        """Sold exactly where a counter is free, at one that is; else refused in the right way, with slots that are free."""
        sellable, free = self.world.counters(span), self.world.free(span, but)
        try:
            name = named(deed())
        except SlotRefused as error:
            assert not sellable, f"{span.id} refused: {error}"
            self._count(what, "refused")
            self._check_free(error.next_slots)
        except SlotTaken as error:
            assert sellable and not free, f"{span.id} said to be taken, {free} free"
            self._count(what, "taken")
            self._check_free(error.next_slots)
        else:
            assert free, f"{span.id} sold where {sellable or 'nothing'} is for sale and no counter is free"
            self._count(what, "sold")
            return self._seen(span, name, free)
        return None

    def _seen(self, span: Span, name: str, free: set[int]) -> Sale:
        """The sale as it was written, at one of the counters that were free."""
        of_appointment = select(Appointment.counter).where(Appointment.code == name)
        of_hold = select(Hold.counter).where(Hold.id == name)
        with self.database.read() as session:
            (counter,) = session.scalars(of_appointment.union_all(of_hold))
        assert counter in free
        return Sale(span, counter, self.world.capacity(span))

    def _check_free(self, offered: Iterable[Any]) -> None:
        for slot in offered:
            assert self.world.free(Span(slot.place_id, slot.start.astimezone(UTC), slot.minutes)), (
                f"{slot.id} is not free"
            )

    def _check_told(self, code: str, one: Booked, former: dict[int, str]) -> None:
        """Who asked to be written to is told of the new time, once, and of the former no more."""
        pending, span = self._pending(code), one.sale.span
        assert not former.keys() & pending.keys(), "a message of the former time is left"
        reminded = reminded_at(span) > self.world.now + NOTICE
        due = ["Votre rendez-vous"] + ["Rappel de votre rendez-vous"] * reminded
        assert sorted(pending.values()) == sorted(due if one.reminders else [])

    def _tell(self, freed: Span) -> None:
        found = self.world.to_tell(freed)
        self.counts["a freed slot: " + ("told" if found else "nobody to tell")] += 1
        if found:
            code, one = found
            assert one.wait
            one.wait.told_at = self.world.now
            one.wait.told = freed
            self.told = [code]

    def _close(self, span: Span, length: int, counter: int | None) -> None:
        closure = Closure(span.start, span.start + timedelta(minutes=length), counter)
        identity = self.editor.close(span.place, closure, self.world.now)
        self.world.timetables[span.place].closures[identity] = closure
        self._count("close", "place" if counter is None else "counter")

    def _set_hours(self, place: str, pattern: tuple[Piece, ...], first: date) -> None:
        own = [
            OwnHours(
                p.rule, first, None, p.start, p.end, p.purpose, p.counters, p.stop, Point(47, 6) if p.stop else None
            )
            for p in pattern
        ]
        self.editor.set_hours(place, own, self.world.now)
        self.world.timetables[place].own = tuple((piece, first) for piece in pattern)

    def _must_raise(self, what: str, kind: type[AssistantError], deed: Callable[[], Any]) -> None:
        with pytest.raises(kind) as raised:
            deed()
        assert not isinstance(raised.value, SlotRefused), raised.value
        self._count(what, "not allowed")

    def _spend(self, identity: str | None) -> None:
        if identity:
            self.world.held.pop(identity, None)

    def _pending(self, code: str) -> dict[int, str]:
        query = select(Message.id, Message.subject).join(Appointment).where(Appointment.code == code)
        with self.database.read() as session:
            return dict(session.execute(query.where(Message.status == "pending")).tuples().all())

    def _some_appointment(self, number: int) -> tuple[str, Booked]:
        alive = [
            (c, o) for c, o in self.world.booked.items() if o.status == "booked" and o.sale.span.start > self.world.now
        ]
        among = alive if alive and number % 5 else list(self.world.booked.items())
        return among[number % len(among)]

    def _in_the_way(self) -> list[tuple[str, Booked]]:
        """Appointments that somebody on the list would like to have."""
        last = {one.sale.span.place: one.sale.span.start for one in self.world.booked.values() if one.wait}
        return [
            (code, one)
            for code, one in self.world.booked.items()
            if one.status == "booked"
            and self.world.now < one.sale.span.start < last.get(one.sale.span.place, self.world.now)
        ]

    def _expired(self) -> list[Span]:
        """What holds that nobody swept kept."""
        return [held.sale.span for held in self.world.held.values() if not self.world.is_live(held)]

    def _given_back(self) -> list[Span]:
        return [one.sale.span for one in self.world.booked.values() if one.status == "cancelled"]

    def _some_hold(self, number: int | None) -> tuple[str | None, Held | None]:
        if number is None or not self.world.held:
            return None, None
        return list(self.world.held.items())[-1 - number % len(self.world.held)]

    def _span(self, wish: Any) -> Span:
        if wish[0] == "any":
            _, place, days, fives, length = wish
            midnight = self.world.now.replace(hour=0, minute=0, second=0)
            return Span(place, midnight + timedelta(days=days, minutes=5 * fives), length)
        place, opening, quarters, length = wish
        days = [local_day(place, self.world.now) + timedelta(ahead) for ahead in range(12)]
        coming = [
            start for day in days for start, _, _ in self.world.openings(place, day) if start > self.world.now + LEAD
        ]
        start = coming[opening % len(coming)] if coming else self.world.now.replace(minute=0, second=0) + timedelta(1)
        return Span(place, start + UNIT * quarters, length)

    def _count(self, what: str, outcome: str = "done") -> None:
        self.counts[f"{what}: {outcome}"] += 1


def seat(sale: Sale) -> tuple[str, datetime, datetime, int]:
    return sale.span.place, sale.span.start, sale.span.end, sale.counter


def needed(sale: Sale) -> set[tuple[str, int, datetime]]:
    return {(sale.span.place, counter, unit) for counter, unit in sale.units()}


def reminded_at(span: Span) -> datetime:
    return instant(local_day(span.place, span.start) - timedelta(1), time(10), ZoneInfo(ZONES[span.place]))


def machine_on(fresh: Callable[[], Database]) -> type[BookingMachine]:
    """A machine whose runs each begin with such a database, with counts of its own."""
    return type("BookingMachineHere", (BookingMachine,), {"fresh": staticmethod(fresh), "counts": Counter()})


def copies(folder: Path) -> Callable[[], Database]:
    """A new SQLite file each time, copied from one that was migrated: a migration takes longer than a run."""
    template, run = folder / "template.sqlite", folder / "run.sqlite"
    made = Database(f"sqlite:///{template}")
    made.migrate()
    made.close()

    def fresh() -> Database:
        for leftover in folder.glob("run.sqlite*"):
            leftover.unlink()
        shutil.copy(template, run)
        return Database(f"sqlite:///{run}")

    return fresh


def emptied(url: str) -> Callable[[], Database]:
    """The same PostgreSQL database each time, with nothing in it."""
    made = Database(url)
    made.migrate()
    made.close()

    def fresh() -> Database:
        database = Database(url)
        with database.write() as session:
            for table in reversed(Base.metadata.sorted_tables):
                session.execute(table.delete())
        return database

    return fresh


def run(
    machine: type[BookingMachine], runs: int, phases: Iterable[Phase] = tuple(Phase), derandomize: bool = True
) -> None:
    """Run a machine; the first broken rule is raised, with the steps to it.

    The same runs each time, so that a change is judged by what it changes; `bench/machine.py` tries its luck.
    """
    wanted = settings(
        max_examples=runs,
        stateful_step_count=STEPS,
        deadline=None,
        database=None,
        derandomize=derandomize,
        phases=tuple(phases),
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(machine, settings=wanted, _min_steps=STEPS)


@pytest.fixture
def folder() -> Iterator[Path]:
    """In memory where there is such a disk: every commit of a run waits for it."""
    shared = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=shared if os.access(shared, os.W_OK) else None) as made:
        yield Path(made)


def test_no_rule_is_broken_on_sqlite(folder: Path) -> None:
    machine = machine_on(copies(folder))
    run(machine, RUNS)
    assert machine.counts["book: sold"] > RUNS


def test_no_rule_is_broken_on_postgresql(postgresql_url: str) -> None:
    run(machine_on(emptied(postgresql_url)), max(5, RUNS // 10))


insert_checked = occupation._insert


def insert_and_say_so(session: Any, owner: Any, rows: Any) -> bool:
    """As if the key were no obstacle: what is taken is not written, and said to be sold."""
    insert_checked(session, owner, rows)
    return True


CONTROLS: dict[str, tuple[Any, str, Any]] = {
    "the key is not looked at": (occupation, "_insert", insert_and_say_so),
    "absences are not looked at": (slots_module, "absent", lambda *_: set()),
    "expired holds stay": (occupation, "_clear", lambda *_: False),
}


@pytest.mark.parametrize("broken", CONTROLS)
def test_the_machine_finds_what_is_broken_on_purpose(
    broken: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else the runs above prove nothing."""
    monkeypatch.setattr(*CONTROLS[broken])
    with pytest.raises(AssertionError):
        run(machine_on(copies(folder)), 200, [Phase.generate])
