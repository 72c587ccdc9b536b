"""Which language a message that is not French is written in, to answer with a sentence the person can read."""

import functools

from py3langid.langid import MODEL_FILE, LanguageIdentifier

SPOKEN = ("ar", "de", "en", "es", "it", "pl", "pt", "ro", "ru", "tr", "uk")
"""Languages that have a sentence of their own (`utter_langue_…`)."""
OTHERS = ("fr", "nl", "sq", "zh", "ta", "ka", "fa", "bg")
"""Languages told apart from those, so that they are not taken for one of them."""
SURE = 0.6


def language_of(text: str) -> str | None:
    """ISO 639-1 code, where the language is one of `SPOKEN` and sure."""
    language, probability = _identifier().classify(text)
    return language if language in SPOKEN and probability >= SURE else None


@functools.cache
def _identifier() -> LanguageIdentifier:
    # read at the first foreign message: most processes never see one
    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([*SPOKEN, *OTHERS])
    return identifier
