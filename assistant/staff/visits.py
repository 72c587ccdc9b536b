"""The day of a place as its agents work it: who is expected, who is there, what was seen and noted, how it ended."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, false, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from assistant.booking.codes import find_code, new_code, normalise
from assistant.booking.contacts import parse_contact
from assistant.booking.feedback import conclude_by_agent
from assistant.directory.models import Place
from assistant.errors import Conflict, NotFound, Refused
from assistant.storage.database import Database
from assistant.storage.staff_tables import Visit
from assistant.storage.tables import Appointment, Conversation
from assistant.text import fold

STATUSES = {
    "expected": "Attendu",
    "arrived": "Arrivé",
    "in_progress": "En cours",
    "resolved": "Réglé",
    "to_continue": "À revoir",
    "redirected": "Réorienté",
    "absent": "Absent",
}
ENDED = ("resolved", "to_continue", "redirected", "absent")
LONGEST_NOTE = 2000
MOST_PROCEDURES = 5
RECENT = timedelta(days=31)
SHORTEST_SEARCH, MOST_FOUND, MOST_READ = 2, 20, 500
NO_SUCH_VISIT = "Ce rendez-vous n'est pas dans vos lieux. Vérifiez le code."
CHANGED = (
    "Un collègue vient de modifier cette fiche. Voici où elle en est ; vos mots sont gardés dans la note, à vérifier."
)
COLUMNS = (Appointment, Visit, Conversation.channel, Conversation.shared)


class Stale(Conflict):
    """Somebody else changed the visit since it was read."""


@dataclass(frozen=True)
class VisitView:
    """A visit as the agents see it; times in the place's zone."""

    code: str
    place: Place
    start: datetime
    end: datetime
    name: str
    phone: str | None
    booked_by: str | None
    booking: str
    """`booked` or `cancelled`."""
    procedures: tuple[str, ...]
    situation: Mapping[str, Mapping[str, str]]
    status: str
    walk_in: bool
    documents: frozenset[str]
    """Ids of those that were seen."""
    note: str
    seen: str
    """What a change must bring back: empty before anybody touched the visit."""
    channel: str
    conversation: str | None
    """Only where the person agreed that it is read."""

    @property
    def status_label(self) -> str:
        """As it is shown."""
        return "Annulé" if self.booking == "cancelled" else STATUSES[self.status]


@dataclass(frozen=True)
class Change:
    """What an agent changes; None leaves as it is. `seen` is the visit's when it was read."""

    seen: str
    status: str | None = None
    documents: Sequence[str] | None = None
    note: str | None = None
    outcomes: Mapping[str, str] = field(default_factory=dict)
    """What became of each procedure, {procedure: outcome}, where the visit has ended; of the others, its state."""


