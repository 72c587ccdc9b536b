"""The evaluation's conversations over HTTP, on the national directory: every check of every script holds."""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Iterator

import httpx
import pytest

from assistant.settings import PROJECT
from tests.conversations.checks import Json
from tests.conversations.runner import run_script
from tests.conversations.server import serving
from tests.dialogue.talking import trained_model

SHARED = PROJECT.parent / "shared"
SCRIPTS, DATA = SHARED / "eval" / "conversations-dev.jsonl", SHARED / "data"


@functools.cache
def scripts() -> list[Json]:
    """The scripts; none where the evaluation is not there."""
    lines = SCRIPTS.read_text(encoding="utf-8").splitlines() if SCRIPTS.exists() else []
    return [json.loads(line) for line in lines if line.strip()]


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A served assistant of its own: a fresh state folder, the national directory, the session's model."""
    absent = [path.name for path in (SCRIPTS, DATA / "communes.csv", DATA / "france_services.csv") if not path.exists()]
    if absent:
        reason = f"not beside the project, in ../shared: {', '.join(absent)}"
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    state, model = tmp_path_factory.mktemp("national"), trained_model()
    environment = {"ASSISTANT_STATE_DIR": str(state), "ASSISTANT_MODEL_PATH": str(model)}
    imported = [sys.executable, str(PROJECT / "scripts" / "import_if_newer.py"), str(DATA)]
    subprocess.run(imported, env=os.environ | environment, cwd=PROJECT, check=True, capture_output=True)
    with (
        serving(**environment, ASSISTANT_DATABASE_URL="", ASSISTANT_REDIS_URL="") as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield client


def test_there_are_ten_scripts(api: httpx.Client) -> None:
    """The file holds what the next tests are made of, and the directory is the national one."""
    assert len(scripts()) >= 10
    assert sum(len(turn["must"]) for script in scripts() for turn in script["turns"]) > 50
    place = api.get("/api/places", params={"near": "Vesoul", "limit": 1}).json()["places"][0]
    assert not place["id"].startswith("exemple")


@pytest.mark.parametrize("script", scripts() or [None], ids=lambda s: s["id"] if s else "no scripts")
def test_a_script_achieves_all_it_must(api: httpx.Client, script: Json) -> None:
    """Each turn's checks, read from the replies alone."""
    assert run_script(script, api) == []
