"""The sentences that are measured are the sentences that Rasa learns from."""

from collections import Counter
from pathlib import Path

from rasa.shared.nlu.training_data.loading import load_data

from assistant.quality.training import read
from assistant.settings import Settings

MARKED = """version: "3.1"
nlu:
- intent: lieu
  examples: |
    - je vais à [Lure](lieu)
    - plutôt [Vesoul]{"entity": "lieu", "value": "70550"} ou [Gray](lieu)
- intent: demande/caf.rsa+caf.aah
  examples: |
    - l'AAH - et le RSA
"""


def of_rasa(folder: Path) -> Counter[tuple[str, str]]:
    """Sentence and full intent, as Rasa reads them."""
    return Counter(
        (example.get("text"), example.get_full_intent()) for example in load_data(str(folder)).intent_examples
    )


def test_our_reader_reads_what_rasa_reads() -> None:
    """The same sentences under the same intents, on a partner's real files."""
    folder = Settings().nlu_data_dir / "procedures" / "caf"
    ours = Counter(read(folder))
    assert len(ours) > 1_000
    assert len({label for _, label in ours}) == len(list(folder.glob("*.yml")))
    assert ours == of_rasa(folder)


def test_marks_of_entities_are_taken_off(tmp_path: Path) -> None:
    """In both of Rasa's notations; a dash inside a sentence begins no other."""
    (tmp_path / "nlu.yml").write_text(MARKED, encoding="utf-8")
    (tmp_path / "rules.yml").write_text('version: "3.1"\nrules: []\n', encoding="utf-8")
    assert read(tmp_path) == [
        ("je vais à Lure", "lieu"),
        ("plutôt Vesoul ou Gray", "lieu"),
        ("l'AAH - et le RSA", "demande/caf.rsa+caf.aah"),
    ]
    assert Counter(read(tmp_path)) == of_rasa(tmp_path / "nlu.yml")
