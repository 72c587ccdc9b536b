"""An RFC 5545 recurrence of days in French words: "un jeudi sur deux", "1er et 3e mardi du mois"."""

import re

WEEKDAYS = {
    "MO": "lundi",
    "TU": "mardi",
    "WE": "mercredi",
    "TH": "jeudi",
    "FR": "vendredi",
    "SA": "samedi",
    "SU": "dimanche",
}
RANKS = {1: "1er", -1: "dernier", -2: "avant-dernier"}
HOW_OFTEN = {2: "deux", 3: "trois", 4: "quatre"}
_BY_DAY = re.compile(r"([+-]?\d+)?(MO|TU|WE|TH|FR|SA|SU)")


def days_in_words(rule: str) -> str:
    """The days of a recurrence; "certains jours" where it is none of the usual ones."""
    parts = dict(part.split("=", 1) for part in rule.upper().removeprefix("RRULE:").split(";") if "=" in part)
    interval = int(parts.get("INTERVAL", "1"))
    days = _BY_DAY.findall(parts.get("BYDAY", ""))
    names = [WEEKDAYS[day] for _, day in days]
    if parts.get("FREQ") == "DAILY" and interval == 1 and not names:
        return "tous les jours"
    if parts.get("FREQ") == "WEEKLY" and names:
        return _weekly(names, interval)
    ranked = all(rank and int(rank) >= min(RANKS) for rank, _ in days)
    if parts.get("FREQ") == "MONTHLY" and names and interval == 1 and ranked:
        return _monthly(days)
    return "certains jours"


def _weekly(names: list[str], interval: int) -> str:
    if interval == 1:
        return joined(names)
    often = HOW_OFTEN.get(interval, str(interval))
    return f"un {names[0]} sur {often}" if len(names) == 1 else f"{joined(names)}, une semaine sur {often}"


def _monthly(days: list[tuple[str, str]]) -> str:
    if len({day for _, day in days}) == 1:
        return f"{joined([_rank(int(rank)) for rank, _ in days])} {WEEKDAYS[days[0][1]]} du mois"
    return f"{joined([f'{_rank(int(rank))} {WEEKDAYS[day]}' for rank, day in days])} du mois"


def _rank(number: int) -> str:
    return RANKS.get(number, f"{number}e")


def joined(words: list[str]) -> str:
    """ "lundi, mardi et jeudi"."""
    return " et ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
