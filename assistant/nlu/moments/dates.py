"""Days of the calendar: "le 3 décembre", "03/12", "vendredi 27", "du 3 au 10", "premier jeudi du mois"."""

import re
from datetime import date, timedelta

from assistant.directory.hours import DAYS, MONTHS
from assistant.nlu.moments import calendar
from assistant.nlu.moments.lexicon import (
    DAY_NUMBER,
    HOUR_MARK,
    MONTH,
    NUMBER_WORD,
    WEEKDAY,
    month_number,
    number,
    weekday_number,
)
from assistant.nlu.moments.rules import BOUND, LIST, NEXT, START, Rule, bounded, rule, said
from assistant.nlu.moments.wish import Wish

RANKS = {"premier": 1, "1er": 1, "deuxieme": 2, "second": 2, "2e": 2, "2eme": 2, "troisieme": 3, "3e": 3, "3eme": 3}
RANKS |= {"quatrieme": 4, "4e": 4, "4eme": 4, "dernier": -1}
SLUGS = {1: "premier", 2: "deuxieme", 3: "troisieme", 4: "quatrieme", -1: "dernier"}
RARELY_LATER = timedelta(days=62)
NOT_A_DAY = r"""(?!\s*(?:bis|ter|h\b|h\d|heures?|ans?\b|eur|€|%|mois|jours?|semaines?|minutes?|enfants?|personnes?|points?
|fois|km|pieces?|rue|avenue|av\b|bd|boulevard|chemin|place|allee|impasse|route|quai|lot|cours|square|e\b|eme|ministre|[/.:,]\d|\d|-\d|'))"""
_RANK = r"(?P<rank>1\s?er|premier|deuxieme|second|troisieme|quatrieme|[234]e(?:me)?|dernier)"
_BARE_NUMBER = (
    rf"(?:(?:1\s?er\b|\d{{1,2}}(?!\w)){NOT_A_DAY}|(?!premier|une?\b){NUMBER_WORD}(?=\s*(?:$|[,.!?{HOUR_MARK}])))"
)


def problem_day(words: str) -> str:
    """What to say of a day that does not exist."""
    return f"Le {words} n'existe pas : dites-moi une autre date."


