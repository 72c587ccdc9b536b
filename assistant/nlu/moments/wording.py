"""A wish said back in French."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, time
from typing import TYPE_CHECKING

from assistant.directory.hours import DAYS, MONTHS, time_in_words

if TYPE_CHECKING:
    from assistant.nlu.moments.moment import Moment

NAMED_HOURS = {
    (time(0), time(12)): "le matin",
    (time(12), time(18, 30)): "l'après-midi",
    (time(12), time(14)): "entre midi et 14 h",
    (time(17), time(21)): "le soir",
    (time(16), time(18, 30)): "en fin d'après-midi",
    (time(10, 30), time(12, 30)): "en fin de matinée",
}


def in_words(moment: Moment) -> str:
    """Days, hours, what is left out; "le plus tôt possible" where nothing else is asked."""
    if moment.past:
        return "un moment déjà passé"
    parts = [*_days(moment), *_hours(moment), *_exceptions(moment)]
    if moment.earliest:
        parts.append("le plus tôt possible")
    return ", ".join(parts)


def _days(moment: Moment) -> list[str]:
    wished = [_day(day, moment.said) for day in moment.days]
    if moment.weekdays == {5, 6}:
        wished.append("le week-end")
    elif moment.weekdays == {0, 1, 2, 3, 4}:
        wished.append("en semaine")
    else:
        wished += [DAYS[weekday] for weekday in sorted(moment.weekdays)]
    period = _period(moment)
    return [part for part in (_either(wished), period) if part]


def _period(moment: Moment) -> str:
    first, last = moment.first_day, moment.last_day
    if first and last:
        return f"du {_day(first, moment.said)} au {_day(last, moment.said)}"
    if first:
        return f"à partir du {_day(first, moment.said)}"
    return f"jusqu'au {_day(last, moment.said)}" if last else ""


def _hours(moment: Moment) -> list[str]:
    if moment.at:
        return [f"à {time_in_words(moment.at)}"]
    return [words] if (words := _window(moment.from_time, moment.to_time)) else []


def _window(start: time | None, end: time | None) -> str:
    if start is not None and end is not None and (start, end) in NAMED_HOURS:
        return NAMED_HOURS[start, end]
    if start == time.min:
        return _window(None, end)
    if start is not None and end is not None:
        return f"entre {time_in_words(start)} et {time_in_words(end)}"
    if start is not None:
        return f"à partir de {time_in_words(start)}"
    return f"avant {time_in_words(end)}" if end is not None else ""


def _exceptions(moment: Moment) -> list[str]:
    days = [DAYS[weekday] for weekday in sorted(moment.excluded_weekdays)] + _left_out(moment)
    hours = [f"pas {_window(start, end)}" for start, end in moment.excluded_times]
    return ([f"sauf {_either(days, 'et')}"] if days else []) + hours


def _left_out(moment: Moment) -> list[str]:
    days = sorted(moment.excluded_days)
    if len(days) > 2:
        return [f"du {_day(days[0], moment.said)} au {_day(days[-1], moment.said)}"]
    return [f"le {_day(day, moment.said)}" for day in days]


def _either(parts: Sequence[str], word: str = "ou") -> str:
    return f" {word} ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def _day(day: date, said: date) -> str:
    number = "1er" if day.day == 1 else str(day.day)
    year = f" {day.year}" if abs((day - said).days) > 300 else ""
    return f"{DAYS[day.weekday()]} {number} {MONTHS[day.month - 1]}{year}"
