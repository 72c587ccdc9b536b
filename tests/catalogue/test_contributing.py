"""What an adviser reads is what happens: the template loads, the page's examples work, its messages are the real ones."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel
from ruamel.yaml import YAML
from typer.testing import CliRunner

from assistant.catalogue import models
from assistant.catalogue.check import check
from assistant.catalogue.findings import Folders, Severity
from assistant.catalogue.loader import load
from assistant.catalogue.planner import plan
from assistant.catalogue.walk import situations
from assistant.cli import app
from assistant.settings import PROJECT

PAGE = (PROJECT / "docs" / "contribuer-une-demarche.md").read_text(encoding="utf-8")
TEMPLATE = (PROJECT / "docs" / "modeles" / "demarche.yml").read_text(encoding="utf-8")
NAME = "local/carte_mediatheque"
CASES, SENTENCES = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
MESSAGES = dict(re.findall(r"^### (.+)\n\n {4}(.+)$", PAGE, re.M))
WRITTEN_BY_THE_PATH = {"id", "partner"}


def titles(section: str) -> list[str]:
    """The titles of the messages of one section of the page."""
    return re.findall(r"^### (.+)$", PAGE.split(f"## {section}\n")[1].split("\n## ")[0], re.M)


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """The template and the page's examples, where the page says to put them."""
    found = Folders(tmp_path / "procedures", tmp_path / "cases", tmp_path / "nlu", tmp_path / "expected.txt")
    (found.procedures / "local").mkdir(parents=True)
    for name in ("documents.yml", "local/partner.yml"):
        shutil.copy(PROJECT / "procedures" / name, found.procedures / name)
    (found.procedures / f"{NAME}.yml").write_text(TEMPLATE, encoding="utf-8")
    enough = SENTENCES + "".join(f"    - une carte pour ma fille {i}\n" for i in range(40))
    for folder, text in ((found.cases, CASES), (found.sentences, enough)):
        (folder / "local").mkdir(parents=True)
        (folder / f"{NAME}.yml").write_text(text, encoding="utf-8")
    return found


def lines(folders: Folders) -> list[str]:
    """What the check says of the template's file, as the page quotes it."""
    findings = check(folders, date(2026, 3, 1))[1]
    return [f"{f.file} : {f.key} : {f.what}" for f in findings if NAME in f.file]


def test_the_template_loads_and_has_nothing_to_say(folders: Folders) -> None:
    """Whoever starts from it starts from a right file; and it is the control of the messages below."""
    assert load(folders.procedures).procedure(NAME).title == "Carte de la médiathèque"
    assert lines(folders) == []


def test_every_situation_of_the_template_has_a_list(folders: Folders) -> None:
    """It is a good example too: something certain in every situation, and every document asked for in one."""
    procedure = load(folders.procedures).procedure(NAME)
    plans = [found for found, _ in situations(procedure)]
    assert all(found.certain for found in plans)
    assert {d.id for found in plans for d in found.certain} == {d.id for d in procedure.documents}


def test_the_cases_of_the_page_hold(folders: Folders) -> None:
    """They are cases of the template."""
    procedure, cases = load(folders.procedures).procedure(NAME), YAML(typ="safe").load(CASES)
    assert len(cases) == 3
    for case in cases:
        found = plan(procedure, case["situation"])
        assert found.situation == case["situation"]
        assert {d.id for d in found.certain} == set(case["documents"])
        assert not {d.id for d in (*found.certain, *found.uncertain)} & set(case.get("not", []))


def test_the_sentences_of_the_page_have_the_intent_of_the_procedure() -> None:
    """A point, not a slash, between partner and procedure: Rasa wants it so."""
    assert YAML(typ="safe").load(SENTENCES)["nlu"][0]["intent"] == f"demande/{NAME.replace('/', '.')}"


MODELS = (
    models.Procedure,
    models.Counter,
    models.Question,
    models.Choice,
    models.Document,
    models.NotNeeded,
    models.Remark,
    models.Link,
    models.Phone,
    models.Reference,
)


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_the_page_and_the_template_explain_every_key(model: type[BaseModel]) -> None:
    """A key that is added to the format is added to both."""
    keys = set(model.model_fields) - (WRITTEN_BY_THE_PATH if model is models.Procedure else set())
    assert not {key for key in keys if f"`{key}`" not in PAGE}
    assert not {key for key in keys if not re.search(rf"\b{key}:", TEMPLATE)}


def test_the_page_explains_no_key_that_does_not_exist() -> None:
    """The keys of its tables are those of the format."""
    known = {"use", *(key for model in MODELS for key in model.model_fields)}
    part = PAGE.split("## 1. La démarche")[1].split("## 2.")[0]
    named = {key for row in re.findall(r"^\| (`.+?) \|", part, re.M) for key in re.findall(r"`(\w+)`", row)}
    assert len(named) > 20
    assert named <= known


