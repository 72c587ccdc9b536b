"""Topics of a vague message, and the life events that some of them are."""

import pytest

from assistant.catalogue.loader import Catalogue, load
from assistant.catalogue.topics import LIFE_EVENTS, event_of, load_topics
from assistant.settings import Settings


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The project's own."""
    return load(Settings().procedures_dir)


def test_every_topic_that_is_a_life_event_has_its_file(catalogue: Catalogue) -> None:
    """A topic or an event renamed would silently bring the bare question back."""
    topics = load_topics(Settings().procedures_dir / "topics.yml", catalogue)
    assert len(LIFE_EVENTS) >= 6
    assert set(LIFE_EVENTS) <= set(topics)
    assert {name for names in LIFE_EVENTS.values() for name in names} <= set(catalogue.events)


@pytest.mark.parametrize(
    ("text", "event"),
    [
        ("Mon mari est mort hier", "deces_conjoint"),
        ("je suis veuve", "deces_conjoint"),
        ("mon père est mort", "deces_proche"),
        ("je suis en deuil", "deces_proche"),
        ("", "deces_proche"),
    ],
)
def test_two_events_of_one_topic_are_told_apart_by_what_only_one_of_them_says(
    catalogue: Catalogue, text: str, event: str
) -> None:
    """A word that both know tells nothing: then the general one."""
    found = event_of("deces", text, catalogue)
    assert found is not None and found.id == event


@pytest.mark.parametrize("topic", ["permis", "caf", None])
def test_other_topics_are_no_life_event(catalogue: Catalogue, topic: str | None) -> None:
    """A partner, an object, nothing at all."""
    assert event_of(topic, "mon mari est mort", catalogue) is None
