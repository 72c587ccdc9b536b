"""Drives scripts of citizens' turns over HTTP and says what was achieved.

    python -m tests.conversations.runner SCRIPTS.jsonl [--url http://127.0.0.1:8000] [--show]

A script: {"id", "title", "turns": [{"session", "user", "must": [{"check", …}]}]}. In `user`, {choisir:2} takes the second
choice offered, {choisir_meme_que:A} the slot that session A took, {ref} is the code booked.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from tests.conversations.checks import CHECKS, Json, Session
from tests.conversations.server import serving

CHOOSE = re.compile(r"^\{choisir:(\d+)\}$")
CHOOSE_SAME = re.compile(r"^\{choisir_meme_que:(\w+)\}$")


def run_script(script: Json, api: httpx.Client) -> list[tuple[str, str]]:
    """[(turn and check, what is wrong)] of one script; empty where all is well."""
    sessions: dict[str, Session] = {}
    problems = []
    for turn in script["turns"]:
        session = sessions.get(turn["session"])
        if session is None:
            session = sessions[turn["session"]] = Session(api)
            session.open()
        session.send(_body(turn["user"], session, sessions))
        for must in turn["must"]:
            wrong = CHECKS[must["check"]](session, must, sessions)
            if wrong:
                problems.append((f"{turn['user'][:40]} / {must['check']}", wrong))
    _give_back(sessions)
    return problems


def _body(user: str, session: Session, sessions: dict[str, Session]) -> Json:
    chosen = CHOOSE.match(user)
    if chosen:
        choice = session.offered[int(chosen[1]) - 1]["id"]
        session.chosen.append(choice)
        return {"choice": choice}
    same = CHOOSE_SAME.match(user)
    if same:
        return {"choice": sessions[same[1]].chosen[-1]}
    return {"text": user.replace("{ref}", session.reference or "")}


def _give_back(sessions: dict[str, Session]) -> None:
    """Cancel what the script booked, so that the next run finds the same slots."""
    for session in sessions.values():
        if session.reference:
            session.send({"text": "annuler mon rendez-vous"})
            session.send({"text": "oui"})


def main() -> int:
    """Run every script; 0 where all checks hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scripts", type=Path)
    parser.add_argument("--url", help="an assistant that runs; without it, one is started on a port of its own")
    arguments = parser.parse_args()
    scripts = [json.loads(line) for line in arguments.scripts.read_text(encoding="utf-8").splitlines() if line.strip()]
    table, failed, checks = Table("script", "titre", "vérifications", "écarts"), 0, 0
    with serving(arguments.url) as url, httpx.Client(base_url=url, timeout=60) as api:
        for script in scripts:
            problems = run_script(script, api)
            count = sum(len(turn["must"]) for turn in script["turns"])
            failed, checks = failed + len(problems), checks + count
            table.add_row(
                script["id"],
                script["title"],
                f"{count - len(problems)}/{count}",
                "\n".join(": ".join(p) for p in problems),
            )
    Console(width=160).print(table)
    print(f"{checks - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