MISTAKES = {
    "Un « : » dans une phrase": ("note: Un seul parent suffit.", "note: Un seul suffit : le père ou la mère."),
    "Une tabulation": ("    note: Un seul parent suffit.", "\tnote: Un seul parent suffit."),
    "Une clé mal écrite": ("summary: >-", "sumary: x\nsummary: >-"),
    "Une clé oubliée": ("checked: 2026-01-31\n", ""),
    "Un nom avec une majuscule, un accent ou une espace": ("id: adulte,", "id: majeur ou émancipé,"),
    "Une question qui n'existe pas": ("when: {age: enfant}\n    references", "when: {agee: enfant}\n    references"),
    "Une réponse qui n'existe pas": ("when: {age: enfant}\n    references", "when: {age: enfants}\n    references"),
    "Une date dans un autre ordre": ("checked: 2026-01-31", "checked: 31/01/2026"),
    "Un document que personne ne verra": (
        "    when: {tarif: etudiant}\n",
        "    when: {age: enfant, tarif: etudiant}\n",
    ),
    "Une phrase trop longue": ("note: Un seul parent suffit.", f"note: Un seul {'très ' * 23}gentil parent."),
    "Des mots trop longs": ("La carte est remise tout de suite.", "Délivrance immédiate après vérification."),
}
"""The title of a message in the page → what is changed in the template to get it."""


@pytest.mark.parametrize("title", MISTAKES)
def test_a_message_of_the_page_is_what_that_mistake_gives(folders: Folders, title: str) -> None:
    """Word for word; « … » at its end stands for a list too long to quote."""
    old, new = MISTAKES[title]
    assert TEMPLATE.count(old) == 1
    (folders.procedures / f"{NAME}.yml").write_text(TEMPLATE.replace(old, new), encoding="utf-8")
    quoted = MESSAGES[title]
    assert quoted in lines(folders) or any(
        quoted.endswith("…") and line.startswith(quoted.removesuffix("…")) for line in lines(folders)
    )


def test_the_message_about_cases_is_what_a_missing_file_gives(folders: Folders) -> None:
    """No file of cases."""
    (folders.cases / f"{NAME}.yml").unlink()
    assert lines(folders) == [MESSAGES["Pas de cas d'essai"]]


def test_the_message_about_sentences_is_what_three_sentences_give(folders: Folders) -> None:
    """The page's own example is three sentences long."""
    (folders.sentences / f"{NAME}.yml").write_text(SENTENCES, encoding="utf-8")
    assert lines(folders) == [MESSAGES["Pas assez de phrases"]]


def test_every_message_of_the_page_has_its_test() -> None:
    """Ten errors and three warnings, each with the words of the check and none left out."""
    assert len(titles("Les dix messages les plus fréquents")) == 10
    assert len(titles("Trois avertissements à connaître")) == 3
    assert set(MESSAGES) == {*MISTAKES, "Pas de cas d'essai", "Pas assez de phrases"}
    assert set(MESSAGES) == {
        *titles("Les dix messages les plus fréquents"),
        *titles("Trois avertissements à connaître"),
    }


@pytest.mark.parametrize("title", titles("Les dix messages les plus fréquents"))
def test_the_ten_messages_are_errors(folders: Folders, title: str) -> None:
    """The page calls errors what makes the check fail."""
    if title in MISTAKES:
        (folders.procedures / f"{NAME}.yml").write_text(TEMPLATE.replace(*MISTAKES[title]), encoding="utf-8")
    else:
        (folders.cases / f"{NAME}.yml").unlink()
    assert any(f.severity is Severity.ERROR for f in check(folders, date(2026, 3, 1))[1])


def test_the_commands_of_the_page_exist() -> None:
    """Options of the command, targets of the Makefile and their variables."""
    help_text = CliRunner().invoke(app, ["catalogue", "check", "--help"], env={"COLUMNS": "200"}).output
    assert {option for option in re.findall(r"catalogue check (--[\w-]+)", PAGE) if option not in help_text} == set()
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"`make (\w+)(?: (\w+)=\w+)?`", PAGE)
    assert len(targets) >= 3
    for target, variable in targets:
        recipe = re.search(rf"^{target}:.*(?:\n\t.*)*", makefile, re.M)
        assert recipe and (not variable or f"$({variable})" in recipe[0])


def test_no_mistake_in_a_file_stops_the_check(folders: Folders) -> None:
    """Whatever line is lost, cut, doubled or turned into something else, the check names it or lives with it."""
    path, tried = folders.procedures / f"{NAME}.yml", 0
    rows = TEMPLATE.splitlines(keepends=True)
    for index, row in enumerate(rows):
        if row.strip() and not row.lstrip().startswith("#"):
            half = f"{row[: len(row) // 2]}\n"
            key = row.split(":")[0]
            for broken in (
                "",
                half,
                row * 2,
                f"\t{row}",
                f"{key}: 12\n",
                f"{key}: [a, [b]]\n",
                f"{key}: {{1: 2}}\n",
                f"{key}:\n",
            ):
                path.write_text("".join([*rows[:index], broken, *rows[index + 1 :]]), encoding="utf-8")
                check(folders, date(2026, 3, 1))
                tried += 1
    assert tried > 300
