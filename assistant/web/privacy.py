"""What is kept, why, and for how long: told to everybody, from the declaration that the purge goes by."""

from fastapi import APIRouter, Request, Response

from assistant.privacy.retention import Concerns, of_concern
from assistant.web.pages import directory_context, templates
from assistant.web.parts import WithServices

router = APIRouter(include_in_schema=False)


@router.get("/vie-privee")
def privacy_page(request: Request, services: WithServices) -> Response:
    """The page; nothing of it is about who reads it."""
    context = {
        "of_person": of_concern(Concerns.PERSON),
        "of_staff": of_concern(Concerns.STAFF),
        "of_nobody": of_concern(Concerns.NOBODY),
        "contact": services.settings.privacy_contact,
        **directory_context(services),
    }
    return templates.TemplateResponse(request, "privacy.html", context)
