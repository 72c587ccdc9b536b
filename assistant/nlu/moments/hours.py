"""Hours and parts of the day: "14 h 30", "entre 9 et 11h", "après 17h", "plutôt l'après-midi"."""

import re
from datetime import datetime, time, timedelta

from assistant.nlu.moments.lexicon import NUMBER_WORD, compiled, number
from assistant.nlu.moments.rules import DETERMINER, Rule, rule
from assistant.nlu.moments.wish import Wish

MORNING = r"(?:matin(?:ee?)?s?|mattin)\b"
AFTERNOON = r"(?:apr(?:e|es|s)?[\s'-]*m(?:idi?s?|d)?\b|aprem+s?\b|aprm\b)"
MINUTES_ASIDE = (
    r"et_demie?|et_quart|moins_(?:le_)?quart|moins_(?:cinq|dix|vingt)|trois_quarts"
    r"|quinze|vingt|trente|quarante(?:[\x20-]cinq)?|dix|cinq|cinquante"
)

WINDOWS = {
    "matin": (time(0), time(12)),
    "debut matin": (time(0), time(10)),
    "milieu matin": (time(9, 30), time(11)),
    "fin matin": (time(10, 30), time(12, 30)),
    "apres-midi": (time(12), time(18, 30)),
    "debut apres-midi": (time(12), time(15)),
    "milieu apres-midi": (time(14, 30), time(16, 30)),
    "fin apres-midi": (time(16), time(18, 30)),
    "midi": (time(12), time(14)),
    "soir": (time(17), time(21)),
    "debut journee": (time(0), time(10)),
    "milieu journee": (time(11), time(15)),
    "fin journee": (time(16), time(20)),
}
ASIDE_MINUTES = {
    "et demi": 30,
    "et demie": 30,
    "et quart": 15,
    "moins quart": -15,
    "moins le quart": -15,
    "trois quarts": 45,
}
LONGEST_BESIDE_WORDS = 25
"""Characters beside "deux heures", over which it is a length of time."""
LAST_EARLY_HOUR = 6
""" "à 2 heures" is in the afternoon: no counter opens before seven."""


def clock(name: str) -> str:
    """The pattern of an hour; its groups end in `name`."""
    return rf"""
(?:
 (?:(?P<h{name}>\d{{1,2}}|{NUMBER_WORD})\s*(?:h(?:eures?|rs?|r)?\b\.?|h(?=\d)|:(?=\d\d))(?:\s*(?P<m{name}>\d{{2}}(?!\d)))?
  |(?P<noon{name}>midi|minuit)\b(?![\s-]+(?:pyren|libre|dans)))
 (?:\s*\b(?P<aside{name}>{MINUTES_ASIDE})\b)?
 (?:\s*\b(?P<half{name}>du_mat(?:in)?|du_soir|de_l'_?{AFTERNOON})\b)?
)"""


def read_clock(match: re.Match[str], name: str, wish: Wish) -> time | None:
    """The hour of a `clock`; None where there is none such, and then the wish has a problem."""
    if noon := match[f"noon{name}"]:
        hour = 12 if noon == "midi" else 0
    else:
        hour = _hour(match[f"h{name}"], match[f"half{name}"] or "")
    minute = int(match[f"m{name}"] or 0) + _aside(match[f"aside{name}"])
    hour, minute = (hour - 1, minute + 60) if minute < 0 else (hour, minute)
    if hour > 24 or minute > 59 or (hour == 24 and minute):
        wish.problem = (
            wish.problem or f"{hour} h {minute or ''}".strip() + " n'existe pas : dites-moi une heure de la journée."
        )
        return None
    return time(hour % 24, minute)


def _hour(words: str, half: str) -> int:
    hour = number(words)
    early = 0 < hour <= LAST_EARLY_HOUR and not words.startswith("0") and "mat" not in half
    late = 0 < hour < 12 and half and "mat" not in half
    return hour + 12 if early or late else hour


def _aside(words: str | None) -> int:
    if not words:
        return 0
    plain = " ".join(words.replace("-", " ").split())
    if plain in ASIDE_MINUTES:
        return ASIDE_MINUTES[plain]
    return -number(plain.removeprefix("moins ")) if plain.startswith("moins") else number(plain)


