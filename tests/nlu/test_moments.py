"""What the grammar of French moments reads, what it must leave alone, and what its answers say of slots."""

import time as clock
from datetime import date, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.nlu.moments import Moment, find_moments

SUNDAY = datetime(2026, 11, 22, 13, 0)
MONDAY_8 = datetime(2026, 11, 23, 8, 0)
NEW_YEARS_EVE = datetime(2026, 12, 31, 10, 0)
LEAP_JANUARY = datetime(2028, 1, 30, 9, 0)
FRANCE = ZoneInfo("Europe/Paris")

MORNING = {"from_time": "00:00", "to_time": "12:00"}
AFTERNOON = {"from_time": "12:00", "to_time": "18:30"}
EVENING = {"from_time": "17:00", "to_time": "21:00"}
NOON = {"from_time": "12:00", "to_time": "14:00"}
EARLIEST = {"earliest": True}


def on(*days: str) -> dict[str, Any]:
    """Explicit days, written month-day for the year's end, else in full."""
    return {"days": [day if len(day) > 5 else f"2026-{day}" for day in days]}


def every(*weekdays: int) -> dict[str, Any]:
    """Days of the week."""
    return {"weekdays": list(weekdays)}


def within(first: str | None, last: str | None) -> dict[str, Any]:
    """A period."""
    ends = {"first_day": first, "last_day": last}
    return {name: day if len(day) > 5 else f"2026-{day}" for name, day in ends.items() if day}


def read(text: str, now: datetime = SUNDAY) -> dict[str, Any] | None:
    """What constrains, without the empty parts or the spans."""
    moment = find_moments(text, now)
    if moment is None:
        return None
    return {name: value for name, value in moment.as_dict().items() if value and name != "spans"}


DAYS: list[tuple[str, dict[str, Any]]] = [
    ("aujourd'hui", on("11-22")),
    ("aujourdhui", on("11-22")),
    ("ajd", on("11-22")),
    ("demain", on("11-23")),
    ("demin", on("11-23")),
    ("2main", on("11-23")),
    ("DEMAIN MATIN", on("11-23") | MORNING),
    ("après-demain", on("11-24")),
    ("apres demain", on("11-24")),
    ("aprés demain a 10h", on("11-24") | {"at": "10:00"}),
    ("lundi", every(0)),
    ("un mardi", every(1)),
    ("les mardis", every(1)),
    ("jeudit", every(3)),
    ("vandredi", every(4)),
    ("mecredi", every(2)),
    ("mecredi apré midi", every(2) | AFTERNOON),
    ("samdi", every(5)),
    ("LUNDI 14H", every(0) | {"at": "14:00"}),
    ("lundi prochain", on("11-23")),
    ("dimanche prochain", on("11-29")),
    ("lundi en huit", on("11-30")),
    ("mardi en quinze", on("12-08")),
    ("ce jeudi", on("11-26")),
    ("mardi ou jeudi", every(1, 3)),
    ("lundi, mardi ou mercredi", every(0, 1, 2)),
    ("soit le mardi soit le jeudi", every(1, 3)),
    ("du mardi au jeudi", every(1, 2, 3)),
    ("de vendredi à lundi", every(0, 4, 5, 6)),
    ("en semaine", every(0, 1, 2, 3, 4)),
    ("le week-end", every(5, 6)),
    ("ce week-end", on("11-22")),
    ("le week-end prochain", on("11-28", "11-29")),
    ("samedi matin", every(5) | MORNING),
    ("jeudi mat", every(3) | MORNING),
    ("jeu. 9h", every(3) | {"at": "09:00"}),
    ("mer 14h", every(2) | {"at": "14:00"}),
    ("lundi aprem", every(0) | AFTERNOON),
    ("vendredi soir", every(4) | EVENING),
    ("vendredi 27", on("11-27")),
    ("mardi 1er décembre à 10h", on("12-01") | {"at": "10:00"}),
    ("jeudi 26 novembre 9h", on("11-26") | {"at": "09:00"}),
    ("jeudi 3", on("12-03")),
    ("le 3 décembre", on("12-03")),
    ("le 3 décembre à 14h30", on("12-03") | {"at": "14:30"}),
    ("3 dec", on("12-03")),
    ("le trois décembre", on("12-03")),
    ("le vingt-huit novembre", on("11-28")),
    ("le 3/12", on("12-03")),
    ("3-12", on("12-03")),
    ("03/12/2026", on("12-03")),
    ("04.12.2026", on("12-04")),
    ("2026-12-04", on("12-04")),
    ("le 5/1", on("2027-01-05")),
    ("le 3 ou le 4 décembre", on("12-03", "12-04")),
    ("le 1er", on("12-01")),
    ("le 15", on("12-15")),
    ("le 30", on("11-30")),
    ("le 24 ou le 25", on("11-24", "11-25")),
    ("à Noël", on("12-25")),
    ("la veille de Noël", on("12-24")),
    ("lundi de Pâques", on("2027-03-29")),
    ("ds 3 jours", on("11-25")),
    ("le jour de l'an", on("2027-01-01")),
    ("le 11 novembre", on("2027-11-11")),
    ("le 3 janvier", on("2027-01-03")),
    ("dans 3 jours", on("11-25")),
    ("dans trois jours", on("11-25")),
    ("dans une semaine", on("11-29")),
    ("dans huit jours", on("11-29")),
    ("dans quinze jours", on("12-06")),
    ("dans 15 jours", on("12-06")),
    ("dans deux semaines", on("12-06")),
    ("dans un mois", on("12-22")),
    ("premier jeudi du mois", on("12-03") | {"rule": "premier_jeudi_du_mois"}),
    ("le dernier vendredi du mois", on("11-27") | {"rule": "dernier_vendredi_du_mois"}),
    ("dernier vendredi de novembre", on("11-27")),
    ("le 2e mardi de décembre", on("12-08")),
    ("tous les jours sauf mercredi", {"excluded_weekdays": [2]}),
    ("pas le lundi", {"excluded_weekdays": [0]}),
    ("sauf lundi et mardi", {"excluded_weekdays": [0, 1]}),
    ("jeudi mais pas vendredi", every(3) | {"excluded_weekdays": [4]}),
    ("je ne peux pas venir le mercredi", {"excluded_weekdays": [2]}),
    ("le mercredi je ne travaille pas", every(2)),
    ("je ne travaille pas le mercredi", every(2)),
    ("pas demain", {"excluded_days": ["2026-11-23"]}),
]

