"""Longer and vaguer than a day: "dans 3 jours", "la semaine prochaine", "fin décembre", "après les fêtes"."""

import re
from datetime import date, timedelta

from assistant.nlu.moments import calendar
from assistant.nlu.moments.calendar import Period
from assistant.nlu.moments.lexicon import (
    MONTH,
    NUMBER_WORD,
    month_number,
    number,
)
from assistant.nlu.moments.rules import BOUND, NEXT, START, Rule, bound_of, bounded, rule, said
from assistant.nlu.moments.wish import Wish

_COUNT = rf"(?P<count>\d{{1,2}}|{NUMBER_WORD})"
_UNIT = r"(?P<unit>h\b|heures?\b|jours?\b|j\b|semaines?\b|mois\b)"


def _ahead(match: re.Match[str], wish: Wish, negated: bool) -> None:
    dozen = said(match, "dozen")
    count = {"huitaine": 8, "quinzaine": 15}[dozen] if dozen else number(match["count"])
    unit = said(match, "unit") or "jour"
    if unit.startswith("h") and not match["within"]:
        return _hours_ahead(count, wish)
    day = _day_ahead(wish.today, count, unit, exact=not match["within"])
    if match["within"]:
        wish.between(None, day)
    elif said(match, "since"):
        wish.between(day, None)
    else:
        wish.on((day, day), negated)
    return None


def _hours_ahead(count: int, wish: Wish) -> None:
    later = wish.now + timedelta(hours=count)
    wish.days.add(later.date())
    wish.at_time(later.time().replace(second=0, microsecond=0))


def _day_ahead(today: date, count: int, unit: str, exact: bool) -> date:
    """ "dans huit jours" is a week, "dans quinze jours" two; "sous quinze jours" gives them all."""
    if unit.startswith("h"):
        return today + timedelta(hours=count)
    if unit.startswith("mois"):
        period = calendar.month(today.year, today.month + count)
        return period[0] + timedelta(days=min(today.day, period[1].day) - 1)
    weeks = {8: 7, 15: 14}.get(count, count) if exact else count
    return today + timedelta(days=count * 7 if unit.startswith("semaine") else weeks)


def _next_days(match: re.Match[str], wish: Wish, _: bool) -> None:
    wish.between(None, wish.today + timedelta(days=30 if match["month"] else 7))


