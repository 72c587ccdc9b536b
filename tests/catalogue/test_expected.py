"""The procedures that the whole catalogue must hold, by name."""

from pathlib import Path

from assistant.catalogue.loader import load
from assistant.settings import Settings

EXPECTED = (Path(__file__).parent / "expected.txt").read_text(encoding="utf-8").split()


def test_the_list_names_eighty_eight_procedures_once() -> None:
    """The list is the one that was ordered, nothing twice."""
    assert len(EXPECTED) == len(set(EXPECTED)) == 88


def test_every_expected_procedure_is_there() -> None:
    """Eighty-eight of eighty-eight; what lacks is named."""
    found = load(Settings().procedures_dir).procedures
    missing = [name for name in EXPECTED if name not in found]
    assert not missing, f"{len(EXPECTED) - len(missing)} of {len(EXPECTED)}, missing: {', '.join(missing)}"