PERIODS: list[tuple[str, dict[str, Any]]] = [
    ("la semaine prochaine", within("11-23", "11-29")),
    ("la semaine d'après", within("11-30", "12-06")),
    ("pas cette semaine", {"excluded_days": [f"2026-11-{day}" for day in range(16, 23)]}),
    ("mardi de la semaine prochaine", every(1) | within("11-23", "11-29")),
    ("la semaine du 7 décembre", within("12-07", "12-13")),
    ("début de semaine prochaine", within("11-23", "11-24")),
    ("début décembre", within("12-01", "12-10")),
    ("mi-janvier", within("2027-01-11", "2027-01-20")),
    ("fin novembre", within("11-22", "11-30")),
    ("fin du mois", within("11-22", "11-30")),
    ("courant février", within("2027-02-01", "2027-02-28")),
    ("la première quinzaine de décembre", within("12-01", "12-15")),
    ("la dernière semaine de janvier", within("2027-01-25", "2027-01-31")),
    ("avant la fin de l'année", within(None, "12-31")),
    ("en décembre", within("12-01", "12-31")),
    ("en mars", within("2027-03-01", "2027-03-31")),
    ("le mois prochain", within("12-01", "12-31")),
    ("en 2027", within("2027-01-01", "2027-12-31")),
    ("à partir de mardi", within("11-24", None)),
    ("à partir du 10 décembre", within("12-10", None)),
    ("dès lundi", within("11-23", None)),
    ("pas avant lundi", within("11-23", None)),
    ("après le 10 décembre", within("12-11", None)),
    ("après les fêtes", within("2027-01-02", None)),
    ("jusqu'à vendredi", within(None, "11-27")),
    ("d'ici vendredi", within(None, "11-27")),
    ("avant vendredi", within(None, "11-26")),
    ("avant le 15 décembre", within(None, "12-14")),
    ("avant le 15", within(None, "12-14")),
    ("avant Noël", within(None, "12-24")),
    ("avant la fin du mois", within(None, "11-30")),
    ("d'ici la fin du mois", within(None, "11-30")),
    ("d'ici 15 jours", within(None, "12-07")),
    ("sous huitaine", within(None, "11-30")),
    ("sous 48h", within(None, "11-24")),
    ("dans la semaine", within(None, "11-29")),
    ("du 3 au 10 décembre", within("12-03", "12-10")),
    ("entre le 28 décembre et le 4 janvier", within("12-28", "2027-01-04")),
    ("à partir de mardi et jusqu'à vendredi", within("11-24", "11-27")),
]