def _between(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    if match["b1"] and not (match["between"] or match["dash"]):
        return False
    start = time(_hour(match["b1"], "") % 24) if match["b1"] else read_clock(match, "1", wish)
    end = read_clock(match, "2", wish)
    if start and end:
        if match["b1"] and start > end and start.hour >= 12:
            start = start.replace(hour=start.hour - 12)
        wish.hours(min(start, end), max(start, end), negated)
    return None


def _from(match: re.Match[str], wish: Wish, negated: bool) -> None:
    if start := read_clock(match, "", wish):
        wish.hours(start, None, negated)


def _until(match: re.Match[str], wish: Wish, negated: bool) -> None:
    if end := read_clock(match, "", wish):
        wish.hours(None, end, negated)


def _at(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    bare = not match["lead"]
    # "35h" is a working week, "1 heure" alone a length of time; "25h" is a mistake
    if (
        bare
        and match["h"]
        and (number(match["h"]) == 24 or number(match["h"]) > 29 or (number(match["h"]) == 1 and not match["m"]))
    ):
        return False
    if bare and match["h"] and match["h"].isalpha() and len(match.string) - len(match.group()) > LONGEST_BESIDE_WORDS:
        return False
    at = read_clock(match, "", wish)
    if at and negated:
        wish.hours(at, (datetime.combine(wish.today, at) + timedelta(minutes=30)).time(), negated)
    elif at:
        wish.at_time(at)
    return None


def _part_of_day(match: re.Match[str], wish: Wish, negated: bool) -> bool | None:
    # "3 h de l'après-midi" is an hour, not a part of the day
    if match.group().startswith("d") and _ENDS_WITH_HOUR.search(match.string[: match.start()]):
        return False
    part = {"tot": "debut", "tard": "fin"}.get(match["part"] or "", match["part"] or "")
    name = _part_name(match)
    window = WINDOWS.get(f"{part} {name}".strip()) or WINDOWS.get(name)
    if window is None:
        return False
    if match["today"] is not None:
        _today(window, wish)
    else:
        wish.hours(*window, negated)
    return None


def _part_name(match: re.Match[str]) -> str:
    names = {"morning": "matin", "afternoon": "apres-midi", "noon": "midi", "evening": "soir"}
    return next((name for group, name in names.items() if match[group]), "journee")


def _today(window: tuple[time, time], wish: Wish) -> None:
    if wish.now.time() >= window[1]:
        wish.past = True
        return
    wish.days.add(wish.today)
    wish.hours(*window)


def _noon_to_two(_: re.Match[str], wish: Wish, negated: bool) -> None:
    wish.hours(*WINDOWS["midi"], negated)


def _first_hour(_: re.Match[str], wish: Wish, negated: bool) -> None:
    wish.hours(*WINDOWS["debut matin"], negated)


def _after_work(_: re.Match[str], wish: Wish, negated: bool) -> None:
    wish.hours(time(17), None, negated)


def _after_school(_: re.Match[str], wish: Wish, negated: bool) -> None:
    wish.hours(time(16, 30), None, negated)


_ENDS_WITH_HOUR = compiled(r"(?:\d\s*h?|heures?|h\d\d)\s*$")
_NOT_INSIDE = r"(?<![.,/:+-])"

HOUR_RULES: tuple[Rule, ...] = (
    rule(
        "hour",
        rf"(?:je_)?(?:finis|termine|sors|debauche)_(?:(?:le|du|mon)_(?:travail|boulot|taf)_)?(?:a|vers)\s+{clock('')}",
        _from,
    ),
    rule(
        "hour",
        rf"(?:je_)?(?:commence|embauche|reprends)_(?:(?:le|mon)_(?:travail|boulot|taf)_)?(?:a|vers)\s+{clock('')}",
        _until,
    ),
    rule("hour", r"entre_midi_et_(?:deux|2(?!\d|\s*h)|14\s*h?)(?!\s*heures)(?:_heures)?\b", _noon_to_two),
    rule(
        "hour",
        rf"{DETERMINER}(?:ma\s+|pendant_ma_)?(?:pause_(?:de_midi|dejeuner|repas)|heure_du_(?:dejeuner|repas))\b",
        _noon_to_two,
    ),
    rule("hour", r"(?:a_la_premiere_heure|des_l'_?ouverture|a_l'_?ouverture)\b", _first_hour),
    rule("hour", r"apres?_(?:le_|mon_)?(?:travail|boulot|taf)\b", _after_work),
    rule("hour", r"(?:apres?_|a_la_sortie_de_)l'_?ecole\b", _after_school),
    rule(
        "hour",
        rf"""{DETERMINER}(?:(?:plutot|en)\s+)?{DETERMINER}(?:(?P<part>debut|milieu|fin|(?<!plus\s)tot|(?<!plus\s)tard)\s+{DETERMINER})?
        (?:(?P<today>(?<=ce\s)|(?<=cet\s))|(?<!ce\s))
        (?:(?P<morning>{MORNING}|(?<=(?:di|in|he|un|ar|er|eu|en|am|im)\s)mat\b)|(?P<afternoon>{AFTERNOON})
        |(?P<evening>soir(?:ee?)?s?\b)|(?P<noon>(?<=ce\s)midi\b|(?<=le\s)midi\b)|(?P<day>(?:la\s+)?journee\b))""",
        _part_of_day,
    ),
    rule(
        "hour",
        rf"""(?P<between>(?:entre|de|du|d')\s*)?{_NOT_INSIDE}(?:{clock("1")}|(?P<b1>\d{{1,2}}|{NUMBER_WORD}))
        \s*(?:(?P<dash>-|/)|jusqu'a|\ba\b|(?(between)\bet\b|-))\s*(?:a\s+)?{clock("2")}""",
        _between,
    ),
    rule("hour", rf"(?:apre?s?|a_part?ir_d(?:e|')|des|pas_avant|plus_tard_que)\s*{clock('')}", _from),
    rule(
        "hour",
        rf"(?:avant|avan|jusqu'?_?a|d'_?ici|pas_apres|au_plus_tard(?:_a)?|pas_plus_tard_que)\s*{clock('')}",
        _until,
    ),
    rule(
        "hour",
        rf"(?P<lead>(?:plutot_)?(?:a|vers|pour|environ|autour_de|aux_alentours_de)\s+)?{_NOT_INSIDE}{clock('')}",
        _at,
    ),
)
