"""The gate: no partner may be recognised worse than the last time it was accepted."""

from __future__ import annotations

import json
from pathlib import Path

from assistant.quality.measure import Figures
from assistant.settings import PROJECT

ACCEPTED = PROJECT / "tests" / "quality" / "accepted.json"
"""Partner → share of its messages understood, over the project's own measuring messages."""
TOLERATED = 0.01
"""A drop of one point; where a partner has fewer than a hundred messages, of one message."""
DECIMALS = 4
"""Of an accepted share."""


def drops(figures: Figures, path: Path = ACCEPTED) -> list[str]:
    """A French sentence for each partner that is recognised less than accepted; empty where none is."""
    accepted: dict[str, float] = json.loads(path.read_text(encoding="utf-8"))
    found = []
    for partner, share in sorted(accepted.items()):
        tally = figures.partners[partner]
        tolerated = max(TOLERATED, 1 / tally.of) if tally.of else 0.0
        if tally.share < share - tolerated - 10**-DECIMALS:
            found.append(f"{partner} : {100 * tally.share:.1f} % reconnus, contre {100 * share:.1f} % acceptés")
    return found


def accept(figures: Figures, path: Path = ACCEPTED) -> None:
    """Take these figures as the ones to hold from now on."""
    shares = {partner: round(tally.share, DECIMALS) for partner, tally in sorted(figures.partners.items())}
    path.write_text(json.dumps(shares, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
