"""What looks like a moment and is none: ages, amounts, addresses, birth dates, and the days of what is over."""

import re

from assistant.nlu.moments.lexicon import DAY_NUMBER, MONTH, NUMBER_WORD, WEEKDAY_WORD, compiled

_UNIT = r"(?:h\b|heures?|minutes?|jours?|semaines?|mois|ans?|annees?|trimestres?)\b"
_COUNT = rf"(?:\d+|{NUMBER_WORD}|quelques|plusieurs)"

NOT_MOMENTS = compiled(
    rf"""
    (?:\+33|(?<!\d)0)\s?[1-9](?:[\s.-]?\d\d){{4}}(?!\d)
    |\d+(?:[\s.-]\d+){{4,}}|(?<!\d)\d{{5,}}
    |\b(?:depuis|pendant|durant|il_y_a(?:vait)?|y_a|ya|voila|ca_fait|fait|dure|met|prend|moins_d(?:e|')|plus_d(?:e|'))\s+
      (?:(?:environ|presque|deja|au_moins|bientot|pres_de|plus_de|moins_de|une?|les|ces)\s+)*(?:{_COUNT}\s*(?:{_UNIT}|h\d\d)|une?_{_UNIT})
    |\b{_COUNT}\s*(?:h\b|heures?)\s+(?:de\s+|d')(?!l'?\s*apr)
    |\b{_COUNT}\s*h(?:eures?)?\s*(?:(?:par|/)\s*(?:semaine|jour|mois)|que\b)
    |\b(?:salle|comite)_des_fetes\b|\bprimes?_de_(?:fin_d'annee|noel)\b
    |\btous_les_\d{{1,2}}\b|\ble_\d{{1,2}}_de_chaque_mois\b|\b\d+\s?x\s?\d+
    |\b(?:24\s*h?\s*(?:/|sur)\s*24|7\s*j?\s*(?:/|sur)\s*7)\s*h?\b
    |\b{_COUNT}\s*(?:ans?|annees?)\b
    |\d[\d\s.,]*(?:€|euros?\b|eur\b|balles\b|%|pour_cent\b|kg\b|km\b|m2\b)
    |\b\d+\s*(?:/|-)\s*\d+\s*(?:fois|jours?|mois|ans|semaines?|enfants?|personnes?|part|heure)\b
    |\bnee?s?_(?:le|en|au|un)_(?:{DAY_NUMBER}\b)?\s*[/.-]?\s*(?:{MONTH}|\d{{1,2}}\b)?\s*[/.-]?\s*(?:\d{{2,4}}\b)?
    |\bnaissance(?:_est)?(?:_le)?\s*:?\s*{DAY_NUMBER}\s*[/.\x20-]\s*(?:{MONTH}|\d{{1,2}})\s*[/.\x20-]?\s*(?:\d{{2,4}}\b)?
    |\b(?:rue|avenue|av|place|boulevard|bd|allee|square|quai|impasse|cours|chemin)\.?_(?:du|de_la|des)_{DAY_NUMBER}\s*{MONTH}(?:\s+\d{{4}})?
    |\b(?:rue|avenue|av|place|boulevard|bd|allee|square|quai|impasse|cours|chemin|canal)_(?:du|de)_midi\b
    |\bdans_le_\d{{2,3}}\b
    |\b(?:appel\w*|compos\w*|fai[st]|faire|numero)_(?:le|au|du)_\d{{1,4}}\b
    |\b(?:article|art|loi|cerfa|numero|dossier|formulaire|ligne|case|page|lot|appt?|appartement|porte|etage|batiment|bat)\.?\s+(?:n[o°.]*\s*)?\d[\d/.-]*
    |\b(?:en_|au_mois_de_|fin_|debut_)?{MONTH}_(?:dernier|passe)\b
    |\b(?:{DAY_NUMBER}\s*)?{MONTH}\s+(?:19\d\d|200\d|201\d)\b
    |\bbon(?:ne)?s?_(?:fin_de_|debut_de_)?(?:mat\w*|journee|soiree|soir|apres[\s-]*midi|aprem|week_?end|semaine|lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|noel|fetes)\b
    |\b(?:joyeux|joyeuses)_(?:noel|fetes)\b
    |\b(?:marche|pere|prime|repas|cadeau|vacances)(?:_de)?_noel\b
    |\b(?:lettre|courrier|facture|avis|notification|convocation|amende|contravention|jugement|mail|sms|versement|paiement|loyer|salaire|accident|rdv|rendez_vous)
      _(?:(?:date|recu|recue|passe)_)?(?:du|de|d')\s*(?:hier|ce_matin)\b
    """
)
"""Taken out of the text before anything is read."""

