"""Runs the custom actions in this process, as the action server would: same package, no HTTP."""

import asyncio
import traceback
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import structlog
from rasa.core.actions.action import RemoteAction
from rasa.utils.endpoints import EndpointConfig
from rasa_sdk.executor import ActionExecutor

log = structlog.get_logger(__name__)

FAILURE_RESPONSE = "utter_panne"
"""What a person reads when an action fails: that it did, and how to reach somebody."""
THREADS = 64
"""More than the actions that can hang at once: a thread cannot be ended, and asyncio's own pool has six."""


class InProcessActions(EndpointConfig):
    """The action endpoint `Agent.load` is given; a failing or slow action answers in French."""

    def __init__(self, package: str, deadline: float):
        super().__init__()
        self._deadline = deadline
        self._executor = ActionExecutor()
        self._executor.register_package(package)
        # rasa_sdk's answer has not travelled: checking it, and the constant schema itself each time, is half of a turn
        RemoteAction._validate_action_result = _trusted
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="action")

    async def request(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        """Run the action of Rasa's call; `deadline` seconds at most."""
        call = kwargs["json"]
        try:
            # in a thread of its own: a blocking action must not stop the other conversations
            running = asyncio.get_running_loop().run_in_executor(self._threads, self._run, call)
            return await asyncio.wait_for(running, self._deadline)
        except Exception as error:
            # the error's text may quote the person, its type does not
            log.error("action.failed", action=call.get("next_action"), error=type(error).__name__, at=_where(error))
            return {"events": [], "responses": [{"response": FAILURE_RESPONSE}]}

    def _run(self, call: Any) -> dict[str, Any] | None:
        return asyncio.run(self._executor.run(call))


def _trusted(_action: RemoteAction, _result: dict[str, Any]) -> bool:
    return True


def _where(error: Exception) -> str:
    """File and line of the failure, without the values that a traceback could show."""
    frame = traceback.extract_tb(error.__traceback__)[-1:]
    return f"{frame[0].filename}:{frame[0].lineno}" if frame else ""