HOURS: list[tuple[str, dict[str, Any]]] = [
    ("14h30", {"at": "14:30"}),
    ("à 9 heures", {"at": "09:00"}),
    ("9H00", {"at": "09:00"}),
    ("9:00", {"at": "09:00"}),
    ("9h et demie", {"at": "09:30"}),
    ("neuf heures", {"at": "09:00"}),
    ("quatorze heures trente", {"at": "14:30"}),
    ("dix heures moins le quart", {"at": "09:45"}),
    ("midi et quart", {"at": "12:15"}),
    ("vers 10h", {"at": "10:00"}),
    ("vers midi", {"at": "12:00"}),
    ("à 2 heures", {"at": "14:00"}),
    ("3h de l'après-midi", {"at": "15:00"}),
    ("6h du soir", {"at": "18:00"}),
    ("8 heures du matin", {"at": "08:00"}),
    ("entre 14h et 16h", {"from_time": "14:00", "to_time": "16:00"}),
    ("entre 14 et 16h", {"from_time": "14:00", "to_time": "16:00"}),
    ("de 9 à 11h", {"from_time": "09:00", "to_time": "11:00"}),
    ("9h-11h", {"from_time": "09:00", "to_time": "11:00"}),
    ("entre midi et deux", NOON),
    ("après 17h", {"from_time": "17:00"}),
    ("apres 17 h 30", {"from_time": "17:30"}),
    ("apré 18h", {"from_time": "18:00"}),
    ("à partir de 16h30", {"from_time": "16:30"}),
    ("pas avant 10h", {"from_time": "10:00"}),
    ("après le travail", {"from_time": "17:00"}),
    ("avant midi", {"to_time": "12:00"}),
    ("avant 11h", {"to_time": "11:00"}),
    ("le matin", MORNING),
    ("plutôt l'après-midi", AFTERNOON),
    ("apré midi", AFTERNOON),
    ("en fin de matinée", {"from_time": "10:30", "to_time": "12:30"}),
    ("en début d'après-midi", {"from_time": "12:00", "to_time": "15:00"}),
    ("fin d'après-midi", {"from_time": "16:00", "to_time": "18:30"}),
    ("en fin de journée", {"from_time": "16:00", "to_time": "20:00"}),
    ("le matin après 10h", {"from_time": "10:00", "to_time": "12:00"}),
    ("avant 9h ou après 17h", {"excluded_times": [["09:00", "17:00"]]}),
    ("sauf le matin", {"excluded_times": [["00:00", "12:00"]]}),
    ("pas le matin", {"excluded_times": [["00:00", "12:00"]]}),
    ("je travaille le matin", {"excluded_times": [["00:00", "12:00"]]}),
    ("à la première heure", {"from_time": "00:00", "to_time": "10:00"}),
    ("cet après-midi", on("11-22") | AFTERNOON),
    ("ce soir", on("11-22") | EVENING),
    ("dans 2 heures", on("11-22") | {"at": "15:00"}),
]

SOON: list[tuple[str, dict[str, Any]]] = [
    ("le plus tôt possible", EARLIEST),
    ("dès que possible", EARLIEST),
    ("au plus vite", EARLIEST),
    ("asap", EARLIEST),
    ("n'importe quand", EARLIEST),
    ("quand vous voulez", EARLIEST),
    ("n'importe quel jour", EARLIEST),
    ("le premier créneau libre", EARLIEST),
    ("tous les jours", EARLIEST),
    ("le plus tôt possible mais pas lundi", EARLIEST | {"excluded_weekdays": [0]}),
]