class Visits:
    """The visits of every place. `place_of` gives a place by its id."""

    def __init__(self, database: Database, place_of: Callable[[str], Place]):
        self._database, self._place_of = database, place_of

    def between(self, place: Place, first: date, last: date) -> list[VisitView]:
        """The visits of a place from one day to another, both included, by time: one query."""
        start, end = _instant(first, place), _instant(last + timedelta(days=1), place)
        query = _query().where(Appointment.place_id == place.id, Appointment.start >= start, Appointment.start < end)
        with self._database.read() as session:
            rows = session.execute(query.order_by(Appointment.start, Appointment.id)).all()
        return [_view(row, place) for row in rows]

    def find(self, code: str, may_see: Callable[[Place], bool]) -> VisitView:
        """The visit of a code; NotFound where there is none, or at a place that one may not see."""
        with self._database.read() as session:
            return self._find(session, code, may_see)

    def change(
        self, code: str, may_see: Callable[[Place], bool], change: Change, account: int, now: datetime
    ) -> VisitView:
        """Change a visit; Stale where somebody else did since it was read."""
        if change.status is not None and change.status not in STATUSES:
            raise Refused("Choisissez un état de la liste.")
        with self._database.write() as session:
            before = self._find(session, code, may_see)
            if before.booking != "booked":
                raise Refused("Ce rendez-vous est annulé.")
            identity = session.scalars(select(Appointment.id).where(Appointment.code == before.code)).one()
            visit = session.get(Visit, identity, with_for_update=True)
            if change.seen != (_seen(visit) if visit else ""):
                raise Stale(CHANGED)
            if visit is None:
                visit = Visit(appointment_id=identity, status="expected", walk_in=False, documents=[], note="")
                session.add(visit)
            _apply(visit, change, account, now)
            try:
                session.flush()
            except IntegrityError:  # two agents opened the same untouched visit
                raise Stale(CHANGED) from None
            outcomes = _outcomes(before.procedures, visit.status, change.outcomes)
            conclude_by_agent(session, identity, outcomes, now)
            return self._find(session, code, may_see)

    def walk_in(self, place: Place, procedures: Sequence[str], minutes: int, account: int, now: datetime) -> str:
        """Somebody who came without appointment: the code of their visit. It occupies no slot."""
        if not 0 < len(procedures) <= MOST_PROCEDURES:
            raise Refused(f"Choisissez de une à {MOST_PROCEDURES} démarches.")
        start = now.astimezone(UTC).replace(second=0, microsecond=0)
        code = new_code()
        appointment = Appointment(
            code=code,
            place_id=place.id,
            counter=0,
            start=start,
            end=start + timedelta(minutes=minutes),
            status="booked",
            procedures=list(procedures),
            situation={},
            name="",
            reminders=False,
            created_at=now,
            updated_at=now,
        )
        with self._database.write() as session:
            session.add(appointment)
            session.flush()
            session.add(
                Visit(
                    appointment_id=appointment.id,
                    status="arrived",
                    walk_in=True,
                    documents=[],
                    note="",
                    arrived_at=now,
                    updated_at=now,
                    updated_by=account,
                )
            )
        return code

    def search(self, text: str, may_see: Callable[[Place], bool], now: datetime) -> list[VisitView]:
        """The visits of a code, a telephone or a name, a month old at most, the next first; at most twenty."""
        if len(text) < SHORTEST_SEARCH:
            return []
        recent = _query().where(Appointment.start >= now - RECENT, _matches(text))
        found: list[VisitView] = []
        with self._database.read() as session:
            for row in session.execute(recent.order_by(Appointment.start).limit(MOST_READ)):
                place = self._place_of(row[0].place_id)
                if may_see(place) and len(found) < MOST_FOUND:
                    found.append(_view(row, place))
        return found

    def versions(self, places: Iterable[str], now: datetime) -> dict[str, str]:
        """Something that changes with every booking and visit of each place, a month old at most: one query for all."""
        # whole days: the version must not change by itself
        since = datetime.combine((now - RECENT).date(), time(), UTC)
        query = (
            select(
                Appointment.place_id,
                func.count(),
                func.max(Appointment.updated_at),
                func.max(Visit.updated_at),
                func.count(Visit.appointment_id),
            )
            .outerjoin(Visit, Visit.appointment_id == Appointment.id)
            .where(Appointment.place_id.in_(sorted(places)), Appointment.start >= since)
            .group_by(Appointment.place_id)
        )
        with self._database.read() as session:
            return {row[0]: "/".join(map(str, row[1:])) for row in session.execute(query)}

    def _find(self, session: Session, code: str, may_see: Callable[[Place], bool]) -> VisitView:
        shown = normalise(code)
        row = session.execute(_query().where(Appointment.code == shown)).first() if shown else None
        if row is None or not may_see(place := self._place_of(row[0].place_id)):
            raise NotFound(NO_SUCH_VISIT)
        return _view(row, place)


def _query() -> Any:
    return (
        select(*COLUMNS)
        .outerjoin(Visit, Visit.appointment_id == Appointment.id)
        .outerjoin(Conversation, Conversation.id == Appointment.conversation)
    )


def _matches(text: str) -> Any:
    """Of a code, else of a telephone, else of parts of a name, in any order."""
    if code := find_code(text):
        return Appointment.code == code
    if phone := parse_contact(text, "").phone:
        return Appointment.phone == phone
    words = fold(text).split()
    # marks alone are in no name, rather than in every one
    return and_(*(Appointment.name_folded.contains(word) for word in words)) if words else false()


def _apply(visit: Visit, change: Change, account: int, now: datetime) -> None:
    if change.status is not None:
        visit.status = change.status
        if change.status in ("arrived", "in_progress") and visit.arrived_at is None:
            visit.arrived_at = now
    if change.documents is not None:
        visit.documents = sorted(set(change.documents))
    if change.note is not None:
        visit.note = change.note[:LONGEST_NOTE]
    visit.updated_at, visit.updated_by = now, account


def _outcomes(procedures: Iterable[str], status: str, given: Mapping[str, str]) -> dict[str, str]:
    if status not in ENDED:
        return {}  # a visit that goes on again has none
    return {name: given[name] if given.get(name) in ENDED else status for name in procedures}


def _view(row: Any, place: Place) -> VisitView:
    appointment, visit, channel, shared = row
    zone = ZoneInfo(place.timezone)
    return VisitView(
        code=appointment.code,
        place=place,
        start=appointment.start.astimezone(zone),
        end=appointment.end.astimezone(zone),
        name=appointment.name,
        phone=appointment.phone,
        booked_by=appointment.booked_by,
        booking=appointment.status,
        procedures=tuple(appointment.procedures),
        situation=appointment.situation,
        status=visit.status if visit else "expected",
        walk_in=bool(visit and visit.walk_in),
        documents=frozenset(visit.documents if visit else ()),
        note=visit.note if visit else "",
        seen=_seen(visit) if visit else "",
        channel="counter" if visit and visit.walk_in else channel or "web",
        conversation=appointment.conversation if shared else None,
    )


def _seen(visit: Visit) -> str:
    return visit.updated_at.astimezone(UTC).isoformat()


def _instant(day: date, place: Place) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(place.timezone))
