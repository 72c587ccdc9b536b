"""What a topic without a procedure may mean; `procedures/topics.yml`."""

from pathlib import Path

from ruamel.yaml import YAML

from assistant.catalogue.loader import Catalogue, CatalogueError
from assistant.catalogue.models import LifeEvent
from assistant.errors import NotFound
from assistant.text import fold

Topics = dict[str, tuple[str, ...]]
"""Topic → procedure ids, most likely first."""
LIFE_EVENTS: dict[str, tuple[str, ...]] = {
    "naissance": ("naissance",),
    "deces": ("deces_conjoint", "deces_proche"),
    "demenagement": ("demenagement",),
    "separation": ("separation",),
    "handicap": ("handicap",),
    "argent": ("difficultes_argent",),
}
"""The topics that are life events; where two events share a topic, the last is right whatever was said."""


def load_topics(path: Path, catalogue: Catalogue) -> Topics:
    """The topics, each procedure checked against the catalogue."""
    topics = {topic: tuple(names) for topic, names in YAML(typ="safe").load(path.read_text(encoding="utf-8")).items()}
    mistakes = [m for topic, names in topics.items() for name in names if (m := _mistake(path, topic, name, catalogue))]
    if mistakes:
        raise CatalogueError(mistakes)
    return topics


def event_of(topic: str | None, text: str, catalogue: Catalogue) -> LifeEvent | None:
    """The life event of a topic, told apart from its like by the words that only it has ("mon mari est mort")."""
    events = [catalogue.events[name] for name in LIFE_EVENTS.get(topic or "", ()) if name in catalogue.events]
    if not events:
        return None
    *narrower, general = events
    said, shared = f" {fold(text)} ", set(map(fold, general.aliases))
    own = (e for e in narrower if any(f" {words} " in said for words in set(map(fold, e.aliases)) - shared))
    return next(own, general)


def _mistake(path: Path, topic: str, name: str, catalogue: Catalogue) -> str | None:
    try:
        catalogue.procedure(name)
    except NotFound as error:
        return f"{path.parent.name}/{path.name} : {topic} : {error.message}"
    return None
