"""A process that logs everything it can while somebody talks: `python -m tests.dialogue.spoken FOLDER MODEL`."""

import asyncio
import logging
import sys
from pathlib import Path

import structlog

from assistant.app import Services
from assistant.dialogue.engine import Engine
from assistant.errors import Unavailable
from assistant.logs import configure
from assistant.settings import Settings
from tests.dialogue.talking import Person, meet, started

WORDS = ("zibeline", "mandragore", "Quetzalcoatl", "Pfeffernusse", "39980006", "39 98 00 06", "topinambour")
"""Each is said once; none may be written anywhere."""


def main(folder: Path, model: Path) -> None:
    """A request, a place, a wish, a name, a number, an answer nobody understands, and two failures."""
    configure(logging.DEBUG)
    services = Services.open(Settings(state_dir=folder, model_path=model, database_url="", redis_url=""))
    engine = started(services)
    asyncio.run(talk(engine))
    engine.stop()
    structlog.get_logger("spoken").debug("talk.ended")
    logging.getLogger("spoken").debug("talk ended too")


async def talk(engine: Engine) -> None:
    """The words, each where it would hurt most."""
    person = await meet(engine)
    await person.says("j'ai perdu mon permis zibeline", "mandragore", "je veux un rendez-vous à Lure topinambour")
    if not any(reply.kind == "slots" for reply in person.replies):
        await person.says("je veux un rendez-vous à Lure")
    await person.takes(0)
    await person.says("Quetzalcoatl Pfeffernusse 06 39 98 00 06", "c'est quand mon rendez-vous ?")
    await fail(engine, person)
    await engine.erase(person.conversation)


async def fail(engine: Engine, person: Person) -> None:
    """An action that quotes the person in its error, and a store that fails with the person's words in hand."""

    def quoting(_dispatcher: object, tracker: object, _domain: object) -> None:
        raise RuntimeError(f"zibeline {tracker.latest_message}")  # type: ignore[attr-defined]

    engine._agent_now.action_endpoint._executor.actions["action_hors_perimetre"] = quoting
    await person.says("quelle est la capitale des mandragores ?")
    event = engine._store.SQLEvent
    with engine._store.engine.begin() as connection:
        event.__table__.drop(connection)
    try:
        await person.says("zibeline et topinambour")
    except Unavailable:
        event.__table__.create(engine._store.engine)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
