"""Which language a message that is not French is written in, to answer with a sentence the person can read."""

import pycld2

SPOKEN = ("ar", "de", "en", "es", "it", "pl", "pt", "ro", "ru", "tr", "uk")
"""Languages that have a sentence of their own (`utter_langue_…`)."""


def language_of(text: str) -> str | None:
    """ISO 639-1 code, where the language is one of `SPOKEN` and sure."""
    try:
        sure, _, (first, *_) = pycld2.detect(text, bestEffort=True)
    except (pycld2.error, UnicodeError):  # a text that is not Unicode has no language
        return None
    code = first[1]
    return code if sure and code in SPOKEN else None