IN_SENTENCES: list[tuple[str, dict[str, Any]]] = [
    ("je veux un rdv pour ma carte grise à Lure jeudi matin", every(3) | MORNING),
    ("j'ai perdu mon permis hier, je peux venir demain après 17h", on("11-23") | {"from_time": "17:00"}),
    ("on m'a volé mon permis en juin, un rdv mardi svp", every(1)),
    ("j'ai 62 ans, je voudrais un rendez-vous à 10h à Vesoul 70000", {"at": "10:00"}),
    ("mon mari est mort en juin, je suis libre le 3 décembre", on("12-03")),
    ("rdv permis perdu à Vesoul jeudi matin", every(3) | MORNING),
    ("j'ai pris rdv jeudi", every(3)),
    ("mon numéro : 06 39 98 12 34, lundi à 14h", every(0) | {"at": "14:00"}),
    ("née le 12/03/1961, dispo le 4/12", on("12-04")),
    ("12 rue de la Paix, demain", on("11-23")),
    ("je finis le travail à 16h, donc après", {"from_time": "16:00"}),
    (
        "quelqu'un pourrait m'aider à remplir mon gros dossier de retraite à Figeac en janvier ?",
        within("2027-01-01", "2027-01-31"),
    ),
    ("je ne suis pas libre lundi matin", {"excluded_weekdays": [0]}),
    ("avant mardi midi", within(None, "11-23")),
    ("finalement le 15 plutôt que le matin, vers 15h", on("12-15") | MORNING | {"at": "15:00"}),
]

OTHER_NOWS: list[tuple[str, datetime, dict[str, Any]]] = [
    ("ce matin", MONDAY_8, on("11-23") | MORNING),
    ("lundi prochain", MONDAY_8, on("11-30")),
    ("ce week-end", MONDAY_8, on("11-28", "11-29")),
    ("cette semaine", MONDAY_8, within("11-23", "11-29")),
    ("la semaine prochaine", MONDAY_8, within("11-30", "12-06")),
    ("lundi en huit", MONDAY_8, on("12-07")),
    ("demain", NEW_YEARS_EVE, on("2027-01-01")),
    ("le 31", NEW_YEARS_EVE, on("2026-12-31")),
    ("le mois prochain", NEW_YEARS_EVE, within("2027-01-01", "2027-01-31")),
    ("dans un mois", NEW_YEARS_EVE, on("2027-01-31")),
    ("premier jeudi du mois", NEW_YEARS_EVE, on("2027-01-07") | {"rule": "premier_jeudi_du_mois"}),
    ("le 29 février", LEAP_JANUARY, on("2028-02-29")),
    ("dans un mois", LEAP_JANUARY, on("2028-02-29")),
]

NO_MOMENT = [
    "62 ans",
    "j'aurai 60 ans",
    "à 60 ans",
    "80 euros",
    "450 €",
    "70000",
    "06 39 98 12 34",
    "0639981234",
    "01.99.00.12.12",
    "depuis 3 mois",
    "j'attends depuis deux heures",
    "il y a 2 semaines",
    "en 2024",
    "permis obtenu en 1998",
    "pendant 5 ans",
    "née le 12/03/1961",
    "je suis né le 3 mai 1958",
    "F1727",
    "3 enfants",
    "RSA depuis janvier",
    "12 rue de la Paix",
    "12 rue du 11 novembre 1918",
    "mon mari est mort en juin",
    "il est décédé en juin dernier",
    "j'ai perdu mon permis mardi",
    "j'ai reçu une lettre le 15 octobre",
    "ma carte d'identité expire en mars",
    "je pars en vacances le 20 décembre",
    "bonne journée",
    "bon après-midi",
    "bonsoir",
    "merci beaucoup",
    "le jeu de cartes",
    "la mer",
    "35h par semaine",
    "ouvert 24h/24 et 7j/7",
    "la note de 15/20",
    "K7M-2PQ",
    "le 3e enfant",
    "le 115",
    "appelez le 15",
    "j'habite dans le 15",
    "mes 3 derniers bulletins",
    "moins de 3 mois",
    "un justificatif de moins de 6 mois",
    "prime de noël",
    "la boulangerie de mon cousin a fermé en octobre et depuis on vit sur mon seul salaire",
    "je suis employée trois heures par semaine chez un voisin",
    "mon fils va entrer au lycée professionnel en septembre avec une bourse",
    "mon contrat d'apprentissage se termine la semaine prochaine",
    "le facteur a laissé mon colis chez la voisine et elle est partie dimanche",
    "un 4x4 d'occasion",
    "la salle des fêtes",
    "on me prélève le 15 de chaque mois",
    "AESH 24 h",
    "le premier enfant et le second",
    "c'est pour le premier",
    "",
    "   ",
    "🙂 \x00",
]

