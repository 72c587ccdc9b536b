"""The agent's day of forty appointments, as served, against a page that asks the database once a line.

    python bench/agent.py [--appointments 40] [--runs 200]

The whole application in process (its routes, gate, trace and template), on SQLite, and on PostgreSQL where it answers. The
naive way reads the codes of the day, then each visit by its code. Exit 1 where the day's median is 100 ms or more.
"""

import argparse
import os
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from fastapi.testclient import TestClient
from sqlalchemy import select

from assistant.app import Services
from assistant.settings import Settings
from assistant.staff.accounts import Role, Scope
from assistant.storage.tables import Appointment
from assistant.web.app import create_app

TARGET_MS = 100
POSTGRESQL = os.environ.get("TEST_POSTGRESQL", "postgresql://postgres@127.0.0.1:5432")


class NoEngine:
    """The day needs no model."""

    ready, problem = True, None

    def start(self) -> None:
        """Nothing to load."""

    def stop(self) -> None:
        """Nothing to end."""


def fill(services: Services, count: int) -> tuple[str, str, dict[str, str]]:
    """A day full of people: the place, the day, and an agent's cookie."""
    now, place = services.now(), services.directory.places()[0]
    start = (now + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
    with services.database.write() as session:
        for number in range(count):
            at = start + timedelta(minutes=12 * number)
            session.add(
                Appointment(
                    code=f"BENCH{number:04}", place_id=place.id, counter=number % 2, start=at, end=at + timedelta(minutes=30),
                    status="booked", procedures=["caf/rsa", "impots/declaration"], situation={}, name=f"Personne {number}",
                    phone="+33639980006", reminders=False, created_at=now, updated_at=now,
                )
            )  # fmt: skip
    scope = Scope(places=frozenset({place.id}))
    member = services.accounts.add(f"bench-{secrets.token_hex(4)}", "Bench", Role.AGENT, scope, "x" * 20, now)
    return place.id, f"{start:%Y-%m-%d}", {"session": services.sessions.open(member, now)}


def timed(work: Callable[[], Any], runs: int) -> tuple[float, float]:
    """Median and p95 in milliseconds, after a few that warm up."""
    for _ in range(5):
        work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(1000 * (time.perf_counter() - began))
    return statistics.median(times), statistics.quantiles(times, n=20)[18]


def measure(settings: Settings, count: int, runs: int) -> tuple[tuple[float, float], tuple[float, float]]:
    """The page as served, and the naive reading with the same page around it."""
    with TestClient(create_app(settings, engine=NoEngine())) as client:  # type: ignore[arg-type]
        services: Services = client.app.state.services  # type: ignore[attr-defined]
        place, day, cookies = fill(services, count)
        client.cookies.update(cookies)
        address = f"/agent/lieux/{place}?jour={day}"
        page = client.get(address)
        assert page.status_code == 200 and page.text.count("Personne ") >= count, page.status_code
        served = timed(lambda: client.get(address), runs)
        visits, where = services.visits, services.directory.place(place)
        between = visits.between

        def naive(*_: Any) -> list[Any]:
            with services.database.read() as session:
                codes = list(session.scalars(select(Appointment.code).where(Appointment.place_id == where.id)))
            return [one for code in codes if (one := _by_code(services, code))]

        visits.between = naive  # type: ignore[method-assign]
        slow = timed(lambda: client.get(address), max(10, runs // 10))
        visits.between = between  # type: ignore[method-assign]
    return served, slow


def _by_code(services: Services, code: str) -> Any:
    from assistant.staff.visits import _query, _view

    with services.database.read() as session:
        row = session.execute(_query().where(Appointment.code == code)).first()
        return _view(row, services.directory.place(row[0].place_id)) if row else None


def databases() -> dict[str, str]:
    """SQLite, and a PostgreSQL of its own where one answers."""
    found = {"SQLite": ""}
    try:
        with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True, connect_timeout=3) as server:
            name = f"bench_agent_{secrets.token_hex(4)}"
            server.execute(f'CREATE DATABASE "{name}"')
            found["PostgreSQL"] = f"{POSTGRESQL}/{name}"
    except psycopg.OperationalError:
        print("PostgreSQL : pas de serveur ici")
    return found


def main() -> int:
    """1 where the target is missed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--appointments", type=int, default=40)
    parser.add_argument("--runs", type=int, default=200)
    given, missed = parser.parse_args(), False
    for name, url in databases().items():
        with tempfile.TemporaryDirectory() as folder:
            settings = Settings(state_dir=Path(folder), database_url=url, redis_url="")
            (median, p95), (naive, _) = measure(settings, given.appointments, given.runs)
        print(
            f"{name} : {given.appointments} rendez-vous, {median:.1f} ms (p95 {p95:.1f}) ; ligne par ligne {naive:.1f} ms, {naive / median:.1f} fois"
        )
        missed = missed or median >= TARGET_MS
        if url:
            with psycopg.connect(f"{POSTGRESQL}/postgres", autocommit=True) as server:
                server.execute(f'DROP DATABASE "{url.rpartition("/")[2]}" WITH (FORCE)')
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
