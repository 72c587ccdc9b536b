"""The web application: `create_app()`; the page answers while the model is still loading."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from assistant.app import Services, use
from assistant.settings import Settings
from assistant.web import (
    appointments,
    catalogue_pages,
    chat,
    conversations,
    errors,
    health,
    help,
    holds,
    pages,
    places,
    privacy,
    procedures,
    triage,
    visits,
)
from assistant.web.body import BodyLimit
from assistant.web.description import DescribedAPI
from assistant.web.gate import Pace
from assistant.web.housekeeping import Housekeeping
from assistant.web.metrics import Metrics
from assistant.web.shell import Shell
from assistant.web.staff import access, agent, coordination, live, oidc, operator, review, sign_in, timetables

if TYPE_CHECKING:
    from assistant.dialogue.engine import Engine

SUBJECTS = (
    conversations,
    triage,
    procedures,
    visits,
    places,
    holds,
    appointments,
    health,
    pages,
    chat,
    help,
    catalogue_pages,
    privacy,
    sign_in,
    oidc,
    operator,
    agent,
    timetables,
    live,
    coordination,
    review,
)


def create_app(settings: Settings | None = None, *, engine: "Engine | None" = None) -> FastAPI:
    """The application; `engine` replaces the one that would be made, as tests do."""
    settings = settings or Settings()
    app = DescribedAPI(
        title="Assistant France services",
        openapi_url="/api/openapi.json",
        docs_url=None,  # its pages load scripts from another site
        redoc_url=None,
        lifespan=_lifespan(settings, engine),
    )
    app.state.pace = Pace(settings)
    app.state.metrics = Metrics()
    errors.install(app)
    app.add_exception_handler(404, pages.missing)
    app.add_exception_handler(access.SignInNeeded, sign_in.lead_to_form)
    for subject in SUBJECTS:
        app.include_router(subject.router)
    app.mount("/static", StaticFiles(directory=pages.STATIC), name="static")
    app.add_middleware(GZipMiddleware, minimum_size=1000)
    app.add_middleware(BodyLimit)
    app.add_middleware(Shell, metrics=app.state.metrics)
    return app


def _lifespan(settings: Settings, engine: "Engine | None") -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        app.state.services = use(Services.open(settings))
        app.state.engine = engine or _new_engine(app.state.services)
        app.state.engine.start()
        housekeeping = Housekeeping(app.state.services)
        housekeeping.start()
        try:
            yield
        finally:
            await housekeeping.stop()
            app.state.engine.stop()
            app.state.services.close()

    return lifespan


def _new_engine(services: Services) -> "Engine":
    # imported here: pages and API tests need no Rasa
    from assistant.dialogue.engine import Engine

    return Engine(services)
