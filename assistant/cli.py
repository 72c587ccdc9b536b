"""The command `assistant`."""

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import track

from assistant.booking.cli import app as place_app
from assistant.catalogue.cli import app as catalogue_app
from assistant.directory.cli import app as import_app
from assistant.errors import AssistantError
from assistant.logs import configure
from assistant.privacy.cli import erase, export, purge
from assistant.quality.cli import app as quality_app
from assistant.quality.learned import app as learned_app
from assistant.settings import Settings
from assistant.staff.cli import app as users_app

app = typer.Typer(help="L'assistant des France services.", no_args_is_help=True, pretty_exceptions_show_locals=False)
app.add_typer(catalogue_app, name="catalogue")
app.add_typer(import_app, name="import")
app.add_typer(place_app, name="place")
app.add_typer(quality_app, name="quality")
app.add_typer(users_app, name="users")
app.add_typer(learned_app, name="learned")
for privacy_command in (purge, erase, export):
    app.command()(privacy_command)
console = Console(stderr=True)


@app.callback()
def main() -> None:
    """Set up logs before any command."""
    configure()


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Adresse d'écoute.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port d'écoute.")] = 8000,
) -> None:
    """Lance l'assistant ; entraîne d'abord un modèle si les fichiers ont changé."""
    import uvicorn

    from assistant.web.app import create_app

    settings = Settings()
    if settings.model_path is None:
        train(if_needed=True)
    console.print(f"L'assistant démarre : http://{host}:{port} (prêt dans une vingtaine de secondes)")
    # websockets are not used, and Rasa's version of the library is too old for uvicorn's
    uvicorn.run(create_app(settings), host=host, port=port, ws="none", log_level="warning", access_log=False)


@app.command()
def train(
    if_needed: Annotated[
        bool, typer.Option(help="Seulement si les fichiers ont changé depuis le dernier modèle.")
    ] = False,
) -> None:
    """Entraîne le modèle de Rasa."""
    from assistant.dialogue.model import is_current
    from assistant.dialogue.model import train as train_model

    if if_needed and is_current(Settings()):
        return
    console.print("Entraînement du modèle : deux à quatre minutes.")
    with console.status("Entraînement en cours…"):
        model = train_model(Settings())
    console.print(f"Modèle prêt : {model.name}")


@app.command()
def triage(
    messages: Annotated[Path, typer.Option("--input", help="Messages, un objet JSON {id, text} par ligne.")],
    predictions: Annotated[
        Path, typer.Option("--output", help="Où écrire {id, kind, labels, act, confidence}, un par ligne.")
    ],
) -> None:
    """Dit, pour chaque message, ce que l'assistant comprend."""
    from assistant.dialogue.offline import triage_all

    lines = [json.loads(line) for line in messages.read_text(encoding="utf-8").splitlines() if line.strip()]
    lines = [line | {"text": _words(line["text"])} for line in lines]
    with predictions.open("w", encoding="utf-8") as output:
        for prediction in track(triage_all(Settings(), lines), total=len(lines), description="Triage", console=console):
            output.write(json.dumps(prediction, ensure_ascii=False) + "\n")


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Le fichier à écrire, par exemple sauvegarde.zip.")],
    force: Annotated[bool, typer.Option("--force", help="Remplace le fichier s'il existe.")] = False,
) -> None:
    """Sauvegarde les bases SQLite dans un fichier, sans arrêter l'assistant."""
    from assistant.storage.backup import backup as save

    manifest = save(Settings(), file, force)
    console.print(f"Sauvegarde écrite : {file} ({manifest.appointments} rendez-vous)")


@app.command()
def restore(
    file: Annotated[Path, typer.Argument(help="Un fichier écrit par « assistant backup ».")],
    force: Annotated[
        bool, typer.Option("--force", help="Remplace une base qui a des rendez-vous ; une copie en est gardée à côté.")
    ] = False,
) -> None:
    """Remet les bases d'une sauvegarde ; l'assistant doit être arrêté."""
    from assistant.storage.backup import restore as put_back

    restored = put_back(Settings(), file, force)
    made_at = restored.manifest.made_at.astimezone()
    console.print(f"Sauvegarde du {made_at:%d/%m/%Y à %H:%M} restaurée : {restored.manifest.appointments} rendez-vous")
    for kept in restored.kept:
        console.print(f"Ce qui était là avant est gardé : {kept}")


def _words(text: str) -> str:
    """The text as the web's gate lets it through; empty where nothing is left."""
    from assistant.web.gate import admit

    try:
        return admit(text, Settings())
    except AssistantError:
        return ""


def run() -> None:
    """The entry point: a known error is a sentence, not a traceback."""
    try:
        app()
    except AssistantError as error:
        console.print(f"[red]{error.message}[/red]")
        raise SystemExit(1) from None


if __name__ == "__main__":
    run()
