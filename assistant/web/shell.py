"""Around every answer: security headers, figures, an access log without personal data, and a last catch."""

import logging
import time
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.web.errors import unexpected
from assistant.web.metrics import Metrics

access = logging.getLogger("assistant.access")


def content_security_policy(*embedding_sites: str) -> str:
    """Nothing from elsewhere, nothing inline; shown in a frame by ourselves and these sites."""
    framed_by = " ".join(["'self'", *embedding_sites])
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        f"form-action 'self'; base-uri 'none'; frame-ancestors {framed_by}"
    )


SECURITY_HEADERS = {
    "Content-Security-Policy": content_security_policy(),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


EMBEDDED = "/static/embed.js"
"""What other sites load."""


class Shell:
    """Plain ASGI, the outermost layer: even an answer to an unexpected error has its headers."""

    def __init__(self, app: ASGIApp, metrics: Metrics):
        self.app = app
        self.metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and see to what comes back."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, status = time.perf_counter(), 0

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(scope, message)
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except Exception as error:
            if status:
                raise
            await unexpected(error)(scope, receive, send_with_headers)
        finally:
            self._count(scope, status, time.perf_counter() - started)

    def _count(self, scope: Scope, status: int, seconds: float) -> None:
        route = route_of(scope)
        self.metrics.requests.labels(scope["method"], route, str(status)).inc()
        self.metrics.duration.labels(route).observe(seconds)
        # the template, not the path: a path holds codes and conversations, a query holds names
        access.info("%s %s %s %.0f ms", scope["method"], route, status, seconds * 1000)


def route_of(scope: Scope) -> str:
    """The route's template ("/api/appointments/{code}"), or "-" where none fits."""
    route: Any = scope.get("route")
    return str(getattr(route, "path", "-"))


def _add_headers(scope: Scope, message: Message) -> None:
    headers = MutableHeaders(scope=message)
    # X-Frame-Options knows no list of sites: where a page has a policy of its own, that one says who may frame it
    own_policy = "Content-Security-Policy" in headers
    for name, value in SECURITY_HEADERS.items():
        if not (own_policy and name == "X-Frame-Options"):
            headers.setdefault(name, value)
    if scope["path"] == EMBEDDED:
        headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    # a file is asked for again with its ETag: an upgrade must not leave an old script on a new page
    headers.setdefault("Cache-Control", "no-cache" if scope["path"].startswith("/static/") else "no-store")
