"""A list for the wrong procedure: what the person had typed is kept for the review, without what names them."""

import pytest
from fastapi.testclient import TestClient

from assistant.app import Services
from assistant.dialogue.asked import asked_for
from assistant.dialogue.replies import Choice, Reply, Turn
from tests.web.conftest import PROCEDURE

WRONG = {"demarche": PROCEDURE, "utile": "non", "raison": "wrong_procedure"}
FRAGMENT = {"x-fragment": "1"}


def opine(client: TestClient, text: str, **given: str) -> list[tuple[str, str, tuple[str, ...]]]:
    client.post("/conversation", data={"text": text}, headers=FRAGMENT)
    answer = client.post("/conversation/avis", data={**WRONG, **given}, headers=FRAGMENT)
    assert answer.status_code == 200
    services: Services = client.app.state.services  # type: ignore[attr-defined]
    return [(each.text, each.why, each.guessed) for each in services.learning.to_review()]


def test_what_was_typed_is_kept_without_the_name(client: TestClient) -> None:
    (kept,) = opine(client, "mme Kowalczyk veut changer son permis de construire")
    assert kept[1:] == ("not_helpful", (PROCEDURE,))
    assert "Kowalczyk" not in kept[0] and "permis de construire" in kept[0]


@pytest.mark.parametrize("given", [{"raison": "missing"}, {"utile": "oui"}])
def test_another_opinion_keeps_no_words(client: TestClient, given: dict[str, str]) -> None:
    assert opine(client, "mon permis est perdu", **given) == []


def test_learning_that_fails_costs_no_opinion(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    from sqlalchemy.exc import OperationalError

    def broken(*_: object) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(client.app.state.services.learning, "not_helpful", broken)  # type: ignore[attr-defined]
    assert opine(client, "mon permis est perdu") == []


def test_buttons_are_not_words_of_the_person() -> None:
    which = Reply(text="Lequel ?", choices=(Choice(id="1", label="Permis perdu"),))
    documents = Reply(kind="documents", data={"procedure": PROCEDURE})
    turns = [
        Turn(author="person", text="le papier rose"),
        Turn(author="assistant", reply=which),
        Turn(author="person", text="Permis perdu"),
        Turn(author="assistant", reply=documents),
        Turn(author="person", text="merci"),
    ]
    assert asked_for(turns, PROCEDURE) == "le papier rose"
    assert asked_for(turns, "caf/rsa") == ""
