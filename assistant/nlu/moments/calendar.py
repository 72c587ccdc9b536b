"""Days worked out from other days. A period is its first and last day, both counted."""

from calendar import monthrange
from datetime import date, timedelta

from holidays import country_holidays

Period = tuple[date, date]

HOLIDAYS = {
    r"noel": "Noël",
    r"(?:jour\s+de\s+l'an|nouvel\s+an)": "Jour de l'an",
    r"(?:lundi\s+de\s+)?paques": "Lundi de Pâques",
    r"fete\s+du\s+travail": "Fête du Travail",
    r"ascension": "Ascension",
    r"(?:lundi\s+de\s+)?pentecote": "Lundi de Pentecôte",
    r"fete\s+nationale": "Fête nationale",
    r"assomption": "Assomption",
    r"toussaint": "Toussaint",
    r"armistice": "Armistice",
}


def next_weekday(today: date, weekday: int) -> date:
    """The next such day, today included."""
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def week(today: date, ahead: int) -> Period:
    """Monday to Sunday, `ahead` weeks from this one."""
    monday = today - timedelta(days=today.weekday()) + timedelta(weeks=ahead)
    return monday, monday + timedelta(days=6)


def month(year: int, number: int) -> Period:
    """The whole of a month; `number` may run over 12."""
    year, number = year + (number - 1) // 12, (number - 1) % 12 + 1
    return date(year, number, 1), date(year, number, monthrange(year, number)[1])


def part_of_month(period: Period, part: str | None) -> Period:
    """ "debut" is its first ten days, "mi" or "milieu" the next ten, "fin" the rest."""
    first, last = period
    if part == "debut":
        return first, first + timedelta(days=9)
    if part in ("mi", "milieu"):
        return first + timedelta(days=10), first + timedelta(days=19)
    return (first + timedelta(days=20), last) if part == "fin" else period


def coming_month(today: date, number: int) -> Period:
    """The next such month, the present one included."""
    return month(today.year + (number < today.month), number)


def coming_day(today: date, day: int, number: int | None = None) -> date | None:
    """The next such day of the month, of that month where `number` is given. None where there is none."""
    if number:
        years = (today.year, today.year + 1) if (day, number) != (29, 2) else range(today.year, today.year + 9)
        return next((found for year in years if (found := day_of(year, number, day)) and found >= today), None)
    months = (month(today.year, today.month + ahead)[0] for ahead in range(3))
    return next((found for first in months if (found := day_of(first.year, first.month, day)) and found >= today), None)


def day_of(year: int, number: int, day: int) -> date | None:
    """The date, or None where there is no such day."""
    try:
        return date(year, number, day)
    except ValueError:
        return None


def nth_weekday(period: Period, weekday: int, rank: int) -> date | None:
    """The `rank`th such weekday of a month, the last one where rank is -1."""
    first, last = period
    if rank == -1:
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    found = next_weekday(first, weekday) + timedelta(weeks=rank - 1)
    return found if found <= last else None


def holiday(today: date, name: str) -> date:
    """The next public holiday of that name in France."""
    found = country_holidays("FR", years=(today.year, today.year + 1), language="fr").get_named(name, lookup="iexact")
    return min(day for day in found if day >= today)
