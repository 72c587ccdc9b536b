"""Help for who reads little French: what this is, in their language, and the telephone of the nearest place."""

import functools
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from ruamel.yaml import YAML

from assistant.app import Services
from assistant.errors import AssistantError, NotFound
from assistant.web.gate import plain
from assistant.web.pages import HERE, directory_context, templates
from assistant.web.parts import WithServices
from assistant.web.places import find_places

HELP = "/aide"
SHOWN = 3
"""Nearest places."""

router = APIRouter(include_in_schema=False)


@functools.cache
def languages() -> dict[str, dict[str, Any]]:
    """Language → its texts, French first."""
    texts: dict[str, dict[str, Any]] = YAML(typ="safe").load((HERE / "aide.yml").read_text(encoding="utf-8"))
    return texts


def texts_in(language: str) -> dict[str, Any]:
    """Everything the page says in a language."""
    if language not in languages():
        raise NotFound("Cette langue n'est pas proposée.")
    return languages()[language]


@router.get(HELP)
def index(request: Request, services: WithServices) -> Response:
    """The languages, each in its own name."""
    context = {"languages": languages(), **directory_context(services)}
    return templates.TemplateResponse(request, "help_index.html", context)


@router.get(HELP + "/{language}")
def help_page(
    language: str, request: Request, services: WithServices, near: Annotated[str, Query(alias="lieu")] = ""
) -> Response:
    """What a France services is and, near the commune that was written, whom to call."""
    try:
        texts = texts_in(language)
    except NotFound as error:
        lost = {"message": error.message, "suggestions": [(HELP, "Aide dans d'autres langues")]}
        return templates.TemplateResponse(request, "missing.html", lost, status_code=error.status)
    words = plain(near[:200])
    found, status = _near(words, services, texts)
    context = {"language": language, "t": texts, "words": words, **directory_context(services), **found}
    return templates.TemplateResponse(request, "help.html", context, status_code=status)


def _near(words: str, services: Services, texts: dict[str, Any]) -> tuple[dict[str, Any], int]:
    """The places, or an error in the person's language: those of the API are French."""
    if not words:
        return {}, 200
    try:
        found = find_places(services, words, SHOWN)
    except AssistantError as error:
        return {"error": texts["unknown"]}, error.status
    places = [{**place, "distance": _distance(place["distance_km"], texts)} for place in found["places"]]
    return {"places": places, "commune": found["commune"], "communes": found["communes"]}, 200


def _distance(km: float, texts: dict[str, Any]) -> str:
    """In whole kilometres: a decimal mark is not the same in every language."""
    short, other = str(texts["distance_short"]), str(texts["distance"])
    return short if km < 1 else other.format(km=round(km))
