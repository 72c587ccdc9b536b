"""An appointment as the rest of the application sees it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from assistant.directory.models import Place


@dataclass(frozen=True)
class AppointmentView:
    """An appointment as people see it: start and end in the place's zone; status `booked` or `cancelled`."""

    code: str
    place: Place
    start: datetime
    end: datetime
    procedures: tuple[str, ...]
    situation: Mapping[str, Mapping[str, str]]
    status: str
    name: str
    stop: str | None = None
    """Where a bus stands then."""
    booked_by: str | None = None
    """Who booked for this person."""
    reachable: bool = False
    """Whether the person left a telephone number or an e-mail."""