def _week(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    ahead = 0
    if match["next"]:
        ahead = 1
    elif match["later"]:
        ahead = 1 if re.search(r"\bcette\s+semaine\b", match.string[: match.start()]) else 2
    period = calendar.week(wish.today, ahead)
    if match["part"] and not (match["by"] and match["part"] == "fin"):
        period = _part_of_week(period, match["part"])
        if period[1] < wish.today:
            period = (period[0] + timedelta(weeks=1), period[1] + timedelta(weeks=1))
    bounded(match, wish, period, negated)
    return None


def _part_of_week(period: Period, part: str) -> Period:
    first, last = {"debut": (0, 1), "milieu": (1, 3), "fin": (3, 5)}[part]
    return period[0] + timedelta(days=first), period[0] + timedelta(days=last)


def _named_month(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    led = match["part"] or match["led"] or bound_of(match)
    alone = not re.sub(r"\W", "", match.string[: match.start()] + match.string[match.end() :], flags=re.ASCII)
    if not (led or alone):
        return False
    month = month_number(match["month"])
    year = int(match["year"]) if match["year"] else None
    if year and year < wish.today.year:
        return False
    period = calendar.month(year, month) if year else calendar.coming_month(wish.today, month)
    _part_of_month(match, wish, period, negated)
    return None


def _this_month(match: re.Match[str], wish: Wish, negated: bool) -> None:
    period = calendar.month(wish.today.year, wish.today.month + bool(match["ahead"]))
    if calendar.part_of_month(period, said(match, "part"))[1] < wish.today:
        period = calendar.month(wish.today.year, wish.today.month + 1)
    _part_of_month(match, wish, period, negated)


def _part_of_month(match: re.Match[str], wish: Wish, period: Period, negated: bool) -> None:
    part = said(match, "part")
    if part == "fin" and match["before"]:
        wish.between(None, period[1])
        return
    bounded(match, wish, calendar.part_of_month(period, part), negated)


def _coming_year(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    year = int(match["year"]) if match["year"] else wish.today.year + 1
    if not wish.today.year < year <= wish.today.year + 2:
        return False
    bounded(match, wish, (date(year, 1, 1), date(year, 12, 31)), negated)
    return None


def _holiday(name: str) -> Rule:
    def read(match: re.Match[str], wish: Wish, negated: bool) -> None:
        shift = -1 if match["eve"] else 1 if match["morrow"] else 0
        day = calendar.holiday(wish.today, calendar.HOLIDAYS[name]) + timedelta(days=shift)
        bounded(match, wish, (day, day), negated)

    return rule(
        "day", rf"{START}(?:(?:(?P<eve>veille)|(?P<morrow>lendemain))_(?:de_(?:la_|l')?|du_|d'))?{name}\b", read
    )


def _part_of_named_month(match: re.Match[str], wish: Wish, negated: bool) -> None:
    """ "la première quinzaine de décembre", "la dernière semaine de janvier"."""
    first, last = calendar.coming_month(wish.today, month_number(match["month"]))
    length = 15 if match["length"] == "quinzaine" else 7
    rank = {"premiere": 1, "deuxieme": 2, "seconde": 2, "troisieme": 3, "derniere": -1}[match["rank"]]
    start = last - timedelta(days=length - 1) if rank == -1 else first + timedelta(days=length * (rank - 1))
    end = last if rank == -1 or (length == 15 and rank == 2) else start + timedelta(days=length - 1)
    bounded(match, wish, (start, end), negated)


def _year_end(match: re.Match[str], wish: Wish, negated: bool) -> None:
    last = date(wish.today.year, 12, 31)
    if match["before"]:
        wish.between(None, last)
    else:
        bounded(match, wish, (date(last.year, 12, 21), last), negated)


def _holiday_season(match: re.Match[str], wish: Wish, negated: bool) -> None:
    """Christmas to New Year's Day."""
    year = wish.today.year - (wish.today.month == 1 and wish.today.day == 1)
    bounded(match, wish, (date(year, 12, 24), date(year + 1, 1, 1)), negated)


HOLIDAY_RULES: tuple[Rule, ...] = tuple(_holiday(name) for name in calendar.HOLIDAYS)

DURATION_RULES: tuple[Rule, ...] = (
    rule(
        "day",
        rf"{START}(?P<rank>premiere|deuxieme|seconde|troisieme|derniere)_(?P<length>quinzaine|semaine)_d(?:e\s+|'|u_mois_de_)(?P<month>{MONTH})",
        _part_of_named_month,
    ),
    rule("day", rf"{START}fin_de_l'_?annee\b", _year_end),
    rule(
        "day",
        rf"(?:(?P<since>a_part?ir_de_|apres?_)?d(?:an)?s_(?:environ_)?|(?P<within>d'_?ici_|sous_|dans_les_|au_plus_tard_dans_)(?:les_)?)"
        rf"(?:une?_)?(?:{_COUNT}\s*(?:prochain(?:e?s)_)?{_UNIT}|(?P<dozen>huitaine|quinzaine)\b)",
        _ahead,
    ),
    rule("day", r"(?P<within>(?:en|sous|dans_la|d'_?ici_une)_)?(?P<dozen>huitaine|quinzaine)\b", _ahead),
    rule(
        "day",
        r"(?:dans|pendant|d'_?ici|sous)_(?:la_semaine(?:_qui_vient)?|(?P<month>le_mois)|les_(?:prochains_)?jours)\b(?!_d)",
        _next_days,
    ),
)

PERIOD_RULES: tuple[Rule, ...] = (
    rule(
        "day",
        rf"{START}(?:(?P<part>debut|milieu|fin)_(?:de_)?(?:la_)?)?(?:(?<=cette\s)semaine|semaine_(?:(?P<next>{NEXT})|(?P<later>d'_?apres|suivante))|(?(part)semaine|(?!)))\b",
        _week,
    ),
    rule(
        "month",
        rf"{BOUND}(?:la_|le_)?(?:(?P<part>debut|mi|milieu|fin|courant)_(?:de_|d'|du_mois_de_|du_mois_d')?|(?P<led>(?:en|vers)_|(?:au|du|le|ce|dans_le)_mois_d(?:e\s+|')))?(?P<month>{MONTH})(?:\s+(?P<year>20\d\d|19\d\d))?",
        _named_month,
    ),
    rule(
        "month",
        rf"{START}(?P<part>debut|mi|milieu|fin)_(?:du_|de_|d')?(?:ce_)?mois(?P<ahead>_(?:{NEXT}))?\b",
        _this_month,
    ),
    rule("month", rf"{START}(?:mois_(?P<ahead>{NEXT})|(?<=ce\s)mois(?:_ci)?)\b", _this_month),
    rule("month", rf"{START}(?:(?<=en\s)(?P<year>20\d\d)\b|annee_prochaine|an_prochain)", _coming_year),
    rule("day", rf"{START}(?:fetes(?:_de_(?:fin_d'annee|noel))?|fin_d'annee)\b", _holiday_season),
)
