"""The conversation as a page: a form without scripts; with them (static/chat.js) the same answers are put in place.

The page is `/conversation`; `/cadre` is the same without banner, for the widget on another site.
"""

import hashlib
import secrets
from dataclasses import dataclass, replace
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, BackgroundTasks, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from assistant.app import Services
from assistant.booking.feedback import WRONG_PROCEDURE
from assistant.dialogue.asked import asked_for
from assistant.dialogue.recording import share
from assistant.dialogue.replies import Turn
from assistant.errors import AssistantError, NotFound, Unavailable
from assistant.web.bubbles import rows_of
from assistant.web.conversations import ID
from assistant.web.errors import DETAILS
from assistant.web.gate import admit, tidy
from assistant.web.pages import EXAMPLES, directory_context, templates
from assistant.web.parts import WithEngine, WithMetrics, WithPace, WithServices
from assistant.web.shell import content_security_policy

log = structlog.get_logger(__name__)
router = APIRouter(include_in_schema=False)
COOKIE, SIMPLE = "conversation", "simple"
FRAGMENT = "x-fragment"
"""Header of a script that wants what changed, not the page."""
MOST_CHOICE = 500
ENDED = "La conversation précédente est terminée. Dites de nouveau ce qui vous amène."
THANKS = "Merci. Votre réponse nous aide à améliorer les listes."
SHARED = "C'est noté : l'agent qui vous reçoit pourra lire cette conversation, sans votre nom ni vos numéros."
NOT_SHARED = "C'est noté : personne ne lira cette conversation."
NOTICES = {"effacee": "Votre conversation est effacée.", "merci": THANKS, "lue": SHARED, "gardee": NOT_SHARED}
"""Said after a redirection, by the name of its query."""


@dataclass(frozen=True)
class Talk:
    """Whose conversation, and how it is shown."""

    conversation: str
    frame: bool
    simple: bool
    script: bool
    """Whether a script asks."""
    nonce: str
    """Of one rendering: the same button pressed twice on it is one message."""
    services: Services

    @property
    def today(self) -> Any:
        """For dates in words."""
        return self.services.now().date()


def talk_of(request: Request, services: Services, given: str = "", nonce: str = "", frame: bool = False) -> Talk:
    """From the form where it says, else from the cookie: a frame may have none."""
    conversation = given or request.cookies.get(COOKIE, "")
    return Talk(
        conversation=conversation if ID.fullmatch(conversation) else "",
        frame=frame,
        simple=request.cookies.get(SIMPLE) == "1",
        script=FRAGMENT in request.headers,
        nonce=nonce if ID.fullmatch(nonce) else secrets.token_urlsafe(9),
        services=services,
    )


class Sent:
    """The fields that every form of the page sends."""

    def __init__(
        self,
        conversation: Annotated[str, Form()] = "",
        nonce: Annotated[str, Form(alias="envoi")] = "",
        frame: Annotated[str, Form(alias="cadre")] = "",
    ):
        self.conversation, self.nonce, self.frame = conversation, nonce, bool(frame)

    def talk(self, request: Request, services: Services) -> Talk:
        """Whose conversation the form is of."""
        return talk_of(request, services, self.conversation, self.nonce, self.frame)


WithSent = Annotated[Sent, Depends()]


@router.get("/conversation")
async def conversation_page(
    request: Request, services: WithServices, engine: WithEngine, demarche: str = ""
) -> Response:
    """The conversation so far, or the beginning of one; `demarche` offers to go on with a procedure."""
    return await _page(request, talk_of(request, services), engine, demarche)


@router.get("/cadre")
async def frame_page(request: Request, services: WithServices, engine: WithEngine) -> Response:
    """The same inside a widget."""
    return await _page(request, talk_of(request, services, frame=True), engine)


