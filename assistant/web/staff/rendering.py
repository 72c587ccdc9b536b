"""A page of a console, with what its frame needs."""

from typing import Any

from fastapi import Request, Response

from assistant.web.pages import templates
from assistant.web.staff.sign_in import consoles_of


def console_page(request: Request, template: str, console: str, status: int = 200, **context: Any) -> Response:
    """The template in the frame of `console` (its address), for who is signed in; `csrf` is for its forms."""
    signed_in = request.state.signed_in
    context |= {
        "console": console,
        "signed_in": signed_in,
        "member": signed_in.member,
        "csrf": signed_in.csrf,
        "consoles": consoles_of(signed_in.member),
    }
    return templates.TemplateResponse(request, template, context, status_code=status)
