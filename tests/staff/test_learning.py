"""What was not understood: kept without names, a few of a conversation, labelled, undone."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assistant.app import Services
from assistant.errors import NotFound, Refused
from assistant.quality.training import read
from assistant.settings import Settings
from assistant.staff.accounts import Role, Scope
from assistant.staff.learning import ELSE, MOST_A_CONVERSATION
from assistant.storage.staff_tables import Unclear
from assistant.storage.tables import Conversation

NOW = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    made = Services.open(Settings(state_dir=tmp_path, database_url="", redis_url=""))
    with made.database.write() as session:
        session.add(Conversation(id="c", started_at=NOW, last_message_at=NOW, turns=1))
    yield made
    made.close()


@pytest.fixture
def reviewer(services: Services) -> int:
    scope = Scope(everywhere=True)
    return services.accounts.add("rita", "Rita", Role.COORDINATOR, scope, "une phrase assez longue", NOW).account_id


def texts(services: Services, status: str = "new") -> list[str]:
    return [sentence.text for sentence in services.learning.to_review(status)]


def test_names_are_hidden_before_anything_is_written(services: Services) -> None:
    services.learning.not_understood("c", "mme Kowalczyk 06 39 98 00 06 veut le truc", ["caf/rsa"], NOW)
    with services.database.read() as session:
        (row,) = session.query(Unclear).all()
    assert row.text == "mme [nom] [téléphone] veut le truc" or ("Kowalczyk" not in row.text and "39 98" not in row.text)


def test_a_few_of_one_conversation_and_none_of_an_erased_one(services: Services) -> None:
    for number in range(6):
        services.learning.not_understood("c", f"le truc {number}", [], NOW)
    services.learning.not_understood("erased", "le machin", [], NOW)
    services.learning.not_understood("c", "ok", [], NOW)
    assert len(texts(services)) == MOST_A_CONVERSATION


def test_a_correction_says_which_procedure_was_taken(services: Services) -> None:
    services.learning.corrected(
        None, "le papier pour la retraite de mon mari", ["retraite/demande"], "retraite/reversion", NOW
    )
    (sentence,) = services.learning.to_review()
    assert (sentence.why, sentence.corrected) == ("corrected", "retraite/reversion")
    with pytest.raises(NotFound):
        services.learning.corrected(None, "le papier", [], "nowhere/nothing", NOW)


def test_a_sentence_is_labelled_discarded_and_reviewed_again(services: Services, reviewer: int) -> None:
    services.learning.not_understood("c", "le truc de la caf", [], NOW)
    (sentence,) = services.learning.to_review()
    services.learning.label(sentence.id, "caf/rsa", reviewer, NOW)
    assert services.learning.labelled() == [("le truc de la caf", "caf/rsa")]
    assert services.learning.counts() == {"labelled": 1}
    services.learning.discard(sentence.id, reviewer, NOW)
    assert (services.learning.labelled(), texts(services, "discarded")) == ([], ["le truc de la caf"])
    services.learning.undo(sentence.id, reviewer, NOW)
    assert texts(services) == ["le truc de la caf"]
    with services.database.read() as session:
        assert session.get_one(Unclear, sentence.id).reviewed_by is None


def test_the_same_words_of_a_conversation_are_kept_once(services: Services) -> None:
    for _ in range(2):
        services.learning.not_helpful("c", "le truc de la caf", ["caf/rsa"], NOW)
    assert [sentence.why for sentence in services.learning.to_review()] == ["not_helpful"]


def test_a_departement_has_its_own_sentences_only(services: Services, reviewer: int) -> None:
    with services.database.write() as session:
        session.get_one(Conversation, "c").departement = "70"
    services.learning.not_understood("c", "le truc de la caf", [], NOW)
    services.learning.corrected(None, "le machin de la mairie", [], "caf/rsa", NOW)
    learning, here, away = services.learning, frozenset({"70", "25"}), frozenset({"25"})
    assert [each.text for each in learning.to_review(of=here)] == ["le truc de la caf"]
    assert (learning.to_review(of=away), learning.to_review(of=frozenset())) == ([], [])
    assert (learning.counts(here), learning.counts(away), learning.counts()) == ({"new": 1}, {}, {"new": 2})
    (sentence,) = learning.to_review(of=here)
    for change in (learning.discard, learning.undo):
        with pytest.raises(NotFound):
            change(sentence.id, reviewer, NOW, away)
    with pytest.raises(NotFound):
        learning.label(sentence.id, "caf/rsa", reviewer, NOW, away)
    learning.discard(sentence.id, reviewer, NOW, here)
    assert texts(services, "discarded") == ["le truc de la caf"]


def test_nonsense_is_refused(services: Services, reviewer: int) -> None:
    services.learning.not_understood("c", "le truc de la caf", [], NOW)
    (sentence,) = services.learning.to_review()
    for label in ("", "caf/nothing", "urgence/violence"):
        with pytest.raises(Refused):
            services.learning.label(sentence.id, label, reviewer, NOW)
    with pytest.raises(NotFound):
        services.learning.label(999, "caf/rsa", reviewer, NOW)


def test_what_is_no_procedure_has_a_label_that_the_model_knows() -> None:
    known = {label for _, label in read(Settings().nlu_data_dir)}
    assert set(ELSE) <= known
