"""What a message says of place, moment and wishes, as slots."""

import re
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from actions.bridge import Conversation, Slots
from assistant.app import current
from assistant.directory.models import Commune
from assistant.nlu.moments import Moment, find_moments
from assistant.text import fold, normalise

FRANCE = ZoneInfo("Europe/Paris")
BOOKING_WORDS = ("rendez vous", "rendezvous", "creneau", "rdv")
ADDING_WORDS = ("aussi", "en plus", "egalement", "en meme temps")
PLACE_WORDS = frozenset("a au aux vers pres plutot cote commune habite".split())
NO_PHONE = re.compile(
    r"""\b(?:mais\s+)?(?:(?:je\s+)?n['’\s]?ai\s+|j['’\s]?ai\s+)?(?:pas|sans|aucun)(?:\s+de\b|\s+le\b|\s+d['’])?\s*
        (?:num[ée]ro\s+de\s+)?(?:t[ée]l[ée]phone|t[ée]l|portable|mobile|num[ée]ro)(?=\s*(?:$|[,.;:!?]|et\b|mais\b))""",
    re.IGNORECASE | re.VERBOSE,
)
BETWEEN_REQUESTS = re.compile(r"[,;.+]|\b(?:et|puis|ainsi que|et aussi|en plus)\b", re.IGNORECASE)
A_NAME = 3
"""Words of something that is only named: "et mon permis", "carte grise"."""
NEAR_WORDS = ("pres de", "cote de", "vers", "proche", "celui", "celle")


def wants_appointment(talk: Conversation) -> bool:
    """Whether the message asks for an appointment, or names the place or the moment of one."""
    said = normalise(talk.text)
    return any(word in said for word in BOOKING_WORDS)


def in_order_of_mention(talk: Conversation, procedures: list[str]) -> list[str]:
    """Several requests in the order they were said, each placed by the first word that speaks for it alone."""
    said = fold(talk.text).split()
    words = {name: _words_for(talk, name) for name in procedures}

    def place(name: str) -> int:
        others = set().union(*(words[other] for other in procedures if other != name))
        return next((i for i, word in enumerate(said) if word in words[name] - others), len(said))

    return sorted(procedures, key=place)


def _words_for(talk: Conversation, procedure: str) -> set[str]:
    """The words of the message that spoke for a procedure."""
    return set(fold(" ".join(talk.triage.get("because", {}).get(procedure, []))).split())


def part_about(talk: Conversation, procedure: str) -> str:
    """The part of a message of several requests that speaks of one: what is said of the others is no answer to it."""
    because = _words_for(talk, procedure)
    parts = _parts(talk.text)
    best = max(parts, key=lambda part: len(because & set(fold(part).split())))
    return best if because & set(fold(best).split()) else talk.text


def _parts(text: str) -> list[str]:
    """The message cut where one request ends; "et mon permis" has no verb of its own and stays with what precedes."""
    parts: list[str] = []
    for part in BETWEEN_REQUESTS.split(text):
        if parts and len(part.split()) <= A_NAME:
            parts[-1] = f"{parts[-1]} {part}"
        else:
            parts.append(part)
    return parts


def lacks_phone(talk: Conversation) -> bool:
    """Whether the person has no telephone, by the button or in words."""
    return talk.intent == "sans_telephone" or bool(NO_PHONE.search(talk.text))


def without_phone_words(text: str) -> str:
    """The text without "je n'ai pas de téléphone": what is left may be a name."""
    return NO_PHONE.sub(" | ", text)


def is_place_change(talk: Conversation) -> bool:
    """ "Plutôt à Gray": a place with a word that leads to it; a place alone may be somebody's name."""
    return talk.intent == "lieu" and bool(PLACE_WORDS & set(fold(talk.text).split()))


def misses_commune(talk: Conversation) -> bool:
    """Whether a message that should name a commune tried to, and names none that is known."""
    unread = talk.intent in ("hors_perimetre", "clarifier") and talk.sub in (None, "charabia")
    return unread or talk.intent in ("lieu", "contact", "ne_sait_pas")


def adds(talk: Conversation) -> bool:
    """Whether the message adds a request to the dossier rather than changing it."""
    said = f" {fold(talk.text)} "
    return any(f" {words} " in said for words in ADDING_WORDS)


def read_place(talk: Conversation) -> Slots:
    """The commune of the message: certain, or those to choose from. Empty where none is named."""
    if talk.intent == "choisir_commune":
        return _commune(str(talk.entity("commune")))
    mentions = talk.entities("lieu")
    if not mentions:
        return {}
    pending = talk.slot("communes_possibles")
    if pending and len(pending["codes"]) > 1 and any(words in fold(talk.text) for words in NEAR_WORDS):
        return _nearest_homonym(pending, mentions)
    sure = list(dict.fromkeys(m["certain"] for m in mentions if m.get("certain")))
    if len(sure) == 1:
        return _commune(sure[0])
    if sure:
        # "elle habite Jussey mais moi je suis à Dijon": two places, not two communes of one name
        return {"communes_possibles": {"query": "", "codes": sure[:6]}, "commune": None}
    codes = list(dict.fromkeys(code for m in mentions for code in m.get("communes", [])))
    return {"communes_possibles": {"query": mentions[0]["value"], "codes": codes[:6]}, "commune": None} if codes else {}


def _nearest_homonym(pending: dict[str, Any], mentions: list[dict[str, Any]]) -> Slots:
    """ "Celui près de Lure": the homonym nearest to the commune named beside it."""
    directory = current().directory
    beside = directory.commune(mentions[0]["certain"] or mentions[0]["communes"][0])
    found = directory.search(pending["query"], near=beside)
    # no homonym near there: the places near the commune named beside it are what helps
    return _commune((found.certain or beside).code)


def _commune(code: str) -> Slots:
    return {"commune": code, "communes_possibles": None, "place": None, "creneau": None, "essais": 0}


def commune_of(talk: Conversation) -> Commune | None:
    """The commune of the dossier."""
    code = talk.slot("commune")
    return current().directory.commune(code) if code else None


def read_wish(talk: Conversation) -> Slots:
    """The moment wished for: the words, and the instant they were said."""
    now = datetime.now(FRANCE)
    found = find_moments(talk.text, now) if talk.text else None
    if found is None or found.past:
        return {}
    return {"wish": {"text": talk.text, "said": now.isoformat()}, "depuis": None}


def wish_of(talk: Conversation) -> Moment | None:
    """The moment wished for, as it was meant when it was said."""
    wish = talk.slot("wish")
    return find_moments(wish["text"], datetime.fromisoformat(wish["said"])) if wish else None
