"""What a topic without a procedure may mean; `procedures/topics.yml`."""

from pathlib import Path

from ruamel.yaml import YAML

from assistant.catalogue.loader import Catalogue, CatalogueError
from assistant.errors import NotFound

Topics = dict[str, tuple[str, ...]]
"""Topic → procedure ids, most likely first."""


def load_topics(path: Path, catalogue: Catalogue) -> Topics:
    """The topics, each procedure checked against the catalogue."""
    topics = {topic: tuple(names) for topic, names in YAML(typ="safe").load(path.read_text(encoding="utf-8")).items()}
    mistakes = [m for topic, names in topics.items() for name in names if (m := _mistake(path, topic, name, catalogue))]
    if mistakes:
        raise CatalogueError(mistakes)
    return topics


def _mistake(path: Path, topic: str, name: str, catalogue: Catalogue) -> str | None:
    try:
        catalogue.procedure(name)
    except NotFound as error:
        return f"{path.parent.name}/{path.name} : {topic} : {error.message}"
    return None
