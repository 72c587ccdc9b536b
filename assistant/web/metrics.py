"""Figures for whoever runs the assistant: routes, statuses and times, nothing a person said."""

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

TURN_BUCKETS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)


class Metrics:
    """One registry an application, so that two in one process count apart."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "assistant_http_requests",
            "Requests by route and status",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.duration = Histogram(
            "assistant_http_request_seconds", "Time to answer, by route", ["route"], registry=self.registry
        )
        self.turns = Histogram(
            "assistant_turn_seconds", "Time of one turn of a conversation", buckets=TURN_BUCKETS, registry=self.registry
        )

    def text(self) -> bytes:
        """Prometheus' text format."""
        text: bytes = generate_latest(self.registry)
        return text
