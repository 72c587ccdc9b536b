"""Every error as problem+json whose French detail says what to do; nothing internal is ever shown."""

import logging
from datetime import UTC, datetime
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from assistant.booking.wording import slot_data, slot_label
from assistant.errors import AssistantError

log = logging.getLogger("assistant.web")
STARTING_SECONDS, DOWN_SECONDS = 3, 30
"""When to come back: the model is loaded in half a minute; what is down takes longer."""
MEDIA_TYPE = "application/problem+json"

TITLES = {
    400: "Demande illisible",
    401: "Connexion nécessaire",
    403: "Accès refusé",
    404: "Introuvable",
    405: "Action impossible ici",
    409: "Ce n'est plus possible",
    413: "Message trop long",
    415: "Format non accepté",
    422: "Demande à corriger",
    429: "Trop de messages",
    500: "Erreur de notre côté",
    503: "Service momentanément indisponible",
}
DETAILS = {
    400: "La demande n'est pas lisible. Envoyez du JSON correct, en UTF-8.",
    404: "Cette adresse n'existe pas. Vérifiez-la, ou revenez à la page d'accueil.",
    405: "Cette adresse n'accepte pas cette action. Consultez la documentation de l'API.",
    413: "L'envoi est trop gros. Écrivez un message plus court.",
    500: "Une erreur s'est produite de notre côté. Réessayez dans un instant.",
    503: "Le service est momentanément indisponible. Réessayez dans un instant.",
}
WRONG = {
    "missing": "ce champ est obligatoire",
    "string_type": "un texte est attendu",
    "string_unicode": "ce texte contient des caractères illisibles",
    "string_too_short": "ce texte est trop court",
    "string_too_long": "ce texte est trop long",
    "int_parsing": "un nombre entier est attendu",
    "int_type": "un nombre entier est attendu",
    "json_invalid": "le JSON n'est pas lisible",
    "list_type": "une liste est attendue",
    "tuple_type": "une liste est attendue",
    "dict_type": "un objet est attendu",
    "model_attributes_type": "un objet JSON est attendu",
    "model_type": "un objet JSON est attendu",
    "too_short": "il manque des éléments",
    "too_long": "il y a trop d'éléments",
    "greater_than_equal": "ce nombre est trop petit",
    "less_than_equal": "ce nombre est trop grand",
    "string_pattern_mismatch": "ce texte n'a pas la bonne forme",
    "bool_type": "vrai ou faux est attendu (true ou false)",
    "bool_parsing": "vrai ou faux est attendu (true ou false)",
    "datetime_type": "une date et une heure sont attendues, comme 2026-11-26T09:00:00+01:00",
    "datetime_parsing": "une date et une heure sont attendues, comme 2026-11-26T09:00:00+01:00",
    "datetime_from_date_parsing": "une date et une heure sont attendues, comme 2026-11-26T09:00:00+01:00",
    "literal_error": "cette valeur n'est pas proposée",
    "timezone_aware": "il manque le fuseau horaire : écrivez une date comme 2026-11-26T09:00:00+01:00",
}


def problem(
    status: int, detail: str | None = None, headers: dict[str, str] | None = None, **extra: Any
) -> JSONResponse:
    """A problem+json answer; `extra` are members beside the usual four."""
    body = {
        "type": "about:blank",
        "title": TITLES.get(status, "Demande impossible"),
        "status": status,
        "detail": detail or DETAILS.get(status, "La demande n'a pas pu aboutir. Vérifiez-la, puis réessayez."),
        **extra,
    }
    return JSONResponse(body, status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Answer every kind of error this way."""
    app.add_exception_handler(AssistantError, _assistant_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(SQLAlchemyError, _database_error)
    app.add_exception_handler(HTTPException, _http_error)


def of_assistant_error(error: AssistantError, starting: bool = False) -> JSONResponse:
    """The problem an AssistantError stands for, with the slots or suggestions it carries."""
    if error.status == 500:
        return unexpected(error)
    extra: dict[str, Any] = {}
    if slots := getattr(error, "next_slots", None):
        extra["slots"] = [{**slot_data(slot), "label": slot_label(slot, datetime.now(UTC))} for slot in slots]
    if suggestions := getattr(error, "suggestions", None):
        extra["suggestions"] = list(suggestions)
    return problem(error.status, error.message, _retry_headers(error, starting), **extra)


def unexpected(error: BaseException) -> JSONResponse:
    """A 500 that shows nothing; the log names the fault, never its values: they may hold what a person wrote."""
    last = error.__traceback__
    while last and last.tb_next:
        last = last.tb_next
    where = f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}" if last else "?"
    log.error("%s at %s", type(error).__name__, where)
    return problem(500)


def _retry_headers(error: AssistantError, starting: bool) -> dict[str, str] | None:
    again = (STARTING_SECONDS if starting else DOWN_SECONDS) if error.status == 503 else None
    seconds = getattr(error, "retry_after", again)
    return {"Retry-After": str(seconds)} if seconds else None


async def _assistant_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AssistantError)
    engine = request.app.state.engine
    return of_assistant_error(error, starting=not engine.ready and not engine.problem)


async def _database_error(_request: Request, error: Exception) -> Response:
    log.error("database: %s", type(error).__name__)
    return problem(503, headers={"Retry-After": str(DOWN_SECONDS)})


async def _http_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return problem(error.status_code, headers=dict(error.headers or {}))


async def _validation_error(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    wrong = [{"field": _field(found["loc"]), "problem": _wrong(found)} for found in error.errors()]
    first = wrong[0]
    alone = first["problem"][:1].upper() + first["problem"][1:]  # `capitalize` would write JSON small
    detail = f"« {first['field']} » : {first['problem']}." if first["field"] else f"{alone}."
    return problem(422, f"{detail} Corrigez, puis renvoyez votre demande.", errors=wrong)


def _field(location: tuple[Any, ...]) -> str:
    return ".".join(str(part) for part in location[1:] if isinstance(part, str))[:80].encode(errors="replace").decode()


def _wrong(found: Any) -> str:
    if found["type"] == "value_error":
        return str(found["ctx"]["error"])
    return WRONG.get(found["type"], "cette valeur n'est pas acceptée")
