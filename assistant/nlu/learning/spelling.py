"""Unknown words pulled to the nearest word of our own lexicon: general spell-checkers turn caf into car, rsa into sa."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from math import log

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4
"""Shorter words have too many neighbours."""
LONG = 8
"""Length from which two slips are forgiven, whatever the word."""
USUAL = 40
"""Times a word must be met for two slips to be forgiven in shorter ones: "pemri" is permis."""
ELIDED, VOWELS = "cdjlmnst", "aeiouyh"
AT_MOST = 40
"""Words corrected in a message; beyond, time would grow with its length."""
AT_ONCE = 512
"""Mistakes compared together: half a million comparisons, a byte each."""


class Spelling:
    """A lexicon of folded words, and whatever else is known not to be a mistake."""

    def __init__(self, counts: Counter[str], known: Callable[[str], bool]):
        self._counts, self._known = counts, known
        self._by_length: dict[int, list[str]] = defaultdict(list)
        for word, count in counts.most_common():
            if count > 1 and len(word) >= SHORTEST and word.isalpha():
                self._by_length[len(word)].append(word)

    @classmethod
    def of(cls, texts: Iterable[str], known: Callable[[str], bool]) -> Spelling:
        """The lexicon of normalised texts: words met twice may be corrected to."""
        return cls(Counter(word for text in texts for word in text.split()), known)

    def correct(self, text: str) -> str:
        """The normalised text with its unknown words replaced by their nearest neighbour, where there is one."""
        return self.correct_all([text])[0]

    def correct_all(self, texts: Sequence[str]) -> list[str]:
        """Many texts at once: words of one length are compared together, six times sooner than one by one."""
        split = [text.split() for text in texts]
        unknown = [[i for i, word in enumerate(words) if self._is_mistake(word)][:AT_MOST] for words in split]
        mended = self._nearest({words[i] for words, at in zip(split, unknown, strict=True) for i in at})
        for words, at in zip(split, unknown, strict=True):
            for i in at:
                words[i] = mended[words[i]]
        return [" ".join(words) for words in split]

    def _is_mistake(self, word: str) -> bool:
        return len(word) >= SHORTEST and word.isalpha() and word not in self._counts and not self._known(word)

    def _nearest(self, mistakes: Iterable[str]) -> dict[str, str]:
        """Mistake → the word that was meant, or itself."""
        by_length: dict[int, list[str]] = defaultdict(list)
        for word in mistakes:
            by_length[len(word)].append(word)
        found: dict[str, str] = {}
        for length, words in by_length.items():
            near = self._near(length)
            for some in (words[start : start + AT_ONCE] for start in range(0, len(words), AT_ONCE)):
                slips = process.cdist(some, near, scorer=OSA.distance, score_cutoff=2, dtype=np.uint8)
                for word, row in zip(some, slips, strict=True):
                    found[word] = self._meant(word, [(near[i], int(row[i])) for i in np.flatnonzero(row <= 2)])
        return found

    def _near(self, length: int) -> list[str]:
        """The words that two slips may turn into one of this length."""
        return [word for other in range(length - 2, length + 3) for word in self._by_length.get(other, ())]

    def _meant(self, word: str, near: Iterable[tuple[str, int]]) -> str:
        """The nearest word by slips of the finger, of two as near the usual one; or two words that grew together."""
        likely = [(self._cost(w, word, slips), w) for w, slips in near if self._may_be(w, word, slips)]
        best = min(likely)[1] if likely else None
        rest = word[1:]
        grown = word[0] in ELIDED and rest[0] in VOWELS and self._counts[rest] > 1
        if grown and (best is None or self._counts[rest] >= self._counts[best]):
            return f"{word[0]} {rest}"
        return best or word

    def _cost(self, candidate: str, word: str, slips: int) -> float:
        """A slip weighs as much as being fifty times rarer; the first letter is seldom the wrong one."""
        return 4 * slips + (candidate[0] != word[0]) - log(self._counts[candidate])

    def _may_be(self, candidate: str, word: str, slips: int) -> bool:
        return slips < 2 or len(word) >= LONG or (len(word) > SHORTEST and self._counts[candidate] >= USUAL)
