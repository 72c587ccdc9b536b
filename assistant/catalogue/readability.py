"""How hard a French text is to read, one sentence at a time."""

import re

SENTENCE_END = re.compile(r"(?<=[.!?…])\s+(?=[«(\"A-ZÀÂÇÉÈÊÎÔ0-9])")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
SPELLED = re.compile(r"[A-Z]{2,3}|[B-DF-HJ-NP-TV-XZ]{4,5}")
"""RSA, MDPH are said letter by letter; Caf, ANTS as words."""
VOWELS = "aeiouyàâäéèêëîïôöùûüœæ"


def sentences(text: str) -> list[str]:
    """The sentences of a text, cut after . ! ? … before a capital or a figure."""
    return [part.strip() for part in SENTENCE_END.split(text) if words(part)]


def words(text: str) -> list[str]:
    """The words of a text: an elided article belongs to the next word, a hyphen parts two."""
    return WORD.findall(text)


def syllables(word: str) -> int:
    """About how many syllables a word has when said: groups of vowels, without the silent e of its end.

    A figure counts as one a digit, a short abbreviation as one a letter. The silent -ent of verbs is not told from that
    of nouns.
    """
    if SPELLED.fullmatch(word):
        return len(word)
    said = re.sub(r"es?$", "", word.lower()) or word.lower()
    said = re.sub(r"qu|gu(?=[eéèêiy])", "q", said)
    # a y between two vowels, an é before one, a diaeresis: two syllables
    said = re.sub(rf"(?<=[{VOWELS}])y(?=[{VOWELS}])|(?<=é)(?=[{VOWELS}])|(?=[ïëü])", "-", said)
    return max(1, len(re.findall(rf"[{VOWELS}]+|\d", said)))


def score(text: str) -> float:
    """From about 0, very hard, to 100, very easy: 207 - 1.015 × words a sentence - 73.6 × syllables a word.

    Kandel and Moles's adaptation of Flesch's Reading Ease to French (Application de l'indice de Flesch à la langue
    française, Cahiers d'études de radio-télévision 19, 1958). A sentence of one or two long words can fall below 0.
    """
    found = words(text)
    if not found:
        return 100.0
    per_sentence = len(found) / max(1, len(sentences(text)))
    return 207 - 1.015 * per_sentence - 73.6 * sum(map(syllables, found)) / len(found)
