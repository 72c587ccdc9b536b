"""`assistant learned export`: the sentences that reviewers labelled, as training data to commit."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

from assistant.app import Services
from assistant.nlu.decision import REQUEST, label_of
from assistant.privacy.pseudonyms import TAGS
from assistant.quality.messages import OWN, SHARED
from assistant.settings import Settings
from assistant.staff.learning import ELSE
from assistant.text import fold

app = typer.Typer(help="Ce que les relecteurs ont appris à l'assistant.", no_args_is_help=True)
console = Console()
FILE = "dialogue/appris.yml"
"""In `nlu_data`."""
FEWEST = 2
"""Words of a sentence worth learning."""
ALIKE, COMPARED = 0.8, 5
"""Share of the words that makes a sentence a reworded one, where it has so many."""


@app.callback()
def main() -> None:
    """Holds the commands."""


@app.command()
def export(
    file: Annotated[
        Path | None, typer.Argument(help="Le fichier à compléter ; sans lui, nlu_data/dialogue/appris.yml.")
    ] = None,
) -> None:
    """Ajoute les phrases relues aux phrases d'entraînement."""
    services = Services.open(Settings())
    output = file or services.settings.nlu_data_dir / FILE
    held = [fold(text) for path in (SHARED, OWN) if path.exists() for text in _messages(path)]
    sentences, refused = read_learned(output), 0
    before = sum(map(len, sentences.values()))
    for text, label in services.learning.labelled():
        plain = without_tags(text)
        if len(plain.split()) < FEWEST or is_held(fold(plain), held):
            refused += 1
            continue
        intent = label if label in ELSE else label_of(label)
        if plain not in sentences.setdefault(intent, []):
            sentences[intent].append(plain)
    added = sum(map(len, sentences.values())) - before
    write_learned(output, sentences)
    console.print(
        f"{added} phrases ajoutées dans {output}, {refused} laissées. Ensuite : make train, puis make quality-gate."
    )


def without_tags(text: str) -> str:
    """The sentence on one line, without what stands for hidden names; brackets would be read as entities."""
    for tag in TAGS:
        text = text.replace(tag, " ")
    return " ".join(text.replace("[", " ").replace("]", " ").split())


def is_held(folded: str, held: Iterable[str]) -> bool:
    """Whether a sentence is, or nearly is, one of those that the assistant is measured with."""
    words = set(folded.split())
    return any(
        folded == other or (min(len(words), len(set(other.split()))) >= COMPARED and _alike(words, set(other.split())))
        for other in held
    )


def _alike(words: set[str], others: set[str]) -> bool:
    return len(words & others) >= ALIKE * max(len(words), len(others))


def read_learned(path: Path) -> dict[str, list[str]]:
    """Intent → sentences of the file; nothing where there is none yet."""
    if not path.exists():
        return {}
    blocks = YAML(typ="safe").load(path.read_text(encoding="utf-8"))["nlu"]
    return {block["intent"]: [line[2:] for line in block["examples"].splitlines()] for block in blocks}


def write_learned(path: Path, sentences: dict[str, list[str]]) -> None:
    """The file as Rasa reads it: requests first, by label."""
    ordered = sorted(sentences, key=lambda intent: (not intent.startswith(REQUEST), intent))
    blocks = [
        {"intent": intent, "examples": LiteralScalarString("".join(f"- {text}\n" for text in sentences[intent]))}
        for intent in ordered
        if sentences[intent]
    ]
    yaml = YAML()
    yaml.width = 10_000  # type: ignore[assignment]
    with path.open("w", encoding="utf-8") as output:
        yaml.dump({"version": "3.1", "nlu": blocks}, output)


def _messages(path: Path) -> list[str]:
    return [json.loads(line)["text"] for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
