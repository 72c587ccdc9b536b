"""Odd words pulled to our own lexicon, by a noisy channel: general spell-checkers turn caf into car, rsa into sa.

A word costs what it is rare, what was slipped to type it, and less where it was met beside its neighbours.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from heapq import nsmallest
from itertools import pairwise
from math import exp, log, log1p
from operator import attrgetter
from typing import NamedTuple

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 3
"""Letters of what may be a mistake: "cde" is code."""
TARGET = 4
"""Letters of what a mistake may stand for: shorter words have too many neighbours."""
LONG = 8
"""Length from which two slips are forgiven, whatever the word."""
USUAL = 40
"""Times met from which a word is no mistake, and from which two slips towards it are forgiven in shorter ones: "pemri" is permis."""
SLIP = 4.0
"""A slip weighs as much as being fifty times rarer."""
NEIGHBOUR = 0.7
"""What each neighbour's word is worth against the word's own frequency."""
FRENCH = 5
"""Times that a frequent French word is taken to have been met, whatever the sentences."""
UNKNOWN = 6.0
"""Cost of leaving a word that nobody ever met."""
GROWN = 2.0
"""Cost of a forgotten space or apostrophe."""
ELIDED, VOWELS = "cdjlmnst", "aeiouyh"
AT_MOST = 40
"""Words corrected in a message; beyond, time would grow with its length."""
AT_ONCE = 512
"""Words compared together: half a million comparisons, a byte each."""
KEPT = 8
"""Meanings of a word, the likeliest, between which its neighbours choose."""

PATHS = 12
"""Corrections of a text that are followed side by side."""
OTHERS, CLOSE = 3, 3.0
"""How many other corrections of a text are read beside the best one, and by how much they may cost more."""
TRUST = 0.5
"""How fast another correction counts less as it costs more: e to the minus this times the difference."""

Meanings = list[tuple[float, str]]
"""Cost and word, cheapest first."""
Corrections = list[tuple[float, str]]
"""Weight and text, the likeliest first; the weights add up to one."""


class _Path(NamedTuple):
    """The words chosen so far, linked backwards: what they cost together, and the last one."""

    cost: float
    word: str
    before: _Path | None
    meant: str = ""
    """The last choice as a whole: a forgotten space makes it two words."""

    def text(self) -> str:
        """The words in order."""
        words: list[str] = []
        path: _Path | None = self
        while path is not None and path.before is not None:
            words.append(path.meant)
            path = path.before
        return " ".join(reversed(words))


_cost_of = attrgetter("cost")


class Spelling:
    """A lexicon of folded words, which of them stand side by side, and whatever else is known not to be a mistake."""

    def __init__(self, counts: Counter[str], pairs: Counter[tuple[str, str]], known: Callable[[str], bool]):
        self._counts, self._pairs, self._known = counts, pairs, known
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word, count in counts.most_common():
            if count > 2 and len(word) >= TARGET and word.isalpha():
                self._by_length[len(word)].append(word)

    @classmethod
    def of(cls, texts: Sequence[str], known: Callable[[str], bool]) -> Spelling:
        """The lexicon of normalised texts: words met three times may be corrected to."""
        counts = Counter(word for text in texts for word in text.split())
        pairs = Counter(pair for text in texts for pair in pairwise(text.split()))
        return cls(counts, pairs, known)

    def correct(self, text: str) -> str:
        """The normalised text with its odd words replaced by what was likely meant, which may be themselves."""
        return self.correct_all([text])[0]

    def correct_all(self, texts: Sequence[str]) -> list[str]:
        """Many texts at once: words of one length are compared together, six times sooner than one by one."""
        return [corrections[0][1] for corrections in self.corrections(texts)]

    def corrections(self, texts: Sequence[str]) -> list[Corrections]:
        """What each text may have been: its best correction, and a few that take one word otherwise at little cost."""
        split = [text.split() for text in texts]
        odd = [[i for i, word in enumerate(words) if self._is_odd(word)][:AT_MOST] for words in split]
        meanings = self._meanings({words[i] for words, at in zip(split, odd, strict=True) for i in at})
        return [self._read(words, {i: meanings[words[i]] for i in at}) for words, at in zip(split, odd, strict=True)]

    def _read(self, words: list[str], meanings: Mapping[int, Meanings]) -> Corrections:
        """The corrections of a text whose odd words are at these positions: each word weighed beside those chosen before it."""
        paths = [_Path(0.0, "", None)]
        for at, word in enumerate(words):
            possible = meanings.get(at) or [(0.0, word)]
            following = [self._after(path, own, meant) for path in paths for own, meant in possible]
            paths = nsmallest(PATHS, following, key=_cost_of) if len(following) > PATHS else following
        best, *others = sorted(paths, key=_cost_of)[: OTHERS + 1]
        near = [best, *(path for path in others if path.cost - best.cost < CLOSE)]
        weights = [exp(-TRUST * (path.cost - best.cost)) for path in near]
        return [(weight / sum(weights), path.text()) for weight, path in zip(weights, near, strict=True)]

    def _after(self, path: _Path, own: float, meant: str) -> _Path:
        """The path that goes on with this word, cheaper where the two were met side by side."""
        first, _, last = meant.partition(" ")
        met = self._pairs[path.word, first] if path.before else 0
        return _Path(path.cost + own - NEIGHBOUR * log1p(met), last or first, path, meant)

    def _is_odd(self, word: str) -> bool:
        return len(word) >= SHORTEST and word.isalpha() and self._counts[word] < USUAL

    def _meanings(self, words: Iterable[str]) -> dict[str, Meanings]:
        by_length: dict[int, list[str]] = defaultdict(list)
        for word in words:
            by_length[len(word)].append(word)
        found: dict[str, Meanings] = {}
        for length, of_length in by_length.items():
            near = self._near(length)
            for some in (of_length[start : start + AT_ONCE] for start in range(0, len(of_length), AT_ONCE)):
                slips = process.cdist(some, near, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)
                for word, row in zip(some, slips, strict=True):
                    found[word] = self._costs(word, [(near[i], int(row[i])) for i in np.flatnonzero(row <= 2)])
        return found

    def _near(self, length: int) -> list[str]:
        """The words that two slips may turn into one of this length."""
        return [word for other in range(length - 2, length + 3) for word in self._by_length.get(other, ())]

    def _costs(self, word: str, near: Iterable[tuple[str, int]]) -> Meanings:
        """What the word may mean: itself, a word that slips turn into it, or two words that grew together."""
        met = self._counts[word] + (FRENCH if self._known(word) else 0)
        meanings = [(-log(met) if met else UNKNOWN, word)]
        meanings += [(self._cost(w, word, slips), w) for w, slips in near if slips and self._may_be(w, word, slips)]
        rest = word[1:]
        if not met and word[0] in ELIDED and rest[0] in VOWELS and self._counts[rest] > 1:
            meanings.append((GROWN - log(self._counts[rest]), f"{word[0]} {rest}"))
        return sorted(meanings)[:KEPT]

    def _cost(self, meant: str, word: str, slips: int) -> float:
        """The first letter is seldom the wrong one."""
        return SLIP * slips + (meant[0] != word[0]) - log(self._counts[meant])

    def _may_be(self, meant: str, word: str, slips: int) -> bool:
        return slips < 2 or len(word) >= LONG or (len(word) > TARGET and self._counts[meant] >= USUAL)
