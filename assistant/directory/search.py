"""Communes by what people type: names, former names, short forms, postcodes, arrondissements, typos."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import log10
from statistics import fmean

from assistant.directory.common_words import words_of
from assistant.directory.departements import departement_at_end
from assistant.directory.distance import distance_km
from assistant.directory.models import Commune, Point
from assistant.directory.names import FULL, SAINTS, SHORT, START, Alias, Form, Names
from assistant.directory.text import ARTICLES, LINKS, departement_of, expand, fold, plain

DOMINANT_RATIO, DOMINANT_POPULATION = 20, 20_000
"""Of homonyms, one this much larger than the next is meant (Montreuil, 136 times); 9 to 17 times is still asked
(Saint-Pierre, Valence, Saint-André): in the national list few ratios lie between 17 and 23."""
RAISED_RATIO = 10
"""A city this much larger than all who bear the name in full may be meant by its beginning."""
SPELLED_RATIO = 5
ACCENTS = 2.0
"""What a name loses when its accents are not those that were typed."""
HELD = 82.0
TYPED = 94.0
"""What a short form counts when misspelt: "luxueil" is nearer to Luxeuil-les-Bains than to Lureuil."""
NEARLY_RIGHT = 85.0
"""From here a name with a département's name in it is a misspelt whole ("Romns-sur-Isère")."""
TYPO_MARGIN = 8.0
CLEAR_TYPO = 75.0
"""Below, a typo is proposed, never taken for certain."""
CLOSE_KM, CLOSE_RATIO = 40.0, 3.0
"""With a hint of where: certain when it is this near and the next is this many times as far."""
LONG_FORM_DISTANCE = 1.5
"""A longer name counts as this many times farther: "Saint-Martin" is meant before "Saint-Martin-du-Mont"."""
FILLERS = words_of(
    "a au aux en sur vers pres de du d des cote proche autour environs alentours dans commune ville mairie village "
    "secteur je j suis habite vis reside chez moi c est celui celle la le les l qui pas loin a partir depuis "
    "rdv rendez vous pour un une maintenant bonjour"
)
CORSICA = ("2A", "2B")
"""Their postcodes start with 20."""
ENDINGS = frozenset({"svp", "stp", "merci"})
_POSTCODE = re.compile(r"(?<!\d)(\d{2})[ .]?(\d{3})(?!\d)")
_IN_BRACKETS = re.compile(r"\(\s*(\d[\dAaBb]\d?)\s*\)")
_CEDEX = re.compile(r"\bcedex( \d{1,2})?\b")
_DISTRICT = re.compile(r"\b(arrondissement|arrdt|arrt|arr|ardt)\b")
_DEPARTEMENT = re.compile(r"\d[\dab]|9[78]\d")
_BESIDE = re.compile(r"(.+?) (?:(?:pas|non) loin|pres|a cote|cote|proche|autour|vers) (?:(?:de|d|du) )?(.+)")
_WORD = re.compile(r"[^\W_]+")
_ORDINAL = re.compile(r"(\d{1,2})(?:e|er|eme|ieme|ere)?")


@dataclass(frozen=True)
class CommuneMatch:
    """A commune that may be meant. `score` is 0–100; `matched_name` may be a former name: not to be shown."""

    commune: Commune
    score: float
    matched_name: str


@dataclass(frozen=True)
class CommuneSearch:
    """What a text may mean, best first, and the only reasonable commune where there is one."""

    query: str
    matches: tuple[CommuneMatch, ...] = ()
    certain: Commune | None = None


@dataclass(frozen=True)
class Query:
    """A text taken apart: the words of the name, and what narrows it."""

    text: str
    words: tuple[str, ...]
    postcode: str | None = None
    departement: str | None = None
    ending: tuple[str, ...] = ()
    """The words the département was read from, when it was named: they may be the end of a misspelt name."""


