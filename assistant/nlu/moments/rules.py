"""What a rule of the grammar is, and the small words that all rules share."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from assistant.nlu.moments.calendar import Period
from assistant.nlu.moments.lexicon import compiled
from assistant.nlu.moments.wish import Wish

Kind = Literal["free", "hour", "day", "date", "month"]
"""How a rule may be mistaken: see guards.py. "free" rules say themselves that they are wishes."""

Reader = Callable[[re.Match[str], Wish, bool], bool | None]
"""Adds what was matched to the wish; told whether it is negated ("pas le lundi"). False: it was no moment after all."""


@dataclass(frozen=True)
class Rule:
    """A pattern over folded text, and what it means."""

    kind: Kind
    pattern: re.Pattern[str]
    read: Reader


def rule(kind: Kind, pattern: str, read: Reader) -> Rule:
    """A rule whose pattern starts at a word."""
    return Rule(kind, compiled(rf"(?<![\w'])(?:{pattern})"), read)


BOUND = r"""
(?:(?:
  (?P<since>a_part?ir_d(?:e|u|')|a_compter_d(?:e|u|')|des|pas_avant)
 |(?P<after>apre?s?|passe)
 |(?P<before>avant|avan)
 |(?P<by>d'_?ici(?:_a)?|dici|jusqu'?_?(?:a|au|aux|en)|au_plus_tard|pas_apres|pas_plus_tard_que|maximum)
)(?:\s+|(?<=')))?
"""
"""What makes a day the end or the start of a period."""

DETERMINER = r"(?:(?:(?:le|la|les|du|de_la|des|de|au|aux|a|en|dans|ds|pour|pr|un|une|ce|cet|cette|vers|soit)\s+|l'_?|d'_?)){0,3}+"

START = BOUND + DETERMINER
LIST = r"\s*(?:,|/|\bet\b|\bou\b(?:_bien)?|\bni\b|\bsoit\b)\s*(?:(?:pas|soit|le|les|un|du|a|sauf)\s+){0,2}"
NEXT = r"prochaine?s?|qui_viennent|qui_vient|a_venir"


def said(match: re.Match[str], name: str) -> str | None:
    """The words of a group, None where this rule has no such group."""
    return match.groupdict().get(name)


def bound_of(match: re.Match[str]) -> str | None:
    """Which BOUND stands before a day, None where it stands alone."""
    return next((name for name in ("since", "after", "before", "by") if said(match, name)), None)


def bounded(match: re.Match[str], wish: Wish, period: Period, negated: bool) -> None:
    """Add a period as its BOUND says: from it, after it, before it, until it, or in it."""
    first, last = period
    day = timedelta(days=1)
    bound = bound_of(match)
    if bound == "since":
        wish.between(max(first, wish.today), None)
    elif bound == "after":
        wish.between(last + day, None)
    elif bound == "before":
        _until(wish, first - day)
    elif bound == "by":
        _until(wish, last)
    else:
        wish.on(period, negated)


def _until(wish: Wish, last: date) -> None:
    if last < wish.today:
        wish.past = True
    else:
        wish.between(None, last)
