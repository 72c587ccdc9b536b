"""What one message, alone, is understood as."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from assistant.web.gate import admit
from assistant.web.parts import WithEngine, WithServices

router = APIRouter(prefix="/api/triage", tags=["triage"])


class TriageBody(BaseModel):
    """A message."""

    text: str


@router.post("")
async def triage(body: TriageBody, engine: WithEngine, services: WithServices) -> dict[str, Any]:
    """Kind, labels best first, candidates, act, emergency and entities; nothing is kept."""
    found = await engine.triage(admit(body.text, services.settings))
    return found.model_dump(mode="json")
