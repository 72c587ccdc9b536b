"""Runs the custom actions in this process, as the action server would: same package, no HTTP."""

import asyncio
import traceback
from typing import Any

import structlog
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

log = structlog.get_logger(__name__)

FAILURE_RESPONSE = "utter_panne"
"""What a person reads when an action fails: that it did, and how to reach somebody."""


class InProcessActions(EndpointConfig):
    """The action endpoint `Agent.load` is given; a failing or slow action answers in French."""

    def __init__(self, package: str, deadline: float):
        super().__init__()
        self._deadline = deadline
        self._executor = ActionExecutor()
        self._executor.register_package(package)

    async def request(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Run the action of Rasa's call; `deadline` seconds at most."""
        call = kwargs["json"]
        try:
            # in a thread of its own: a blocking action must not stop the other conversations
            return await asyncio.wait_for(asyncio.to_thread(asyncio.run, self._executor.run(call)), self._deadline)
        except Exception as error:
            # the error's text may quote the person, its type does not
            log.error("action.failed", action=call.get("next_action"), error=type(error).__name__, at=_where(error))
            return {"events": [], "responses": [{"response": FAILURE_RESPONSE}]}


def _where(error: Exception) -> str:
    """File and line of the failure, without the values that a traceback could show."""
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{frame[0].filename}:{frame[0].lineno}" if frame else ""
