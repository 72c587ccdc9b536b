"""Days, weeks and months: "jeudi", "lundi en huit", "du 3 au 10 décembre", "d'ici la fin du mois"."""

import re
from datetime import date, timedelta

from assistant.nlu.moments import calendar
from assistant.nlu.moments.calendar import Period
from assistant.nlu.moments.lexicon import DAY_NUMBER, MONTH, NUMBER_WORD, WEEKDAY, WEEKDAY_WORD, month_number, number, weekday_number
from assistant.nlu.moments.rules import BOUND, DETERMINER, Rule, bound_of, bounded, rule, said
from assistant.nlu.moments.wish import Wish

START = BOUND + DETERMINER
RANKS = {"premier": 1, "1er": 1, "deuxieme": 2, "second": 2, "2e": 2, "2eme": 2, "troisieme": 3, "3e": 3, "3eme": 3}
RANKS |= {"quatrieme": 4, "4e": 4, "4eme": 4, "dernier": -1}
SLUGS = {1: "premier", 2: "deuxieme", 3: "troisieme", 4: "quatrieme", -1: "dernier"}
RARELY_LATER = timedelta(days=62)
LIST = r"\s*(?:,|/|\bet\b|\bou\b(?:_bien)?|\bni\b|\bsoit\b)\s*(?:(?:pas|soit|le|les|un|du|a|sauf)\s+)*"
NOT_A_DAY = r"""(?!\s*(?:bis|ter|h\b|h\d|heures?|ans?\b|eur|€|%|mois|jours?|semaines?|minutes?|enfants?|personnes?|points?|fois|km|pieces?
|rue|avenue|av\b|bd|boulevard|chemin|place|allee|impasse|route|quai|lot|cours|square|e\b|eme|ministre|[/.:,]\d|\d|-\d|'))"""


def problem_day(words: str) -> str:
    """What to say of a day that does not exist."""
    return f"Le {words} n'existe pas : dites-moi une autre date."


def _relative_day(match: re.Match[str], wish: Wish, negated: bool) -> None:
    ahead = 0 if said(match, "today") else 2 if said(match, "twice") else 1
    day = wish.today + timedelta(days=ahead)
    bounded(match, wish, (day, day), negated)


def _past(_: re.Match[str], wish: Wish, __: bool) -> None:
    wish.past = True


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