@router.post("/conversation")
async def say(
    request: Request,
    sent: WithSent,
    services: WithServices,
    engine: WithEngine,
    pace: WithPace,
    metrics: WithMetrics,
    text: Annotated[str, Form()] = "",
    choice: Annotated[str, Form()] = "",
) -> Response:
    """One turn: for a script what is new, which is everything where the conversation is."""
    talk = sent.talk(request, services)
    try:
        words = None if choice else admit(text, services.settings)
        if talk.conversation:
            pace.check(talk.conversation)
        with metrics.turns.time():
            talk = await _turn(talk, engine, words, choice[:MOST_CHOICE] or None)
    except (AssistantError, SQLAlchemyError) as error:
        return await _failed(request, talk, engine, error, text)
    if not talk.script:
        return _kept(RedirectResponse(_address(talk) + "#fin", status_code=303), request, talk)
    turns = await engine.history(talk.conversation)
    shown = _last(turns) if talk.conversation == sent.conversation else turns
    return _kept(_log(request, shown, talk), request, talk)


@router.post("/conversation/retour")
async def take_back(request: Request, sent: WithSent, services: WithServices, engine: WithEngine) -> Response:
    """Undo the last answer."""
    talk = sent.talk(request, services)
    try:
        await engine.take_back(talk.conversation)
    except (AssistantError, SQLAlchemyError) as error:
        return await _failed(request, talk, engine, error)
    if not talk.script:
        return RedirectResponse(_address(talk) + "#fin", status_code=303)
    return _log(request, await engine.history(talk.conversation), talk)


@router.post("/conversation/effacer")
async def erase(request: Request, sent: WithSent, services: WithServices, engine: WithEngine) -> Response:
    """Erase what was said, and the cookie; twice is the same as once."""
    talk = sent.talk(request, services)
    try:
        await engine.erase(talk.conversation)
    except NotFound:
        pass
    except (AssistantError, SQLAlchemyError) as error:
        return await _failed(request, talk, engine, error)
    response = RedirectResponse(_address(talk) + "?effacee=1", status_code=303)
    for name in (COOKIE, SIMPLE):
        _set_cookie(response, request, talk, name, "")
    return response


@router.post("/conversation/mots")
def choose_words(
    request: Request, sent: WithSent, services: WithServices, simple: Annotated[str, Form()] = ""
) -> Response:
    """In simpler words from now on, or with more details."""
    talk = sent.talk(request, services)
    response = RedirectResponse(_address(talk), status_code=303)
    _set_cookie(response, request, talk, SIMPLE, "1" if simple == "1" else "")
    return response


@router.post("/conversation/avis")
async def opine(
    request: Request,
    sent: WithSent,
    services: WithServices,
    engine: WithEngine,
    later: BackgroundTasks,
    procedure: Annotated[str, Form(alias="demarche")] = "",
    helpful: Annotated[str, Form(alias="utile")] = "",
    reason: Annotated[str, Form(alias="raison")] = "",
) -> Response:
    """Whether a list of documents helped."""
    talk = sent.talk(request, services)
    try:
        known = services.catalogue.procedure(procedure).id
        services.feedback.opine(talk.conversation, known, helpful == "oui", reason or None, services.now())
        if reason == WRONG_PROCEDURE and helpful != "oui":
            text = asked_for(await engine.history(talk.conversation), known)
            later.add_task(_learn, services, talk.conversation, text, known)
    except (AssistantError, SQLAlchemyError) as error:
        return await _failed(request, talk, engine, error)
    if talk.script:
        return HTMLResponse(f'<p class="done" role="status">{THANKS}</p>')
    return RedirectResponse(_address(talk) + "?merci=1#fin", status_code=303)


@router.post("/conversation/partage")
async def let_read(
    request: Request,
    sent: WithSent,
    services: WithServices,
    engine: WithEngine,
    agreed: Annotated[str, Form(alias="accord")] = "",
) -> Response:
    """Whether the agent of the appointment may read what was said: nobody may until the person says so."""
    talk = sent.talk(request, services)
    yes = agreed == "oui"
    try:
        await run_in_threadpool(share, services.database, talk.conversation, yes)
    except (AssistantError, SQLAlchemyError) as error:
        return await _failed(request, talk, engine, error)
    if talk.script:
        return HTMLResponse(f'<p class="done" role="status">{SHARED if yes else NOT_SHARED}</p>')
    return RedirectResponse(f"{_address(talk)}?{'lue' if yes else 'gardee'}=1#fin", status_code=303)


