"""Procedures, partners and life events found by the words of a person."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from rapidfuzz import fuzz

from assistant.catalogue.loader import Catalogue
from assistant.catalogue.models import LifeEvent, Partner, Procedure
from assistant.text import normalise

LIKE = 85
"""Likeness, of 100, from which a name answers the words: one letter wrong in a word of six."""
MOST = 12
SMALL = frozenset(
    "a ai au aux avec avoir c ce ces comment d dans de des du elle en est et etre faire faut il j je l la le les leur ma me "
    "mes mon n ne nous on ou par pas pour qu que quel quelle qui sa se ses son suis sur un une veux voudrais vous y".split()
)
"""Words that say nothing of the subject."""
T = TypeVar("T", Procedure, Partner, LifeEvent)


@dataclass(frozen=True)
class Found:
    """What answers the words, best first."""

    procedures: tuple[Procedure, ...] = ()
    partners: tuple[Partner, ...] = ()
    events: tuple[LifeEvent, ...] = ()


def search(catalogue: Catalogue, words: str) -> Found:
    """What has a title, a name or an alias like `words`, spelling aside; at most twelve of each."""
    said = _telling(words)
    if not said:
        return Found()
    return Found(
        _best(said, catalogue.procedures.values(), lambda p: (p.title, p.official_title, *p.aliases)),
        _best(said, catalogue.partners.values(), lambda p: (p.name, p.full_name, *p.aliases)),
        _best(said, catalogue.events.values(), lambda e: (e.title, *e.aliases)),
    )


def _best(said: str, items: Iterable[T], names: Callable[[T], Iterable[str]]) -> tuple[T, ...]:
    scored = [(_likeness(said, names(item)), item) for item in items]
    kept = sorted((pair for pair in scored if pair[0][0] >= LIKE), key=lambda pair: pair[0], reverse=True)
    return tuple(item for _, item in kept[:MOST])


def _likeness(said: str, names: Iterable[str]) -> tuple[float, float]:
    """Best likeness of a name, word order and words too many aside; then of the whole, to order equals."""
    folded = [name for name in map(_telling, names) if name]
    scores = ((fuzz.token_set_ratio(said, name), fuzz.token_sort_ratio(said, name)) for name in folded)
    return max(scores, default=(0, 0))


def _telling(words: str) -> str:
    return " ".join(word for word in normalise(words).split() if word not in SMALL)
