"""Booking processes killed with -9, then PostgreSQL itself stopped at once while clients book, and restarted.

    python bench/kills.py [--kills 200]

Every acknowledged booking must be there, none twice, and the same key must give the same appointment again. The crash is of a
private cluster, made and removed here: the shared server is never touched. Writes its section of docs/bench-booking.md.
"""

import argparse
import logging
import multiprocessing
import os
import pwd
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import structlog
from races import kinds, migrated, throwaway, write_section
from sqlalchemy import select

from assistant.errors import Unavailable
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, IdempotencyKey
from tests.booking.booking_world import NOW, make_bookings, request, save
from tests.booking.test_kill import BOOKERS, EACH, PLACE, assert_nothing_lost, read_log, run_and_kill

ROUNDS = 4
"""Rounds of five kills in one database: more would want more slots than two months have."""
CLIENTS, BEFORE, DOWN, AFTER = 8, 3.0, 1.0, 4.0
"""Clients through the crash; seconds of booking before it, of silence, of booking after it."""
SERVERS = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Findings:
    """Of the tries whose answer was heard: how many are lost; of all keys: appointments too many, answers that changed."""

    what: str
    kills: int
    tried: int
    heard: int
    lost: int
    twice: int
    changed: int
    unheard: int
    """Committed without the client hearing of it: who would be booked twice without a key."""
    untidy: str
    """What `assert_nothing_lost` of the tests found; empty is nothing."""

    @property
    def right(self) -> bool:
        """Nothing lost, doubled, changed or left lying, over something that was tried."""
        return self.heard > 0 and not (self.lost or self.twice or self.changed or self.untidy)


def examine(database: Database, what: str, kills: int, tried: dict[str, str], heard: dict[str, str]) -> Findings:
    """Compare what was heard with what is there, then ask for everything again with the same keys."""
    before = codes_by_key(database)
    bookings = make_bookings(database, [PLACE])
    again = {key: bookings.book(request(slot), key, NOW).code for key, slot in tried.items()}
    with database.read() as session:
        appointments = len(session.scalars(select(Appointment.id)).all())
    return Findings(
        what=what,
        kills=kills,
        tried=len(tried),
        heard=len(heard),
        lost=sum(before.get(key) != code for key, code in heard.items()),
        twice=appointments - len(tried),
        changed=sum(again[key] != code for key, code in (before | heard).items()),
        unheard=len(before.keys() - heard.keys()),
        untidy=untidy(database, tried, again),
    )


def codes_by_key(database: Database) -> dict[str, str]:
    """Idempotency key → code of its appointment."""
    query = select(IdempotencyKey.key, Appointment.code).join(
        Appointment, Appointment.id == IdempotencyKey.appointment_id
    )
    with database.read() as session:
        return dict(session.execute(query).tuples().all())


def untidy(database: Database, tried: dict[str, str], answers: dict[str, str]) -> str:
    """The first difference between answers, appointments, keys and units, in one line."""
    try:
        assert_nothing_lost(database, tried, answers)
    except AssertionError as error:
        return " ".join(str(error).split())[:200] or "assert_nothing_lost fails"
    return ""


