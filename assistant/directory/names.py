"""Every form under which a commune may be written, and the search for the nearest form to a typo."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import process
from rapidfuzz.distance import OSA

from assistant.directory.models import Commune
from assistant.directory.text import ARTICLES, LINKS, fold

FULL, ALIAS_FULL = 100.0, 95.0
WITHOUT_ARTICLE, COMPACT, CONTENT = 3.0, 5.0, 7.0
"""What a form loses on the whole name: "havre", "luxeuillesbains", "bourg bresse"."""
SHORT, START = 88.0, 86.0
"""The name before its link ("luxeuil"), and any other beginning of it ("clermont")."""
SHORTEST_SHORT_FORM = 3
BITS = np.array([number.bit_count() for number in range(1 << 16)], dtype=np.uint8)
"""How many bits each 16-bit number has set."""
SAINTS = frozenset({"saint", "sainte", "saints", "saintes"})


@dataclass(frozen=True)
class Alias:
    """A former commune or a hamlet, with the code of the commune it now belongs to."""

    name: str
    code: str


@dataclass(frozen=True, slots=True)
class Form:
    """One way to write a commune; `score` is 100 for its own whole name."""

    code: str
    score: float
    name: str


class Names:
    """The forms of all communes by their folded text."""

    def __init__(self, communes: Sequence[Commune], aliases: Sequence[Alias]):
        self._forms: dict[str, list[Form]] = {}
        self._compact: dict[str, list[Form]] = {}
        for commune in communes:
            if commune.parent_code is None:
                self._add(commune.code, commune.name, FULL)
        for alias in aliases:
            self._add(alias.code, alias.name, ALIAS_FULL)
        # a short form is too far from the whole name for a typo to count on top of it, except before a link
        self._keys = sorted((key for key, forms in self._forms.items() if _typed(forms)), key=len)
        self._lengths = [len(key) for key in self._keys]
        self._letters = np.array([_letters(key) for key in self._keys], dtype=np.uint32)

    def exact(self, key: str) -> list[Form]:
        """The forms written just so, the best one of each commune."""
        return self._forms.get(key, [])

    def compact(self, key: str) -> list[Form]:
        """The forms written so when spaces do not count."""
        return self._compact.get(key.replace(" ", ""), [])

    def close(self, key: str) -> list[tuple[int, Form]]:
        """The forms within a few typing errors, with how many."""
        errors = errors_allowed(key)
        near = process.extract(key, self._candidates(key, errors), scorer=OSA.distance, score_cutoff=errors, limit=None)
        return [
            (int(distance), form) for name, distance, _ in near for form in self._forms[name] if form.score >= SHORT
        ]

    def _candidates(self, key: str, errors: int) -> list[str]:
        """The keys of about that length and of about those letters: an error changes two letters of the set at most."""
        first = bisect_left(self._lengths, len(key) - errors)
        last = bisect_right(self._lengths, len(key) + errors)
        differing = self._letters[first:last] ^ _letters(key)
        counts = BITS[differing & 0xFFFF] + BITS[differing >> 16]
        return [self._keys[first + position] for position in np.flatnonzero(counts <= 2 * errors)]

    def _add(self, code: str, name: str, score: float) -> None:
        key = fold(name)
        for form_key, form_score in _forms_of(key, score):
            _put(self._forms, form_key, Form(code, form_score, name))
        _put(self._compact, key.replace(" ", ""), Form(code, score - COMPACT, name))


def _letters(key: str) -> np.uint32:
    """The set of its letters, a bit each."""
    return np.uint32(sum({1 << (ord(letter) - ord("a")) for letter in key if "a" <= letter <= "z"}))


def errors_allowed(key: str) -> int:
    """Typing errors a text of that length may hold."""
    return min(3, max(0, (len(key) - 1) // 3))


def _forms_of(key: str, score: float) -> Iterator[tuple[str, float]]:
    words = key.split()
    yield key, score
    if words[0] in ARTICLES and len(words) > 1:
        yield " ".join(words[1:]), score - WITHOUT_ARTICLE
    content = [word for word in words if word not in LINKS]
    if len(content) > 1:
        yield " ".join(content), score - CONTENT
    if score == FULL:
        yield from _beginnings(words)


def _beginnings(words: list[str]) -> Iterator[tuple[str, float]]:
    for end in range(1, len(words)):
        last, key = words[end - 1], " ".join(words[:end])
        if last in LINKS or last in SAINTS or len(key) < SHORTEST_SHORT_FORM:
            continue
        yield key, SHORT if words[end] in LINKS else START


def _put(forms: dict[str, list[Form]], key: str, form: Form) -> None:
    held = forms.setdefault(key, [])
    same = next((index for index, other in enumerate(held) if other.code == form.code), None)
    if same is None:
        held.append(form)
    elif held[same].score < form.score:
        held[same] = form


def _typed(forms: list[Form]) -> bool:
    return any(form.score >= SHORT for form in forms)