class CommuneFinder:
    """Finds communes; holds the national list in memory."""

    def __init__(self, communes: Mapping[str, Commune], aliases: Sequence[Alias]):
        self.communes = communes
        self.names = Names(list(communes.values()), aliases)
        self._by_postcode: dict[str, list[Commune]] = {}
        self._districts: dict[tuple[str, int], Commune] = {}
        for commune in communes.values():
            for postcode in commune.postcodes:
                self._by_postcode.setdefault(postcode, []).append(commune)
            if commune.parent_code:
                name, number = plain(commune.name).split()[:2]
                self._districts[name, int(number.rstrip("er"))] = commune

    def search(self, text: str, limit: int = 5, near: Point | None = None) -> CommuneSearch:
        """The communes a text may name, the nearest to `near` first where it is given."""
        query = self.parse(text)
        district = self.district(query.words)
        if district:
            return CommuneSearch(text, (CommuneMatch(district, FULL, district.name),), district)
        matches, certain, elsewhere = self._named(query) if query.words else ([], None, None)
        if not matches and query.words and (beside := self._beside(text, limit)):
            return beside
        if not matches and query.postcode:
            matches = self._of_postcode(query.postcode)
            certain = matches[0].commune if len(matches) == 1 and matches[0].score == FULL else None
        if near or elsewhere:
            return _by_distance(text, matches, limit, near or elsewhere, settle=bool(near))
        return CommuneSearch(text, tuple(matches[:limit]), certain)

    def parse(self, text: str) -> Query:
        """The name's words, the postcode and the département that a text holds."""
        bracketed = _IN_BRACKETS.search(text)
        departement = bracketed[1].upper() if bracketed else None
        words = _DISTRICT.sub(" ", _CEDEX.sub(" ", plain(_IN_BRACKETS.sub(" ", text))))
        code = _POSTCODE.search(words)
        words = _POSTCODE.sub(" ", words, count=1)
        names = [word for word in words.split() if word not in ENDINGS] or words.split()
        ending: list[str] = []
        if not departement and len(names) > 1 and not self.district(names):
            departement, names, ending = self._departement_in(names)
        return Query(text, tuple(names), code[1] + code[2] if code else None, departement, tuple(ending))

    def _departement_in(self, names: list[str]) -> tuple[str | None, list[str], list[str]]:
        """The département named or numbered among the words, the words before it, and those that name it."""
        number = next((name for name in names if _DEPARTEMENT.fullmatch(name)), None)
        if number:
            return number.upper(), [name for name in names if name != number], []
        named = departement_at_end(names)
        if not named or self.names.exact(expand(names)):
            return None, names, []
        start, code = named
        while start > 1 and names[start - 1] in LINKS:
            start -= 1
        return code, names[:start], names[start:]

    def district(self, words: Iterable[str]) -> Commune | None:
        """The arrondissement of "paris 15", "15e paris"; None where the words are something else."""
        kept = [word for word in words if word not in FILLERS]
        if len(kept) == 3 and kept[2] in ("e", "er", "eme", "ieme"):
            kept = kept[:2]
        if len(kept) != 2:
            return None
        for city, number in (kept, reversed(kept)):
            found = _ORDINAL.fullmatch(number)
            if found and (city, int(found[1])) in self._districts:
                return self._districts[city, int(found[1])]
        return None

    def known_postcode(self, postcode: str) -> bool:
        """Whether some commune has it."""
        return postcode in self._by_postcode

    def _named(self, query: Query) -> tuple[list[CommuneMatch], Commune | None, Point | None]:
        """What bears that name, the certain one, and where to rank from when the département has no such name."""
        if query.ending:
            whole = self._typos(Query(query.text, query.words + query.ending))
            if whole and whole[0].score >= NEARLY_RIGHT:
                return whole, _certain_typo(whole), None
        forms = self._exact(query)
        narrowed = [form for form in forms if _fits(self.communes[form.code], query)]
        narrowed = [f for f in narrowed if query.postcode in self.communes[f.code].postcodes] or narrowed
        if narrowed:
            return _ranked([self._match(form) for form in narrowed])
        held = self._holding(query)
        if held:
            return held, held[0].commune if len(held) == 1 else None, None
        if forms:
            matches, _, _ = _ranked([self._match(form) for form in forms])
            return matches, None, self._centre(query)
        matches = self._typos(query)
        return matches, _certain_typo(matches), None

    def _match(self, form: Form) -> CommuneMatch:
        return CommuneMatch(self.communes[form.code], form.score, form.name)

    def _exact(self, query: Query) -> list[Form]:
        """The forms written so, accents left aside; those whose accents differ score a little less."""
        written = _spelled(query.text)
        for words in _without_fillers(query.words):
            key = expand(list(words))
            found = {form.code: form for form in self.names.compact(key)}
            for form in self.names.exact(key):
                if form.code not in found or form.score > found[form.code].score:
                    found[form.code] = form
            if found:
                return [
                    form if form.score < FULL or _spelled(form.name) in written else replace(form, score=FULL - ACCENTS)
                    for form in found.values()
                ]
        return []

    def _holding(self, query: Query) -> list[CommuneMatch]:
        """The département's communes whose name holds all the words: "saint martin 70" is La Résie-Saint-Martin."""
        *_, words = _without_fillers(query.words)
        wanted = expand(list(words)).split()
        if not (query.departement or query.postcode):
            return []
        return [
            CommuneMatch(commune, HELD, commune.name)
            for commune in self.communes.values()
            if _fits(commune, query) and set(wanted) <= set(fold(commune.name).split())
        ]

    def _centre(self, query: Query) -> Point | None:
        points = [commune.point for commune in self.communes.values() if _fits(commune, query)]
        if not points:
            return None
        return Point(fmean(point.latitude for point in points), fmean(point.longitude for point in points))

    def _beside(self, text: str, limit: int) -> CommuneSearch | None:
        """ "saint martin près de Lure": the homonyms ranked by distance from the second commune."""
        found = _BESIDE.fullmatch(plain(text))
        if not found or all(word in FILLERS for word in found[1].split()):
            return None
        near = self.search(found[2]).certain
        return replace(self.search(found[1], limit, near.point), query=text) if near else None

    def _typos(self, query: Query) -> list[CommuneMatch]:
        words = list(_without_fillers(query.words))
        for kept in (words[0], words[-1]) if len(words) > 1 else words:
            key = expand(list(kept))
            found: dict[str, CommuneMatch] = {}
            for errors, form in self.names.close(key):
                score = round(max(form.score, TYPED) * (1 - errors / max(len(key), 4)), 1)
                known = found.get(form.code)
                if _fits(self.communes[form.code], query) and (known is None or known.score < score):
                    found[form.code] = CommuneMatch(self.communes[form.code], score, form.name)
            if found:
                return sorted(found.values(), key=lambda match: -_likelihood(key, match))
        return []

    def _of_postcode(self, postcode: str) -> list[CommuneMatch]:
        """By population; a city gives way to its arrondissement. A CEDEX differs from its town's by the last digits."""
        communes, score = self._by_postcode.get(postcode, []), FULL
        if not communes:
            communes, score = self._by_postcode.get(f"{postcode[:3]}00", []), START
        parents = {commune.parent_code for commune in communes}
        kept = sorted((c for c in communes if c.code not in parents), key=lambda c: -c.population)
        return [CommuneMatch(commune, score, commune.name) for commune in kept]


