"""`assistant quality`: the sheet, the thresholds, the gate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from assistant.app import Services, use
from assistant.errors import AssistantError
from assistant.settings import PROJECT, Settings

if TYPE_CHECKING:
    from assistant.nlu.decision import Thresholds
    from assistant.nlu.learning.request_model import Recipe
    from assistant.quality.messages import Message
    from assistant.quality.training import Example

app = typer.Typer(help="Mesure ce que l'assistant comprend.", no_args_is_help=False)
console = Console(stderr=True)


@app.callback(invoke_without_command=True)
def sheet(
    context: typer.Context,
    quick: Annotated[bool, typer.Option(help="Sans les phrases jamais vues ni la courbe d'apprentissage.")] = False,
) -> None:
    """Entraîne, mesure, et écrit docs/quality.md."""
    if context.invoked_subcommand:
        return
    from assistant.quality.gate import drops
    from assistant.quality.sheet import write
    from assistant.quality.study import study

    settings = Settings()
    use(Services.open(settings))
    with console.status("Entraînement et mesures : un quart d'heure (quatre minutes avec --quick)…"):
        examples, sets, recipe, limits = _material(settings)
        found = study(examples, sets, recipe, limits, quick)
    write(found, PROJECT / "docs")
    console.print("Écrit : docs/quality.md, docs/quality.svg")
    for drop in drops(found.sets["du projet"]):
        console.print(f"[red]{drop}[/red]")


@app.command()
def thresholds() -> None:
    """Règle la température et les seuils sur les messages du projet, et les écrit dans config.yml."""
    from assistant.quality.messages import OWN, load
    from assistant.quality.study import learnt
    from assistant.quality.thresholds import best_temperature, best_thresholds, write

    settings = Settings()
    use(Services.open(settings))
    examples, _, recipe, start = _material(settings)
    messages = load(OWN)
    with console.status("Entraînement…"):
        model = learnt(examples, recipe)
    temperature = best_temperature(model, messages)
    found, cost = best_thresholds(model.calibrated(temperature), messages, start)
    write(settings.dialogue_dir / "config.yml", temperature, found)
    console.print(f"Température {temperature}, {found}, coût moyen d'un message {cost:.3f}")


@app.command()
def gate(
    accept: Annotated[bool, typer.Option(help="Prend les figures d'aujourd'hui comme référence.")] = False,
) -> None:
    """Refuse un modèle qui reconnaît moins bien un partenaire."""
    from assistant.quality import gate as gates
    from assistant.quality.served import figures_of_served

    figures = figures_of_served(Settings())
    if accept:
        gates.accept(figures)
        console.print("Accepté : tests/quality/accepted.json")
        return
    found = gates.drops(figures)
    if found:
        raise AssistantError("Reconnus moins bien qu'avant :\n" + "\n".join(found))
    console.print("Aucun partenaire n'est reconnu moins bien.")


def _material(settings: Settings) -> tuple[list[Example], dict[str, list[Message]], Recipe, Thresholds]:
    """Sentences, sets of messages, recipe and thresholds, as they are configured today."""
    from ruamel.yaml import YAML

    from assistant.nlu.decision import Thresholds
    from assistant.nlu.learning.network import Shape
    from assistant.nlu.learning.request_model import Recipe
    from assistant.quality import messages, training

    config = YAML(typ="safe").load((settings.dialogue_dir / "config.yml").read_text(encoding="utf-8"))
    component = next(c for c in config["pipeline"] if c["name"].endswith("RequestClassifier"))
    sets = {"du projet": messages.load(messages.OWN)}
    if messages.SHARED.exists():
        sets = {"partagés": messages.load(messages.SHARED), **sets}
    recipe = Recipe(shape=Shape(**component.get("shape", {})), temperature=component["temperature"])
    return training.read(settings.nlu_data_dir), sets, recipe, Thresholds(**component["thresholds"])
