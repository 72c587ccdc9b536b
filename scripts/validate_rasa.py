"""Run `rasa data validate`; every warning is either explained here or a failure (Rasa itself lets them all pass)."""

import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from assistant.settings import Settings

EXPLAINED = {
    r"The utterance 'utter_\w+' is not used in any story or rule": "said by the actions, not by rules (tests/test_coherence.py)",
    r"The intent '(accueillir|sans_telephone|preciser_documents|attendre_plus_tot|(choisir|voir)_\w+)' is listed in the domain file, but is not found in the NLU": "sent by buttons, typed by nobody (tests/test_coherence.py)",
    r"Action 'utter_(demande|clarifier|urgence|digression|hors_perimetre)' is listed as a response action": "retrieval intents without a response selector (docs/decisions/0002)",
    r"duplicated intents have been found across multiple domain files: [\w, ]+": "Rasa adds each retrieval intent once more when it merges the domain",
}
WARNING = re.compile(r"(?:UserWarning: |\b(?:WARNING|ERROR)\b\s+)(.*)")


def main() -> int:
    """0 where Rasa finds no error and nothing unexplained."""
    settings = Settings()
    command = [str(Path(sys.executable).parent / "rasa"), "data", "validate", "--data", str(settings.nlu_data_dir)]
    command += [
        "--domain",
        str(settings.dialogue_dir / "domain"),
        "--config",
        str(settings.dialogue_dir / "config.yml"),
    ]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    messages = [found[1] for line in run.stdout.splitlines() if (found := WARNING.search(line))]
    reasons = {
        message: next((why for known, why in EXPLAINED.items() if re.search(known, message)), None)
        for message in messages
    }
    for why, count in Counter(why for why in reasons.values() if why).items():
        print(f"{count:4d} warnings: {why}")
    unexplained = [message for message, why in reasons.items() if why is None]
    print("\n".join(unexplained) if unexplained else "rasa data validate: no error, no other warning")
    if run.returncode:
        print(run.stdout)
    return run.returncode or bool(unexplained)


if __name__ == "__main__":
    sys.exit(main())