def _ranked(matches: list[CommuneMatch]) -> tuple[list[CommuneMatch], Commune | None, None]:
    """Best first, by score then population, and the certain one.

    A city ten times larger than all who bear the name is put among them, and is then asked about ("bourg" may be
    Bourg-en-Bresse).
    """
    ranked = sorted(matches, key=lambda match: (-_tier(match), -match.commune.population))
    best = ranked[0]
    raised = [match for match in ranked if best.score > SHORT >= match.score and _is_city(match, best)]
    if raised:
        rest = [match for match in ranked if match not in raised]
        return [replace(match, score=best.score) for match in raised] + rest, None, None
    return ranked, _certain(ranked), None


def _tier(match: CommuneMatch) -> float:
    return FULL if match.score >= FULL - ACCENTS else match.score


def _is_city(match: CommuneMatch, best: CommuneMatch) -> bool:
    population = match.commune.population
    return population >= DOMINANT_POPULATION and population >= RAISED_RATIO * best.commune.population


def _certain(matches: list[CommuneMatch]) -> Commune | None:
    """The only reasonable one.

    Either no other commune bears the name, or this one dwarfs the others, or only this one is spelled so and it is
    larger (Lure, Luré). The name of a saint is also what people call longer names ("Saint-Martin-d'Hères"), so these
    then count as others.
    """
    best, *rest = matches
    others = [match for match in rest if match.score >= best.score - ACCENTS]
    if not others:
        return best.commune
    saint = plain(best.matched_name).split()[0] in SAINTS
    largest = max(match.commune.population for match in (rest if saint else others))
    spelled = not saint and all(match.score < best.score for match in others)
    if spelled and best.commune.population >= SPELLED_RATIO * largest:
        return best.commune
    return best.commune if _dominates(best.commune, largest) else None


