"""Reviewed sentences become training data that Rasa reads, without a name and without a sentence of the measures."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.app import Services
from assistant.quality.learned import app, is_held, read_learned, without_tags
from assistant.quality.messages import OWN, load
from assistant.quality.training import read
from assistant.settings import Settings
from assistant.staff.accounts import Role, Scope
from assistant.text import fold

MEASURED = next(message.text for message in load(OWN) if len(message.text.split()) >= 8)


@pytest.fixture
def services(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Services:
    monkeypatch.setenv("ASSISTANT_STATE_DIR", str(tmp_path))
    return Services.open(Settings())


def label(services: Services, **labels: str) -> None:
    now = services.now()
    reviewer = services.accounts.add("rita", "Rita", Role.COORDINATOR, Scope(everywhere=True), "x" * 12, now).account_id
    for text, wanted in labels.items():
        services.learning.corrected(None, text, [], "caf/rsa", now)
        sentence = next(s for s in services.learning.to_review() if s.text.startswith(text[:8]))
        services.learning.label(sentence.id, wanted, reviewer, now)


def test_reviewed_sentences_are_written_as_rasa_reads_them(services: Services, tmp_path: Path) -> None:
    file = tmp_path / "learned" / "appris.yml"
    file.parent.mkdir()
    label(
        services,
        **{
            "le truc : pour vivre - de la caf": "caf/rsa",
            "la machine à sous du bureau": "hors_perimetre/autre_service",
            MEASURED: "caf/rsa",
        },
    )
    done = CliRunner().invoke(app, ["export", str(file)])
    assert done.exit_code == 0, done.output
    assert "2 phrases ajoutées" in done.output and "1 laissées" in done.output
    wanted = [
        ("le truc : pour vivre - de la caf", "demande/caf.rsa"),
        ("la machine à sous du bureau", "hors_perimetre/autre_service"),
    ]
    assert read(file.parent) == wanted
    CliRunner().invoke(app, ["export", str(file)])
    assert read(file.parent) == wanted, "exported twice, written once"
    assert set(read_learned(file)) == {"demande/caf.rsa", "hors_perimetre/autre_service"}


def test_tags_and_brackets_do_not_become_entities() -> None:
    assert without_tags("madame [nom] à [commune]\nveut [le](x) truc") == "madame à veut le (x) truc"


def test_a_reworded_sentence_of_the_measures_is_held_and_another_is_not() -> None:
    folded = fold(MEASURED)
    words = folded.split()
    assert is_held(folded, [folded])
    assert is_held(" ".join([*words[1:], words[0]]), [folded])
    assert not is_held("une tout autre phrase de six mots", [folded])
