"""Requests made up from the API's own description: never a 500, every refusal a problem in French.

The large version, ten thousand requests to the real server and model, is `make fuzz`.
"""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from fastapi.responses import PlainTextResponse
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from assistant.errors import Refused
from assistant.settings import Settings
from assistant.web.app import create_app

FRENCH = re.compile(r"\b(le|la|les|un|une|des|du|de|ce|cette|est|pas|que|vous|votre|nous)\b|\b[ldnc]'", re.IGNORECASE)
ENGLISH = re.compile(
    r"\b(should|must|field|required|input|valid|error|found|allowed|entity|invalid|unexpected)\b", re.IGNORECASE
)
QUOTED = re.compile("«.*?»", re.DOTALL)
"""What was sent, said again: in whatever language it came."""
NASTY = (
    *(
        "",
        " ",
        "\0",
        "a\0b",
        "\ud800",
        "\udfff\ud800",
        "\u202e\u200b",
        "e\u0301" * 50,
        "٣٣",
        "𝟙𝟚",
        "ß\u1e9eİ",
        "👩‍👩‍👧",
        "\ufffe",
    ),
    *("null", "true", "NaN", "-1", "1e400", "9" * 400, "0x1F", "1_000", "' OR 1=1 --", "%00", "../../etc/passwd"),
    *("0001-01-01", "9999-12-31T23:59:59+23:59", "2026-02-30", "2026-11-26T09:00:60Z", "91,181", "-90,-180"),
    *(
        "exemple-lure.00010101T0000Z.30",
        "exemple-lure.20261126T0900Z.99999999999",
        "a.b.c",
        "..",
        "/restart",
        "é" * 900,
    ),
)
NUMBERS = (0, -1, 2**31, 2**63, -(2**63) - 1, 10**300, 1.5, float("inf"), float("nan"))
FORM = "application/x-www-form-urlencoded"
KINDS = (
    "text/plain",
    FORM,
    "multipart/form-data; boundary=x",
    "application/xml",
    "a",
    "",
)
SCRAPS = (
    b"",
    b"{",
    b"null",
    b"\xff\xfe",
    b"\xef\xbb\xbf{}",
    b"[" * 9_000,
    b"9" * 9_000,
    b'{"text": "\xff"}',
    b"x" * 40_000,
)

World = dict[str, list[str]]
"""Values that mean something to the server, by the name requests have for them."""

nasty_texts = st.sampled_from(NASTY) | st.text(max_size=60)
anything: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.sampled_from(NUMBERS) | nasty_texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(nasty_texts, inner, max_size=3),
    max_leaves=6,
)
DESCRIPTION = create_app(Settings()).openapi()


@dataclass(frozen=True)
class Operation:
    """One method of one route, and its description."""

    method: str
    path: str
    described: dict[str, Any]

    def parameters(self, where: str) -> list[dict[str, Any]]:
        """Those in the path, the query or the headers."""
        return [found for found in self.described.get("parameters", []) if found["in"] == where]

    @property
    def body(self) -> tuple[str, dict[str, Any]] | None:
        """The kind of its body, JSON or a form, and its schema, where it has one."""
        described = self.described.get("requestBody")
        if not described:
            return None
        [(kind, content)] = described["content"].items()
        return kind, content["schema"]


OPERATIONS = [
    Operation(method.upper(), path, described)
    for path, methods in DESCRIPTION["paths"].items()
    for method, described in methods.items()
]
PAGES = (
    "/",
    "/rendez-vous",
    "/demarches",
    "/visite",
    "/demarches/{a}",
    "/demarches/{a}/{b}",
    "/demarches/evenements/{a}",
)


def checked(answer: httpx.Response) -> None:
    """No server error; and an error is problem+json whose detail is a French sentence."""
    assert answer.status_code < 500, answer.text
    if answer.status_code < 400:
        return
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    words = QUOTED.sub("", " ".join([problem["detail"], *(wrong["problem"] for wrong in problem.get("errors", []))]))
    assert FRENCH.search(words) and not ENGLISH.search(words), words


