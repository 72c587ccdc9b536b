"""The only host of Rasa's Agent: its own thread and event loop, so that a turn never stops the web server."""

import asyncio
import re
import secrets
import threading
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import structlog
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.shared.core.events import BotUttered, Event, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.exc import SQLAlchemyError

from assistant.app import Services, use
from assistant.dialogue.actions import InProcessActions
from assistant.dialogue.channel import ReplyChannel, SimpleChannel, payload_of, to_reply
from assistant.dialogue.choices import resolve
from assistant.dialogue.locks import make_locks
from assistant.dialogue.model import newest_model
from assistant.dialogue.recording import UNKNOWN_CONVERSATION, Recorder
from assistant.dialogue.replies import Reply, State, Triage, Turn
from assistant.dialogue.tracker_store import ConversationStore
from assistant.dialogue.triage import to_triage
from assistant.errors import AssistantError, NotFound, Refused, Unavailable
from assistant.logs import configure
from assistant.storage.staff_tables import Unclear
from assistant.storage.tables import Appointment, Conversation

log = structlog.get_logger(__name__)
T = TypeVar("T")
Channel = Literal["web", "phone", "counter"]

ACTIONS_PACKAGE = "actions"
WELCOME = "/accueillir"
BUSY = "L'assistant ne répond pas pour le moment. Réessayez dans une minute, ou appelez votre France services."
STARTING = "L'assistant démarre. Réessayez dans quelques secondes."
EMPTY = "Votre message est vide. Écrivez votre demande en quelques mots."
NOT_OFFERED = "Ce choix n'est pas proposé. Choisissez une des réponses affichées."
COMMAND_MARKS = re.compile(r"^[\s/\\]+")
"""What a text may not begin with: Rasa strips spaces, then runs "/restart" and "/intent{…}" as its own commands."""
COUNTING_SECONDS = 2.0
"""A database busy with something long, an import for one, does not keep a person waiting."""
NOTHING_SAID = "Il n'y a rien à reprendre : vous n'avez encore rien dit."
APPOINTMENT_CHANGED = (
    "Ceci concerne un rendez-vous : on ne revient pas en arrière. Vous pouvez le déplacer ou l'annuler."
)
TOO_LONG = "Cette conversation est très longue. Commencez-en une nouvelle, ou appelez votre France services."


