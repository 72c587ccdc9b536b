"""The conversation over HTTP."""

import pytest
from fastapi.testclient import TestClient

from assistant.errors import Unavailable


def test_a_conversation_opens_with_an_id_of_the_server_and_a_welcome(client: TestClient) -> None:
    first, second = (client.post("/api/conversations") for _ in range(2))
    assert first.status_code == 201
    assert first.json()["conversation"] != second.json()["conversation"]
    assert first.json()["replies"][0] == {
        "kind": "text",
        "text": "Bonjour. Je suis un assistant automatique.\nDites-moi votre démarche.",
        "choices": [],
        "data": {},
    }


def test_a_message_is_answered_with_replies_and_the_state(client: TestClient, conversation: str) -> None:
    answer = client.post(f"/api/conversations/{conversation}/messages", json={"text": "j'ai perdu mon permis"}).json()
    assert [reply["kind"] for reply in answer["replies"]] == ["documents", "question"]
    assert [choice["id"] for choice in answer["replies"][1]["choices"]] == ["perdu", "vole"]
    assert set(answer["state"]) == {"procedures", "situation", "commune", "step"}


def test_a_choice_is_sent_by_its_id(client: TestClient, conversation: str) -> None:
    answer = client.post(f"/api/conversations/{conversation}/messages", json={"choice": "vole"}).json()
    shown = [document["id"] for document in answer["replies"][0]["data"]["documents"]]
    assert "recepisse_vol" in shown


def test_a_choice_nobody_offered_is_refused(client: TestClient, conversation: str) -> None:
    answer = client.post(f"/api/conversations/{conversation}/messages", json={"choice": "effacer_la_base"})
    assert answer.status_code == 422
    assert "pas proposé" in answer.json()["detail"]


def test_a_reload_finds_both_sides_of_the_conversation(client: TestClient, conversation: str) -> None:
    client.post(f"/api/conversations/{conversation}/messages", json={"text": "bonjour"})
    found = client.get(f"/api/conversations/{conversation}").json()
    assert [turn["author"] for turn in found["turns"]] == ["assistant", "person", "assistant"]
    assert [reply["kind"] for reply in found["replies"]] == ["text", "text"]
    assert found["state"]["step"] == "documents"


def test_an_erased_conversation_is_gone(client: TestClient, conversation: str) -> None:
    answer = client.delete(f"/api/conversations/{conversation}")
    assert (answer.status_code, answer.content) == (204, b"")
    assert client.get(f"/api/conversations/{conversation}").status_code == 404
    assert client.delete(f"/api/conversations/{conversation}").status_code == 404


@pytest.mark.parametrize("unknown", ["inconnue", "a" * 64, "a" * 300, "%00", "a%00b", "..%2f..", "é", "%ff"])
def test_an_unknown_conversation_is_told_to_begin_again(client: TestClient, unknown: str) -> None:
    answer = client.post(f"/api/conversations/{unknown}/messages", json={"text": "bonjour"})
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_secret_numbers_never_reach_the_engine(client: TestClient, engine, conversation: str) -> None:  # type: ignore[no-untyped-def]
    client.post(f"/api/conversations/{conversation}/messages", json={"text": "mon numéro 1 84 05 75 123 456 78"})
    assert engine.heard == ["mon numéro [numéro masqué]"]


def test_while_the_model_loads_people_are_asked_to_wait_a_few_seconds(client: TestClient, engine) -> None:  # type: ignore[no-untyped-def]
    engine.ready = False
    answer = client.post("/api/conversations")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "3")
    assert "démarre" in answer.json()["detail"]


def test_what_is_down_asks_for_more_patience_than_what_starts(client: TestClient, engine, conversation: str) -> None:  # type: ignore[no-untyped-def]
    engine.fails_with = Unavailable("L'assistant ne répond pas. Réessayez dans une minute.")
    answer = client.post(f"/api/conversations/{conversation}/messages", json={"text": "bonjour"})
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")


def test_a_fault_shows_nothing_of_itself(client: TestClient, engine, conversation: str, caplog) -> None:  # type: ignore[no-untyped-def]
    engine.fails_with = RuntimeError("secret de Jean Dupré")
    answer = client.post(f"/api/conversations/{conversation}/messages", json={"text": "bonjour"})
    assert answer.status_code == 500
    assert "secret" not in answer.text
    assert "secret" not in caplog.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_triage_keeps_nothing_and_gives_the_labels(client: TestClient) -> None:
    answer = client.post("/api/triage", json={"text": "permis perdu"}).json()
    assert {"kind", "labels", "candidates", "act", "emergency", "entities"} <= set(answer)
    assert answer["labels"] == ["interieur/permis_perte_vol"]
