"""The one way texts are made comparable: lower case, no accents, SMS spellings written out."""

import re

from anyascii import anyascii

_WORD = re.compile(r"[a-z0-9]+")

SMS = {
    "g": "j ai",
    "jai": "j ai",
    "c": "c est",
    "cé": "c est",
    "ce": "ce",
    "chui": "je suis",
    "jsui": "je suis",
    "jsuis": "je suis",
    "chuis": "je suis",
    "j": "j",
    "jpe": "je peux",
    "jpeu": "je peux",
    "jpeux": "je peux",
    "jve": "je veux",
    "jveu": "je veux",
    "jveux": "je veux",
    "jvoudrai": "je voudrais",
    "jvoudré": "je voudrais",
    "jvoudre": "je voudrais",
    "jsai": "je sais",
    "jsé": "je sais",
    "jcp": "je ne sais pas",
    "jsp": "je ne sais pas",
    "chepa": "je ne sais pas",
    "koi": "quoi",
    "kwa": "quoi",
    "ki": "qui",
    "ke": "que",
    "kan": "quand",
    "kand": "quand",
    "kel": "quel",
    "kelle": "quelle",
    "keske": "qu est ce que",
    "kes": "qu est",
    "kon": "qu on",
    "kil": "qu il",
    "pr": "pour",
    "pk": "pourquoi",
    "pkoi": "pourquoi",
    "pq": "pourquoi",
    "tjr": "toujours",
    "tjrs": "toujours",
    "tt": "tout",
    "ts": "tous",
    "bcp": "beaucoup",
    "qd": "quand",
    "ds": "dans",
    "dc": "donc",
    "ms": "mais",
    "mr": "monsieur",
    "m": "m",
    "mme": "madame",
    "rdv": "rendez vous",
    "rv": "rendez vous",
    "rendévou": "rendez vous",
    "rendevou": "rendez vous",
    "stp": "s il te plait",
    "svp": "s il vous plait",
    "slt": "salut",
    "bjr": "bonjour",
    "bsr": "bonsoir",
    "mrc": "merci",
    "mci": "merci",
    "dem": "demande",
    "pb": "probleme",
    "tel": "telephone",
    "po": "pas",
    "pa": "pas",
    "ya": "il y a",
    "y a": "il y a",
    "fo": "faut",
    "fodra": "faudra",
    "fair": "faire",
    "doc": "document",
    "docs": "documents",
    "apré": "apres",
    "apre": "apres",
    "osi": "aussi",
    "ossi": "aussi",
    "alé": "aller",
    "peu": "peux",
    "ve": "veux",
    "veu": "veux",
    "é": "et",
    "sui": "suis",
    "impo": "impot",
    "impos": "impots",
    "retrete": "retraite",
    "retraitte": "retraite",
    "permi": "permis",
    "kart": "carte",
    "cart": "carte",
    "vital": "vitale",
    "cni": "carte identite",
    "qqn": "quelqu un",
    "qqun": "quelqu un",
    "2m1": "demain",
    "2main": "demain",
    "mdp": "mot de passe",
    "hachelem": "hlm",
    "achelem": "hlm",
    "ashelem": "hlm",
    "hlem": "hlm",
    "eressa": "rsa",
    "erressa": "rsa",
    "fere": "faire",
    "ferre": "faire",
    "1": "1",
    "2": "2",
}


_ITSELF = frozenset(short for short, full in SMS.items() if short == full)
"""Words that an accent alone tells from an SMS spelling ("ce" from "cé"): folded they are words."""


def fold(text: str) -> str:
    """Lower case, without accents or punctuation, words one space apart: for comparing."""
    return " ".join(_WORD.findall(anyascii(text).lower()))


def normalise(text: str) -> str:
    """`fold`, with SMS spellings written out and the Caf's full name as its acronym: for learning and recognising."""
    written = " ".join(_SMS_FOLDED.get(word, word) for word in fold(text).split())
    # "c'est" is "c est" once folded, and its "c" was written out too
    return _CAF.sub("caf", written.replace("c est est ", "c est "))


_SMS_FOLDED = {anyascii(short): full for short, full in SMS.items() if anyascii(short) not in (full, *_ITSELF)}
_CAF = re.compile(r"\bcaisses? (?:d|des) allocations? familiales?\b")
"""Taken as "family allowances", which are one of its forty benefits, it would be another request."""