def kill(kind: str, kills: int, chance: random.Random) -> Findings:
    """Up to twenty kills in a database of their own."""
    tried: dict[str, str] = {}
    heard: dict[str, str] = {}
    with throwaway(kind) as url, tempfile.TemporaryDirectory() as folder:
        database = Database(url)
        save(database, [PLACE])
        slots = [slot.id for slot in make_bookings(database, [PLACE]).slots(PLACE, 15, NOW)]
        for turn in range(kills // BOOKERS):
            logs = [Path(folder) / f"{turn}-{booker}.log" for booker in range(BOOKERS)]
            run_and_kill(url, plans(slots, turn), logs, chance)
            for log in logs:
                attempts, answers = read_log(log)
                tried |= attempts
                heard |= answers
        found = examine(database, kind, kills, tried, heard)
        database.close()
        return found


def plans(slots: list[str], turn: int) -> list[list[tuple[str, str]]]:
    """(key, slot) for each booker of a turn; two bookers a slot, as there are counters: they meet at the same units."""
    first = turn * (BOOKERS + 1) // 2 * EACH
    return [
        [(f"{turn}-{b}-{s}", s) for s in slots[first + b // 2 * EACH : first + (b // 2 + 1) * EACH]]
        for b in range(BOOKERS)
    ]


def kill_many(kind: str, kills: int) -> Findings:
    """All the kills on one database, twenty after twenty, added up."""
    chance, batch, total = random.Random(20261122), BOOKERS * ROUNDS, Findings(kind, 0, 0, 0, 0, 0, 0, 0, "")
    while total.kills < kills:
        part = kill(kind, min(batch, kills - total.kills), chance)
        total = added(total, part)
        print(f"  {kind}: {total.kills}/{kills} kills, {total.heard} acknowledged, {total.unheard} unheard", flush=True)
    return total


def added(one: Findings, other: Findings) -> Findings:
    """The sum of two findings of the same kind."""
    numbers = ("kills", "tried", "heard", "lost", "twice", "changed", "unheard")
    sums = {name: getattr(one, name) + getattr(other, name) for name in numbers}
    return replace(one, untidy=one.untidy or other.untidy, **sums)


class Cluster:
    """A PostgreSQL of our own in a folder, listening on a free port."""

    def __init__(self, binaries: Path, folder: Path):
        self._binaries, self._folder = binaries, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port = free.getsockname()[1]
        self.url = f"postgresql://postgres@127.0.0.1:{self._port}/postgres"

    def make(self) -> None:
        """An empty cluster, its commits on disk as a real one has them."""
        if os.getuid() == 0:
            os.chown(self._folder, pwd.getpwnam("postgres").pw_uid, pwd.getpwnam("postgres").pw_gid)
        self._run("initdb", "-D", str(self._folder / "data"), "-A", "trust", "-U", "postgres", "-E", "UTF8")

    def start(self) -> None:
        """Start, recover, and wait until it answers."""
        options = f"-p {self._port} -c listen_addresses=127.0.0.1 -k {self._folder}"
        self._ctl("start", "-w", "-t", "60", "-l", str(self._folder / "log"), "-o", options)

    def crash(self) -> None:
        """Stop at once: no checkpoint, every connection cut."""
        self._ctl("stop", "-m", "immediate")

    def log(self) -> str:
        """What the server wrote."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def _ctl(self, what: str, *options: str) -> None:
        self._run("pg_ctl", what, "-D", str(self._folder / "data"), *options)

    def _run(self, program: str, *options: str) -> None:
        # PostgreSQL refuses to run as root
        demoted = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []
        command = [*demoted, str(self._binaries / program), *options]
        # to a file, not a pipe: the server outlives pg_ctl and would keep a pipe open
        with (self._folder.parent / f"{self._folder.name}.out").open("w+") as out:
            done = subprocess.run(command, stdout=out, stderr=out, cwd="/", timeout=120)
            if done.returncode:
                out.seek(0)
                raise RuntimeError(f"{program} {options[0]}: {out.read()[-500:]}")


def binaries() -> Path | None:
    """Where initdb of the newest PostgreSQL is; None where there is none, or nobody to run it as."""
    found = sorted(SERVERS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3].split(".")[0]))
    if os.getuid() == 0 and "postgres" not in {user.pw_name for user in pwd.getpwall()}:
        return None
    return found[-1].parent if found else None


@contextmanager
def cluster(programs: Path) -> Iterator[Cluster]:
    """A started cluster, stopped and removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        # the folder above stays ours; PostgreSQL must be able to go through it
        Path(folder).chmod(0o711)
        home = Path(folder) / "cluster"
        home.mkdir(mode=0o700)
        made = Cluster(programs, home)
        made.make()
        made.start()
        try:
            yield made
        finally:
            made.crash()


def book_through(url: str, plan: list[tuple[str, str]], log: str, together: Any, over: Any) -> None:
    """Book (key, slot) after (key, slot) until told to stop, each with its one key until it is answered."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    bookings = make_bookings(Database(url), [PLACE])
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    together.wait(120)
    for key, slot in plan:
        os.write(out, f"try {key} {slot}\n".encode())
        while True:
            try:
                code = bookings.book(request(slot), key, NOW).code
                break
            except Unavailable:
                os.write(out, b"unavailable\n")
            except Exception as error:
                os.write(out, f"error {error!r}\n".encode())
                return
        os.write(out, f"ok {key} {slot} {code}\n".encode())
        if over.is_set():
            return


def crash(programs: Path) -> tuple[Findings, str]:
    """Clients book, the server is stopped at once and started again; what was found, and how it went, in French."""
    with cluster(programs) as server, tempfile.TemporaryDirectory() as folder:
        database = Database(migrated(server.url))
        save(database, [PLACE])
        slots = [slot.id for slot in make_bookings(database, [PLACE]).slots(PLACE, 15, NOW)]
        logs = [Path(folder) / f"{client}.log" for client in range(CLIENTS)]
        at_crash = run_through_crash(server, slots, logs)
        tried: dict[str, str] = {}
        heard: dict[str, str] = {}
        for log in logs:
            attempts, answers = read_log(log)
            tried |= attempts
            heard |= answers
        lines = Counter(line.split()[0] for log in logs for line in log.read_text().splitlines())
        errors = [line for log in logs for line in log.read_text().splitlines() if line.startswith("error")]
        recovered = "automatic recovery in progress" in server.log()
        found = examine(database, "PostgreSQL arrêté net", 1, tried, heard)
        database.close()
    if errors or not recovered or not 0 < at_crash < len(heard):
        trouble = f"errors {errors[:2]}, recovered {recovered}, heard {at_crash} then {len(heard)}"
        found = replace(found, untidy=found.untidy or trouble)
    story = (
        f"{CLIENTS} clients pendant l'arrêt : {at_crash} réponses avant, {len(heard) - at_crash} après le redémarrage, "
        f"{lines['unavailable']} fois « le service ne répond pas », {len(errors)} autre erreur."
    )
    return found, story


def run_through_crash(server: Cluster, slots: list[str], logs: list[Path]) -> int:
    """Let the clients book through one crash; how many answers they had heard when it came."""
    context = multiprocessing.get_context("spawn")
    together, over, each = context.Barrier(CLIENTS), context.Event(), len(slots) // (CLIENTS // 2)
    clients = []
    for number, log in enumerate(logs):
        # two clients a slot, as there are counters
        share = slots[number // 2 * each : (number // 2 + 1) * each]
        plan = [(f"crash-{number}-{slot}", slot) for slot in share]
        order = (server.url, plan, str(log), together, over)
        clients.append(context.Process(target=book_through, args=order, daemon=True))
    for client in clients:
        client.start()
    patience = time.monotonic() + 120
    while not all(log.exists() and "ok " in log.read_text() for log in logs):
        assert time.monotonic() < patience, "the clients do not start"
        time.sleep(0.05)
    time.sleep(BEFORE)
    server.crash()
    at_crash = sum(len(read_log(log)[1]) for log in logs)
    print(f"  PostgreSQL stopped at once after {at_crash} answers", flush=True)
    time.sleep(DOWN)
    server.start()
    time.sleep(AFTER)
    over.set()
    for client in clients:
        client.join(60)
        if client.is_alive():
            os.kill(client.pid or 0, signal.SIGKILL)
    return at_crash


def table(rows: list[Findings]) -> str:
    """The findings as a Markdown table, in French."""
    lines = [
        "| base | arrêts | demandes | confirmées | perdues | en double | autre réponse à la même clé | enregistrées sans réponse entendue |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {r.what} | {r.kills} | {r.tried} | {r.heard} | {r.lost} | {r.twice} | {r.changed} | {r.unheard} |"
        for r in rows
    ]
    return "\n".join(lines)


def main() -> int:
    """Kill on each database, then crash PostgreSQL; 1 where something was lost, doubled or changed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=200, help=f"a multiple of {BOOKERS}")
    given = parser.parse_args()
    if given.kills % BOOKERS:
        parser.error(f"--kills must be a multiple of {BOOKERS}")
    measured = kinds()
    rows = [kill_many(kind, given.kills) for kind in measured]
    notes = [] if "PostgreSQL" in measured else ["**PostgreSQL n'a pas été mesuré : il ne répond pas.**"]
    programs = binaries()
    if programs:
        found, story = crash(programs)
        rows.append(found)
        notes.append(story)
    else:
        print(f"PostgreSQL CRASH NOT RUN: no initdb in {SERVERS}, or no user postgres", flush=True)
        notes.append("**L'arrêt net de PostgreSQL n'a pas été essayé : pas de serveur PostgreSQL installé ici.**")
    notes += [f"**Anomalie, {row.what} : {row.untidy}**" for row in rows if row.untidy]
    write_section("kills", "\n\n".join([table(rows), *notes]))
    print("\n".join([table(rows), *notes]))
    wrong = [row.what for row in rows if not row.right]
    print(f"WRONG: {', '.join(wrong)}" if wrong else "as it must be")
    return len(wrong) > 0


if __name__ == "__main__":
    sys.exit(main())
