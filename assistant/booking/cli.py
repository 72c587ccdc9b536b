"""`assistant place`: openings, closures, absences and counters of a place, and what to do of the appointments concerned."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from rich.console import Console
from rich.table import Table
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from assistant.app import Services
from assistant.booking.outbox import Outbox
from assistant.booking.wording import moment_in_words
from assistant.directory.hours import hours_in_words
from assistant.directory.models import Closure, OwnHours, Place, Point
from assistant.errors import Refused
from assistant.settings import Settings

app = typer.Typer(help="Les horaires propres d'un lieu, ses fermetures, ses guichets.", no_args_is_help=True)
console = Console()
PlaceId = Annotated[str, typer.Argument(help="Identifiant du lieu dans l'annuaire.")]


class HoursLine(BaseModel):
    """One recurrence of a file of hours; `from` and `to` are local times."""

    model_config = ConfigDict(extra="forbid")

    rule: str
    first_day: date
    last_day: date | None = None
    start: time
    end: time
    purpose: str = "both"
    counters: int | None = None
    stop: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    def own_hours(self) -> OwnHours:
        """As the editor takes them."""
        here = None if self.latitude is None or self.longitude is None else Point(self.latitude, self.longitude)
        return OwnHours(**self.model_dump(exclude={"latitude", "longitude"}), point=here)


@app.command()
def show(place_id: PlaceId) -> None:
    """Montre les horaires, les fermetures et les guichets d'un lieu."""
    services = Services.open(Settings())
    place = services.directory.place(place_id)
    console.print(f"{place.name}, {place.address}")
    console.print(hours_in_words(place))
    console.print(f"Guichets sur rendez-vous : {place.capacity or services.settings.default_capacity}")
    zone = ZoneInfo(place.timezone)
    for closure in place.closures:
        who = "lieu fermé" if closure.counter is None else f"guichet {closure.counter + 1} absent"
        span = f"du {closure.start.astimezone(zone):%d/%m/%Y %H:%M} au {closure.end.astimezone(zone):%d/%m/%Y %H:%M}"
        console.print(f"{span} : {who} {closure.reason}")
    _tell_stranded(services, place)


@app.command()
def close(
    place_id: PlaceId,
    start: Annotated[datetime, typer.Argument(help="Début, heure du lieu : 2026-12-24T12:00.")],
    end: Annotated[datetime, typer.Argument(help="Fin, heure du lieu.")],
    reason: Annotated[str, typer.Option(help="Ce que les gens liront.")] = "",
    counter: Annotated[int | None, typer.Option(help="Un seul guichet (1, 2 …) : l'absence d'un agent.", min=1)] = None,
) -> None:
    """Ferme un lieu, ou un de ses guichets ; dit quels rendez-vous sont concernés."""
    services = Services.open(Settings())
    place = services.directory.place(place_id)
    zone = ZoneInfo(place.timezone)
    closure = Closure(start.replace(tzinfo=zone), end.replace(tzinfo=zone), counter and counter - 1, reason)
    number = services.timetables.close(place_id, closure, services.now())
    console.print(f"Fermeture {number} enregistrée. Pour l'enlever : assistant place reopen {place_id} {number}")
    _tell_stranded(services, services.directory.place(place_id))


@app.command()
def reopen(place_id: PlaceId, number: Annotated[int, typer.Argument(help="Le numéro donné par « close ».")]) -> None:
    """Enlève une fermeture ou une absence."""
    services = Services.open(Settings())
    services.timetables.reopen(place_id, number, services.now())
    console.print("C'est fait.")


@app.command()
def hours(
    place_id: PlaceId,
    file: Annotated[
        Path,
        typer.Argument(help="Fichier YAML : une liste de plages (voir docs/horaires.md) ; vide : ceux de l'annuaire."),
    ],
) -> None:
    """Remplace les horaires propres d'un lieu par ceux d'un fichier."""
    services = Services.open(Settings())
    services.timetables.set_hours(place_id, read_hours(file), services.now())
    place = services.directory.place(place_id)
    console.print(hours_in_words(place))
    _tell_stranded(services, place)


@app.command()
def capacity(
    place_id: PlaceId, counters: Annotated[int, typer.Argument(help="Guichets qui reçoivent sur rendez-vous.")]
) -> None:
    """Règle le nombre de guichets qui reçoivent sur rendez-vous."""
    services = Services.open(Settings())
    services.timetables.set_capacity(place_id, counters, services.now())
    _tell_stranded(services, services.directory.place(place_id))


@app.command()
def repair(
    place_id: PlaceId,
    move: Annotated[bool, typer.Option(help="Déplacer au meilleur créneau libre, et prévenir.")] = False,
) -> None:
    """Règle les rendez-vous sans guichet : autre guichet à la même heure, sinon déplacés (--move) ou à rappeler."""
    services = Services.open(Settings())
    done = services.repair.apply(place_id, services.now(), move)
    console.print(f"{len(done.seated)} à un autre guichet, {len(done.moved)} déplacés, {len(done.to_call)} à rappeler.")


@app.command()
def calls(place_id: Annotated[str | None, typer.Argument(help="Un lieu ; tous si rien n'est dit.")] = None) -> None:
    """Montre les personnes à rappeler, et ce qu'il faut leur dire."""
    services = Services.open(Settings())
    table = Table("Numéro", "Nom", "Téléphone", "Code", "À dire")
    for call in Outbox(services.database, services.settings).call_list(place_id):
        doubt = " (déjà prévenue, peut-être)" if call.why == "doubtful" else ""
        table.add_row(str(call.message_id), call.name, call.phone or call.email or "–", call.code, call.text + doubt)
    console.print(table if table.row_count else "Personne à rappeler.")


@app.command()
def called(number: Annotated[int, typer.Argument(help="Le numéro donné par « calls ».")]) -> None:
    """Enlève une personne de la liste : elle est prévenue."""
    services = Services.open(Settings())
    Outbox(services.database, services.settings).called(number, services.now())
    console.print("C'est noté.")


def read_hours(file: Path) -> list[OwnHours]:
    """The recurrences of a YAML file; raises Refused for what is none."""
    try:
        read = YAML(typ="safe").load(file.read_text(encoding="utf-8")) or []
        return [line.own_hours() for line in TypeAdapter(list[HoursLine]).validate_python(read)]
    except OSError as error:
        raise Refused(f"Le fichier {file} ne se lit pas.") from error
    except (YAMLError, UnicodeDecodeError) as error:
        raise Refused(f"Le fichier {file} n'est pas du YAML lisible.") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = " → ".join(str(part + 1 if isinstance(part, int) else part) for part in first["loc"])
        raise Refused(
            f"Fichier {file}, plage {where} : valeur absente ou mal écrite (voir docs/horaires.md)."
        ) from error


def _tell_stranded(services: Services, place: Place) -> None:
    now = services.now()
    found = services.repair.stranded(place.id, now)
    if not found:
        return
    table = Table("Code", "Nom", "Téléphone", "Rendez-vous", "À proposer", title="Rendez-vous sans guichet")
    for each in found:
        others = [f"{moment_in_words(slot.start, now)}" for slot in each.alternatives]
        table.add_row(each.code, each.name, each.phone or "–", moment_in_words(each.slot.start, now), "\n".join(others))
    console.print(table)
    console.print(f"Les régler tous : assistant place repair {place.id} --move (ou sans --move : à rappeler)")
