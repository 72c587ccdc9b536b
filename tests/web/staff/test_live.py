"""What changes at a place is pushed to its open consoles: a version and no more, from one poll, ending cleanly."""

import asyncio
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from assistant.staff.accounts import Role
from assistant.staff.visits import Change
from assistant.web.staff.live import Watch
from tests.loops import in_a_loop
from tests.web.staff.conftest import AWAY, HERE, PASSWORD, Browser, World

STOPS_WITHIN_SECONDS = 4
SERVER = """
import sys, uvicorn
from pathlib import Path
from assistant.web.app import create_app
from tests.web.conftest import StandIn, settings_in
uvicorn.run(create_app(settings_in(Path(sys.argv[1])), engine=StandIn()), port=int(sys.argv[2]), ws="none", log_level="error")
"""


def test_the_stream_of_another_place_is_absent(world: World, sign_in: Callable[..., Browser]) -> None:
    agent = sign_in(Role.AGENT)
    answers = [agent.get(f"/agent/lieux/{place}/flux") for place in (world.places()[AWAY].id, "nowhere")]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert answers[0].text == answers[1].text


def test_the_day_says_the_version_that_its_list_is_of(world: World, sign_in: Callable[..., Browser]) -> None:
    """What changes before the stream opens is not missed."""
    agent, place = sign_in(Role.AGENT), world.places()[HERE].id

    def shown() -> str:
        found = re.search(r'data-version="([^"]*)"', agent.get(f"/agent/lieux/{place}").text)
        assert found
        return found[1]

    before = shown()
    world.book()
    assert before != shown() == world.services.visits.versions([place], world.services.now())[place]


class Counted:
    """Visits that count how often they are asked."""

    def __init__(self, fails: int = 0, takes: float = 0):
        self.asked: list[list[str]] = []
        self.visits, self._fails, self._takes = self, fails, takes

    def now(self) -> datetime:
        return datetime.now(UTC)

    def versions(self, places: list[str], _now: datetime) -> dict[str, str]:
        self.asked.append(sorted(places))
        time.sleep(self._takes)
        if len(self.asked) <= self._fails:
            raise OSError("the database is away")
        return {place: f"{place}-{len(self.asked)}" for place in places}


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.web.staff.live.EVERY_SECONDS", 0.05)


@pytest.mark.usefixtures("quick")
def test_fifty_consoles_are_one_poll_which_ends_with_the_last() -> None:
    counted = Counted()

    async def listen(watch: Watch, place: str) -> list[str]:
        found = []
        async for version in watch.versions(place):
            found.append(version)
            if len(found) == 4:
                return found
        return found

    async def run() -> list[list[str]]:
        watch = Watch(counted)  # type: ignore[arg-type]
        heard = await asyncio.gather(*(listen(watch, "ab"[n % 2]) for n in range(50)))
        await asyncio.sleep(0.3)
        return heard

    heard = in_a_loop(run())
    assert [len(versions) for versions in heard] == [4] * 50
    assert len(counted.asked) <= 6, "one poll for all of them, and none once nobody listens"
    assert ["a", "b"] in counted.asked and {version[0] for version in heard[0]} == {"a"}


@pytest.mark.usefixtures("quick")
def test_a_console_that_opens_during_a_poll_hears_its_own_place_first() -> None:
    """Not an empty version, which the page would take for a change."""

    async def first(watch: Watch, place: str, after: float) -> str:
        await asyncio.sleep(after)
        return await anext(watch.versions(place))

    async def run() -> list[str]:
        watch = Watch(Counted(takes=0.2))  # type: ignore[arg-type]
        return await asyncio.gather(first(watch, "a", 0), first(watch, "b", 0.1))

    assert [version[:2] for version in in_a_loop(run())] == ["a-", "b-"]


@pytest.mark.usefixtures("quick")
def test_a_bad_moment_of_the_database_ends_no_stream() -> None:
    async def run() -> str:
        async for version in Watch(Counted(fails=2)).versions("a"):  # type: ignore[arg-type]
            if version:
                return version
        return ""

    assert in_a_loop(asyncio.wait_for(run(), 10)).startswith("a-")


@pytest.fixture
def process(tmp_path: Path, free_port: int) -> Iterator[tuple[subprocess.Popen[bytes], httpx.Client]]:
    """A server of its own, as it is in service, and a client of it."""
    started = subprocess.Popen([sys.executable, "-c", SERVER, str(tmp_path), str(free_port)])
    with httpx.Client(base_url=f"http://127.0.0.1:{free_port}", timeout=30) as client:
        _wait_for(client)
        yield started, client
    if started.poll() is None:
        started.kill()
    started.wait(10)


def test_the_stream_tells_and_the_server_stops_at_once_while_consoles_listen(
    process: tuple[subprocess.Popen[bytes], httpx.Client], tmp_path: Path
) -> None:
    """A change made in another process is heard; SIGTERM does not wait for those who listen."""
    server, client = process
    world = _other_process(tmp_path)
    member, booked = world.account(Role.AGENT, login="ada"), world.book()
    client.post("/connexion", data={"identifiant": member.login, "mot_de_passe": PASSWORD})
    with client.stream("GET", f"/agent/lieux/{world.places()[HERE].id}/flux") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        first = _next_version(lines)
        changed = Change("", "arrived", note="un secret")
        world.services.visits.change(booked.code, lambda _: True, changed, member.account_id, world.services.now())
        second = _next_version(lines)
        assert second != first and "secret" not in second and booked.code not in second
        began = time.monotonic()
        server.send_signal(signal.SIGTERM)
        server.wait(STOPS_WITHIN_SECONDS)
        assert time.monotonic() - began < STOPS_WITHIN_SECONDS
    world.services.close()


def test_the_stream_ends_with_the_session(
    client: Any, world: World, sign_in: Callable[..., Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.web.staff.live.EVERY_SECONDS", 0.05)
    monkeypatch.setattr("assistant.web.staff.live.CHECKED_EVERY", 2)
    found = [object(), None]
    monkeypatch.setattr("assistant.web.staff.live.signed_in_of", lambda *_: found.pop(0))
    answer = sign_in(Role.AGENT).get(f"/agent/lieux/{world.places()[HERE].id}/flux")
    assert answer.text.rstrip().endswith("event: end\r\ndata:") and found == []


def _other_process(folder: Path) -> World:
    from assistant.app import Services
    from tests.web.conftest import settings_in

    return World(Services.open(settings_in(folder)))


def _wait_for(client: httpx.Client) -> None:
    for _ in range(300):
        try:
            client.get("/healthz")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    pytest.fail("the server did not start")


def _next_version(lines: Iterator[str]) -> str:
    for line in lines:
        if line.startswith("event: version"):
            return next(lines).removeprefix("data: ")
    pytest.fail("the stream ended")
