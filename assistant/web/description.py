"""What `/api/openapi.json` says beyond what FastAPI finds out: every refusal an operation may answer, as a problem."""

from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from assistant.web.errors import MEDIA_TYPE, TITLES

REFERENCES = "#/components/schemas/{model}"


class WrongField(BaseModel):
    """A field that was refused, and why, in French."""

    field: str
    problem: str


class SlotShown(BaseModel):
    """A slot that may be taken instead."""

    id: str
    place: str
    start: str
    end: str
    label: str


class Problem(BaseModel):
    """Every error; `detail` is French and says what to do. What may stand beside the first four says where to go on."""

    type: str
    title: str
    status: int
    detail: str
    errors: list[WrongField] = []
    slots: list[SlotShown] = []
    suggestions: list[str] = []


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route that may answer these statuses, beside those `DescribedAPI` gives every route."""
    content = {MEDIA_TYPE: {"schema": {"$ref": REFERENCES.format(model=Problem.__name__)}}}
    return {status: {"description": TITLES[status], "content": content} for status in statuses}


class DescribedAPI(FastAPI):
    """An application whose description tells of its problems, where FastAPI would tell of errors of its own."""

    def openapi(self) -> dict[str, Any]:
        """The description; asked for twice, the same."""
        described = super().openapi()
        schemas = described.setdefault("components", {}).setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas.update(models_json_schema([(Problem, "validation")], ref_template=REFERENCES)[1]["$defs"])
        for path, operations in described["paths"].items():
            for operation in operations.values():
                more = problems(*_usual(path, operation))
                operation["responses"] |= {str(status): response for status, response in more.items()}
        return described


def _usual(path: str, operation: dict[str, Any]) -> list[int]:
    """What may befall any operation of its form."""
    body = [400, 413] if "requestBody" in operation else []
    asked = [422] if "requestBody" in operation or "parameters" in operation else []
    down = [503] if path.startswith("/api/") else []
    return [*body, *asked, *down]
