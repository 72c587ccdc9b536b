"""Reads a message: takes out what is no moment, then tries each rule of the grammar in turn."""

import re
from datetime import datetime

from assistant.nlu.moments.dates import BARE_NUMBER_RULES, DATE_RULES
from assistant.nlu.moments.guards import NOT_MOMENTS, belongs_to_another_day, in_passing, negation, over
from assistant.nlu.moments.hours import HOUR_RULES
from assistant.nlu.moments.lexicon import HOUR_MARK, SKIP_MARK, fold_in_place
from assistant.nlu.moments.moment import Moment
from assistant.nlu.moments.periods import DURATION_RULES, HOLIDAY_RULES, PERIOD_RULES
from assistant.nlu.moments.rules import Rule, rule
from assistant.nlu.moments.weekdays import PAST_RULES, RELATIVE_RULES, WEEKDAY_RULES
from assistant.nlu.moments.wish import Wish

LONGEST = 1000
"""Characters read; the rest of a longer text is not."""
MOST_MATCHES = 12
"""Expressions read of one kind: nobody wishes for more, and the time it takes stays bounded."""


def find_moments(text: str, now: datetime) -> Moment | None:
    """The one wish of a message written at `now`, or None where it names no moment."""
    folded = fold_in_place(text[:LONGEST])
    left = NOT_MOMENTS.sub(lambda match: SKIP_MARK * len(match.group()), folded)
    wish = Wish(now)
    for each in RULES:
        left = _apply(each, folded, left, wish)
    return wish.moment()


def _apply(each: Rule, folded: str, left: str, wish: Wish) -> str:
    """The text with what this rule read marked as read."""
    for count, match in enumerate(each.pattern.finditer(left)):
        if count == MOST_MATCHES:
            break
        start = match.start()
        if each.kind != "free" and (over(folded[:start], each.kind) or in_passing(left, match, each.kind)):
            left = _mark(left, match, SKIP_MARK)
            continue
        negated = negation(folded[:start])
        ignored = each.kind == "hour" and belongs_to_another_day(folded[:start])
        if not ignored and each.read(match, wish, negated is not None) is False:
            continue
        wish.spans.append(_span(match, negated))
        left = _mark(left, match, HOUR_MARK if each.kind == "hour" else SKIP_MARK)
    return left


def _mark(left: str, match: re.Match[str], mark: str) -> str:
    return left[: match.start()] + mark * (match.end() - match.start()) + left[match.end() :]


def _span(match: re.Match[str], negated: re.Match[str] | None) -> tuple[int, int]:
    """Where the expression stands, its negation included, spaces around it left out."""
    lead = len(negated.group()) if negated else 0
    words = match.group()
    return match.start() - lead, match.end() - (len(words) - len(words.rstrip()))


def _earliest(_: re.Match[str], wish: Wish, __: bool) -> None:
    wish.earliest = True


_SOON = r"""
(?:le|au|la)_plus_(?:tot|vite|rapidement|rapide|proche_date)(?:_(?:possible|sera_le_mieux))?
|(?:des|aussitot)_que_(?:possible|vous_(?:pouvez|avez_\w+)|vous_voulez|tu_peux)|asap|rapidement|(?:le_)?plus_vite_possible|plus_tot_si_possible|plus_rapidement_possible
|n'?_?importe_(?:quand|quel(?:le)?_(?:jour|heure|moment|date|creneau)s?|lequel)
|quand_(?:vous|tu)_(?:voule?z|veux|pouve?z|peux|ave?z_(?:de_la_place|un_trou|une_place|quelque_chose|un_creneau))
|(?:ca_m'est|c'est)_egal|peu_importe(?:_(?:le_jour|l'heure|la_date|le_moment|quand))?
|(?<!mon\s)(?<!mes\s)(?<!ses\s)(?<!son\s)(?:(?:le|la|au|votre|un)_)?(?:prochaine?|premiere?|1\s?er|1ere)_(?:creneau|place|rdv|rendez_vous|dispo\w*|date|horaire)(?:_(?:libre|possible|dispo\w*))?
|(?:venir|passer|rdv|rendez_vous)_(?:maintenant|tout_de_suite)|^\W*(?:maintenant|tout_de_suite)\W*$
"""

RULES: tuple[Rule, ...] = (
    rule("free", rf"(?:{_SOON})(?!\w)", _earliest),
    *PAST_RULES,
    *DURATION_RULES,
    *HOUR_RULES,
    *RELATIVE_RULES,
    *DATE_RULES,
    *HOLIDAY_RULES,
    *WEEKDAY_RULES,
    *PERIOD_RULES,
    *BARE_NUMBER_RULES,
)
