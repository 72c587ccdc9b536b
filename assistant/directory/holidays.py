"""Public holidays, as each part of France has them."""

from datetime import date
from functools import lru_cache

from holidays import country_holidays

SUBDIVISIONS = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "975": "PM",
    "976": "976",
    "977": "BL",
    "978": "MF",
    "984": "TF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}


def is_holiday(day: date, departement: str) -> bool:
    """Whether that day is a public holiday in that département."""
    return day in _holidays(SUBDIVISIONS.get(departement), day.year)


@lru_cache(maxsize=256)
def _holidays(subdivision: str | None, year: int) -> frozenset[date]:
    return frozenset(country_holidays("FR", subdiv=subdivision, years=year))