def _week_of(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    day = _coming(match, wish)
    if day is None:
        return None if wish.problem else False
    bounded(match, wish, calendar.week(day, 0), negated)
    return None


def _weekend(match: re.Match[str], wish: Wish, negated: bool) -> None:
    saturday = calendar.week(wish.today, 0)[0] + timedelta(days=5)
    if match["ahead"] and wish.today >= saturday:
        saturday += timedelta(weeks=1)
    days = [saturday, saturday + timedelta(days=1)]
    if bound_of(match):
        bounded(match, wish, (days[0], days[1]), negated)
    elif match["this"] or match["ahead"]:
        for day in days[days[0] < wish.today :]:
            wish.on((day, day), negated)
    else:
        wish.on_weekdays({5, 6}, negated)


def _weekday_range(match: re.Match[str], wish: Wish, negated: bool) -> None:
    first, last = weekday_number(match["first"]), weekday_number(match["last"])
    wish.on_weekdays({(first + ahead) % 7 for ahead in range((last - first) % 7 + 1)}, negated)


def _weekday_ahead(match: re.Match[str], wish: Wish, negated: bool) -> None:
    day = calendar.next_weekday(wish.today + timedelta(days=1), weekday_number(match["weekday"]))
    if match["one"]:
        day += timedelta(weeks=1)
    elif match["two"]:
        day += timedelta(weeks=2)
    bounded(match, wish, (day, day), negated)


def _this_weekday(match: re.Match[str], wish: Wish, negated: bool) -> None:
    day = calendar.next_weekday(wish.today, weekday_number(match["weekday"]))
    bounded(match, wish, (day, day), negated)


def _weekdays(match: re.Match[str], wish: Wish, negated: bool) -> None:
    named = {weekday_number(found) for found in re.findall(WEEKDAY_WORD, match["list"], re.ASCII)}
    if bound_of(match):
        day = calendar.next_weekday(wish.today, min(named))
        bounded(match, wish, (day, day), negated)
    else:
        wish.on_weekdays(named, negated)


def _nth_weekday(match: re.Match[str], wish: Wish, negated: bool) -> None:
    rank, weekday = RANKS[match["rank"].replace(" ", "")], weekday_number(match["weekday"])
    day = _next_nth(match, wish.today, weekday, rank)
    if day is None:
        return
    if not match["month"]:
        wish.rule = f"{SLUGS[rank]}_{calendar_name(weekday)}_du_mois"
    bounded(match, wish, (day, day), negated)


def calendar_name(weekday: int) -> str:
    """ "lundi" for 0."""
    return ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")[weekday]


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
        words = f"{day_number} {calendar_month(month)}" if 1 <= month <= 12 else f"{day_number}/{month}"
        wish.problem = wish.problem or problem_day(words)
    return found


def _next_or_none(day_number: int, month: int, today: date) -> date | None:
    return calendar.coming_day(today, day_number, month) if 1 <= month <= 12 else None


def calendar_month(month: int) -> str:
    """ "février" for 2."""
    names = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"
    return names.split()[month - 1]


def _agrees(weekday_words: str | None, day: date, wish: Wish) -> bool:
    """Whether the day is the weekday named beside it; else the wish has a problem."""
    if not weekday_words or weekday_number(weekday_words) == day.weekday():
        return True
    said, real = calendar_name(weekday_number(weekday_words)), calendar_name(day.weekday())
    wish.problem = wish.problem or (
        f"Le {day.day} {calendar_month(day.month)} est un {real}, pas un {said} : dites-moi quel jour vous préférez."
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
        first = calendar.day_of(last.year - 1, month, wanted) if match["month1"] else calendar.day_of(before.year, before.month, wanted)
    if first is None:
        wish.problem = wish.problem or problem_day(f"{wanted} {calendar_month(month)}")
        return None
    wish.on((first, last), negated)
    return None


def _coming(match: re.Match[str], wish: Wish, name: str = "") -> date | None:
    """The next day of the groups day and month; the wish has a problem where it does not exist."""
    wanted = number(match[f"day{name}"])
    if month_words := match[f"month{name}"]:
        return _checked(wanted, month_number(month_words), None, wish)
    return calendar.coming_day(wish.today, wanted) if 1 <= wanted <= 31 else None


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
        day = calendar.holiday(wish.today, calendar.HOLIDAYS[name])
        bounded(match, wish, (day, day), negated)

    return rule("day", rf"{START}(?<!pere\s)(?<!prime\sde\s)(?<!marche\sde\s){name}\b", read)


def _holiday_season(match: re.Match[str], wish: Wish, negated: bool) -> None:
    """Christmas to New Year's Day."""
    year = wish.today.year - (wish.today.month == 1 and wish.today.day == 1)
    bounded(match, wish, (date(year, 12, 24), date(year + 1, 1, 1)), negated)


def _working_days(_: re.Match[str], wish: Wish, negated: bool) -> None:
    wish.on_weekdays({0, 1, 2, 3, 4}, negated)


def _nothing(_: re.Match[str], __: Wish, ___: bool) -> None:
    """ "tous les jours" adds nothing: what follows does."""


_COUNT = rf"(?P<count>\d{{1,2}}|{NUMBER_WORD})"
_UNIT = r"(?P<unit>h\b|heures?\b|jours?\b|j\b|semaines?\b|mois\b)"
_NEXT = r"prochaine?s?|qui_viennent|qui_vient|a_venir"
_RANK = r"(?P<rank>1\s?er|premier|deuxieme|second|troisieme|quatrieme|[234]e(?:me)?|dernier)"

DURATION_RULES: tuple[Rule, ...] = (
    rule(
        "day",
        rf"(?:(?P<since>a_part?ir_de_|apres?_)?dans_(?:environ_)?|(?P<within>d'_?ici_|sous_|dans_les_|avant_|au_plus_tard_dans_)(?:les_)?)"
        rf"(?:une?_)?(?:{_COUNT}\s*(?:prochain(?:e?s)_)?{_UNIT}|(?P<dozen>huitaine|quinzaine)\b)",
        _ahead,
    ),
    rule("day", r"(?P<within>(?:en|sous|dans_la|d'_?ici_une)_)?(?P<dozen>huitaine|quinzaine)\b", _ahead),
    rule("day", r"(?:dans|pendant|d'_?ici|sous)_(?:la_semaine(?:_qui_vient)?|(?P<month>le_mois)|les_(?:prochains_)?jours)\b(?!_d)", _next_days),
)

DAY_RULES: tuple[Rule, ...] = (
    rule("free", rf"{DETERMINER}(?:avant_?hier|hier)(?:_(?:matin|soir))?\b", _past),
    rule("free", rf"{DETERMINER}(?:{WEEKDAY}|semaine|mois|an|annee)_(?:dernier|derniere|passee?|precedente?)\b", _past),
    rule("day", rf"{START}(?P<twice>apre?s?_?dem(?:ain|in|un|ian))s?\b", _relative_day),
    rule(
        "day",
        rf"{START}(?:(?P<today>aujourd'?_?hui|aujourdui|aujourd'ui|ajd|auj\b|ojd|ojourdui)"
        rf"|(?:dem(?:ain|in|un|ian)s?|dmain|2_?main|2m1))\b",
        _relative_day,
    ),
    rule("day", rf"{START}(?:{_RANK})\s+(?P<weekday>{WEEKDAY})\s*(?:du_mois(?P<ahead>_(?:{_NEXT}))?|d(?:e\s+|u\s+mois\s+de\s+|')(?P<month>{MONTH}))", _nth_weekday),
    rule("date", rf"{START}(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)\b", _iso),
    rule("date", rf"{START}(?:(?P<weekday>{WEEKDAY})\s*,?\s*(?:le\s+)?)?(?P<day>\d{{1,2}})\s?(?:/|-)\s?(?P<month>\d{{1,2}})(?:(?:/|-|\.)(?P<year>20\d\d|\d\d))?(?![\d/])", _numeric),
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
        rf"{START}(?:(?P<weekday>{WEEKDAY})\s*,?\s*(?:le\s+)?)?(?P<numbers>{DAY_NUMBER}(?:{LIST}{DAY_NUMBER})*)\s*(?:de\s+|du_mois_de\s+)?(?P<month>{MONTH})(?:\s+(?P<year>20\d\d|19\d\d))?",
        _dates,
    ),
    rule("day", rf"{START}(?P<weekday>{WEEKDAY})_(?:(?P<one>en_huit)|(?P<two>en_quinze)|(?:{_NEXT}))\b", _weekday_ahead),
    rule("date", rf"{START}(?P<weekday>{WEEKDAY})_(?:le_)?(?P<number>1\s?er|\d{{1,2}}){NOT_A_DAY}", _weekday_and_number),
    rule("day", rf"(?:du|de|entre(?:_le)?)_(?P<first>{WEEKDAY})\s+(?:au|a|et(?:_le)?|jusqu'au|jusqu'a)\s+(?P<last>{WEEKDAY})", _weekday_range),
    rule("day", rf"{BOUND}ce_(?P<weekday>{WEEKDAY})", _this_weekday),
    rule("day", rf"{START}(?P<list>{WEEKDAY}(?:(?:{LIST}|\s+){WEEKDAY})*)", _weekdays),
    rule("day", rf"{BOUND}(?:(?P<this>ce_)|{DETERMINER})(?:week_?ends?|wk_?end|wee?kend)(?P<ahead>_(?:{_NEXT}))?\b", _weekend),
    rule(
        "day",
        rf"{START}(?:(?P<part>debut|milieu|fin)_(?:de_)?(?:la_)?)?(?:(?<=cette\s)semaine|semaine_(?:(?P<next>{_NEXT})|(?P<later>d'_?apres|suivante))|(?(part)semaine|(?!)))\b",
        _week,
    ),
    rule("day", r"(?:en|pendant_la)_semaine\b(?!_(?:prochaine|suivante|\d))", _working_days),
    rule(
        "month",
        rf"{BOUND}(?:la_|le_)?(?:(?P<part>debut|mi|milieu|fin|courant)_(?:de_|d'|du_mois_de_|du_mois_d')?|(?P<led>(?:en|vers)_|(?:au|du|le|ce|dans_le)_mois_d(?:e\s+|')))?(?P<month>{MONTH})(?:\s+(?P<year>20\d\d|19\d\d))?",
        _named_month,
    ),
    rule("month", rf"{START}(?P<part>debut|mi|milieu|fin)_(?:du_|de_|d')?(?:ce_)?mois(?P<ahead>_(?:{_NEXT}))?\b", _this_month),
    rule("month", rf"{START}(?:mois_(?P<ahead>{_NEXT})|(?<=ce\s)mois(?:_ci)?)\b", _this_month),
    rule("month", rf"{START}(?:(?<=en\s)(?P<year>20\d\d)\b|annee_prochaine|an_prochain)", _coming_year),
    rule("day", rf"{START}(?:fetes(?:_de_(?:fin_d'annee|noel))?|fin_d'annee)\b", _holiday_season),
    *(_holiday(name) for name in calendar.HOLIDAYS),
    rule(
        "date",
        rf"{BOUND}(?:(?:pour|soit|dans)\s+)?(?:le|les|du|au)_(?P<numbers>(?:1\s?er\b|\d{{1,2}}(?!\d)){NOT_A_DAY}(?:{LIST}(?:1\s?er\b|\d{{1,2}}(?!\d)){NOT_A_DAY})*)",
        _day_numbers,
    ),
    rule("day", r"(?:tous_les_jours|chaque_jour|toute_la_(?:semaine|journee))\b", _nothing),
)
