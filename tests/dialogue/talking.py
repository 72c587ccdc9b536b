"""One trained model and one engine for all the tests of a session, and a person who talks to it."""

import functools
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from assistant.app import Services
from assistant.booking.slots import Slot
from assistant.dialogue.engine import Engine
from assistant.dialogue.model import newest_model
from assistant.dialogue.replies import Choice, Reply, State
from assistant.settings import PROJECT, Settings

LOADING_SECONDS = 240
"""Twenty on an idle machine; many times that while others work on it."""
FRANCE = ZoneInfo("Europe/Paris")
DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
NAME_AND_PHONE = "Anna Roy 06 39 98 00 06"


@functools.cache
def trained_model() -> Path:
    """The model of today's files: trained at most once a session, in the state folder that everybody shares."""
    settings = Settings()
    if settings.model_path is None:
        subprocess.run(
            [sys.executable, "-W", "ignore", "-m", "assistant.cli", "train", "--if-needed"], cwd=PROJECT, check=True
        )
    return newest_model(settings)


def started(services: Services) -> Engine:
    """An engine that has loaded its model."""
    engine = Engine(services)
    engine.start()
    deadline = time.monotonic() + LOADING_SECONDS
    while not engine.ready:
        assert engine.problem is None, engine.problem
        assert time.monotonic() < deadline, "the model does not load"
        time.sleep(0.1)
    return engine


@dataclass
class Person:
    """One conversation: what was answered last, and the choices last offered."""

    engine: Engine
    conversation: str = ""
    replies: list[Reply] = field(default_factory=list)
    offered: tuple[Choice, ...] = ()

    async def says(self, *texts: str) -> list[Reply]:
        """Each text in turn; the replies to the last one."""
        for text in texts:
            self._keep(await self.engine.message(self.conversation, text=text))
        return self.replies

    async def presses(self, label: str) -> list[Reply]:
        """The offered choice whose label begins with these words."""
        choice = next(c for c in self.offered if c.label.startswith(label))
        return await self.sends(choice.id)

    async def takes(self, position: int) -> list[Reply]:
        """The choice at that position, from 0."""
        return await self.sends(self.offered[position].id)

    async def sends(self, choice: str) -> list[Reply]:
        """A choice by its id, offered or not."""
        self._keep(await self.engine.message(self.conversation, choice=choice))
        return self.replies

    async def state(self) -> State:
        """The dossier as it stands."""
        return await self.engine.state(self.conversation)

    def _keep(self, replies: list[Reply]) -> None:
        assert replies, "an empty answer"
        assert all(reply.text for reply in replies), "a bubble without words"
        self.replies = replies
        for reply in replies:
            if reply.choices:
                self.offered = reply.choices

    @property
    def kinds(self) -> list[str]:
        """The kinds of the last replies, in order."""
        return [reply.kind for reply in self.replies]

    @property
    def read(self) -> str:
        """Everything the person reads of the last replies."""
        return "\n".join(reply.text for reply in self.replies)

    def reply(self, kind: str) -> Reply:
        """The last reply of that kind."""
        found = [reply for reply in self.replies if reply.kind == kind]
        assert found, f"no {kind} in {self.kinds}: {self.read}"
        return found[-1]

    def documents(self) -> set[str]:
        """Ids of the documents shown that are sure to be asked for."""
        return {d["id"] for d in self.reply("documents").data["documents"] if d["certain"]}

    def slots(self) -> list[str]:
        """Ids of the slots shown."""
        return [slot["id"] for slot in self.reply("slots").data["slots"]]

    def code(self) -> str:
        """The code of the appointment shown."""
        return str(self.reply("appointment").data["code"])


async def meet(engine: Engine) -> Person:
    """Somebody who has just been welcomed."""
    conversation, welcome = await engine.open()
    return Person(engine, conversation, welcome, welcome[-1].choices)


async def with_appointment(engine: Engine, contact: str = NAME_AND_PHONE) -> Person:
    """Somebody who has just booked at Lure."""
    person = await meet(engine)
    await person.says("je veux un rendez-vous pour une carte grise à Lure")
    await person.takes(0)
    await person.says(contact)
    assert person.reply("appointment").data["status"] == "booked"
    return person


def free_morning(services: Services, place: str = "exemple-lure") -> Slot:
    """A free morning slot, two to seven days from now: on the day that its name alone means."""
    now = services.now()
    slots = services.bookings.slots(services.directory.place(place), 60, now, now + timedelta(days=2))
    return next(s for s in slots if s.start.hour < 12 and s.start.date() < (now + timedelta(days=7)).date())


def texts(replies: Iterable[Reply]) -> list[str]:
    """The texts of replies."""
    return [reply.text for reply in replies]