PARTICIPLES = (
    "mort|decede|perdu|vole|derobe|egare|recu|ne|obtenu|eu|arrive|parti|licencie|accouche|arrete|cesse|demenage|emmenage|separe|divorce"
    "|marie|quitte|signe|achete|vendu|envoye|appele|venu|depose|demande|touche|travaille|commence|fini|declare|paye"
    "|tombe|vu|rate|manque|change|verse|coupe|suspendu|refuse|rendu|casse|expulse|hospitalise|opere|ecrit|telephone|trouve|renouvele|inscrit|oublie|passe|fait|ete|rempli"
    "|rentre|sorti|pris|cede|pacse|brule|ferme|eteint|disparu|agresse|cambriole|frappe|bloque|radie|retire|fourni|transmis|valide|cree"
)
_AUXILIARY = (
    r"(?:ai|j'ai|jai|j'_?avais|g|as|a|m'a|ma|l'a|t'a|n'ai|n'a|ont|m'ont|avons|avez|avait|avais"
    r"|est|s'est|c'est|sont|suis|etais|etait|ete)"
)
_OVER = compiled(rf"\b{_AUXILIARY}\s+(?:[\w']+\s+){{0,3}}?(?:{PARTICIPLES})e?s?\b")
_OVER_NO_AUXILIARY = compiled(rf"\b(?:{PARTICIPLES})e?s?\s+(?:[\w']+\s+){{0,4}}$")
_SINCE = compiled(
    rf"\b(?:depuis|datant|date|il_y_a|y_a|lettre|courrier|facture|avis|notification|convocation|amende|contravention|jugement)(?:_(?:le|la|les|l'|du|de|d'|debut|fin|mi|ce|cet|cette|environ|{NUMBER_WORD}))*\s*$"
)
_OTHER_EVENT = compiled(
    r"\b(?:expir\w*|perim\w*|se_termin\w*|finit|accouch\w*|pars|part|partir|partons|demenag\w*|a_la_retraite|en_retraite|ma_retraite|valable|majeur\w*"
    r"|echeance|voyage|vacances|mariage|me_marie|termes?)\b"
)
_NEW_CLAUSE = compiled(
    r"""[.;!?,\n:()]|\b(?:rdv|rendez_?vous|rv|creneau\w*|dispo\w*|libres?|venir|passer|viens|viendrai?|plutot|possible|donc|mais|alors|peut_on
    |(?:j'_?)?(?:veux|veut|voudrais|voudrait|voudrai|souhaite|prefere|peux|peut|pouvez|aimerais|cherche)|jve\w*|jveu\w*|j'arrive|est_ce_que)\b"""
)
_LOOK_BACK = 90
"""Characters before a moment that may tell it is over."""

NEGATION = compiled(
    r"""\b(?:pas|sauf|hors|hormis|excepte|a_part|ni|jamais|evite[rz]?|indisponible|occupee?|(?:peux?|peut|pouvons|pourrai[st]?)_(?:pas|plus)
    |je_travaille|travaillant|je_bosse|impossible)(?:_(?:le|la|les|l'|du|de|d'|en|venir|possible|dispo\w*|libre|trop|pour|avant_tout|a))*\s*$"""
)
""" "pas le lundi", "sauf mercredi", "je travaille le matin"."""

_DAY_AT_END = compiled(
    rf"(?P<bound>\b(?:avant|avan)\s+)?(?:\b(?:le|la|les|du|de)\s+)?\b{WEEKDAY_WORD}\s+(?:a\s+|au\s+|le\s+)?$"
)
_DAY_OFF = compiled(r"\b(?:travaille|bosse)_(?:pas|jamais|plus)(?:_(?:le|les))?\s*$")


_EVENT_TO_COME = compiled(
    r"""\b(?:expir\w*|perim\w*|se_termin\w*|finit|finissent|accouch\w*|pars|part|jpar|partir|partons|partent|demenag\w*|absente?s?
    |depart(?!_(?:en|a_la)_retraite))\b"""
)
_ABOUT_COMING = compiled(
    r"""\b(?:rdv|rendez_?vous|rv|creneau\w*|dispo\w*|libres?|venir|vien[st]|viendr\w*|passer|plutot|possible|aide[rz]?|guichet|recevoir|recoit
    |ouverte?s?|permanence|voir|quelqu'_?un|qqn|endroit|preference|prefere|arrange|convient|propos\w*|rencontrer|dites|accueil)\b"""
)
_MOST_WORDS_BESIDE = {"month": 3, "date": 6, "day": 6, "hour": 6}
"""Words beside a moment in its clause, over which it tells a story unless the sentence speaks of coming."""


def in_passing(left: str, match: re.Match[str], kind: str) -> bool:
    """Whether a moment is only mentioned, in a sentence that does not speak of coming to a counter."""
    sentence = _around(left, match, r"[.!?\n]")
    if _ABOUT_COMING.search(sentence):
        return False
    beside = _around(left, match, r"[.!?\n,;:()]")
    before = left[: match.start()][-_LOOK_BACK:]
    if kind == "day" and _EVENT_TO_COME.search(_NEW_CLAUSE.split(before)[-1]):
        return True
    return len(re.findall(r"[^\W\d]{2,}", beside, re.ASCII)) > _MOST_WORDS_BESIDE[kind]


def _around(left: str, match: re.Match[str], ends: str) -> str:
    """The text on both sides of a match, up to the nearest ends."""
    before = left[max(0, match.start() - 2 * _LOOK_BACK) : match.start()]
    after = left[match.end() : match.end() + 2 * _LOOK_BACK]
    return f"{re.split(ends, before)[-1]} {re.split(ends, after)[0]}"


def over(before: str, kind: str) -> bool:
    """Whether the words before a moment tell of something past, or of another event than the appointment."""
    near = before[-_LOOK_BACK:]
    if _SINCE.search(near):
        return True
    clause = _NEW_CLAUSE.split(near)[-1]
    if _OVER.search(clause):
        return True
    return kind in ("date", "month") and bool(
        _OTHER_EVENT.search(clause) or (kind == "month" and _OVER_NO_AUXILIARY.search(clause))
    )


def belongs_to_another_day(before: str) -> bool:
    """Whether hours stand after a day left out or a last day: "pas lundi matin" says nothing of other mornings."""
    day = _DAY_AT_END.search(before[-_LOOK_BACK:])
    if day is None:
        return False
    return bool(day["bound"]) or negation(before[: len(before) - len(day.group())]) is not None


def negation(before: str) -> re.Match[str] | None:
    """The negation a moment follows directly, if any."""
    near = before[-40:]
    return None if _DAY_OFF.search(near) else NEGATION.search(near)