PROBLEMS = [
    ("le 31 février", "Le 31 février n'existe pas : dites-moi une autre date."),
    ("30/02", "Le 30 février n'existe pas : dites-moi une autre date."),
    ("le 31 novembre à 10h", "Le 31 novembre n'existe pas : dites-moi une autre date."),
    ("25h", "25 h n'existe pas : dites-moi une heure de la journée."),
    ("à 9h75", "9 h 75 n'existe pas : dites-moi une heure de la journée."),
    ("vendredi 26 novembre", "Le 26 novembre est un jeudi, pas un vendredi : dites-moi quel jour vous préférez."),
]

PAST = ["hier", "avant-hier", "lundi dernier", "la semaine dernière", "ce matin", "le 15/11/2026"]

WORDS = [
    ("jeudi 26 novembre au matin", "jeudi 26 novembre, le matin"),
    ("jeudi matin", "jeudi, le matin"),
    ("mardi ou jeudi après 17h", "mardi ou jeudi, à partir de 17 h"),
    ("le 1er décembre à 14h30", "mardi 1er décembre, à 14 h 30"),
    ("la semaine prochaine", "du lundi 23 novembre au dimanche 29 novembre"),
    ("d'ici vendredi", "jusqu'au vendredi 27 novembre"),
    ("tous les jours sauf mercredi", "sauf mercredi"),
    ("pas le matin", "pas le matin"),
    ("entre 14h et 16h", "entre 14 h et 16 h"),
    ("le 11 novembre", "jeudi 11 novembre 2027"),
    ("asap", "le plus tôt possible"),
    ("le week-end", "le week-end"),
    ("mardi matin ou jeudi après-midi", "mardi ou jeudi, avant 18 h 30"),
    ("hier", "un moment déjà passé"),
    ("le 31 février", ""),
]


@pytest.mark.parametrize(("text", "wished"), DAYS + PERIODS + HOURS + SOON + IN_SENTENCES)
def test_an_expression_is_read_as_french_means_it(text: str, wished: dict[str, Any]) -> None:
    assert read(text) == wished


@pytest.mark.parametrize(("text", "now", "wished"), OTHER_NOWS)
def test_a_relative_day_counts_from_when_it_was_said(text: str, now: datetime, wished: dict[str, Any]) -> None:
    assert read(text, now) == wished


@pytest.mark.parametrize("text", NO_MOMENT)
def test_numbers_and_past_events_are_no_wish(text: str) -> None:
    assert find_moments(text, SUNDAY) is None


@pytest.mark.parametrize(("text", "problem"), PROBLEMS)
def test_an_impossible_date_is_said_to_be_one(text: str, problem: str) -> None:
    moment = find_moments(text, SUNDAY)
    assert moment is not None and moment.problem == problem and not moment.days and not moment.earliest


@pytest.mark.parametrize("text", PAST)
def test_a_moment_that_is_over_is_no_constraint(text: str) -> None:
    assert read(text) == {"past": True}


@pytest.mark.parametrize(("text", "words"), WORDS)
def test_a_wish_is_said_back_in_plain_words(text: str, words: str) -> None:
    assert wish(text).in_words() == words


@pytest.mark.parametrize("text", [text for text, _ in DAYS + PERIODS + HOURS + SOON])
def test_a_moment_alone_is_covered_by_its_spans(text: str) -> None:
    """The extractor calls a message a moment where only linking words stand outside the spans."""
    moment = wish(text)
    rest = list(text)
    for start, end in moment.spans:
        assert 0 <= start < end <= len(text) and text[start:end].strip()
        rest[start:end] = " " * (end - start)
    assert set("".join(rest).replace(",", " ").split()) <= LEFT_OUTSIDE


LEFT_OUTSIDE = {"plutôt", "mais", "à", "et", "ou", "de", "soit", "le", "un", "les", "je", "ne", "travaille", "pas"}


def test_accents_and_capitals_keep_positions_true() -> None:
    text = "Œuvre Été İ : JEUDI Après-Midi, à 15 h"
    moment = wish(text)
    assert [text[start:end] for start, end in moment.spans] == ["JEUDI", "Après-Midi", "à 15 h"]