def values(schema: dict[str, Any], world: World, name: str = "") -> SearchStrategy[Any]:
    """What a schema allows, with values the server knows, and now and then anything at all."""
    allowed = _allowed(schema, world, name)
    return st.one_of(allowed, allowed, allowed, anything)


def _allowed(schema: dict[str, Any], world: World, name: str) -> SearchStrategy[Any]:
    if "$ref" in schema:
        return _allowed(DESCRIPTION["components"]["schemas"][schema["$ref"].rpartition("/")[2]], world, name)
    if "anyOf" in schema:
        return st.one_of([_allowed(each, world, name) for each in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema.get("type"):
        case "string":
            known = st.sampled_from(world.get(name, NASTY))
            # Hypothesis makes one choice of nested ones: a known value said once would seldom be drawn
            return st.one_of(known, known, known, known, nasty_texts)
        case "integer":
            return st.integers(schema.get("minimum", -5), schema.get("maximum", 500))
        case "boolean":
            return st.booleans()
        case "null":
            return st.none()
        case "array":
            # a list is named in the plural, what it holds in the singular
            return st.lists(values(schema["items"], world, name.removesuffix("s")), max_size=6)
        case "object" if "properties" in schema:
            required = set(schema.get("required", ()))
            fields = {each: values(inner, world, each) for each, inner in schema["properties"].items()}
            needed = {each: field for each, field in fields.items() if each in required}
            return st.fixed_dictionaries(needed, optional={each: fields[each] for each in fields.keys() - required})
        case _:
            return st.dictionaries(nasty_texts, anything, max_size=3)


@st.composite
def requests(draw: DrawFn, operation: Operation, world: World) -> dict[str, Any]:
    """The arguments of `client.request`."""
    path = operation.path
    for each in operation.parameters("path"):
        path = path.replace(f"{{{each['name']}}}", _quoted(draw(values(each["schema"], world, each["name"]))))
    query = {each["name"]: draw(values(each["schema"], world, each["name"])) for each in operation.parameters("query")}
    left_out = {name for name in query if draw(st.booleans())}
    given_ = [(name, value) for name, value in query.items() if name not in left_out]
    more = draw(st.lists(st.tuples(nasty_texts, nasty_texts), max_size=2))
    request: dict[str, Any] = {"method": operation.method, "url": _address(path, [*given_, *more]), "headers": {}}
    if operation.parameters("header"):
        key = draw(st.sampled_from(world["key"]) | st.text(st.characters(codec="latin-1", categories=["L", "N", "P"])))
        request["headers"]["Idempotency-Key"] = key.encode("latin-1")
    if operation.body:
        kind, schema = operation.body
        request["content"] = draw(_bodies(kind, schema, world))
        request["headers"]["Content-Type"] = draw(st.sampled_from((kind,) * 12 + KINDS))
    return request


def _bodies(kind: str, schema: dict[str, Any], world: World) -> SearchStrategy[bytes]:
    write = _as_form if kind == FORM else json.dumps
    written = values(schema, world).map(lambda value: write(value).encode())
    cut = st.tuples(written, st.integers(0, 60)).map(lambda both: both[0][: both[1]])
    return st.one_of(written, written, written, cut, st.sampled_from(SCRAPS), st.binary(max_size=60))


def _as_form(value: Any) -> str:
    fields = value.items() if isinstance(value, dict) else [("", value)]
    return _address("", list(fields)).removeprefix("?")


def _address(path: str, query: list[tuple[str, Any]]) -> str:
    pairs = [f"{_quoted(name)}={_quoted(value)}" for name, value in query]
    return f"{path}?{'&'.join(pairs)}" if pairs else path


def _quoted(value: Any) -> str:
    return quote(str(value).encode(errors="surrogatepass"), safe="")


@pytest.fixture
def world(shared_client: TestClient) -> World:
    return world_of(shared_client)


def world_of(client: TestClient) -> World:
    """A conversation, a hold and an appointment of today, and what else the sample knows."""
    slots = [slot["id"] for slot in client.get("/api/places/exemple-lure/slots").json()["slots"]]
    slot, kept = slots[0], slots[-1]
    name, procedure = "Anna Roy", "interieur/permis_perte_vol"
    conversation = client.post("/api/conversations").raise_for_status().json()["conversation"]
    hold = client.post("/api/holds", json={"slot": kept}).raise_for_status().json()["hold"]
    booking = {"slot": slot, "procedures": [procedure], "name": name}
    headers = {"Idempotency-Key": f"cle-{slot}"}
    code = client.post("/api/appointments", json=booking, headers=headers).raise_for_status().json()["code"]
    return {
        "conversation": [conversation],
        "code": [code],
        "hold": [hold],
        "slot": [slot, *slots[1:20]],
        "place": ["exemple-lure"],
        "partner": ["interieur"],
        "procedure": ["permis_perte_vol", procedure],
        "from": ["2026-01-01"],
        "to": ["2100-01-01"],
        "near": ["Lure", "70200", "47.68,6.49"],
        "name": [name],
        "text": ["j'ai perdu mon permis", "Lure"],
        "choice": ["perdu", "/permis", slots[5]],
        "key": ["une-cle-quelconque", f"cle-{slot}"],
    }


def many(examples: int) -> settings:
    """So many examples, however long the machine takes over them; the world is made once for all of them."""
    return settings(max_examples=examples, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: f"{operation.method} {operation.path}")
@many(60)
@given(data=st.data())
def test_no_made_up_request_ever_gives_a_500(
    shared_client: TestClient, world: World, operation: Operation, data: st.DataObject
) -> None:
    checked(shared_client.request(**data.draw(requests(operation, world))))


@pytest.mark.parametrize("status", [200, 404, 422])
def test_the_made_up_requests_cover_the_api_and_reach_its_inside(
    shared_client: TestClient, world: World, status: int
) -> None:
    """Requests that all end at the first check would prove nothing: one that ends so is drawn, sooner or later."""
    assert len(OPERATIONS) > 20
    booking = next(each for each in OPERATIONS if (each.method, each.path) == ("GET", "/api/places/{place}/slots"))

    sooner_or_later = settings(many(1_000), phases=[Phase.generate], database=None)
    found = find(
        requests(booking, world),
        lambda request: shared_client.request(**request).status_code == status,
        settings=sooner_or_later,
    )
    assert found["method"] == "GET"


@pytest.mark.parametrize("page", PAGES)
@many(40)
@given(data=st.data())
def test_no_page_ever_gives_a_500(shared_client: TestClient, page: str, data: st.DataObject) -> None:
    names = st.sampled_from(["q", "code", "demarche", "circonstance"]) | nasty_texts
    words = st.sampled_from(["interieur", "permis_perte_vol", "interieur/permis_perte_vol"]) | nasty_texts
    path = re.sub(r"\{.\}", lambda _: _quoted(data.draw(words)), page)
    query = data.draw(st.lists(st.tuples(names, words), max_size=4))
    answer = shared_client.get(_address(path, list(query)), headers={"Accept": "text/html"})
    assert answer.status_code < 500, answer.text


@many(60)
@given(fields=st.dictionaries(st.sampled_from(["code", "preuve", "action"]) | nasty_texts, nasty_texts, max_size=4))
def test_the_form_never_gives_a_500(shared_client: TestClient, fields: dict[str, str]) -> None:
    content = _address("", list(fields.items())).removeprefix("?")
    answer = shared_client.post("/rendez-vous", content=content, headers={"Content-Type": FORM})
    assert answer.status_code < 500, answer.text


def _raises() -> None:
    raise KeyError("secret")


def _in_english() -> None:
    raise Refused("This field is required")


def _no_problem() -> PlainTextResponse:
    return PlainTextResponse("Cette demande n'est pas la bonne.", 400)


@pytest.mark.parametrize("route", [_raises, _in_english, _no_problem])
def test_the_check_catches_a_route_that_is_wrong(client: TestClient, route: Callable[[], Any]) -> None:
    client.app.add_api_route("/api/control", route)  # type: ignore[attr-defined]
    answer = client.get("/api/control")
    assert answer.status_code != 404
    with pytest.raises(AssertionError):
        checked(answer)
