"""A request's body is refused before it is read whole: parsing a large one is how a server is kept busy."""

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.errors import problem

MAX_BYTES = 32_000
"""Several times the longest message, in four-byte characters escaped as JSON."""


class BodyLimit:
    """Plain ASGI: 413 by the announced length, or once that much has arrived."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting what arrives of its body."""
        if scope["type"] == "http" and _announced(scope) > MAX_BYTES:
            await problem(413)(scope, receive, send)
            return
        arrived = 0

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            if arrived > MAX_BYTES:
                raise HTTPException(413)
            return message

        await self.app(scope, counted, send)


def _announced(scope: Scope) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0
