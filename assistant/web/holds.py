"""A slot kept while a person types: whoever knows the secret id of a hold renews it, books it or gives it back."""

from typing import Annotated, Any

from fastapi import APIRouter, Path
from pydantic import BaseModel, Field

from assistant.booking.holds import HoldView
from assistant.booking.wording import slot_data, slot_label
from assistant.web.description import problems
from assistant.web.gate import tidy
from assistant.web.parts import WithServices

router = APIRouter(prefix="/api/holds", tags=["appointments"])

HoldId = Annotated[str, Path(max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class HoldBody(BaseModel):
    """The slot to keep, and the hold that kept another one until now."""

    slot: str = Field(max_length=120)
    hold: str | None = Field(default=None, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")


@router.post("", status_code=201, responses=problems(404, 409))
def take(body: HoldBody, services: WithServices) -> dict[str, Any]:
    """Keep a slot for ten minutes; 409 with the next slots where somebody else has it."""
    return _shown(services.bookings.holds.take(tidy(body.slot), services.now(), body.hold), services)


@router.put("/{hold}", responses=problems(404))
def renew(hold: HoldId, services: WithServices) -> dict[str, Any]:
    """Keep it ten minutes more, a few times; 404 once it has expired."""
    return _shown(services.bookings.holds.renew(hold, services.now()), services)


@router.delete("/{hold}", status_code=204)
def release(hold: HoldId, services: WithServices) -> None:
    """Give the slot back; twice is the same as once."""
    services.bookings.holds.release(hold)


def _shown(view: HoldView, services: WithServices) -> dict[str, Any]:
    slot = {**slot_data(view.slot), "label": slot_label(view.slot, services.now())}
    return {"hold": view.id, "slot": slot, "expires_at": view.expires_at.isoformat()}