class Engine:
    """Conversations with the trained model: messages in, replies out."""

    def __init__(self, services: Services):
        if not structlog.is_configured():
            # Rasa's default prints every message: a host that set up no logs must not write them either
            configure()
        self._services = use(services)
        self._settings = services.settings
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="rasa", daemon=True)
        self._agent: Agent | None = None
        self._recorder, self._recordings = Recorder(services), set[asyncio.Task[None]]()
        self.problem: str | None = None

    @property
    def ready(self) -> bool:
        """Whether the model is loaded."""
        return self._agent is not None

    def start(self) -> None:
        """Begin loading and return at once."""
        self._thread.start()
        self._loop.call_soon_threadsafe(self._load)

    def stop(self) -> None:
        """End Rasa's thread."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)

    async def open(self, channel: Channel = "web") -> tuple[str, list[Reply]]:
        """A new conversation: its id, made here, and the welcome. `channel` is who types: the person, or somebody for them."""
        self._require_ready()
        conversation, now = secrets.token_urlsafe(24), self._services.now()
        row = Conversation(
            id=conversation,
            started_at=now,
            last_message_at=now,
            turns=0,
            channel=channel,
            procedures=[],
            departement="",
            shared=False,
        )
        await asyncio.to_thread(self._add, row)
        return conversation, await self._run(self._turn(conversation, WELCOME))

    async def message(
        self,
        conversation: str,
        *,
        text: str | None = None,
        choice: str | None = None,
        message_id: str | None = None,
        simple: bool = False,
    ) -> list[Reply]:
        """The replies to a text, or to a choice that was offered in this conversation. Never empty.

        A `message_id` that was heard already gets the same replies again, and nothing is done twice. `simple` asks for
        simpler words.
        """
        self._require_ready()
        words = COMMAND_MARKS.sub("", text or "")
        if choice is None and not words:
            raise Refused(EMPTY)
        message = _Message(words, choice, message_id, SimpleChannel if simple else ReplyChannel)
        return await self._run(self._message(conversation, message))

    async def take_back(self, conversation: str) -> None:
        """Undo the last message and what it led to; Refused where nothing was said, or an appointment was changed."""
        self._require_ready()
        await self._run(self._take_back(conversation))

    async def state(self, conversation: str) -> State:
        """The dossier and the step."""
        self._require_ready()
        await asyncio.to_thread(self._require, conversation)
        return await self._run(self._read_state(conversation))

    async def history(self, conversation: str) -> list[Turn]:
        """Everything said so far, in order."""
        self._require_ready()
        await asyncio.to_thread(self._require, conversation)
        tracker = await self._run(self._tracker(conversation))
        return [turn for event in tracker.events if (turn := _turn(event))]

    async def erase(self, conversation: str) -> None:
        """Delete what was said; appointments stay, without the conversation."""
        self._require_ready()
        await self._run(self._erase(conversation))

    async def triage(self, text: str) -> Triage:
        """What one message, alone, is understood as."""
        self._require_ready()
        parsed = await self._run(self._parse(text))
        return to_triage(parsed, self._services.catalogue)

    def _load(self) -> None:
        try:
            store = ConversationStore(url=self._settings.tracker_database)
            agent = Agent.load(
                newest_model(self._settings),
                tracker_store=store,
                lock_store=make_locks(self._settings),
                action_endpoint=InProcessActions(ACTIONS_PACKAGE, self._settings.action_deadline),
            )
            # Rasa wraps the store in one that writes to memory on failure and never reads it back
            store.domain = agent.domain
            agent.tracker_store = agent.processor.tracker_store = store
            self._store, self._agent = store, agent
        except BaseException as error:  # register_package exits the process on an ImportError
            self.problem = f"{type(error).__name__}: {error}"
            log.error("engine.not_loaded", error=self.problem)

    def _require_ready(self) -> None:
        if not self.ready:
            raise Unavailable(BUSY if self.problem else STARTING)

    def _add(self, row: Conversation) -> None:
        with self._services.database.write() as session:
            session.add(row)

    def _require(self, conversation: str) -> int:
        """The number of its turns so far; NotFound where it was erased or never was."""
        with self._services.database.read() as session:
            row = session.get(Conversation, conversation)
            if row is None:
                raise NotFound(UNKNOWN_CONVERSATION)
            return row.turns

    def _forget(self, conversation: str) -> None:
        with self._services.database.write() as session:
            session.query(Appointment).filter_by(conversation=conversation).update({"conversation": None})
            session.query(Unclear).filter_by(conversation=conversation).delete()
            session.query(Conversation).filter_by(id=conversation).delete()

    def _add_turn(self, conversation: str) -> None:
        with self._services.database.write() as session:
            row = session.get_one(Conversation, conversation)
            row.turns += 1
            row.last_message_at = self._services.now()

    async def _count_turn(self, conversation: str) -> None:
        if await asyncio.to_thread(self._require, conversation) >= self._settings.max_turns:
            raise Refused(TOO_LONG)
        try:
            await asyncio.wait_for(asyncio.to_thread(self._add_turn, conversation), COUNTING_SECONDS)
        except (SQLAlchemyError, TimeoutError) as error:
            # a failing write never costs the person an answer
            log.warning("turn.not_counted", error=type(error).__name__)

    async def _run(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Run in Rasa's loop, from the web server's."""
        future = asyncio.run_coroutine_threadsafe(coroutine, self._loop)
        try:
            return await asyncio.wait_for(asyncio.wrap_future(future), self._settings.turn_deadline)
        except AssistantError:
            raise
        except Exception as error:
            log.error("turn.failed", error=type(error).__name__)
            raise Unavailable(BUSY) from error

    async def _message(self, conversation: str, message: "_Message") -> list[Reply]:
        # the whole turn under the lock: "2" is said to the buttons of the turn before it
        async with self._agent_now.lock_store.lock(conversation):
            tracker = await self._tracker(conversation)
            answered = _answered(tracker, message.id)
            if answered:
                return answered
            await self._count_turn(conversation)
            button = _button(_offered(tracker), message.text, message.choice)
            label = (message.text or button["title"]) if button else None
            text = button["payload"] if button else message.text
            replies = await self._turn(conversation, text, label, message.id, message.channel)
        self._record(conversation, "" if button else message.text)
        return replies

    def _record(self, conversation: str, typed: str) -> None:
        """Beside the answer, which does not wait for it."""
        task = self._loop.create_task(self._recorded(conversation, typed))
        self._recordings.add(task)
        task.add_done_callback(self._recordings.discard)

    async def _recorded(self, conversation: str, typed: str) -> None:
        tracker = await self._tracker(conversation)
        await asyncio.to_thread(self._recorder.keep, conversation, tracker, typed)

    async def settle(self) -> None:
        """Wait until what remains of the turns so far is written."""
        await self._run(self._settled())

    async def _settled(self) -> None:
        await asyncio.gather(*self._recordings)

    async def _turn(
        self,
        conversation: str,
        text: str,
        label: str | None = None,
        message_id: str | None = None,
        channel_type: type[ReplyChannel] = ReplyChannel,
    ) -> list[Reply]:
        channel = channel_type()
        metadata = {"label": label} if label else None
        await self._agent_now.processor.handle_message(
            UserMessage(
                text, channel, conversation, input_channel=channel.name(), metadata=metadata, message_id=message_id
            )
        )
        return channel.replies or [self._fallback()]

    async def _take_back(self, conversation: str) -> None:
        async with self._agent_now.lock_store.lock(conversation):
            await asyncio.to_thread(self._require, conversation)
            last = next(reversed(_turns(await self._tracker(conversation))), None)
            if last is None:
                raise Refused(NOTHING_SAID)
            if any(map(_changes_appointment, last.events)):
                raise Refused(APPOINTMENT_CHANGED)
            await asyncio.to_thread(self._store.take_back, conversation, last.said.message_id)

    async def _parse(self, text: str) -> dict[str, Any]:
        return await self._agent_now.parse_message(text)

    async def _tracker(self, conversation: str) -> DialogueStateTracker:
        return await self._store.retrieve_full_tracker(conversation) or DialogueStateTracker.from_events(
            conversation, []
        )

    async def _read_state(self, conversation: str) -> State:
        return self._state(await self._tracker(conversation))

    async def _erase(self, conversation: str) -> None:
        # under the lock: a turn that ends later would write the conversation again
        async with self._agent_now.lock_store.lock(conversation):
            await asyncio.to_thread(self._require, conversation)
            self._store.erase(conversation)
            await asyncio.to_thread(self._forget, conversation)

    def _state(self, tracker: DialogueStateTracker) -> State:
        code = tracker.get_slot("commune")
        return State(
            procedures=tracker.get_slot("procedures") or [],
            situation=tracker.get_slot("situation") or {},
            commune=self._services.directory.commune(code).name if code else None,
            step=_step(tracker),
        )

    def _fallback(self) -> Reply:
        """Said in place of silence."""
        return Reply(text=self._agent_now.domain.responses["utter_panne"][0]["text"])

    @property
    def _agent_now(self) -> Agent:
        if self._agent is None:
            raise Unavailable(STARTING)
        return self._agent


