"""What is kept of each table, why and for how long: declared here once. The page, the purge and the export read it.

A test fails where a column of the database is not declared here, or one that is declared is there no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from dateutil.relativedelta import relativedelta


class Concerns(StrEnum):
    """Whose life a table tells of."""

    PERSON = "person"
    STAFF = "staff"
    NOBODY = "nobody"


@dataclass(frozen=True)
class After:
    """A row goes so long after the instant in `column`; a row without that instant stays."""

    column: str
    keep: relativedelta
    unless: str = ""
    """What makes it stay longer, in French; `purge.STILL_NEEDED` says the same in SQL."""

    @property
    def words(self) -> str:
        """ "6 mois"."""
        return _words(self.keep) + (f", {self.unless}" if self.unless else "")


@dataclass(frozen=True)
class With:
    """A row goes with the row of these tables that it belongs to: the database sees to it."""

    tables: tuple[str, ...]

    @property
    def words(self) -> str:
        """ "aussi longtemps que votre rendez-vous"."""
        titles = (TABLES[name].title for name in self.tables)
        return "aussi longtemps que " + " ou ".join(title[0].lower() + title[1:] for title in titles)


@dataclass(frozen=True)
class Always:
    """As long as the service runs."""

    words: str = "tant que le service existe"


Lifetime = After | With | Always


@dataclass(frozen=True)
class Kept:
    """One table. Each column stands in one of three groups, with what it is, in French."""

    title: str
    why: str
    seen_by: str
    concerns: Concerns
    lifetime: Lifetime
    since: str = ""
    """From when an `After` counts, in French."""
    personal: Mapping[str, str] = field(default_factory=dict)
    """Names a person, or is about one."""
    pseudonymous: Mapping[str, str] = field(default_factory=dict)
    """Leads to a person only together with another table, or with what the person holds."""
    technical: Mapping[str, str] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, str]:
        """Every column with what it is."""
        return {**self.personal, **self.pseudonymous, **self.technical}

    @property
    def duration(self) -> str:
        """ "6 mois après la date du rendez-vous"."""
        if not isinstance(self.lifetime, After):
            return self.lifetime.words
        length, _, unless = self.lifetime.words.partition(", ")
        start = f"{length} après {self.since}" if self.lifetime.keep else f"jusqu'à {self.since}"
        return start + (f", {unless}" if unless else "")


def _words(keep: relativedelta) -> str:
    months = keep.years * 12 + keep.months
    if months:
        return f"{months // 12} ans" if months > 12 and months % 12 == 0 else f"{months} mois"
    if keep.days:
        return f"{keep.days} jour{'s' if keep.days > 1 else ''}"
    return ""


DAY, WEEK, MONTH = relativedelta(days=1), relativedelta(days=7), relativedelta(days=30)
HALF_YEAR, YEAR, FIVE_YEARS = relativedelta(months=6), relativedelta(months=12), relativedelta(years=5)
AT_ONCE = relativedelta()

COUNTER = "l'agent qui vous reçoit et l'opérateur téléphonique"
NOBODY_READS = "personne : le programme seul s'en sert"
SERVICE = "la personne qui tient ce service"
EVERYBODY = "tout le monde"
ROW = "numéro de la ligne"
OF_APPOINTMENT = "numéro du rendez-vous"

TABLES: dict[str, Kept] = {
    "appointment": Kept(
        title="Votre rendez-vous",
        why="Pour vous recevoir à l'heure dite, et savoir quels documents vous apportez. Six mois permettent de reprendre une démarche en cours.",
        seen_by=COUNTER,
        concerns=Concerns.PERSON,
        lifetime=After("end", HALF_YEAR),
        since="la date du rendez-vous",
        personal={
            "name": "nom de la personne qui vient",
            "name_folded": "le même nom sans accents, pour le retrouver",
            "phone": "téléphone",
            "email": "adresse électronique",
            "booked_by": "nom de qui a réservé pour elle",
            "procedures": "démarches",
            "situation": "réponses aux questions sur la situation",
            "distance_km": "distance entre la commune dite et le lieu",
            "place_id": "France services",
            "start": "début",
            "end": "fin",
        },
        pseudonymous={
            "id": OF_APPOINTMENT,
            "code": "code du rendez-vous",
            "conversation": "conversation où il a été pris",
        },
        technical={
            "counter": "numéro du guichet",
            "status": "pris ou annulé",
            "reminders": "si la personne veut être prévenue",
            "created_at": "date de la demande",
            "updated_at": "dernier changement",
        },
    ),
    "visit": Kept(
        title="Votre passage au guichet",
        why="Pour que l'agent prépare le rendez-vous et sache où en est votre démarche.",
        seen_by="les agents de ce France services",
        concerns=Concerns.PERSON,
        lifetime=With(("appointment",)),
        personal={
            "note": "notes de l'agent",
            "documents": "documents que l'agent a vus",
            "status": "où en est la visite",
            "walk_in": "venue sans rendez-vous",
            "arrived_at": "heure d'arrivée",
        },
        pseudonymous={"appointment_id": OF_APPOINTMENT, "updated_by": "compte de l'agent"},
        technical={"updated_at": "dernier changement"},
    ),
    "outcome": Kept(
        title="Ce que sont devenues vos démarches",
        why="Pour savoir si une démarche aboutit dès la première visite.",
        seen_by="les agents ; les autres n'en voient que des nombres",
        concerns=Concerns.PERSON,
        lifetime=With(("appointment",)),
        personal={"procedure": "démarche", "outcome": "ce qu'elle est devenue"},
        pseudonymous={"appointment_id": OF_APPOINTMENT},
        technical={"id": ROW, "said_by": "qui le dit : la personne ou l'agent", "said_at": "quand"},
    ),
    "waiting": Kept(
        title="Votre place dans la liste d'attente",
        why="Pour vous prévenir quand une place plus tôt se libère.",
        seen_by=NOBODY_READS,
        concerns=Concerns.PERSON,
        lifetime=With(("appointment",)),
        pseudonymous={"appointment_id": OF_APPOINTMENT},
        technical={
            "id": ROW,
            "place_id": "France services",
            "since": "depuis quand",
            "earliest": "pas avant",
            "told_at": "quand la personne a été prévenue",
            "told_slot": "du créneau",
        },
    ),
    "message": Kept(
        title="Les messages qui vous sont envoyés",
        why="Pour vous confirmer le rendez-vous et vous le rappeler, si vous l'avez demandé.",
        seen_by="les agents, quand il faut vous téléphoner",
        concerns=Concerns.PERSON,
        lifetime=After("next_try_at", MONTH, "et au moins jusqu'au rendez-vous"),
        since="l'envoi",
        personal={"recipient": "adresse ou téléphone", "subject": "sujet", "text": "texte"},
        pseudonymous={"appointment_id": OF_APPOINTMENT, "key": "de quoi il s'agit"},
        technical={
            "id": ROW,
            "channel": "courriel, SMS ou appel",
            "status": "envoyé ou non",
            "attempts": "nombre d'essais",
            "next_try_at": "prochain ou dernier essai",
            "sent_at": "date d'envoi",
            "error": "cause d'un échec",
        },
    ),
    "conversation": Kept(
        title="Votre conversation",
        why="Pour que vous puissiez la reprendre, et la montrer à l'agent si vous le voulez.",
        seen_by="vous ; l'agent seulement si vous avez dit oui, et sans les noms ni les numéros",
        concerns=Concerns.PERSON,
        lifetime=After("last_message_at", MONTH, "ou jusqu'au rendez-vous si vous la montrez à l'agent"),
        since="votre dernier message",
        personal={"procedures": "démarches dont il est question", "departement": "département"},
        pseudonymous={"id": "numéro de la conversation"},
        technical={
            "started_at": "début",
            "last_message_at": "dernier message",
            "turns": "nombre de messages",
            "channel": "internet, téléphone ou guichet",
            "shared": "si la personne veut que l'agent la lise",
        },
    ),
    "events": Kept(
        title="Ce qui est dit dans la conversation",
        why="Pour que l'assistant se souvienne de ce que vous venez de dire.",
        seen_by="vous ; l'agent seulement si vous avez dit oui, et sans les noms ni les numéros",
        concerns=Concerns.PERSON,
        lifetime=After("timestamp", MONTH, "ou jusqu'au rendez-vous si vous la montrez à l'agent"),
        since="votre dernier message",
        personal={"data": "ce qui est dit et compris"},
        pseudonymous={"sender_id": "numéro de la conversation"},
        technical={
            "id": ROW,
            "type_name": "sorte d'événement",
            "timestamp": "quand",
            "intent_name": "ce que l'assistant a compris",
            "action_name": "ce que l'assistant a fait",
        },
    ),
    "opinion": Kept(
        title="Votre avis sur une liste de documents",
        why="Pour corriger les listes qui n'aident pas.",
        seen_by="les coordinateurs, en nombres seulement",
        concerns=Concerns.PERSON,
        lifetime=With(("conversation",)),
        personal={"procedure": "démarche", "helpful": "si la liste a aidé", "reason": "pourquoi non"},
        pseudonymous={"conversation": "numéro de la conversation"},
        technical={"id": ROW, "said_at": "quand"},
    ),
    "call": Kept(
        title="Vos appels téléphoniques",
        why="Pour reprendre un appel et savoir comment il s'est terminé. Les appels ne sont pas enregistrés : l'opérateur écrit une note.",
        seen_by="les opérateurs téléphoniques",
        concerns=Concerns.PERSON,
        lifetime=After("started_at", HALF_YEAR),
        since="l'appel",
        personal={"note": "note de l'opérateur", "reason": "comment l'appel s'est terminé"},
        pseudonymous={
            "id": ROW,
            "account_id": "compte de l'opérateur",
            "conversation": "numéro de la conversation",
            "appointment_id": OF_APPOINTMENT,
        },
        technical={"started_at": "début", "ended_at": "fin"},
    ),
    "unclear": Kept(
        title="Les phrases que l'assistant n'a pas comprises",
        why="Pour lui apprendre à mieux comprendre. Les noms, adresses et numéros sont enlevés avant.",
        seen_by="les relecteurs",
        concerns=Concerns.PERSON,
        lifetime=After("at", YEAR),
        since="le message",
        pseudonymous={"text": "message, sans noms ni numéros", "conversation": "numéro de la conversation"},
        technical={
            "id": ROW,
            "at": "quand",
            "guessed": "ce que l'assistant a cru",
            "why": "pourquoi elle est gardée",
            "corrected": "démarche choisie à la place",
            "status": "relue ou non",
            "label": "démarche d'après le relecteur",
            "reviewed_by": "compte du relecteur",
            "reviewed_at": "date de relecture",
        },
    ),
    "hold": Kept(
        title="Un créneau gardé pendant que vous écrivez",
        why="Pour que personne ne prenne le créneau pendant ce temps.",
        seen_by=NOBODY_READS,
        concerns=Concerns.PERSON,
        lifetime=After("expires_at", AT_ONCE),
        since="la fin du délai, dix minutes d'habitude",
        pseudonymous={"id": "numéro secret, ou conversation"},
        technical={
            "place_id": "France services",
            "counter": "numéro du guichet",
            "start": "début",
            "end": "fin",
            "expires_at": "jusqu'à quand",
            "renewals": "combien de fois prolongé",
        },
    ),
    "occupation": Kept(
        title="Les quarts d'heure occupés au guichet",
        why="Pour que deux personnes n'aient pas la même place.",
        seen_by=NOBODY_READS,
        concerns=Concerns.PERSON,
        lifetime=With(("appointment", "hold")),
        pseudonymous={"appointment_id": OF_APPOINTMENT, "hold_id": "créneau gardé"},
        technical={
            "place_id": "France services",
            "counter": "numéro du guichet",
            "unit": "quart d'heure",
            "expires_at": "jusqu'à quand",
        },
    ),
    "idempotency_key": Kept(
        title="La preuve qu'une demande est déjà faite",
        why="Pour ne pas prendre deux rendez-vous si vous appuyez deux fois.",
        seen_by=NOBODY_READS,
        concerns=Concerns.PERSON,
        lifetime=After("created_at", WEEK),
        since="la demande",
        pseudonymous={
            "key": "clé de la demande",
            "body_hash": "empreinte de la demande",
            "appointment_id": OF_APPOINTMENT,
        },
        technical={"created_at": "quand"},
    ),
    "audit": Kept(
        title="Qui a lu ou changé un dossier",
        why="Pour retrouver une lecture qui n'aurait pas dû avoir lieu. Le contenu du dossier n'y est pas.",
        seen_by=SERVICE,
        concerns=Concerns.PERSON,
        lifetime=After("at", YEAR),
        since="la lecture",
        pseudonymous={
            "account_id": "compte de la personne du service",
            "subject": "code du rendez-vous, appel ou conversation",
        },
        technical={
            "id": ROW,
            "at": "quand",
            "actor": "personne du service, usager ou programme",
            "action": "ce qui a été demandé",
            "place_id": "France services",
            "allowed": "si c'était permis",
        },
    ),
    "account": Kept(
        title="Les comptes des agents et des opérateurs",
        why="Pour que seules les personnes autorisées voient les dossiers.",
        seen_by=SERVICE,
        concerns=Concerns.STAFF,
        lifetime=After("created_at", YEAR, "et seulement s'il est fermé et n'a rien lu ni changé depuis autant"),
        since="l'ouverture du compte",
        personal={"login": "identifiant", "name": "nom", "subject": "identifiant chez le fournisseur d'identité"},
        pseudonymous={"id": "numéro du compte", "password": "empreinte du mot de passe"},
        technical={"role": "rôle", "active": "ouvert ou fermé", "created_at": "date de création"},
    ),
    "account_scope": Kept(
        title="Les lieux d'un compte",
        why="Pour que chacun ne voie que son France services.",
        seen_by=SERVICE,
        concerns=Concerns.STAFF,
        lifetime=With(("account",)),
        pseudonymous={"account_id": "numéro du compte"},
        technical={"kind": "lieu, département ou partout", "value": "lequel"},
    ),
    "staff_session": Kept(
        title="Les connexions des agents et des opérateurs",
        why="Pour rester connecté une journée de travail.",
        seen_by=NOBODY_READS,
        concerns=Concerns.STAFF,
        lifetime=After("expires_at", AT_ONCE),
        since="12 heures après la connexion",
        pseudonymous={
            "id": "empreinte de la connexion",
            "account_id": "numéro du compte",
            "csrf": "secret des formulaires",
        },
        technical={"created_at": "début", "last_seen_at": "dernière page", "expires_at": "fin"},
    ),
    "sign_in_attempt": Kept(
        title="Les essais de mot de passe manqués",
        why="Pour bloquer qui essaie de deviner un mot de passe.",
        seen_by=NOBODY_READS,
        concerns=Concerns.STAFF,
        lifetime=After("last_at", DAY),
        since="le dernier essai",
        personal={"login": "identifiant essayé"},
        technical={"failures": "nombre d'essais", "last_at": "dernier essai", "locked_until": "bloqué jusqu'à"},
    ),
    "closure": Kept(
        title="Les fermetures et absences",
        why="Pour ne pas donner de rendez-vous quand le lieu est fermé.",
        seen_by=EVERYBODY,
        concerns=Concerns.STAFF,
        lifetime=After("end", YEAR),
        since="la fin de la fermeture",
        personal={"reason": "raison écrite par le lieu"},
        technical={
            "id": ROW,
            "place_id": "France services",
            "counter": "guichet absent",
            "start": "début",
            "end": "fin",
        },
    ),
    "opening": Kept(
        title="Les horaires propres d'un lieu",
        why="Pour dire quand le lieu est ouvert.",
        seen_by=EVERYBODY,
        concerns=Concerns.NOBODY,
        lifetime=After("last_day", YEAR),
        since="leur dernier jour",
        technical={
            "id": ROW,
            "place_id": "France services",
            "rule": "jours",
            "first_day": "premier jour",
            "last_day": "dernier jour",
            "start": "début",
            "end": "fin",
            "purpose": "avec ou sans rendez-vous",
            "counters": "guichets",
            "stop": "arrêt d'un bus",
            "latitude": "latitude",
            "longitude": "longitude",
        },
    ),
    "timetable_change": Kept(
        title="Les changements d'horaires",
        why="Pour que tous les programmes lisent les mêmes horaires.",
        seen_by=NOBODY_READS,
        concerns=Concerns.NOBODY,
        lifetime=After("changed_at", YEAR, "sauf le dernier de chaque lieu"),
        since="le changement",
        technical={"id": ROW, "place_id": "France services", "what": "ce qui a changé", "changed_at": "quand"},
    ),
    "request_count": Kept(
        title="Le nombre de demandes par jour",
        why="Pour savoir quelles démarches sont demandées. Ce sont des nombres : rien n'y mène à une personne.",
        seen_by="les coordinateurs, sans les nombres trop petits",
        concerns=Concerns.NOBODY,
        lifetime=After("day", FIVE_YEARS),
        since="ce jour",
        technical={
            "day": "jour",
            "channel": "internet, téléphone ou guichet",
            "departement": "département",
            "procedure": "démarche",
            "count": "nombre",
        },
    ),
    "place": Kept(
        title="L'annuaire des France services",
        why="Pour trouver le lieu le plus proche. Ce sont des données publiques.",
        seen_by=EVERYBODY,
        concerns=Concerns.NOBODY,
        lifetime=Always(),
        technical={
            "id": "identifiant",
            "name": "nom du lieu",
            "address": "adresse",
            "postcode": "code postal",
            "commune": "commune",
            "commune_code": "code de la commune",
            "departement": "département",
            "latitude": "latitude",
            "longitude": "longitude",
            "phone": "téléphone du lieu",
            "email": "adresse électronique du lieu",
            "hours": "horaires",
            "takes_appointments": "reçoit sur rendez-vous",
            "comment": "remarque publique",
            "kind": "fixe, antenne ou bus",
            "capacity": "guichets",
            "sample": "exemple",
            "active": "dans l'annuaire",
            "timetable": "dernier changement d'horaires",
        },
    ),
    "commune": Kept(
        title="La liste des communes",
        why="Pour comprendre où vous habitez. Ce sont des données publiques.",
        seen_by=EVERYBODY,
        concerns=Concerns.NOBODY,
        lifetime=Always(),
        technical={
            "code": "code",
            "name": "nom",
            "parent_code": "commune d'un arrondissement",
            "departement": "département",
            "postcodes": "codes postaux",
            "population": "population",
            "latitude": "latitude",
            "longitude": "longitude",
        },
    ),
    "commune_alias": Kept(
        title="Les anciens noms des communes",
        why="Pour comprendre un ancien nom. Ce sont des données publiques.",
        seen_by=EVERYBODY,
        concerns=Concerns.NOBODY,
        lifetime=With(("commune",)),
        technical={
            "id": ROW,
            "name": "nom",
            "former_code": "ancien code",
            "commune_code": "commune d'aujourd'hui",
            "postcodes": "codes postaux",
            "latitude": "latitude",
            "longitude": "longitude",
        },
    ),
    "directory_import": Kept(
        title="Les mises à jour de l'annuaire",
        why="Pour dire de quand datent les horaires.",
        seen_by=EVERYBODY,
        concerns=Concerns.NOBODY,
        lifetime=Always(),
        technical={
            "id": ROW,
            "kind": "lieux ou communes",
            "source": "fichier ou adresse",
            "data_date": "date des données",
            "sample": "exemple",
            "imported_at": "quand",
            "report": "compte rendu",
        },
    ),
    "provider_place": Kept(
        title="Les lieux connus du fournisseur d'identité",
        why="Pour rattacher un agent à son lieu.",
        seen_by=SERVICE,
        concerns=Concerns.NOBODY,
        lifetime=With(("place",)),
        technical={"siret": "numéro de l'établissement", "place_id": "France services"},
    ),
}
"""Every table of `Base.metadata`, and Rasa's `events`."""

OUTBOX = Kept(
    title="Le fichier des messages",
    why="Il remplace l'envoi des messages tant qu'aucun serveur n'est réglé.",
    seen_by=SERVICE,
    concerns=Concerns.PERSON,
    lifetime=After("written_at", MONTH),
    since="l'envoi",
    personal={"recipient": "adresse ou téléphone", "subject": "sujet", "text": "texte"},
    pseudonymous={"key": "de quoi il s'agit"},
    technical={"channel": "courriel, SMS ou appel", "written_at": "quand"},
)
"""A line of `settings.outbox`."""


def of_concern(concerns: Concerns) -> list[Kept]:
    """The tables that tell of these people, in the order declared."""
    return [kept for kept in TABLES.values() if kept.concerns is concerns]