@pytest.mark.parametrize(
    ("text", "start", "allowed"),
    [
        ("jeudi matin", "2026-11-26 09:00", True),
        ("jeudi matin", "2026-11-26 12:00", False),
        ("jeudi matin", "2026-11-27 09:00", False),
        ("jeudi matin", "2026-12-03 09:00", True),
        ("après 17h", "2026-11-24 17:00", True),
        ("après 17h", "2026-11-24 16:59", False),
        ("avant midi", "2026-11-24 11:59", True),
        ("avant midi", "2026-11-24 12:00", False),
        ("vers 10h", "2026-11-24 10:30", True),
        ("vers 10h", "2026-11-24 10:31", False),
        ("pas le lundi", "2026-11-23 10:00", False),
        ("pas le lundi", "2026-11-24 10:00", True),
        ("pas le matin", "2026-11-24 11:00", False),
        ("pas le matin", "2026-11-24 12:00", True),
        ("mardi de la semaine prochaine", "2026-11-24 12:00", True),
        ("mardi de la semaine prochaine", "2026-12-01 12:00", False),
        ("vendredi 27 ou la semaine du 7 décembre", "2026-11-27 12:00", True),
        ("vendredi 27 ou la semaine du 7 décembre", "2026-12-09 12:00", True),
        ("vendredi 27 ou la semaine du 7 décembre", "2026-12-01 12:00", False),
        ("pas cette semaine", "2026-11-22 15:00", False),
        ("pas cette semaine", "2026-11-23 15:00", True),
        ("n'importe quand", "2026-11-23 15:00", True),
    ],
)
def test_a_slot_is_allowed_only_as_wished(text: str, start: str, allowed: bool) -> None:
    assert wish(text).allows(at(start)) is allowed


@pytest.mark.parametrize(
    ("text", "slots"),
    [
        (
            "jeudi matin",
            ["2026-11-26 09:00", "2026-12-03 09:00", "2026-11-26 14:00", "2026-11-27 09:00", "2026-11-24 09:00"],
        ),
        ("demain à 10h", ["2026-11-23 10:00", "2026-11-23 09:30", "2026-11-23 11:00", "2026-11-24 10:00"]),
        ("d'ici mardi", ["2026-11-23 16:00", "2026-11-24 09:00", "2026-11-25 09:00", "2026-11-27 09:00"]),
        ("le plus tôt possible", ["2026-11-23 09:00", "2026-11-23 09:30", "2026-12-01 08:00"]),
    ],
)
def test_the_nearest_slot_to_the_wish_comes_first(text: str, slots: list[str]) -> None:
    starts = [at(slot) for slot in slots]
    shuffled = [*starts[1::2], *starts[::2]]
    assert sorted(shuffled, key=wish(text).closeness) == starts


FRAGMENTS = [
    "le",
    "3",
    "12/",
    "14h30",
    "et",
    "pas",
    "du",
    "au",
    "jeudi",
    "jeu.",
    "avant",
    "9h-11h",
    "décembre",
    ",",
    "fin",
]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=1000) | st.lists(st.sampled_from(FRAGMENTS), max_size=300).map(" ".join))
def test_any_text_is_read_without_an_error_in_less_than_20_ms(text: str) -> None:
    moment = find_moments(text, SUNDAY)
    if moment:
        moment.in_words()
        moment.as_dict()
        moment.closeness(at("2026-11-26 09:00"))
    # processor time, and a second and third try: the machine may be busy with something else
    assert any(_seconds(text) < 0.02 for _ in range(3))


@pytest.mark.parametrize(
    "text",
    [
        "le 3 " * 200,
        "jeudi " * 160,
        "14h30 " * 160,
        "9-" * 500,
        "a" * 1000,
        " " * 1000,
        "le " * 330,
        "j'ai perdu " * 90,
        "pas le " * 140,
        "du 3 au " * 120,
        "1/" * 500,
        "le 3 ou " * 120,
        "1 " * 500,
        "e" * 100_000,
    ],
)
def test_a_long_text_takes_less_than_20_ms(text: str) -> None:
    find_moments(text, SUNDAY)
    assert min(_seconds(text) for _ in range(5)) < 0.02


def _seconds(text: str) -> float:
    start = clock.process_time()
    find_moments(text, SUNDAY)
    return clock.process_time() - start


def wish(text: str) -> Moment:
    moment = find_moments(text, SUNDAY)
    assert moment is not None
    return moment


def at(words: str) -> datetime:
    return datetime.fromisoformat(words).replace(tzinfo=FRANCE)


def test_the_table_has_the_size_it_was_asked_to_have() -> None:
    assert len(DAYS + PERIODS + HOURS + SOON + IN_SENTENCES + OTHER_NOWS) >= 120


def test_a_moment_can_be_made_by_hand() -> None:
    moment = Moment(days=(date(2026, 11, 26),), from_time=time(9))
    assert moment.allows(at("2026-11-26 09:00")) and not moment.allows(at("2026-11-26 08:59"))