def _dates(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    """ "le 3 décembre", "les 3 et 4 décembre", "jeudi 26 novembre 2026"."""
    month, year = month_number(match["month"]), int(match["year"]) if match["year"] else None
    if year and year < wish.today.year - 1:
        return False
    for words in re.findall(DAY_NUMBER, match["numbers"], re.ASCII):
        day = _checked(number(words), month, year, wish)
        if day and _agrees(said(match, "weekday"), day, wish):
            bounded(match, wish, (day, day), negated)
    return None


def _numeric(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    day_number, month = int(match["day"]), int(match["month"])
    year = _year(match["year"])
    if year and year < wish.today.year - 1:
        return False
    # "15/20" is a mark, "15/20/2026" a date that does not exist
    if not year and not (1 <= month <= 12 and 1 <= day_number <= 31):
        return False
    day = _checked(day_number, month, year, wish)
    if day and _agrees(said(match, "weekday"), day, wish):
        bounded(match, wish, (day, day), negated)
    return None


def _iso(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    day = calendar.day_of(int(match["year"]), int(match["month"]), int(match["day"]))
    if day is None or day.year < wish.today.year - 1:
        return False
    bounded(match, wish, (day, day), negated)
    return None


def _year(words: str | None) -> int | None:
    if not words:
        return None
    return int(words) if len(words) == 4 else 2000 + int(words)


def _checked(day_number: int, month: int, year: int | None, wish: Wish) -> date | None:
    found = calendar.day_of(year, month, day_number) if year else _next_or_none(day_number, month, wish.today)
    if found is None:
        words = f"{day_number} {MONTHS[month - 1]}" if 1 <= month <= 12 else f"{day_number}/{month}"
        wish.problem = wish.problem or problem_day(words)
    return found


def _next_or_none(day_number: int, month: int, today: date) -> date | None:
    return calendar.coming_day(today, day_number, month) if 1 <= month <= 12 else None


def _agrees(weekday_words: str | None, day: date, wish: Wish) -> bool:
    """Whether the day is the weekday named beside it; else the wish has a problem."""
    if not weekday_words or weekday_number(weekday_words) == day.weekday():
        return True
    said, real = DAYS[weekday_number(weekday_words)], DAYS[day.weekday()]
    wish.problem = wish.problem or (
        f"Le {day.day} {MONTHS[day.month - 1]} est un {real}, pas un {said} : dites-moi quel jour vous préférez."
    )
    return False


def _weekday_and_number(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    """ "vendredi 27": the next 27th, which has to be a Friday."""
    wanted, weekday = number(match["number"]), weekday_number(match["weekday"])
    if not 1 <= wanted <= 31:
        return False
    for ahead in range(RARELY_LATER.days):
        day = wish.today + timedelta(days=ahead)
        if day.day == wanted and day.weekday() == weekday:
            bounded(match, wish, (day, day), negated)
            return None
    if nearest := calendar.coming_day(wish.today, wanted):
        _agrees(match["weekday"], nearest, wish)
    return None


def _day_numbers(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    """ "le 15", "le 3 ou le 4": of this month or the next."""
    numbers = [number(words) for words in re.findall(DAY_NUMBER, match["numbers"], re.ASCII)]
    if not all(1 <= wanted <= 31 for wanted in numbers):
        return False
    for wanted in numbers:
        if day := calendar.coming_day(wish.today, wanted):
            bounded(match, wish, (day, day), negated)
    return None


def _nth_weekday(match: re.Match[str], wish: Wish, negated: bool) -> None:
    rank, weekday = RANKS[match["rank"].replace(" ", "")], weekday_number(match["weekday"])
    day = _next_nth(match, wish.today, weekday, rank)
    if day is None:
        return
    if not match["month"]:
        wish.rule = f"{SLUGS[rank]}_{DAYS[weekday]}_du_mois"
    bounded(match, wish, (day, day), negated)


def _next_nth(match: re.Match[str], today: date, weekday: int, rank: int) -> date | None:
    if match["month"]:
        first = calendar.coming_month(today, month_number(match["month"]))[0]
        step = 12
    else:
        first, step = calendar.month(today.year, today.month + bool(match["ahead"]))[0], 1
    for ahead in range(0, 3 * step, step):
        day = calendar.nth_weekday(calendar.month(first.year, first.month + ahead), weekday, rank)
        if day and day >= today:
            return day
    return None


def _date_range(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    """ "du 3 au 10 décembre", "entre le 28 décembre et le 4 janvier"."""
    last = _coming(match, wish, "2")
    if last is None:
        return None if wish.problem else False
    wanted = number(match["day1"])
    month = month_number(match["month1"]) if match["month1"] else last.month
    first = calendar.day_of(last.year, month, wanted)
    if first is None and not match["month1"]:
        return False
    if first and first > last:
        before = calendar.month(last.year, last.month - 1)[0]
        first = (
            calendar.day_of(last.year - 1, month, wanted)
            if match["month1"]
            else calendar.day_of(before.year, before.month, wanted)
        )
    if first is None:
        wish.problem = wish.problem or problem_day(f"{wanted} {MONTHS[month - 1]}")
        return None
    wish.on((first, last), negated)
    return None


def _coming(match: re.Match[str], wish: Wish, name: str = "") -> date | None:
    """The next day of the groups day and month; the wish has a problem where it does not exist."""
    wanted = number(match[f"day{name}"])
    if month_words := match[f"month{name}"]:
        return _checked(wanted, month_number(month_words), None, wish)
    return calendar.coming_day(wish.today, wanted) if 1 <= wanted <= 31 else None


def _week_of(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    day = _coming(match, wish)
    if day is None:
        return None if wish.problem else False
    bounded(match, wish, calendar.week(day, 0), negated)
    return None


DATE_RULES: tuple[Rule, ...] = (
    rule(
        "day",
        rf"{START}(?:{_RANK})\s+(?P<weekday>{WEEKDAY})\s*(?:du_mois(?P<ahead>_(?:{NEXT}))?|d(?:e\s+|u\s+mois\s+de\s+|')(?P<month>{MONTH}))",
        _nth_weekday,
    ),
    rule("date", rf"{START}(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b", _iso),
    rule(
        "date",
        rf"{START}(?:(?P<weekday>{WEEKDAY})\s*,?\s*(?:le\s+)?)?(?P<day>\d{{1,2}})\s?(?:/|-)\s?(?P<month>\d{{1,2}})(?:(?:/|-|\.)(?P<year>20\d\d|\d\d))?(?![\d/])",
        _numeric,
    ),
    rule("date", rf"{START}(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>20\d\d|\d\d)(?!\d)", _numeric),
    rule("date", rf"{START}semaine_(?:du|de)_(?P<day>{DAY_NUMBER})(?:\s*(?P<month>{MONTH}))?", _week_of),
    rule(
        "date",
        rf"(?:du|entre_le|de_le|a_partir_du)_(?:{WEEKDAY}\s+)?(?P<day1>{DAY_NUMBER})(?:\s*(?P<month1>{MONTH}))?"
        rf"\s*(?:au|et_le|jusqu'au|et)\s+(?:{WEEKDAY}\s+)?(?P<day2>{DAY_NUMBER}){NOT_A_DAY}(?:\s*(?P<month2>{MONTH}))?",
        _date_range,
    ),
    rule(
        "date",
        rf"{START}(?:(?P<weekday>{WEEKDAY})\s*,?\s*(?:le\s+)?)?(?P<numbers>{DAY_NUMBER}(?:{LIST}{DAY_NUMBER}){{0,6}})\s*(?:de\s+|du_mois_de\s+)?(?P<month>{MONTH})(?:\s+(?P<year>20\d\d|19\d\d))?",
        _dates,
    ),
    rule(
        "date", rf"{START}(?P<weekday>{WEEKDAY})_(?:le_)?(?P<number>1\s?er|\d{{1,2}}){NOT_A_DAY}", _weekday_and_number
    ),
)

BARE_NUMBER_RULES: tuple[Rule, ...] = (
    rule(
        "date",
        rf"{BOUND}(?:(?:pour|soit|dans)\s+)?(?:le|les|du|au)_(?P<numbers>{_BARE_NUMBER}(?:{LIST}{_BARE_NUMBER}){{0,6}})",
        _day_numbers,
    ),
)
