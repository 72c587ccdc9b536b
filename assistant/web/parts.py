"""What the routes are given: services, engine, pace, settings."""

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from assistant.app import Services
from assistant.web.gate import Pace
from assistant.web.metrics import Metrics

if TYPE_CHECKING:
    from assistant.dialogue.engine import Engine


def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


def _engine(request: Request) -> "Engine":
    engine: Engine = request.app.state.engine
    return engine


def _pace(request: Request) -> Pace:
    pace: Pace = request.app.state.pace
    return pace


def _metrics(request: Request) -> Metrics:
    metrics: Metrics = request.app.state.metrics
    return metrics


WithServices = Annotated[Services, Depends(_services)]
WithEngine = Annotated["Engine", Depends(_engine)]
WithPace = Annotated[Pace, Depends(_pace)]
WithMetrics = Annotated[Metrics, Depends(_metrics)]
