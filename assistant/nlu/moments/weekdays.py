"""Days named by the week or from today: "demain", "jeudi", "lundi en huit", "du mardi au jeudi", "ce week-end"."""

import re
from datetime import timedelta

from assistant.nlu.moments import calendar
from assistant.nlu.moments.lexicon import (
    WEEKDAY,
    WEEKDAY_WORD,
    weekday_number,
)
from assistant.nlu.moments.rules import BOUND, DETERMINER, LIST, NEXT, START, Rule, bound_of, bounded, rule, said
from assistant.nlu.moments.wish import Wish


def _relative_day(match: re.Match[str], wish: Wish, negated: bool) -> None:
    ahead = 0 if said(match, "today") else 2 if said(match, "twice") else 1
    day = wish.today + timedelta(days=ahead)
    bounded(match, wish, (day, day), negated)


def _past(_: re.Match[str], wish: Wish, __: bool) -> None:
    wish.past = True


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


def _working_days(_: re.Match[str], wish: Wish, negated: bool) -> None:
    wish.on_weekdays({0, 1, 2, 3, 4}, negated)


def _nothing(_: re.Match[str], __: Wish, ___: bool) -> None:
    """ "tous les jours" adds nothing: what follows does."""


PAST_RULES: tuple[Rule, ...] = (
    rule("free", rf"{DETERMINER}(?:avant_?hier|hier)(?:_(?:(?:au_)?matin|soir|midi|apres_midi))?\b", _past),
    rule(
        "free",
        rf"{DETERMINER}(?:{WEEKDAY}(?:_et_{WEEKDAY})?|semaine|mois|an|annee)_(?:derni(?:er|ere)s?|passee?s?|precedente?)\b",
        _past,
    ),
)

RELATIVE_RULES: tuple[Rule, ...] = (
    rule("day", rf"{START}(?P<twice>apre?s?_?dem(?:ain|in|un|ian))s?\b", _relative_day),
    rule(
        "day",
        rf"{START}(?:(?P<today>aujourd'?_?hui|aujourdui|aujourd'ui|ajd|auj\b|ojd|ojourdui)"
        rf"|(?:dem(?:ain|in|un|ian)s?|dmain|2_?main|2m1))\b",
        _relative_day,
    ),
)

WEEKDAY_RULES: tuple[Rule, ...] = (
    rule("day", rf"{START}(?P<weekday>{WEEKDAY})_(?:(?P<one>en_huit)|(?P<two>en_quinze)|(?:{NEXT}))\b", _weekday_ahead),
    rule(
        "day",
        rf"(?:du|de|entre(?:_le)?)_(?P<first>{WEEKDAY})\s+(?:au|a|et(?:_le)?|jusqu'au|jusqu'a)\s+(?P<last>{WEEKDAY})",
        _weekday_range,
    ),
    rule("day", rf"{BOUND}ce_(?P<weekday>{WEEKDAY})", _this_weekday),
    rule("day", rf"{START}(?P<list>{WEEKDAY}(?:(?:{LIST}|\s+){WEEKDAY}){{0,7}})", _weekdays),
    rule(
        "day",
        rf"{BOUND}(?:(?P<this>ce_)|{DETERMINER})(?:week_?ends?|wk_?end|wee?kend)(?P<ahead>_(?:{NEXT}))?\b",
        _weekend,
    ),
    rule("day", r"(?:en|pendant_la)_semaine\b(?!_(?:prochaine|suivante|\d))", _working_days),
    rule("day", r"(?:tous_les_jours|chaque_jour|toute_la_(?:semaine|journee))\b", _nothing),
)
