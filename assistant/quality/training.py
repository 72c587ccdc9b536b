"""The training sentences, outside Rasa: for models that are learnt only to be measured."""

from __future__ import annotations

import re
from pathlib import Path

from ruamel.yaml import YAML

Example = tuple[str, str]
"""A sentence and its label (`intent`, `intent/sub`, `demande/a.b+c.d`)."""
MARKED = re.compile(r"\[([^\]]+)\](\([^)]*\)|\{[^}]*\})")


def read(folder: Path) -> list[Example]:
    """Every sentence of the NLU files of a folder, entities unmarked."""
    examples: list[Example] = []
    for path in sorted(folder.rglob("*.yml")):
        for block in YAML(typ="safe").load(path.read_text(encoding="utf-8")).get("nlu") or []:
            lines = block["examples"].splitlines()
            examples += [(MARKED.sub(r"\1", line[2:].strip()), block["intent"]) for line in lines if line[:2] == "- "]
    return examples
