"""What a message goes through before anything reads it."""

import time

import pytest
from fastapi.testclient import TestClient

from assistant.errors import AssistantError
from assistant.settings import Settings
from assistant.web.gate import Pace, TooManyMessages, admit


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("/restart", "restart"),
        ("  //  /back", "back"),
        ('/demander{"place": "x"}', 'demander{"place": "x"}'),
        ("\x00/restart", "restart"),
        ("\u200b/restart", "restart"),
        ("／restart", "restart"),
        ("J'ai\x00 perdu\r\n\t mon   permis", "J'ai perdu mon permis"),
        ("carte\ud83dgrise", "cartegrise"),
        ("permis 👍", "permis 👍"),
        ("et/ou", "et/ou"),
    ],
)
def test_a_message_reaches_the_engine_as_plain_words(written: str, read: str) -> None:
    assert admit(written, Settings()) == read


@pytest.mark.parametrize("text", ["", "   ", "\x00", "\n\t", "///", "\u200b\u200e", "\ud800", "/"])
def test_a_message_without_words_is_refused_in_french(text: str) -> None:
    with pytest.raises(AssistantError, match="Votre message est vide") as refused:
        admit(text, Settings())
    assert refused.value.status == 422


def test_a_message_that_is_too_long_is_refused_at_once(client: TestClient, conversation: str) -> None:
    started = time.perf_counter()
    answer = client.post(f"/api/conversations/{conversation}/messages", json={"text": "a" * 20_000})
    elapsed = time.perf_counter() - started
    assert answer.status_code == 413
    assert "1000 caractères au plus" in answer.json()["detail"]
    assert elapsed < 0.05


def test_the_longest_message_is_read(client: TestClient, conversation: str) -> None:
    answer = client.post(f"/api/conversations/{conversation}/messages", json={"text": "é" * 1000})
    assert answer.status_code == 200


def test_a_conversation_that_goes_too_fast_is_asked_to_wait_and_another_is_not() -> None:
    pace = Pace(Settings(messages_per_minute=3))
    for _ in range(3):
        pace.check("one")
    with pytest.raises(TooManyMessages, match="Attendez") as refused:
        pace.check("one")
    assert 0 < refused.value.retry_after <= 60
    pace.check("other")


def test_the_answer_to_haste_says_when_to_come_back(client: TestClient, conversation: str) -> None:
    answers = [client.post(f"/api/conversations/{conversation}/messages", json={"text": "oui"}) for _ in range(31)]
    assert [answer.status_code for answer in answers] == [200] * 30 + [429]
    assert int(answers[-1].headers["Retry-After"]) > 0
    assert answers[-1].json()["detail"].startswith("Vous avez envoyé beaucoup de messages")


def test_a_limiter_that_is_down_lets_people_speak() -> None:
    Pace(Settings(redis_url="redis://127.0.0.1:1/0")).check("one")