@dataclass(frozen=True)
class _Message:
    """What a person sent: words, or a choice."""

    text: str
    choice: str | None
    id: str | None
    channel: type[ReplyChannel]


@dataclass(frozen=True)
class _Said:
    """A message of the person, and the events that followed until the next one."""

    said: UserUttered
    events: list[Event]


def _turns(tracker: DialogueStateTracker) -> list[_Said]:
    """What the person said, and what each message led to; the welcome is not said by anybody."""
    turns: list[_Said] = []
    for event in tracker.events:
        if isinstance(event, UserUttered) and event.text and event.text != WELCOME:
            turns.append(_Said(event, []))
        elif turns:
            turns[-1].events.append(event)
    return turns


def _answered(tracker: DialogueStateTracker, message_id: str | None) -> list[Reply]:
    """The replies that a message had already; none where it was not heard, or its turn broke off."""
    found = next((turn for turn in _turns(tracker) if message_id and turn.said.message_id == message_id), None)
    uttered = [event for event in found.events if isinstance(event, BotUttered)] if found else []
    return [to_reply(event.text, event.data) for event in uttered]


def _changes_appointment(event: Event) -> bool:
    """Whether an appointment was booked, moved or cancelled: saying it was not would not undo it."""
    shown = isinstance(event, BotUttered) and (event.data.get("custom") or {}).get("kind") == "appointment"
    return shown or (isinstance(event, SlotSet) and event.key == "rendez_vous")


def _offered(tracker: DialogueStateTracker) -> list[list[dict[str, Any]]]:
    """The buttons of every assistant's turn, oldest first; a turn's buttons in the order they were shown."""
    turns: list[list[dict[str, Any]]] = [[]]
    for event in tracker.events:
        if isinstance(event, UserUttered):
            turns.append([])
        elif isinstance(event, BotUttered):
            turns[-1].extend(event.data.get("buttons") or [])
    return turns


def _button(buttons: list[list[dict[str, Any]]], text: str, choice: str | None) -> dict[str, Any] | None:
    """The button of a choice, in any turn; or the one that a text names among the last ones, if it does."""
    if choice is None:
        return resolve(text, buttons[-1])
    button = payload_of(choice, [b for turn in buttons for b in turn])
    if button is None:
        raise Refused(NOT_OFFERED)
    return button


def _turn(event: Any) -> Turn | None:
    if isinstance(event, BotUttered):
        return Turn(author="assistant", text=event.text or "", reply=to_reply(event.text, event.data))
    if isinstance(event, UserUttered) and event.text and event.text != WELCOME:
        return Turn(author="person", text=(event.metadata or {}).get("label") or event.text)
    return None


def _step(tracker: DialogueStateTracker) -> str:
    """Derived, never stored: the form's open slot, else how far the dossier is."""
    if tracker.active_loop_name:
        return str(tracker.get_slot("requested_slot") or tracker.active_loop_name)
    if tracker.get_slot("urgence"):
        return "urgence"
    if tracker.get_slot("rendez_vous"):
        return "rendez_vous"
    return "documents" if tracker.get_slot("procedures") else "accueil"
