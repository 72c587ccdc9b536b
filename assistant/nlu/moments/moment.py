"""What somebody wishes for: the days and hours a slot may start at, and how near any slot comes to it."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from assistant.nlu.moments.wording import in_words

AT_TOLERANCE = timedelta(minutes=30)
""" "à 10 h" accepts a slot at half past nine or half past ten: few counters open one on the very minute."""

Window = tuple[time, time]


@dataclass(frozen=True)
class Moment:
    """One constraint for a whole message. What is empty or None constrains nothing.

    Slots start from `from_time` and before `to_time`; `said` is the day of the message.
    `spans` are the places of the text it was read from; `problem` says in French what cannot be.
    """

    days: tuple[date, ...] = ()
    weekdays: frozenset[int] = frozenset()
    first_day: date | None = None
    last_day: date | None = None
    from_time: time | None = None
    to_time: time | None = None
    at: time | None = None
    earliest: bool = False
    rule: str | None = None
    excluded_weekdays: frozenset[int] = frozenset()
    excluded_days: frozenset[date] = frozenset()
    excluded_times: tuple[Window, ...] = ()
    past: bool = False
    problem: str | None = None
    spans: tuple[tuple[int, int], ...] = ()
    said: date = field(default=date.min)

    def allows(self, start: datetime) -> bool:
        """Whether a slot that starts then is as wished; `start` is in the place's zone."""
        return self._allows_day(start.date()) and self._allows_time(start.time())

    def closeness(self, start: datetime) -> tuple[bool, int, date, float, datetime]:
        """A key that sorts slots, nearest to the wish first, then soonest."""
        day = start.date()
        return not self.allows(start), self._days_away(day), day, self._minutes_away(start.time()), start

    def in_words(self) -> str:
        """ "jeudi 26 novembre, le matin"; empty where only a problem was read."""
        return in_words(self)

    def as_dict(self) -> dict[str, Any]:
        """The constraint as JSON holds it, dates and times in ISO 8601."""
        return {
            "days": [day.isoformat() for day in self.days],
            "weekdays": sorted(self.weekdays),
            "first_day": self.first_day.isoformat() if self.first_day else None,
            "last_day": self.last_day.isoformat() if self.last_day else None,
            "from_time": self.from_time.isoformat("minutes") if self.from_time else None,
            "to_time": self.to_time.isoformat("minutes") if self.to_time else None,
            "at": self.at.isoformat("minutes") if self.at else None,
            "earliest": self.earliest,
            "rule": self.rule,
            "excluded_weekdays": sorted(self.excluded_weekdays),
            "excluded_days": [day.isoformat() for day in sorted(self.excluded_days)],
            "excluded_times": [
                [start.isoformat("minutes"), end.isoformat("minutes")] for start, end in self.excluded_times
            ],
            "past": self.past,
            "problem": self.problem,
            "spans": [list(span) for span in self.spans],
        }

    def _allows_day(self, day: date) -> bool:
        if day.weekday() in self.excluded_weekdays or day in self.excluded_days:
            return False
        return self._days_away(day) == 0

    def _allows_time(self, start: time) -> bool:
        if any(after <= start < before for after, before in self.excluded_times):
            return False
        return self._minutes_away(start) <= (AT_TOLERANCE.total_seconds() / 60 if self.at else 0)

    def _days_away(self, day: date) -> int:
        """Days between that day and the nearest one wished for."""
        inside = [wished for wished in self.days if self._outside(wished) == 0]
        ranged = bool(self.weekdays or self.first_day or self.last_day)
        away = [abs((day - wished).days) for wished in self.days]
        # "le 9, dans la semaine du 7" is the 9th; "vendredi ou la semaine prochaine" is either
        if ranged and (self.weekdays or not inside):
            away.append(max(self._outside(day), self._to_weekday(day)))
        return min(away, default=0)

    def _outside(self, day: date) -> int:
        before = (self.first_day - day).days if self.first_day else 0
        after = (day - self.last_day).days if self.last_day else 0
        return max(before, after, 0)

    def _to_weekday(self, day: date) -> int:
        gaps = [abs(day.weekday() - wished) for wished in self.weekdays]
        return min((min(gap, 7 - gap) for gap in gaps), default=0)

    def _minutes_away(self, start: time) -> float:
        """Minutes to the hour wished for, or to the window of hours where the message gives one alone."""
        minute = _minutes(start)
        if self.at:
            return abs(minute - _minutes(self.at))
        before = _minutes(self.from_time) - minute if self.from_time else 0
        # the window's end is no longer inside it
        after = minute - _minutes(self.to_time) + 1 if self.to_time else 0
        return max(before, after, 0)


def _minutes(moment: time) -> float:
    return moment.hour * 60 + moment.minute + moment.second / 60
