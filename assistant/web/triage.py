"""What one message, alone, is understood as."""

from fastapi import APIRouter
from pydantic import BaseModel

from assistant.dialogue.replies import Triage
from assistant.web.gate import admit
from assistant.web.parts import WithEngine, WithServices

router = APIRouter(prefix="/api/triage", tags=["triage"])


class TriageBody(BaseModel):
    """A message."""

    text: str


@router.post("")
async def triage(body: TriageBody, engine: WithEngine, services: WithServices) -> Triage:
    """Kind, labels best first, candidates, act, emergency and entities; nothing is kept."""
    return await engine.triage(admit(body.text, services.settings))
