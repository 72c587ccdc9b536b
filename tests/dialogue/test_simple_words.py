"""Responses "en plus simple" say the same as the usual ones, in short sentences."""

import re
from pathlib import Path

import pytest
import yaml

from assistant.catalogue.readability import sentences, words
from assistant.dialogue.channel import SimpleChannel

DOMAIN = Path(__file__).parents[2] / "assistant" / "dialogue" / "domain"
RESPONSES = yaml.safe_load((DOMAIN / "responses.yml").read_text(encoding="utf-8"))["responses"]
SIMPLE = {name: items[1] for name, items in RESPONSES.items() if len(items) > 1}
VARIABLE = re.compile(r"\{\w+\}")
SHORT = 12
"""Words a usual text may have without simpler ones beside it."""
LONGEST_SENTENCE = 15


def french(text: str) -> str:
    """The fixed French words: variables are not ours, another language stands on the line before."""
    return VARIABLE.sub("", text.splitlines()[-1])


def payloads(item: dict) -> list[str]:
    return [button["payload"] for button in item.get("buttons", [])]


def test_a_response_is_usual_words_then_at_most_simple_ones() -> None:
    assert SIMPLE
    for items in RESPONSES.values():
        assert [item.get("channel") for item in items] in ([None], [None, SimpleChannel.name()])


def test_every_long_text_has_simple_words() -> None:
    assert [
        n for n, items in RESPONSES.items() if len(words(french(items[0]["text"]))) > SHORT and n not in SIMPLE
    ] == []


@pytest.mark.parametrize("name", SIMPLE)
def test_simple_words_keep_the_facts(name: str) -> None:
    """The same variables, numbers and buttons."""
    usual, simple = RESPONSES[name][0], SIMPLE[name]
    for fact in (VARIABLE, re.compile(r"\d+")):
        assert set(fact.findall(simple["text"])) == set(fact.findall(usual["text"]))
    assert payloads(simple) == payloads(usual)


@pytest.mark.parametrize("name", SIMPLE)
def test_simple_words_are_short_sentences(name: str) -> None:
    text = french(SIMPLE[name]["text"])
    assert "(" not in text
    assert [s for s in sentences(text) if len(words(s)) > LONGEST_SENTENCE] == []
