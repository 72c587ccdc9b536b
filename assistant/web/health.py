"""Is the process alive, is it ready, and its figures."""

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from assistant.errors import Unavailable
from assistant.web.description import problems
from assistant.web.parts import WithEngine, WithMetrics, WithServices

router = APIRouter(tags=["health"])


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """The process answers, whatever else is loading."""
    return {"status": "ok"}


@router.get("/readyz", responses=problems(503))
def ready(services: WithServices, engine: WithEngine) -> dict[str, Any]:
    """The database answers and the model is loaded; 503 otherwise."""
    try:
        with services.database.read() as session:
            session.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise Unavailable("La base de données ne répond pas. Réessayez dans un instant.") from error
    if engine.problem:
        raise Unavailable("L'assistant n'a pas pu démarrer. Consultez le journal du serveur.")
    if not engine.ready:
        raise Unavailable("L'assistant démarre, encore quelques secondes.")
    return {"status": "ok", "database": "ok", "engine": "ok"}


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(figures: WithMetrics) -> Response:
    """Prometheus' text format; no personal data."""
    return Response(figures.text(), media_type=CONTENT_TYPE_LATEST)
