"""One YAML file, read by libyaml: ten times the speed of a reader in Python, and a key written twice still has its line.

Words stay words, as in YAML 1.2: `no`, `on`, `12:30` and `012` are text. Only true and false, whole numbers, days
(2026-01-31), null and an empty value are anything else.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

from yaml import CSafeLoader, MappingNode, MarkedYAMLError, ScalarNode, YAMLError, load
from yaml.constructor import ConstructorError

HINTS = {
    "mapping values are not allowed": "un « : » de trop ; mettez la phrase entre guillemets",
    "did not find expected ',' or": "une liste ouverte par « [ » ou « { » n'est pas fermée",
    "tab character": "une tabulation ; décalez avec des espaces",
    "cannot start any token": "un caractère mal placé ; mettez la phrase entre guillemets, décalez avec des espaces",
    "undefined alias": "« * » au début d'une valeur ; mettez la phrase entre guillemets",
    "constructor for the tag": "« ! » au début d'une valeur ; mettez la phrase entre guillemets",
    "expected node content": "une valeur manque, ou un crochet est de trop",
    "expected comment or line break": "rien ne s'écrit après « | » ou « > » sur la même ligne",
    "block sequence entries are not allowed": "un « - » mal placé",
    "expected <document start>": "la première ligne est mal décalée",
    "control characters": "un caractère invisible, à effacer",
    "did not find expected key": "cette ligne ou celle d'avant est mal décalée, ou un guillemet manque",
    "could not find expected ':'": "une ligne sans « : »",
    "unexpected end of stream": "un guillemet n'est pas fermé",
    "did not find expected '-' indicator": "cette ligne est mal décalée dans une liste",
}
"""libyaml's words → ours; what is not here is said in its own."""


class Unreadable(Exception):
    """The file is no catalogue file: `where` is its line or "fichier", `problem` a French sentence."""

    def __init__(self, where: str, problem: str):
        super().__init__(f"{where} : {problem}")
        self.where, self.problem = where, problem


def read(path: Path) -> dict[str, Any]:
    """The mapping that a file holds, or Unreadable."""
    try:
        content = load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a safe loader)
    except UnicodeDecodeError:
        raise Unreadable("fichier", "enregistrez le fichier en UTF-8") from None
    except MarkedYAMLError as error:
        raise Unreadable(_line(error.problem_mark.line) if error.problem_mark else "fichier", _problem(error)) from None
    except YAMLError as error:
        raise Unreadable("fichier", _not_yaml(str(error))) from None
    if not isinstance(content, dict):
        raise Unreadable("fichier", "le fichier doit contenir des lignes « clé: valeur »")
    return content


class _Loader(CSafeLoader):
    """Refuses a key written twice, and days that do not exist."""

    def construct_mapping(self, node: MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            if isinstance(key, ScalarNode):
                if key.value in seen:
                    raise ConstructorError(None, None, f'duplicate key "{key.value}"', key.start_mark)
                seen.add(key.value)
        return super().construct_mapping(node, deep)

    def construct_number(self, node: ScalarNode) -> int:
        return int(node.value)

    def construct_day(self, node: ScalarNode) -> Any:
        try:
            return self.construct_yaml_timestamp(node)
        except ValueError:
            raise ConstructorError(None, None, f"no such day {node.value}", node.start_mark) from None


def _resolves(tag: str, pattern: str, first: str) -> None:
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{tag}", re.compile(rf"^(?:{pattern})$"), list(first))


_Loader.yaml_implicit_resolvers = {}
_resolves("bool", "true|True|TRUE|false|False|FALSE", "tTfF")
_resolves("int", "[-+]?(?:0|[1-9][0-9]*)", "-+0123456789")
_resolves("timestamp", r"\d{4}-\d\d-\d\d", "0123456789")
_resolves("merge", "<<", "<")
_Loader.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_number)
_Loader.add_constructor("tag:yaml.org,2002:timestamp", _Loader.construct_day)


def _line(index: int) -> str:
    return f"ligne {index + 1}"


def _problem(error: MarkedYAMLError) -> str:
    problem = (error.problem or "").splitlines()[0]
    if problem.startswith("duplicate key"):
        return f"clé écrite deux fois ({problem.removeprefix('duplicate key ')})"
    if problem.startswith("no such day"):
        return f"le jour {problem.removeprefix('no such day ')} n'existe pas"
    return _not_yaml(problem)


def _not_yaml(problem: str) -> str:
    hint = next((hint for words, hint in HINTS.items() if words in problem), problem.splitlines()[0])
    return f"le fichier n'est pas du YAML lisible ({hint})"
