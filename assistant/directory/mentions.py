"""Communes and postcodes named inside a sentence.

Many communes bear the name of an ordinary word ("Bus", "Eu", "La Carte"). What counts as naming one:

- a name that is no ordinary word: anywhere when it has several words or a capital, or is a town of some size;
- an ordinary word in lower case: only after words that announce a place, or as the whole message;
- a misspelt name: only after words that announce a place, or as the whole message.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from anyascii import anyascii

from assistant.directory.common_words import CIVILITIES, COMMON, FIRST_NAMES, NEVER, OFFICES, UNITS, words_of
from assistant.directory.departements import CODES
from assistant.directory.names import FULL, SAINTS, SHORT, Form
from assistant.directory.search import ACCENTS, CommuneFinder, CommuneSearch
from assistant.directory.text import ABBREVIATIONS, ARTICLES, LINKS

LONGEST_NAME = 9
"""Words in "Saint-Remy-en-Bouzemont-Saint-Genest-et-Isson"."""
KNOWN_TOWN, KNOWN_SHORT_FORM = 1_000, 5_000
"""Inhabitants from which a name in lower case, not announced, is taken for the town; and its short form."""
LIKELY_TYPO, PLAIN_TYPO = 75.0, 80.0
VILLAGE, TOWN = 1_000, 5_000
"""Inhabitants from which a misspelt name is believed: there is a village within two letters of most words."""
TYPO_TRIES = 3
"""Searches for typos in one message: each costs about a millisecond."""

HERE, ANNOUNCED, CERTAIN = 1, 2, 3
"""How much the words before it announce a place: with a capital only ("de"), plainly ("à"), surely ("commune de")."""
_VERBS = (
    r"habit(?:e|es|ons|ez|ent|ais|ait|aient|ant|er)|vi[st]|vivons|vivent|reside|resident|demeure|domiciliee?|dor[st]"
    r"|loge|logee|demenagee?|installee?|hebergee?"
)
_CERTAIN = re.compile(
    rf"(?:\b(?:{_VERBS})(?: (?:a|au|aux|sur|dans|vers|pres de))?"
    r"|\b(?:commune|mairie|ville|village|secteur|pres|proche|cote|autour|environs|alentours|loin) (?:de|d|du|des))$"
)
_NAMED = re.compile(r"\b(?:appelle|nomme|nom|nom est|prenom|prenom est)$")
_NOT_A_PLACE = re.compile(r"\b(?:il|elle|on|qui|y|l|m|t|s|n|ca|mere|pere|mari|femme|fils|fille|ex|maman|papa|caf) a$")
_ANNOUNCING = frozenset({"a", "au", "aux", "sur", "vers", "secteur", "direction"})
_TYPO_ANNOUNCING = frozenset({"a", "vers", "secteur", "sur"})
_OF = frozenset({"de", "d", "du", "des", "en", "dans", "chez", "services", "service", "c", "est"})
_INFINITIVE = re.compile(r"\w+(?:er|ir|oir|re)$")
_WORD = re.compile(r"[^\W_]+")
_POSTCODE = re.compile(
    r"(?<![\d.,+-])(?<!\d )(?:\d{5}|\d{2} \d{3})(?![.,]?\d)(?! \d)(?!\s*(?:€|e\b|eur))", re.IGNORECASE
)
_NUMBER = re.compile(r"(\d{1,2})(e|er|eme|ieme|ere)?")
_DISTRICTS = frozenset({"arrondissement", "arrondissements", "arrdt", "arrt", "arr", "ardt"})
_POLITE = words_of(
    "svp stp merci bonjour bonsoir oui alors donc euh ben bah plutot moi je suis j habite c est ce serait le la les l "
    "a au aux en sur vers de du d des pres cote proche ville commune village mairie maintenant plus"
)


@dataclass(frozen=True)
class Mention:
    """A piece of a text, by its positions, and what it may mean."""

    start: int
    end: int
    text: str
    search: CommuneSearch


@dataclass(frozen=True)
class Token:
    """A word of the text: as written, in plain ASCII, and with its abbreviation written out."""

    start: int
    end: int
    raw: str
    word: str
    key: str

    @property
    def capital(self) -> bool:
        """Whether it starts with one."""
        return self.raw[0].isupper()


Span = tuple[int, int]
"""Positions of the first token and of the one after the last."""


class MentionFinder:
    """Reads sentences with the names a `CommuneFinder` knows."""

    def __init__(self, finder: CommuneFinder):
        self._finder = finder

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """The communes and postcodes named in `text`, in order; none overlaps another."""
        sentence = Sentence(text)
        spans = self._spans(sentence)
        found = [Mention(start, end, text[start:end], self._finder.search(text[start:end])) for start, end in spans]
        return tuple(mention for mention in found if mention.search.matches)

    def _spans(self, sentence: "Sentence") -> list[Span]:
        names = self._names(sentence)
        names += self._typos(sentence, names)
        spans = [(sentence.tokens[first].start, sentence.end_of(last - 1)) for first, last in names]
        codes = [found for found in sentence.postcodes if self._finder.known_postcode(found[2])]
        return _joined(sentence.text, sorted(spans + [(start, end) for start, end, _ in codes]))

    def _names(self, sentence: "Sentence") -> list[Span]:
        spans: list[Span] = []
        position = 0
        while position < len(sentence.tokens):
            span = self._name_at(sentence, position)
            if span:
                spans.append(span)
            position = span[1] if span else position + 1
        return spans

    def _name_at(self, sentence: "Sentence", first: int) -> Span | None:
        """The longest name that starts there, with the arrondissement or département that belongs to it."""
        district = self._district_before(sentence, first)
        if district:
            return district
        for last in range(min(len(sentence.tokens), first + LONGEST_NAME), first, -1):
            forms = self._finder.names.exact(sentence.key(first, last))
            if forms and self._counts(sentence, (first, last), forms):
                return first, self._with_number(sentence, (first, last), forms)
        return None

    def _counts(self, sentence: "Sentence", span: Span, forms: Sequence[Form]) -> bool:
        """Whether that name, there, names a commune."""
        words = [word for word in sentence.words(span) if word not in LINKS]
        if not words or sentence.is_person(span):
            return False
        if self._district_after(sentence, span[1], words):
            return True
        announced = sentence.announced(span[0])
        if all(word in NEVER or len(word) == 1 for word in words):
            return (announced >= ANNOUNCED and sentence.capital(span)) or sentence.is_short_name(span)
        if words[0] not in SAINTS and all(word in COMMON or len(word) <= 2 for word in words):
            in_full = max(form.score for form in forms) >= FULL - ACCENTS
            return in_full and self._ordinary_counts(sentence, span, announced)
        if announced >= ANNOUNCED or sentence.capital(span) or sentence.is_whole(span):
            return True
        return self._known(words, forms)

    def _ordinary_counts(self, sentence: "Sentence", span: Span, announced: int) -> bool:
        if announced == CERTAIN or (sentence.is_whole(span) and not sentence.after_article(span[0])):
            return True
        # "à la retraite", "au travail", "aux impôts" are no places; "à Bourg", "au Port" are
        with_article = sentence.words(span)[0] in ARTICLES or sentence.after_article(span[0])
        if announced == ANNOUNCED:
            return sentence.capital(span) or not with_article
        return announced == HERE and sentence.capital(span) and not with_article

    def _known(self, words: list[str], forms: Sequence[Form]) -> bool:
        best = max(form.score for form in forms)
        population = max(self._finder.communes[form.code].population for form in forms if form.score == best)
        if len(words) > 1 and best > SHORT:
            return True
        if len(words[0]) <= 3 and len(words) == 1:
            return False
        if best <= SHORT:
            return population >= KNOWN_SHORT_FORM
        return best >= FULL - ACCENTS and population >= KNOWN_TOWN

    def _with_number(self, sentence: "Sentence", span: Span, forms: Sequence[Form]) -> int:
        """Where the name ends when an arrondissement or a département follows it."""
        words = [word for word in sentence.words(span) if word not in LINKS]
        district = self._district_after(sentence, span[1], words)
        if district:
            return district
        departements = {self._finder.communes[form.code].departement for form in forms}
        return sentence.after_departement(span, departements)

    def _district_after(self, sentence: "Sentence", position: int, words: list[str]) -> int | None:
        """After "paris": where "15", "15e", "15 ème arrondissement" ends; None where it is no arrondissement."""
        if position >= len(sentence.tokens) or len(words) != 1 or not sentence.adjacent(position):
            return None
        number = sentence.tokens[position].word
        if sentence.is_quantity(position) or not self._finder.district([words[0], number]):
            return None
        return sentence.after_district(position + 1)

    def _district_before(self, sentence: "Sentence", first: int) -> Span | None:
        """ "15e arrondissement de Paris", "3e à Lyon"; a bare number before the city is something else."""
        number = _NUMBER.fullmatch(sentence.tokens[first].word)
        if not number:
            return None
        after = sentence.after_district(first + 1)
        if not number[2] and after == first + 1:
            return None
        while after < len(sentence.tokens) and sentence.tokens[after].word in ("de", "d", "a"):
            after += 1
        if after < len(sentence.tokens) and self._finder.district([sentence.tokens[after].word, number[1]]):
            return first, after + 1
        return None

    def _typos(self, sentence: "Sentence", names: list[Span]) -> list[Span]:
        taken = {position for first, last in names for position in range(first, last)}
        found: list[Span] = []
        for first, last in sentence.misspelt(taken)[:TYPO_TRIES]:
            for end in dict.fromkeys((last, first + 1)):
                if self._is_typo(sentence, (first, end)):
                    found.append((first, end))
                    break
        return found

    def _is_typo(self, sentence: "Sentence", span: Span) -> bool:
        best = next(iter(self._finder.search(sentence.text_of(span)).matches), None)
        if best is None:
            return False
        score, population = sentence.typo_needs(span)
        return best.score >= score and best.commune.population >= population


class Sentence:
    """A text as words, and what the words around a name say of it."""

    def __init__(self, text: str):
        self.text = text
        self.tokens = list(_tokens(text))
        letters = [character for character in text if character.isalpha()]
        self._shouted = bool(letters) and sum(letter.isupper() for letter in letters) > 0.7 * len(letters)
        self._words = " ".join(token.word for token in self.tokens)
        self.postcodes = [(found.start(), found.end(), found[0].replace(" ", "")) for found in _POSTCODE.finditer(text)]

    def key(self, first: int, last: int) -> str:
        """The folded text of those tokens."""
        return " ".join(token.key for token in self.tokens[first:last])

    def words(self, span: Span) -> list[str]:
        """Their plain words."""
        return [token.word for token in self.tokens[span[0] : span[1]]]

    def text_of(self, span: Span) -> str:
        """What was written there."""
        return self.text[self.tokens[span[0]].start : self.tokens[span[1] - 1].end]

    def end_of(self, position: int) -> int:
        """Where that token ends, with the bracket it closes."""
        end = self.tokens[position].end
        opened = self.text[: self.tokens[position].start].endswith("(")
        return end + (opened and self.text[end : end + 1] == ")")

    def announced(self, position: int) -> int:
        """How much the words before that position announce a place."""
        if position and self.tokens[position - 1].word in ARTICLES:
            position -= 1
        if not position or self._stopped(position):
            return 0
        before = " ".join(token.word for token in self.tokens[max(0, position - 4) : position])
        if _CERTAIN.search(before):
            return CERTAIN
        word = self.tokens[position - 1].word
        if word in _ANNOUNCING and not (_NOT_A_PLACE.search(before) and self.tokens[position - 1].raw != "à"):
            return ANNOUNCED
        return HERE if word in _OF else 0

    def after_article(self, position: int) -> bool:
        """Whether an article, or "au" and "aux" which hold one, stands just before."""
        return position > 0 and self.tokens[position - 1].word in ARTICLES | {"au", "aux", "du", "des"}

    def capital(self, span: Span) -> bool:
        """Whether a capital there says something: not in a message in capitals, not at the start of a sentence."""
        first = next((i for i in range(*span) if self.tokens[i].word not in LINKS), span[0])
        return self.tokens[first].capital and not self._shouted and span[0] > 0 and not self._starts(span[0])

    def is_person(self, span: Span) -> bool:
        """Whether it follows a civility or a capital that is no ordinary word, as a family name does."""
        first = span[0]
        if not first or not self.adjacent(first):
            return False
        before = self.tokens[first - 1]
        if before.word in CIVILITIES and self.tokens[first].capital:
            return True
        if _NAMED.search(" ".join(token.word for token in self.tokens[max(0, first - 3) : first])):
            return True
        if self._shouted or not (before.capital and self.tokens[first].capital) or before.raw.isupper():
            return False
        if before.word in FIRST_NAMES:
            return True
        ordinary = before.word in COMMON and (first == 1 or self._starts(first - 1))
        return not ordinary and before.word not in OFFICES and before.word not in LINKS

    def is_whole(self, span: Span) -> bool:
        """Whether the message says nothing else."""
        others = self.tokens[: span[0]] + self.tokens[span[1] :]
        return all(token.word in _POLITE or _is_number(token.word) for token in others)

    def is_short_name(self, span: Span) -> bool:
        """Whether the message is a name of one or two letters with its capital: "Eu", "Y"."""
        token = self.tokens[span[0]]
        return token.capital and len(token.word) <= 2 and self.is_whole(span)

    def adjacent(self, position: int) -> bool:
        """Whether only a space, a comma, a hyphen or a bracket parts that token from the one before."""
        between = self.text[self.tokens[position - 1].end : self.tokens[position].start]
        return len(between) <= 3 and not between.strip(" ,(-'’")

    def is_quantity(self, position: int) -> bool:
        """Whether the number there counts something, or is part of a telephone number or an hour."""
        after = self.text[self.tokens[position].end :][:1]
        following = self.tokens[position + 1].word if position + 1 < len(self.tokens) else ""
        return after in ("€", "%", ":", "/") or following in UNITS or following.isdigit()

    def after_district(self, position: int) -> int:
        """The position after "ème" and "arrondissement", where they stand there."""
        for words in (frozenset({"e", "er", "eme", "ieme"}), _DISTRICTS):
            if position < len(self.tokens) and self.tokens[position].word in words:
                position += 1
        return position

    def after_departement(self, span: Span, departements: set[str]) -> int:
        """The position after a département that belongs to the name: "67", "(67)", "de la Réunion"."""
        after = span[1]
        if after >= len(self.tokens) or not self.adjacent(after) or self.is_quantity(after):
            return span[1]
        number = self.tokens[after].word.upper()
        if number in departements or (number in CODES.values() and self.is_whole(span)):
            return after + 1
        while after < len(self.tokens) and self.tokens[after].word in LINKS:
            after += 1
        for last in range(min(len(self.tokens), after + 4), after, -1):
            if CODES.get(" ".join(self.words((after, last)))) in departements:
                return last
        return span[1]

    def misspelt(self, taken: set[int]) -> list[Span]:
        """Where a misspelt name may stand: after an announcing word, or as the whole message."""
        spans = [
            span for span in map(self._unknown_at, range(len(self.tokens))) if span and not taken & set(range(*span))
        ]
        return [span for span in spans if self._may_be_typo(span)]

    def typo_needs(self, span: Span) -> tuple[float, int]:
        """The score and the population from which a misspelt name there is believed."""
        if self.announced(span[0]) == CERTAIN:
            return LIKELY_TYPO, 0
        sure = self.is_whole(span) or self.tokens[span[0] - 1].raw == "à" or self.tokens[span[0]].capital
        return (LIKELY_TYPO, VILLAGE) if sure else (PLAIN_TYPO, TOWN)

    def _may_be_typo(self, span: Span) -> bool:
        if self.is_whole(span):
            return True
        if self._shouted or self.announced(span[0]) < ANNOUNCED or self.after_article(span[0]):
            return False
        first, before = self.tokens[span[0]], self.tokens[span[0] - 1]
        if self.announced(span[0]) == CERTAIN:
            return True
        return before.word in _TYPO_ANNOUNCING and (first.capital or not _INFINITIVE.match(first.word))

    def _unknown_at(self, first: int) -> Span | None:
        """Up to four words from there that are no ordinary words."""
        if not self._unknown(first):
            return None
        if first and self._unknown(first - 1) and self.adjacent(first) and not self.announced(first):
            return None
        last = first + 1
        while last < min(len(self.tokens), first + 5) and self.adjacent(last) and self._continues(last):
            last += 1
        while self.tokens[last - 1].word in LINKS:
            last -= 1
        return first, last

    def _unknown(self, position: int) -> bool:
        word = self.tokens[position].word
        long_enough = len(word) >= 5 or word in ABBREVIATIONS or word in ("saint", "sainte")
        return word.isalpha() and long_enough and (word not in COMMON or word in ("saint", "sainte"))

    def _continues(self, position: int) -> bool:
        word = self.tokens[position].word
        return word in LINKS or word in ABBREVIATIONS or (word.isalpha() and word not in COMMON)

    def _starts(self, position: int) -> bool:
        return bool(re.search(r"[.!?\n]\s*$", self.text[: self.tokens[position].start]))

    def _stopped(self, position: int) -> bool:
        """Whether a sentence ends just before."""
        between = self.text[self.tokens[position - 1].end : self.tokens[position].start]
        return bool(re.search(r"[.!?\n;]", between))


def _tokens(text: str) -> Iterator[Token]:
    for found in _WORD.finditer(text):
        word = "".join(filter(str.isalnum, anyascii(found[0]).lower()))
        if word:
            yield Token(found.start(), found.end(), found[0], word, ABBREVIATIONS.get(word, word))


def _joined(text: str, spans: list[Span]) -> list[Span]:
    """Spans of characters; a postcode and the name beside it are one ("70200 Lure")."""
    joined: list[Span] = []
    for start, end in spans:
        if joined and start < joined[-1][1]:
            continue
        if (
            joined
            and _is_code(text, joined[-1]) != _is_code(text, (start, end))
            and _beside(text[joined[-1][1] : start])
        ):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def _is_code(text: str, span: Span) -> bool:
    return text[span[0] : span[1]].replace(" ", "").isdigit()


def _beside(between: str) -> bool:
    return len(between) <= 2 and not between.strip(" ,(-")


def _is_number(word: str) -> bool:
    return bool(re.fullmatch(r"\d{1,5}(?:e|er|eme)?|2[ab]", word))
