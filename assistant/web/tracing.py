"""The citizens' routes to personal data leave a trace too: who asked is "a person", and the code says of what.

    @router.get("/{code}", **traced())

A code that cannot be one leads to nobody's data and leaves none: otherwise anybody could fill the table.
"""

from typing import Any

from fastapi import Depends, Request
from starlette.concurrency import run_in_threadpool

from assistant.app import Services
from assistant.booking.codes import normalise
from assistant.staff.audit import Trace
from assistant.web.shell import route_of

PERSONAL = {"x-personal": True}


def traced() -> dict[str, Any]:
    """The arguments of a route whose path or form names an appointment by its `code`: traced before it runs."""
    return {"dependencies": [Depends(_trace_code)], "openapi_extra": PERSONAL}


def trace(request: Request, services: Services, code: str | None) -> None:
    """Write the line of this request; raises where it cannot, and then nothing is answered."""
    action = f"{request.method} {route_of(request.scope)}"
    services.audit.write(Trace(action, actor="person", subject=code), services.now())


async def _trace_code(request: Request) -> None:
    code = normalise(await _code(request))
    if code:
        await run_in_threadpool(trace, request, request.app.state.services, code)


async def _code(request: Request) -> str:
    if "code" in request.path_params:
        return str(request.path_params["code"])
    return str((await request.form()).get("code", ""))
