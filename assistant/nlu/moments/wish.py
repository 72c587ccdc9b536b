"""A wish while it is being read: each expression of the message adds to it."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from assistant.nlu.moments.calendar import Period
from assistant.nlu.moments.moment import Moment, Window

LONGEST_EXCLUSION = 62
"""Days left out one by one: two months, no slot is open further away."""


@dataclass
class Wish:
    """What has been read so far; `now` is when the message was written."""

    now: datetime
    days: set[date] = field(default_factory=set)
    weekdays: set[int] = field(default_factory=set)
    first: date | None = None
    last: date | None = None
    start: time | None = None
    end: time | None = None
    at: time | None = None
    earliest: bool = False
    rule: str | None = None
    excluded_weekdays: set[int] = field(default_factory=set)
    excluded_days: set[date] = field(default_factory=set)
    excluded_times: list[Window] = field(default_factory=list)
    past: bool = False
    problem: str | None = None
    spans: list[tuple[int, int]] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day the message was written."""
        return self.now.date()

    def on(self, period: Period, negated: bool = False) -> None:
        """One day, or any day of a period; or none of them."""
        first, last = period
        if negated:
            self._leave_out(first, last)
        elif last < self.today:
            self.past = True
        elif max(first, self.today) == last:
            self.days.add(last)
        else:
            self.between(max(first, self.today), last)

    def between(self, first: date | None, last: date | None) -> None:
        """Narrow to a period; two periods apart from each other are taken as a choice."""
        apart = bool(first and self.last and first > self.last) or bool(last and self.first and last < self.first)
        low, high = (min, max) if apart else (max, min)
        self.first = low(first, self.first) if first and self.first else first or self.first
        self.last = high(last, self.last) if last and self.last else last or self.last

    def on_weekdays(self, weekdays: set[int], negated: bool = False) -> None:
        """Any such day of the week, or none of them."""
        (self.excluded_weekdays if negated else self.weekdays).update(weekdays)

    def hours(self, start: time | None, end: time | None, negated: bool = False) -> None:
        """Narrow to a window of hours; of two windows apart from each other, the time between them is left out."""
        if negated:
            self.excluded_times.append((start or time.min, end or time(23, 59)))
        elif self.start is None and self.end is None:
            self.start, self.end = start, end
        else:
            self._join(start, end)

    def at_time(self, at: time) -> None:
        """One hour; of two, the time from one to the other."""
        if self.at is None or self.at == at:
            self.at = at
        else:
            first, last = sorted((self.at, at))
            self.at = None
            self.hours(first, (datetime.combine(self.today, last) + timedelta(minutes=30)).time())

    def moment(self) -> Moment | None:
        """What was read, or None where nothing was."""
        if not self.spans:
            return None
        empty = not self._constrained()
        return Moment(
            days=tuple(sorted(self.days)),
            weekdays=frozenset(self.weekdays),
            first_day=self.first,
            last_day=self.last,
            from_time=self.start,
            to_time=self.end,
            at=self.at,
            earliest=self.earliest or (empty and not self.past and not self.problem),
            rule=self.rule,
            excluded_weekdays=frozenset(self.excluded_weekdays),
            excluded_days=frozenset(self.excluded_days),
            excluded_times=tuple(self.excluded_times),
            past=self.past and empty and not self.problem,
            problem=self.problem,
            spans=tuple(sorted(self.spans)),
            said=self.today,
        )

    def _constrained(self) -> bool:
        wished = self.days or self.weekdays or self.first or self.last or self.at or self.earliest
        hours = self.start is not None or self.end is not None
        return bool(wished or hours or self.excluded_weekdays or self.excluded_days or self.excluded_times)

    def _leave_out(self, first: date, last: date) -> None:
        length = min((last - first).days, LONGEST_EXCLUSION)
        self.excluded_days |= {first + timedelta(days=ahead) for ahead in range(length + 1)}

    def _join(self, start: time | None, end: time | None) -> None:
        low, high = max(start or time.min, self.start or time.min), min(end or time.max, self.end or time.max)
        if low < high:
            self.start = max(filter(None, (start, self.start)), default=self.start)
            self.end = min(filter(None, (end, self.end)), default=self.end)
            return
        if low > high:
            self.excluded_times.append((high, low))
        self.start = None if start is None or self.start is None else min(start, self.start)
        self.end = None if end is None or self.end is None else max(end, self.end)
