"""Emergencies: the numbers, before and without anything else."""

from rasa_sdk.events import EventType, SlotSet

from actions.bridge import Conversation, Step, leave_form
from assistant.emergencies import EMERGENCIES


class Alert(Step):
    """Numbers first, nothing else; the dossier waits."""

    action = "action_urgence"

    def act(self, talk: Conversation) -> list[EventType]:
        kind = talk.sub if talk.sub in EMERGENCIES else "danger_imminent"
        if talk.slot("urgence") == kind:
            return follow_up(talk)
        talk.say(f"utter_urgence_{kind}", kind="emergency", data=EMERGENCIES[kind].as_dict())
        return [*leave_form(), SlotSet("urgence", kind)]


def follow_up(talk: Conversation) -> list[EventType]:
    """After an emergency, what cannot be understood is still about it: another way to get help."""
    kind = talk.slot("urgence")
    talk.say(f"utter_urgence_suite_{kind}", kind="emergency", data=EMERGENCIES[kind].as_dict())
    return leave_form()
