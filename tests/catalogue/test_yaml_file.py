"""A file is read fast and strictly; whatever is wrong with it is said in French, with its line."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from assistant.catalogue.yaml_file import Unreadable, read
from assistant.settings import PROJECT

FILES = sorted((PROJECT / "procedures").rglob("*.yml"))


def test_every_file_of_the_catalogue_reads_as_by_a_reader_of_yaml_1_2() -> None:
    """libyaml reads YAML 1.1: what is a word in 1.2 must stay one."""
    assert len(FILES) > 100
    for path in FILES:
        assert read(path) == YAML(typ="safe").load(path.read_text(encoding="utf-8")), path


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "essai.yml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_words_stay_words(tmp_path: Path) -> None:
    """`no`, `on`, an hour or a number that starts with 0 are what they look like; oui is not true."""
    text = "a: no\nb: on\nc: 12:30\nd: 012\ne: oui\nf: 12\ng: true\nh: 2026-01-31\ni: null\nj:\nk: 1.5\n"
    found = read(written(tmp_path, text))
    assert [type(value).__name__ for value in found.values()] == [
        *["str"] * 5,
        *["int", "bool", "date", "NoneType", "NoneType", "str"],
    ]
    assert found["d"] == "012"


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", "ligne 3", 'clé écrite deux fois ("a")'),
        ("a:\n  - {b: 1, c: 2, b: 3}\n", "ligne 2", 'clé écrite deux fois ("b")'),
        ("a: 1\nb: l'un : l'autre\n", "ligne 2", "mettez la phrase entre guillemets"),
        ("a: 1\n\tb: 2\n", "ligne 2", "tabulation"),
        ("a: [1, 2\nb: 3\n", "ligne 2", "n'est pas fermée"),
        ("a: 1\nb: 2026-02-30\n", "ligne 2", "le jour 2026-02-30 n'existe pas"),
        ("a: \x07\n", "fichier", "un caractère invisible"),
        ("a: @b\n", "ligne 1", "mettez la phrase entre guillemets"),
        ("a: *b\n", "ligne 1", "« * »"),
        ("a: !b c\n", "ligne 1", "« ! »"),
        ("", "fichier", "« clé: valeur »"),
        ("- a\n- b\n", "fichier", "« clé: valeur »"),
        ("a: été\n".encode("latin-1"), "fichier", "UTF-8"),
    ],
)
def test_what_is_wrong_is_said_in_french_with_its_line(
    tmp_path: Path, text: str | bytes, where: str, words: str
) -> None:
    """The first thing that stops the reading."""
    with pytest.raises(Unreadable) as caught:
        read(written(tmp_path, text))
    assert caught.value.where == where
    assert words in caught.value.problem
