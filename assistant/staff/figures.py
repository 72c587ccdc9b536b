"""Figures of some départements over some months, which single nobody out.

People are counted in cells: one département, one month and one answer (a procedure and a channel, a place and what became of
the visit). A cell is rounded once, and everything shown is computed from rounded cells: a total, another cut of the same
people, a quarter, several départements, a percentage. So nothing subtracted from anything tells more than the cells do.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from statistics import median

from dateutil.relativedelta import relativedelta
from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from assistant.catalogue.loader import Catalogue
from assistant.directory.directory import Directory
from assistant.directory.models import Place
from assistant.errors import Refused
from assistant.storage.database import Database
from assistant.storage.staff_tables import RequestCount, Unclear, Visit
from assistant.storage.tables import Appointment, Conversation, Opinion, Outcome

SMALL = 5
"""Fewer people than this are not counted aloud."""
ONE_TO_FOUR = 2
"""What a cell of fewer than five people adds to a total, however many they are."""
ENOUGH = 20
"""Answers that a percentage needs: under that, rounding would be most of it."""
FEW = "moins de 5"
TOO_FEW = "trop peu pour le dire"
LONGEST_MONTHS = 60
CHANNELS = {"web": "Sur le site", "phone": "Par téléphone", "counter": "Au guichet"}
CANCELLED, WALK_IN, ABSENT, CAME, EXPECTED = "cancelled", "walk_in", "absent", "came", "expected"
_PERIOD = re.compile(r"(?P<year>20\d\d)-(?:(?P<month>0[1-9]|1[0-2])|T(?P<quarter>[1-4]))")
_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre".split()
Cells = Counter[tuple[str, ...]]
"""(département, month, …) → people."""


@dataclass(frozen=True)
class Period:
    """Whole months: other spans, subtracted, would tell of single days."""

    name: str
    first: date
    last: date
    """The day after it."""

    @classmethod
    def parse(cls, text: str, until: str = "") -> "Period":
        """A month ("2026-11"), a quarter ("2026-T4"), or from one to another; Refused where the text is none."""
        found = _PERIOD.fullmatch(text)
        if not found:
            raise Refused("Écrivez un mois, comme 2026-11, ou un trimestre, comme 2026-T4.")
        months = 1 if found["month"] else 3
        first = date(int(found["year"]), int(found["month"] or 3 * int(found["quarter"]) - 2), 1)
        period = cls(text, first, first + relativedelta(months=months))
        return period._until(cls.parse(until)) if until else period

    def _until(self, other: "Period") -> "Period":
        if not self.last <= other.last <= self.first + relativedelta(months=LONGEST_MONTHS):
            raise Refused("La fin vient après le début, au plus cinq ans plus tard. Choisissez un autre mois.")
        return Period(f"{self.name}_{other.name}", self.first, other.last)

    @property
    def words(self) -> str:
        """ "novembre 2026", "octobre à décembre 2026"."""
        end = self.last - relativedelta(days=1)
        if (self.first.year, self.first.month) == (end.year, end.month):
            return _month(end)
        year = "" if self.first.year == end.year else f" {self.first.year}"
        return f"{_MONTHS[self.first.month - 1]}{year} à {_month(end)}"

    @property
    def bounds(self) -> tuple[datetime, datetime]:
        """As instants, UTC: a difference of hours says nothing of a month."""
        return datetime.combine(self.first, time(), UTC), datetime.combine(self.last, time(), UTC)


@dataclass(frozen=True)
class Share:
    """So many of so many, both made of rounded cells."""

    part: int = 0
    of: int = 0

    @property
    def words(self) -> str:
        """ "70 %", or that too few people are concerned to say."""
        if self.of < ENOUGH:
            return TOO_FEW
        percent = 5 * round(20 * self.part / self.of)
        return {0: "presque aucun", 100: "presque tous"}.get(percent, f"{percent} %")


@dataclass(frozen=True)
class Line:
    """A line of a table: what, and how many, made of rounded cells."""

    label: str
    partner: str
    total: int

    @property
    def words(self) -> str:
        """The number as it is said."""
        return said(self.total)

    @property
    def bar(self) -> int:
        """The number as it is drawn."""
        return _nearest_five(self.total)


@dataclass(frozen=True)
class Figures:
    """Everything the page shows; no exact number gets this far."""

    requests: list[Line] = field(default_factory=list)
    by_partner: list[Line] = field(default_factory=list)
    by_channel: list[tuple[str, Share]] = field(default_factory=list)
    by_place: list[Line] = field(default_factory=list)
    """Appointments kept, and people who came without."""
    cancelled: Share = Share()
    walk_in: Share = Share()
    resolved: Share = Share()
    absent: Share = Share()
    helpful: Share = Share()
    delay: str = TOO_FEW
    """Usual one, from booking to the appointment."""
    distance: str = TOO_FEW
    """Usual one, from the commune that a person named to the place, as the crow flies."""
    unclear: str = FEW


@dataclass
class _Visits:
    """Appointments and walk-ins, as they are read."""

    cells: Cells = field(default_factory=Counter)
    """(département, month, place, what became of it)."""
    waited: dict[tuple[str, ...], list[float]] = field(default_factory=lambda: defaultdict(list))
    """(département, month) → days from booking to the appointment."""
    travelled: dict[tuple[str, ...], list[float]] = field(default_factory=lambda: defaultdict(list))
    """(département, month) → km of the appointments whose person named a commune."""
    kept: dict[int, tuple[str, str]] = field(default_factory=dict)
    """Appointment → (département, month)."""

    def add(self, row: Appointment, departement: str, became: str) -> None:
        month = f"{row.start:%Y-%m}"
        self.cells[departement, month, row.place_id, became] += 1
        if became != CANCELLED:
            self.kept[row.id] = departement, month
        if became not in (CANCELLED, WALK_IN):
            self.waited[departement, month].append((row.start - row.created_at).total_seconds() / 86_400)
            if row.distance_km is not None:
                self.travelled[departement, month].append(row.distance_km)


def shown(count: int) -> int:
    """What a cell adds to whatever is shown."""
    return ONE_TO_FOUR if 0 < count < SMALL else _nearest_five(count)


def said(total: int) -> str:
    """ "35", or "moins de 5", of a sum of rounded cells."""
    return str(_nearest_five(total)) if _nearest_five(total) else FEW


def summed(cells: Cells, *at: int) -> Counter[str]:
    """Rounded cells added up by these parts of their keys, such as the place; by nothing, one total under ""."""
    sums: Counter[str] = Counter()
    for key, count in cells.items():
        sums["/".join(key[position] for position in at)] += shown(count)
    return sums


class FigureBook:
    """Figures from the database."""

    def __init__(self, database: Database, catalogue: Catalogue, directory_of: Callable[[], Directory]):
        self._database, self._catalogue, self._directory_of = database, catalogue, directory_of

    def of(self, departements: Iterable[str], period: Period) -> Figures:
        """The figures of these départements together."""
        codes = sorted(set(departements))
        places = {p.id: p for p in self._directory_of().places() if p.departement in codes}
        with self._database.read() as session:
            requests = _requests(session, codes, period)
            visits = _visits(session, places, period)
            outcomes, opinions = _outcomes(session, visits.kept), _opinions(session, codes, period)
            unclear = _unclear(session, codes, period)
        channels, became = summed(requests, 3), summed(visits.cells, 3)
        received: Cells = Counter({key: count for key, count in visits.cells.items() if key[3] != CANCELLED})
        by_place = summed(received, 2)
        lines = [Line(self._title(name), self._partner(name), n) for name, n in summed(requests, 2).items()]
        return Figures(
            requests=_sorted(lines),
            by_partner=_by_partner(lines),
            by_channel=[(title, Share(channels[name], channels.total())) for name, title in CHANNELS.items()],
            by_place=_sorted(Line(places[place].name, "", n) for place, n in by_place.items()),
            cancelled=Share(became[CANCELLED], became.total()),
            walk_in=Share(became[WALK_IN], by_place.total()),
            absent=Share(became[ABSENT], became[ABSENT] + became[CAME]),
            resolved=_share(outcomes, "resolved"),
            helpful=_share(opinions, "True"),
            delay=_delay(_usual(visits.waited)),
            distance=_distance(_usual(visits.travelled)),
            unclear=said(summed(unclear)[""]),
        )

    def _title(self, procedure: str) -> str:
        known = self._catalogue.procedures.get(procedure)
        return known.title if known else procedure

    def _partner(self, procedure: str) -> str:
        partner = self._catalogue.partners.get(procedure.partition("/")[0])
        return partner.name if partner else procedure.partition("/")[0]


def _month(day: date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def _nearest_five(count: int) -> int:
    return SMALL * round(count / SMALL)


def _sorted(lines: Iterable[Line]) -> list[Line]:
    """The most first, as it is said: the order of two equal numbers tells nothing."""
    return sorted(lines, key=lambda line: (-line.bar, line.label))


def _by_partner(lines: Iterable[Line]) -> list[Line]:
    totals: Counter[str] = Counter()
    for line in lines:
        totals[line.partner] += line.total
    return _sorted(Line(name, "", n) for name, n in totals.items())


def _share(cells: Cells, answer: str) -> Share:
    answers = summed(cells, 2)
    return Share(answers[answer], answers.total())


def _requests(session: Session, codes: list[str], period: Period) -> Cells:
    """(département, month, procedure, channel), of conversations that are kept and of those that were purged."""
    cells: Cells = Counter()
    kept = select(
        Conversation.departement, Conversation.started_at, Conversation.procedures, Conversation.channel
    ).where(*_theirs(codes, period))
    for departement, at, procedures, channel in session.execute(kept):
        cells.update((departement, f"{at:%Y-%m}", procedure, channel) for procedure in dict.fromkeys(procedures))
    purged = select(RequestCount).where(
        RequestCount.departement.in_(codes),
        RequestCount.day >= period.first.isoformat(),
        RequestCount.day < period.last.isoformat(),
    )
    for row in session.scalars(purged):
        cells[row.departement, row.day[:7], row.procedure, row.channel] += row.count
    return cells


def _visits(session: Session, places: Mapping[str, Place], period: Period) -> _Visits:
    start, end = period.bounds
    query = (
        select(Appointment, Visit.status, Visit.walk_in)
        .outerjoin(Visit, Visit.appointment_id == Appointment.id)
        .where(Appointment.start >= start, Appointment.start < end)
    )
    found = _Visits()
    for row, visit, walk_in in session.execute(query).tuples():
        if row.place_id in places:
            found.add(row, places[row.place_id].departement, _became(row, visit, walk_in))
    return found


def _became(row: Appointment, visit: str | None, walk_in: bool | None) -> str:
    if row.status != "booked":
        return CANCELLED
    if walk_in:
        return WALK_IN
    return {None: EXPECTED, EXPECTED: EXPECTED, ABSENT: ABSENT}.get(visit, CAME)


def _outcomes(session: Session, appointments: Mapping[int, tuple[str, str]]) -> Cells:
    """(département, month, outcome) of each procedure at the first visit: as the agent says, else the person."""
    outcomes: dict[tuple[int, str], str] = {}
    wanted = sorted(appointments)
    for start in range(0, len(wanted), 500):  # SQLite takes a limited number of parameters
        some = Outcome.appointment_id.in_(wanted[start : start + 500])
        query = select(Outcome.appointment_id, Outcome.procedure, Outcome.outcome).where(some)
        # "agent" comes before "person", and the later one is kept
        for appointment, procedure, outcome in session.execute(query.order_by(Outcome.said_by.desc())):
            outcomes[appointment, procedure] = outcome
    return Counter((*appointments[appointment], outcome) for (appointment, _), outcome in outcomes.items())


def _opinions(session: Session, codes: list[str], period: Period) -> Cells:
    """(département, month, helpful)."""
    query = (
        select(Conversation.departement, Conversation.started_at, Opinion.helpful)
        .join(Opinion, Conversation.id == Opinion.conversation)
        .where(*_theirs(codes, period))
    )
    return Counter((departement, f"{at:%Y-%m}", str(helpful)) for departement, at, helpful in session.execute(query))


def _unclear(session: Session, codes: list[str], period: Period) -> Cells:
    query = (
        select(Conversation.departement, Conversation.started_at)
        .join(Unclear, Conversation.id == Unclear.conversation)
        .where(*_theirs(codes, period))
    )
    return Counter((departement, f"{at:%Y-%m}") for departement, at in session.execute(query))


def _theirs(codes: list[str], period: Period) -> tuple[ColumnElement[bool], ...]:
    start, end = period.bounds
    return Conversation.departement.in_(codes), Conversation.started_at >= start, Conversation.started_at < end


def _usual(values: Mapping[tuple[str, ...], list[float]]) -> int | None:
    """The middle of the months' medians, each as often as it has people; None where too few."""
    medians = []
    for of_month in values.values():
        weight = shown(len(of_month))
        if weight >= 2 * SMALL:
            medians += [round(median(of_month))] * weight
    return round(median(medians)) if medians else None


def _delay(days: int | None) -> str:
    return {None: TOO_FEW, 0: "le jour même", 1: "1 jour"}.get(days, f"{days} jours")


def _distance(km: int | None) -> str:
    return {None: TOO_FEW, 0: "moins d'1 km"}.get(km, f"{km} km")
