"""The shape of the house, read from its imports: who may know whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.settings import PROJECT

SOURCES = [*sorted((PROJECT / "assistant").rglob("*.py")), *sorted((PROJECT / "actions").rglob("*.py"))]
BELOW = {
    "storage": set(),
    "catalogue": {"storage"},
    "directory": {"storage"},
    "booking": {"storage", "directory", "catalogue"},
    "staff": {"storage", "directory", "catalogue", "booking"},
    "privacy": {"storage", "directory", "catalogue", "booking", "staff"},
}
"""Domain packages and the packages each may import, beside the modules at the root of `assistant`."""


def imports(path: Path) -> Iterator[str]:
    """Every module a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


def package(path: Path) -> str:
    """`booking` for a file of assistant/booking; empty for one at the root."""
    parts = path.relative_to(PROJECT).parts
    return parts[1] if parts[0] == "assistant" and len(parts) > 2 else ""


def test_there_is_something_to_look_at() -> None:
    """The walk finds the code."""
    assert len(SOURCES) > 50


def test_nothing_in_the_application_imports_the_actions() -> None:
    """The engine hands the package's name to rasa_sdk; nobody imports it."""
    guilty = [
        p
        for p in SOURCES
        if "assistant" in p.parts
        for m in imports(p)
        if m.split(".")[0] == "actions" and "actions" not in p.relative_to(PROJECT).parts[:1]
    ]
    assert not guilty


def test_only_nlu_dialogue_and_actions_know_rasa() -> None:
    """The domain and the web run without Rasa."""
    guilty = [
        str(path.relative_to(PROJECT))
        for path in SOURCES
        if package(path) not in ("nlu", "dialogue") and path.relative_to(PROJECT).parts[0] != "actions"
        for module in imports(path)
        if module.split(".")[0] in ("rasa", "rasa_sdk")
    ]
    assert not guilty


@pytest.mark.parametrize("name", BELOW)
def test_the_domain_looks_down_only(name: str) -> None:
    """Places, procedures and bookings know the storage under them, never the dialogue or the web above."""
    allowed = BELOW[name] | {name}
    guilty = [
        f"{path.relative_to(PROJECT)} imports {module}"
        for path in SOURCES
        if package(path) == name
        for module in imports(path)
        if module.startswith("assistant.") and _is_package(module.split(".")[1]) and module.split(".")[1] not in allowed
    ]
    assert not guilty


def _is_package(name: str) -> bool:
    return (PROJECT / "assistant" / name).is_dir()


def test_actions_are_short() -> None:
    """An action is a bridge: `act` and `read` stay under twenty lines."""
    long = []
    for path in sorted((PROJECT / "actions").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name in ("act", "read"):
                lines = (node.end_lineno or 0) - node.lineno
                if lines >= 20:
                    long.append(f"{path.name}:{node.lineno} ({lines} lines)")
    assert not long


def test_nothing_is_made_at_import_time() -> None:
    """Modules hold no engine, model or catalogue: importing them opens nothing."""
    calls = {"make_engine", "Database", "load", "Services", "Engine", "create_app"}
    guilty = []
    for path in SOURCES:
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
                function = node.value.func
                called = function.id if isinstance(function, ast.Name) else getattr(function, "attr", "")
                if called in calls:
                    guilty.append(f"{path.name}:{node.lineno}")
    assert not guilty
