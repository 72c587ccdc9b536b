# /// script
# requires-python = ">=3.11,<3.12"
# dependencies = ["schemathesis==4.32.5"]
# ///
"""Ten thousand requests made up by Schemathesis, over every operation of the API, against the real server and model.

    make fuzz
    .uv/bin/uv run --script bench/fuzz.py [--examples 560] [--seed 1] [--database URL] [--control]

The server is the project's, in its own `.venv`, over a database of its own; Schemathesis stands in an environment that uv
makes from the lines above, so nothing it wants can move what Rasa pins. This one file is both the program and the hooks
that `st` loads: half of the requests are given conversations, codes, holds and slots the server handed out before, else
nearly all would end at the first "not found". Fails on an answer of 500 and above, on an error that is no problem in
French, on a status, type or form of answer that the API's own description does not tell of, on an operation that never
once succeeded, and below ten thousand requests. `--control` adds routes that are wrong on purpose, one for each check, and
succeeds where all were reported.
"""

import argparse
import importlib.util
import os
import random
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parent.parent
if not importlib.util.find_spec("schemathesis"):  # started by the project's Python, as `make bench` does
    uv = shutil.which("uv") or str(PROJECT / ".uv/bin/uv")
    os.execv(uv, [uv, "run", "--script", __file__, *sys.argv[1:]])

import requests  # noqa: E402
import schemathesis  # noqa: E402

WANTED = 10_000
START_SECONDS = 240
FRENCH = re.compile(r"\b(le|la|les|un|une|des|du|de|ce|cette|est|pas|que|vous|votre|nous)\b|\b[ldnc]'", re.IGNORECASE)
ENGLISH = re.compile(
    r"\b(should|must|field|required|input|valid|error|found|allowed|entity|invalid|unexpected)\b", re.IGNORECASE
)
QUOTED = re.compile("«.*?»", re.DOTALL)
"""What was sent, said again: in whatever language it came."""
SERVER = """
import uvicorn
from assistant.web.app import create_app
app = create_app()
{more}
uvicorn.run(app, port={port}, ws="none", log_level="error", access_log=False)
"""
WRONG_ROUTES = """
from fastapi.responses import PlainTextResponse
from assistant.errors import NotFound, Refused
from assistant.web.description import problems
@app.get("/api/control/raises")
def raises(): raise KeyError
@app.get("/api/control/english", responses=problems(422))
def english(): raise Refused("This field is required")
@app.get("/api/control/status")
def status(): raise NotFound("Cette démarche n'existe pas.")
@app.get("/api/control/type")
def type_(): return PlainTextResponse("ok")
@app.get("/api/control/form", responses={200: {"model": int}})
def form(): return "ok"
"""
REPORTS = {
    "raises": "Server error",
    "english": "a problem not told in French: This field is required",
    "status": "Undocumented status code",
    "type": "Undocumented Content-Type",
    "form": "Response violates schema",
}
"""What must be said of each of them."""
CHECKS = (
    "not_a_server_error",
    "problem_in_french",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "unsupported_method",
)
"""Not those that ask whether data are as described: `before_call` makes invalid ones valid, and a slot may be gone."""
CONFIGURATION = """
[phases.fuzzing.extra-data-sources]
responses = false
"""
"""With its own memory of answers, as with several workers, Schemathesis 4.32 passes over some operations in silence."""
REQUESTS_COUNTED = re.compile(
    r'^assistant_http_requests_total\{method="(.*?)",route="(.*?)",status="(\d+)"\} (\S+)$', re.M
)

Operation = tuple[str, str, bool]
"""Method, route, and whether it takes anything that can be made up."""

known: dict[str, deque[str]] = defaultdict(lambda: deque(maxlen=40))
"""Values the server gave, or that mean something to it, by the name requests have for them."""
known["near"].extend(["Lure", "70200", "Vesoul", "47.68,6.49", "Saint-Denis"])
known["choice"].append("/autres")
known["text"].extend(["j'ai perdu mon permis", "Lure", "oui", "non", "je veux un rendez-vous", "annuler", "Anna Roy"])
known["name"].append("Anna Roy")
known["phone"].append("06 39 98 00 01")
LISTS = {"slots": "slot", "places": "place", "procedures": "procedure", "choices": "choice"}
chance = random.Random(1)


