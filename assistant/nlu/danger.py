"""Words of danger: where one stands in a message, a slight suspicion of the model is enough to alert.

The model alone misses the short and misspelt ones, the words alone cry wolf ("mon chef va me tuer"): each corrects the other.
Patterns are matched on normalised text, so without accents; they were written from the training sentences.
"""

import re

_WHO = r"(?:me|m|te|nous|la|l|le|les|lui|se|s|leur|mon|ma|mes|sa|son|ses|elle|il|on)"
_HITS = r"(?:frapp|tap(?:e|er|es|ent|ait|ai)\b|battu|bat\b|battre|cogn|gifl|etrangl|brutalis|secou|mord|brul|enferm|sequestr|viol(?:e|ee|er|s)?\b|menac|insult|tortur|poignard|agress|harcel|pouss|touch|tripot|attouch)"
WORDS_OF_DANGER = re.compile(
    "|".join(
        (
            rf"\b{_WHO}(?: \w+){{0,2}} {_HITS}",
            r"\b(?:coups?|bleus?|hematome|oeil au beurre|marques?|traces?)\b",
            r"\b(?:violen\w*|maltrait\w*|inceste?\w*|pedophil\w*|attouch\w*|viole?e?s?|viol|agresse\w*|sequestr\w*|emprise)\b",
            r"\b(?:suicid\w*|pendre|en finir|finir avec (?:tout|la vie)|fin a (?:mes|ses) jours|plus (?:envie )?(?:de )?vivre|envie de mourir|veux mourir|vais mourir|mourir|me tuer|se tuer|me foutre en l air|disparaitre|sauter|veines|medocs|cachets|somniferes|sans moi|a quoi bon|plus la force)\b",
            r"\b(?:(?:a|dans|ds|dan) la rue?|dehor\w*|deor\w*|sans abri|a l abri|abri\w*|lhotel|hotel|duvet|gel\w*|neige|moins \d+|urgence|expuls\w*|sous un pont?|115|(?:dans|en) (?:ma|la|sa|notre|une) (?:voiture|caisse|bagnole|camionnette)|nulle part|ce soir|nuits?|nui|soir|foyer|hebergement|froid?|gare|tente|trottoir|hall|parking|squat\w*|mis a la porte|toit)\b",
            r"\b(?:feu|incendie|flammes?|fumee|gaz|brule|explos\w*|inond\w*|noye?\w*|malaise|inconscient\w*|connaissance|respire\w*|respirer|saign\w*|sang|avc|infarctus|cardiaque|coeur|convuls\w*|ambulance|samu|pompiers?|secours|police|gendarm\w*|cambriol\w*|couteau|arme|fusil|pistolet|danger|peur|tuer|tue|mort(?! de (?:fatigue|rire|faim|soif|honte|trouille|chaud|froid))|accident|tombe\w*|chute|overdose|avale\w*|disparu\w*|bouche|bras|appeler|urgence|urgent|aide[zr]?|cri[es]\w*|hurl\w*|pleur\w*)\b",
            r"\b(?:enfant|bebe|petite?s?|gamine?s?|gosses?|nourrisson|fillette|mineure?s?|eleve)\b.*\b(?:seule?s?|peur|mange|faim|sale|maigre|pleure|crie|ferme|attache|battu)\b",
        )
    )
)

WITHOUT_HOME = re.compile(
    r"\b(?:sans (?:domicile|adresse|logement)|pas d(?:e)? ?(?:domicile|adresse|logement)|domicile fixe|sdf)\b"
)


def names_danger(normalised: str) -> bool:
    """Whether a normalised text holds a word or a turn of phrase of danger."""
    return WORDS_OF_DANGER.search(normalised) is not None


def names_homelessness(normalised: str) -> bool:
    """Whether a normalised text says to be without a home: with a place and no word of danger, "pas de domicile, je suis
    sur Lyon" answers where, and nothing of tonight.
    """
    return WITHOUT_HOME.search(normalised) is not None
