"""What every action shares: reading the tracker, uttering replies, moving between forms."""

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import ActiveLoop, EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import FormValidationAction

Button = dict[str, Any]
Slots = dict[str, Any]
SITUATION_FORM, BOOKING_FORM, LOOKUP_FORM = "form_situation", "form_rendez_vous", "form_retrouver"
BOOK_BUTTON: Button = {"title": "Prendre rendez-vous", "payload": "/prendre_rdv"}
PERSON: Button = {"title": "Parler à quelqu'un", "payload": "/humain"}


class Step(Action, ABC):
    """An action of ours; `name` is its class attribute."""

    action: str

    def name(self) -> str:
        """The name the domain knows it by."""
        return self.action

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]) -> list[EventType]:
        """Rasa's entry."""
        return self.act(Conversation(dispatcher, tracker))

    @abstractmethod
    def act(self, talk: "Conversation") -> list[EventType]:
        """Say what there is to say; the events that follow."""


class Form(FormValidationAction, ABC):
    """A form that reads all its slots at once: `read` gives what a message says, empty where it says nothing of it."""

    form: str

    def name(self) -> str:
        """Rasa's name for the validation of the form."""
        return f"validate_{self.form}"

    async def get_extraction_events(self, dispatcher: Any, tracker: Tracker, domain: Any) -> list[EventType]:
        """What the message says; nothing at the form's activation, whose message an action has read already."""
        if not tracker.get_slot("requested_slot"):
            return []
        return set_slots(self.read(Conversation(dispatcher, tracker)))

    async def get_validation_events(self, dispatcher: Any, tracker: Tracker, domain: Any) -> list[EventType]:
        """Nothing more to validate: `read` only gives what holds."""
        return set_slots(tracker.slots_to_validate())

    @abstractmethod
    def read(self, talk: "Conversation") -> Slots:
        """The slots that the message fills."""


class Conversation:
    """One turn: what was understood, the slots, and what to say."""

    def __init__(self, dispatcher: CollectingDispatcher, tracker: Tracker):
        self._dispatcher = dispatcher
        self.tracker = tracker

    @property
    def text(self) -> str:
        """The message, empty where a button was pressed."""
        text = self.tracker.latest_message.get("text") or ""
        return "" if text.startswith("/") else text

    @property
    def intent(self) -> str:
        """The intent's name."""
        return str(self.tracker.latest_message["intent"]["name"])

    @property
    def confidence(self) -> float:
        """The intent's probability."""
        return float(self.tracker.latest_message["intent"].get("confidence") or 0)

    @property
    def triage(self) -> dict[str, Any]:
        """The classifier's decision: sub, candidates …"""
        return self.tracker.latest_message.get("triage") or {}

    @property
    def sub(self) -> str | None:
        """The second half of a retrieval intent (`digression/cout` → cout)."""
        return self.triage.get("sub")

    def entity(self, name: str) -> Any:
        """The value of the first entity of that name."""
        return next((e["value"] for e in self.entities(name)), None)

    def entities(self, name: str) -> list[dict[str, Any]]:
        """All entities of that name, with what the extractor added."""
        return [e for e in self.tracker.latest_message.get("entities", []) if e["entity"] == name]

    def slot(self, name: str) -> Any:
        """A slot's value."""
        return self.tracker.get_slot(name)

    @property
    def form(self) -> str | None:
        """The form that is open."""
        return (self.tracker.active_loop or {}).get("name")

    @property
    def asked(self) -> str | None:
        """The slot that a form is asking for."""
        return self.slot("requested_slot")

    def say(
        self,
        response: str,
        *,
        kind: str = "text",
        data: dict[str, Any] | None = None,
        buttons: list[Button] | None = None,
        **values: Any,
    ) -> None:
        """Utter a response of the domain, with what the reply carries."""
        custom = {"kind": kind, "data": data or {}} if kind != "text" or data else None
        self._dispatcher.utter_message(response=response, json_message=custom, buttons=buttons or [], **values)


def set_slots(slots: Slots) -> list[EventType]:
    """One event a slot."""
    return [SlotSet(name, value) for name, value in slots.items()]


def leave_form() -> list[EventType]:
    """End the form that is open, if any."""
    return [ActiveLoop(None), SlotSet("requested_slot", None)]


def go_to(form: str, slots: Slots | None = None) -> list[EventType]:
    """Leave the open form, set slots, and open another; who goes on with a request is past the emergency."""
    return [*leave_form(), *set_slots({"urgence": None, **(slots or {})}), FollowupAction(form)]