@schemathesis.hook
def after_load_schema(context: Any, schema: Any) -> None:
    """Begin with something of everything: a conversation, places and their slots, an appointment."""
    api = f"{os.environ['FUZZED']}/api"
    for path in ("procedures", "places?near=Lure&limit=20", "places?near=Lure&order=day&limit=20"):
        _learn(requests.get(f"{api}/{path}", timeout=60).json())
    _learn(requests.post(f"{api}/conversations", timeout=60).json())
    slots = list(known["slot"])
    _learn(requests.post(f"{api}/holds", json={"slot": slots[0]}, timeout=60).json())
    booking = {"slot": slots[-1], "procedures": [_one_of("procedure")], "name": "Anna Roy"}
    _learn(
        requests.post(f"{api}/appointments", json=booking, headers={"Idempotency-Key": "fuzz-first"}, timeout=60).json()
    )


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Make half of the requests plausible: most of their values known, the others as Schemathesis made them up."""
    if chance.random() < (0.85 if case.method == "DELETE" else 0.5):  # what is erased serves no later request
        return
    _make_plausible(case.path_parameters)
    for values in (case.query, case.body):
        if isinstance(values, dict):
            _leave_out(values)
            _make_plausible(values)
    if "{code}" in case.path:
        proof = case.body if isinstance(case.body, dict) else case.query
        proof["name"] = "Anna Roy"
        proof.pop("phone", None)  # it would be read instead of the name
        proof.pop("hold", None)  # which is of another slot
    if case.path == "/api/appointments":
        case.headers["Idempotency-Key"] = f"fuzz-{chance.randrange(3000)}-key"
    if case.path.endswith("/messages"):
        said = chance.choice(["text", "choice"])
        case.body = {said: _one_of(said)}


@schemathesis.hook
def after_call(context: Any, case: Any, response: Any) -> None:
    """Keep what the server hands out."""
    if response.status_code < 500 and response.content and "json" in str(response.headers.get("content-type")):
        _learn(response.json())


@schemathesis.check
def problem_in_french(ctx: Any, response: Any, case: Any) -> None:
    """An error is problem+json, and its `detail` a French sentence."""
    if response.status_code < 400 or case.method.upper() == "HEAD":
        return
    assert response.headers.get("content-type") == ["application/problem+json"], "an error that is no problem+json"
    problem = response.json()
    assert problem["status"] == response.status_code, "a problem of another status"
    words = QUOTED.sub("", " ".join([problem["detail"], *(wrong["problem"] for wrong in problem.get("errors", []))]))
    assert FRENCH.search(words) and not ENGLISH.search(words), f"a problem not told in French: {words[:200]}"


def _leave_out(values: dict[str, Any]) -> None:
    """Forget most of what is optional and means nothing to the server: one wrong e-mail refuses a whole booking."""
    for name in [name for name in values if name not in known and name not in ("procedures", "situation")]:
        if chance.random() < 0.7:
            del values[name]


def _make_plausible(values: dict[str, Any]) -> None:
    if {"partner", "procedure"} <= values.keys():
        values["partner"], _, values["procedure"] = _one_of("procedure").partition("/")
        return
    for name in values:
        if name == "procedures":
            values[name] = [_one_of("procedure")]
        elif name == "situation":
            values[name] = {}
        elif name in known and chance.random() < 0.8:
            values[name] = _one_of(name)


def _one_of(name: str) -> str:
    return chance.choice(known[name])


def _learn(found: Any) -> None:
    for value in found if isinstance(found, list) else []:
        _learn(value)
    for name, value in found.items() if isinstance(found, dict) else []:
        if name == "code" and "procedures" not in found:
            continue  # of a commune
        if name in ("conversation", "code", "hold", "partner") and isinstance(value, str):
            known[name].append(value)
        elif name in LISTS:
            ids = [each["id"] if isinstance(each, dict) else each for each in value]
            known[LISTS[name]].extend(chance.sample(ids, min(len(ids), 5)))
        _learn(value)


@contextmanager
def server(folder: Path, database: str, more: str) -> Iterator[str]:
    """The project's server, ready, with the trained model; gives its address."""
    models = sorted((PROJECT / "var/models").glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        sys.exit("No trained model: make train")
    port = _free_port()
    environment = {
        "ASSISTANT_STATE_DIR": str(folder),
        "ASSISTANT_DATABASE_URL": database,
        "ASSISTANT_MODEL_PATH": str(models[-1]),
        "ASSISTANT_MESSAGES_PER_MINUTE": "1000000",
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
    }
    program = [str(PROJECT / ".venv/bin/python"), "-W", "ignore", "-c", SERVER.format(port=port, more=more)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(program, cwd=PROJECT, env=os.environ | environment, stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(address, process)
        yield address
    finally:
        process.terminate()
        process.wait(timeout=60)


def _wait_until_ready(address: str, process: subprocess.Popen[bytes]) -> None:
    started = time.monotonic()
    while process.poll() is None and time.monotonic() - started < START_SECONDS:
        try:
            if requests.get(f"{address}/readyz", timeout=10).status_code == 200:
                return
        except requests.ConnectionError:
            pass
        time.sleep(0.5)
    raise RuntimeError("the server did not start")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def copy_places(folder: Path) -> None:
    """The imported directory, where there is one; without it the server makes its sample."""
    source = PROJECT / "var/assistant.sqlite"
    if source.exists():
        with sqlite3.connect(source) as places, sqlite3.connect(folder / "assistant.sqlite") as copy:
            places.backup(copy)


def schemathesis_run(address: str, folder: Path, arguments: argparse.Namespace) -> tuple[int, str]:
    """`st run` over the server: how it ended, and what it said."""
    command = [
        str(Path(sys.executable).with_name("st")),
        "run",
        f"{address}/api/openapi.json",
        *("--checks", ",".join(CHECKS), "--continue-on-failure", "--no-shrink"),
        *("--phases", "examples,coverage,fuzzing,stateful", "--max-examples", str(arguments.examples)),
        *("--workers", "1", "--seed", str(arguments.seed), "--request-timeout", "60"),
        *("--suppress-health-check", "all", "--warnings", "off", "--no-color", "--generation-database", ":memory:"),
    ]
    (folder / "schemathesis.toml").write_text(CONFIGURATION)
    environment = os.environ | {"SCHEMATHESIS_HOOKS": __file__, "FUZZED": address}
    run = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return run.returncode, run.stdout.decode(errors="replace")


def counted(address: str) -> Counter[tuple[str, str, int]]:
    """What the server itself counted: requests by method, route and status."""
    lines = REQUESTS_COUNTED.findall(requests.get(f"{address}/metrics", timeout=30).text)
    return Counter({(method, route, int(status)): int(float(number)) for method, route, status, number in lines})


def shortcomings(requests_seen: Counter[tuple[str, str, int]], operations: list[Operation], examples: int) -> list[str]:
    """What these requests do not show, or show to be wrong; prints them by operation."""
    wrong = []
    for method, route, takes_input in operations:
        statuses = {status: n for (m, r, status), n in sorted(requests_seen.items()) if (m, r) == (method, route)}
        print(f"{method:7s}{route:45s}{sum(statuses.values()):6d}  {statuses}")
        if takes_input and sum(statuses.values()) < examples:
            wrong.append(f"{method} {route} was passed over")
        if not any(status < 300 for status in statuses):
            wrong.append(f"{method} {route} never succeeded")
    failures = sum(n for (_, _, status), n in requests_seen.items() if status >= 500)
    print(f"{requests_seen.total()} requests in all, {failures} answered by 500 and above")
    if failures:
        wrong.append(f"{failures} server errors")
    if requests_seen.total() < WANTED:
        wrong.append(f"{requests_seen.total()} requests: raise --examples")
    return wrong


def operations_of(address: str) -> list[Operation]:
    """Every operation the API describes."""
    paths = requests.get(f"{address}/api/openapi.json", timeout=30).json()["paths"]
    return [
        (method.upper(), route, "parameters" in operation or "requestBody" in operation)
        for route, methods in paths.items()
        for method, operation in methods.items()
    ]


def control_held(status: int, said: str) -> bool:
    """Whether every wrong route was reported, for what is wrong with it."""
    sections = dict(re.findall(r"^_+ GET /api/control/(\w+) _+$(.*?)(?=^_{5}|^={5})", said, re.M | re.S))
    missed = [route for route, report in REPORTS.items() if report not in sections.get(route, "")]
    held = status == 1 and not missed
    print(f"control: all {len(REPORTS)} wrong routes reported" if held else f"control: NOT reported {missed}\n{said}")
    return held


def main() -> int:
    """Serve, send, count; the exit status says whether all was well."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--examples", type=int, default=560, help="of each operation and phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", default="", help="an empty PostgreSQL; SQLite in a temporary folder without")
    parser.add_argument("--control", action="store_true", help="see every check fail on a route that is wrong")
    arguments = parser.parse_args()
    if arguments.control:
        arguments.examples = 1
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        copy_places(folder)
        with server(folder, arguments.database, WRONG_ROUTES if arguments.control else "") as address:
            before, began = counted(address), time.monotonic()
            status, said = schemathesis_run(address, folder, arguments)
            if arguments.control:
                return 0 if control_held(status, said) else 1
            print(said)
            wrong = shortcomings(counted(address) - before, operations_of(address), arguments.examples)
            print(f"{time.monotonic() - began:.0f} s, seed {arguments.seed}")
        if status or wrong:
            print((folder / "server.log").read_text(errors="replace")[-5000:])
    print("\n".join(wrong) or "nothing wrong" if not status else "Schemathesis reports failures, above")
    return 1 if status or wrong else 0


if __name__ == "__main__":
    sys.exit(main())