def _learn(services: Services, conversation: str, text: str, procedure: str) -> None:
    """That these words did not ask for that procedure; the opinion is kept whatever happens here."""
    try:
        services.learning.not_helpful(conversation, text, [procedure], services.now())
    except SQLAlchemyError as error:
        log.warning("opinion.not_learned", error=type(error).__name__)


async def _turn(talk: Talk, engine: Any, text: str | None, choice: str | None) -> Talk:
    """Say it, in a new conversation where there is none or it has ended; a choice of one that ended means nothing."""
    if not talk.conversation:
        talk = replace(talk, conversation=(await engine.open())[0])
    sent = hashlib.sha256((text if choice is None else f"/{choice}").encode()).hexdigest()[:12]  # type: ignore[union-attr]
    message = {"text": text, "choice": choice, "message_id": f"{talk.nonce[:48]}-{sent}", "simple": talk.simple}
    try:
        await engine.message(talk.conversation, **message)
    except NotFound:
        talk = replace(talk, conversation=(await engine.open())[0])
        if choice is not None:
            raise NotFound(ENDED) from None
        await engine.message(talk.conversation, **message)
    return talk


async def _page(
    request: Request,
    talk: Talk,
    engine: Any,
    procedure: str = "",
    error: str | None = None,
    typed: str = "",
    status: int = 200,
) -> Response:
    """The whole page, or for a script the conversation alone; without the conversation where it cannot be read."""
    turns: list[Turn] = []
    loading = False
    try:
        turns = await engine.history(talk.conversation) if talk.conversation else []
    except NotFound:
        talk = replace(talk, conversation="")
    except (AssistantError, SQLAlchemyError) as trouble:
        if talk.script:
            raise
        loading, status = isinstance(trouble, Unavailable), status if error else 503
        error = error or _words(trouble)
    if talk.script:
        return _log(request, turns, talk)
    services = talk.services
    context = {
        "talk": talk,
        "rows": rows_of(turns),
        "loading": loading,
        "error": error or NOTICES.get(next(iter(request.query_params), "")),
        "typed": typed,
        "first": services.catalogue.procedures.get(procedure),
        "examples": EXAMPLES,
        "limit": services.settings.max_message_chars,
        **directory_context(services),
    }
    response = templates.TemplateResponse(request, "chat.html", context, status_code=status)
    if talk.frame:
        response.headers["Content-Security-Policy"] = content_security_policy(*services.settings.embedding_sites)
    return response


async def _failed(request: Request, talk: Talk, engine: Any, error: Exception, typed: str = "") -> Response:
    """A problem for a script; for a browser the page again, with what was typed and what to do."""
    if talk.script:
        raise error
    status = getattr(error, "status", 503)
    return await _page(request, talk, engine, error=_words(error), typed=tidy(typed), status=status)


def _words(error: Exception) -> str:
    return error.message if isinstance(error, AssistantError) else DETAILS[503]


def _log(request: Request, turns: list[Turn], talk: Talk) -> Response:
    context = {"rows": rows_of(turns), "talk": talk}
    response = templates.TemplateResponse(request, "log.html", context)
    response.headers["X-Conversation"] = talk.conversation
    return response


def _last(turns: list[Turn]) -> list[Turn]:
    """From the last thing the person said on."""
    last = max((n for n, turn in enumerate(turns) if turn.author == "person"), default=0)
    return turns[last:]


def _address(talk: Talk) -> str:
    return "/cadre" if talk.frame else "/conversation"


def _kept(response: Response, request: Request, talk: Talk) -> Response:
    """With the cookie that finds the conversation again: until the browser is closed, unseen by scripts."""
    _set_cookie(response, request, talk, COOKIE, talk.conversation)
    return response


def _set_cookie(response: Response, request: Request, talk: Talk, name: str, value: str) -> None:
    # in a frame of another site only a partitioned cookie is kept, each site its own
    where = "SameSite=None; Secure; Partitioned" if talk.frame else "SameSite=Lax"
    secure = "; Secure" if request.url.scheme == "https" and not talk.frame else ""
    end = "" if value else "; Max-Age=0"
    response.headers.append("Set-Cookie", f"{name}={value}; Path=/; HttpOnly; {where}{secure}{end}")