def _certain_typo(matches: list[CommuneMatch]) -> Commune | None:
    """One clearly nearer than the next, or as near and much larger; of a very short text, only a city."""
    if not matches or matches[0].score < CLEAR_TYPO:
        return None
    best, *others = matches
    rivals = [match for match in others if match.score > best.score - TYPO_MARGIN]
    if not rivals and len(plain(best.matched_name)) > 4:
        return best.commune
    largest = max((match.commune.population for match in rivals), default=0)
    return best.commune if _dominates(best.commune, largest) else None


def _likelihood(key: str, match: CommuneMatch) -> float:
    """A town ten times larger weighs as much as three points of spelling; the first letter is seldom wrong."""
    return match.score + 3 * log10(1 + match.commune.population) + 4 * (fold(match.matched_name)[:1] == key[:1])


def _by_distance(text: str, matches: list[CommuneMatch], limit: int, near: Point | None, settle: bool) -> CommuneSearch:
    """Nearest first; certain, where it may be settled so, when one is close and the next far."""
    if near is None or not matches:
        return CommuneSearch(text, tuple(matches[:limit]))

    def far(match: CommuneMatch) -> float:
        km = distance_km(near, match.commune.point)
        return km if match.score > SHORT else km * LONG_FORM_DISTANCE

    ranked = sorted(((far(match), match) for match in matches), key=lambda pair: pair[0])
    first, second = ranked[0][0], ranked[1][0] if len(ranked) > 1 else float("inf")
    clear = settle and first <= CLOSE_KM and second >= CLOSE_RATIO * max(first, 1)
    found = tuple(match for _, match in ranked[:limit])
    return CommuneSearch(text, found, found[0].commune if clear else None)


def _dominates(commune: Commune, next_population: int) -> bool:
    return commune.population >= DOMINANT_POPULATION and commune.population >= DOMINANT_RATIO * next_population


def _spelled(text: str) -> str:
    """Lower case with accents kept, punctuation as spaces."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFC", text).lower()))


def _without_fillers(words: tuple[str, ...]) -> Iterable[tuple[str, ...]]:
    """The words, then the words after each leading filler in turn: "à côté de Lure", "côté de Lure", … "Lure"."""
    yield words
    for start in range(1, len(words)):
        if words[start - 1] not in FILLERS:
            return
        if words[start - 1] not in ARTICLES or len(words) > start:
            yield words[start:]


def _fits(commune: Commune, query: Query) -> bool:
    """Whether it is where the text says: of that postcode, or else in its département."""
    wanted = departement_of(query.postcode) if query.postcode else query.departement
    return not wanted or commune.departement in (CORSICA if wanted == "20" else (wanted,))
