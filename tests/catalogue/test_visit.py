"""Two requests, one visit: each thing to bring is said once, in the form that serves all."""

from itertools import pairwise
from pathlib import Path

import pytest

from assistant.catalogue.loader import Catalogue, load
from assistant.catalogue.visit import Visit, visit
from assistant.catalogue.wording import visit_data
from assistant.errors import NotFound
from assistant.settings import Settings

PARTNER = "name: Caf\nfull_name: Caisse d'allocations familiales\npurpose: Des aides.\n"
PROCEDURE = """
title: {title}
official_title: {title} (nom officiel)
asked_as: faire la {title}
summary: Une démarche pour essayer.
counter: {{help: with_you, text: L'agent la fait avec vous., minutes: {minutes}}}
questions:
  - {{id: age, text: Quel âge ?, choices: [{{id: jeune, label: Jeune}}, {{id: adulte, label: Adulte}}]}}
documents: [{documents}]
references: [{{id: F1, title: Une fiche, url: "https://example.org/F1", date: 2025-01-01}}]
checked: 2026-01-01
official_list: true
"""


def catalogue_of(folder: Path, **documents: str) -> Catalogue:
    """Procedures caf/a, caf/b … of 20, 30 … minutes with those documents."""
    (folder / "caf").mkdir(parents=True)
    (folder / "caf" / "partner.yml").write_text(PARTNER, encoding="utf-8")
    for index, (name, written) in enumerate(documents.items()):
        text = PROCEDURE.format(title=f"Démarche {name}", minutes=20 + 10 * index, documents=written)
        (folder / "caf" / f"{name}.yml").write_text(text, encoding="utf-8")
    return load(folder)


def visit_of(folder: Path, **documents: str) -> Visit:
    return visit(catalogue_of(folder, **documents), {f"caf/{name}": {} for name in documents})


def test_minutes_are_added_and_the_order_is_that_of_the_dossier(tmp_path: Path) -> None:
    catalogue = catalogue_of(tmp_path, a="{id: x, label: Le papier x}", b="{id: y, label: Le papier y}")
    found = visit(catalogue, {"caf/b": {}, "caf/a": {}})
    assert found.minutes == 50
    assert [each.procedure.id for each in found.plans] == ["caf/b", "caf/a"]
    assert [line.document.id for line in found.documents] == ["y", "x"]


def test_the_same_document_is_one_line_that_says_who_asks_for_it(tmp_path: Path) -> None:
    (line,) = visit_of(
        tmp_path, a="{id: rib, label: Un RIB}", b="{id: rib, label: Un RIB}", c="{id: rib, label: un rib}"
    ).documents
    assert [wanted.procedure.id for wanted in line.wanted_by] == ["caf/a", "caf/b", "caf/c"]


def test_the_younger_age_counts_and_required_by_one_is_required(tmp_path: Path) -> None:
    (line,) = visit_of(
        tmp_path,
        a="{id: d, label: Un justificatif, max_age_months: 12, required: false}",
        b="{id: d, label: Un justificatif, max_age_months: 3}",
        c="{id: d, label: Un justificatif, required: false}",
    ).documents
    assert (line.document.max_age_months, line.document.required) == (3, True)


def test_what_nobody_requires_stays_optional(tmp_path: Path) -> None:
    document = "{id: d, label: Un papier, required: false}"
    (line,) = visit_of(tmp_path, a=document, b=document).documents
    assert not line.document.required


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("{id: d, label: Un papier}", "{id: e, label: Un papier}"),
        ("{id: d, label: Un papier}", "{id: d, label: Un autre papier}"),
        ("{id: d, label: Un papier, accepted: [passeport]}", "{id: d, label: Un papier}"),
        ("{id: d, label: Un papier, accepted: [passeport]}", "{id: d, label: Un papier, accepted: [permis]}"),
    ],
)
def test_what_differs_in_name_or_in_what_is_accepted_stays_two_lines(tmp_path: Path, one: str, other: str) -> None:
    assert len(visit_of(tmp_path, a=one, b=other).documents) == 2


def test_the_order_of_what_is_accepted_makes_no_difference(tmp_path: Path) -> None:
    one = "{id: d, label: Un papier, accepted: [passeport, permis]}"
    other = "{id: d, label: Un papier, accepted: [permis, passeport]}"
    assert len(visit_of(tmp_path, a=one, b=other).documents) == 1


@pytest.mark.parametrize(
    ("one", "other", "merged"),
    [
        ("original", "original", "original"),
        ("original", "copie", "original_et_copie"),
        ("copie", "original_et_copie", "original_et_copie"),
        ("original", "numero", "original"),
        ("original", "null", "original"),
        ("copie", "null", None),
        ("photo", "numero", None),
        ("null", "null", None),
    ],
)
def test_the_form_is_one_that_serves_both(tmp_path: Path, one: str, other: str, merged: str | None) -> None:
    """ "Une copie suffit" is never said where another procedure does not say so."""
    for folder, (first, second) in (("x", (one, other)), ("y", (other, one))):
        (line,) = visit_of(
            tmp_path / folder,
            a=f"{{id: d, label: Un papier, form: {first}}}",
            b=f"{{id: d, label: Un papier, form: {second}}}",
        ).documents
        assert line.document.form == merged


def test_a_note_that_all_share_is_on_the_line_and_others_stay_with_who_says_them(tmp_path: Path) -> None:
    same = "{id: d, label: Un papier, note: À votre nom., why: C'est la loi.}"
    (line,) = visit_of(tmp_path / "same", a=same, b=same).documents
    assert (line.document.note, line.document.why) == ("À votre nom.", "C'est la loi.")
    assert {wanted.note for wanted in line.wanted_by} == {""}
    (line,) = visit_of(tmp_path / "other", a=same, b="{id: d, label: Un papier, note: Du parent.}").documents
    assert line.document.note == line.document.why == ""
    assert [wanted.note for wanted in line.wanted_by] == ["À votre nom.", "Du parent."]


def test_certain_for_one_procedure_is_certain(tmp_path: Path) -> None:
    catalogue = catalogue_of(
        tmp_path,
        a="{id: d, label: Un papier, when: {age: jeune}}, {id: z, label: Le papier z}",
        b="{id: d, label: Un papier}",
    )
    alone, both = visit(catalogue, {"caf/a": {}}), visit(catalogue, {"caf/a": {}, "caf/b": {}})
    assert [line.document.id for line in alone.uncertain] == ["d"]
    assert not both.uncertain
    adult = visit(catalogue, {"caf/a": {"age": "adulte"}, "caf/b": {}})
    assert [[w.procedure.id for w in line.wanted_by] for line in adult.documents] == [["caf/a"], ["caf/b"]]


def test_two_kinds_of_one_document_stand_together(tmp_path: Path) -> None:
    found = visit_of(
        tmp_path,
        a="{id: identite, label: Une pièce d'identité}, {id: rib, label: Un RIB}",
        b="{id: identite, label: Une copie de la pièce d'identité}",
    )
    assert [line.document.id for line in found.documents] == ["identite", "identite", "rib"]


def test_an_unknown_procedure_is_told_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="Vouliez-vous dire « caf/a »"):
        visit(catalogue_of(tmp_path, a="{id: d, label: Un papier}"), {"caf/aa": {}})


def test_no_procedure_is_an_empty_visit(tmp_path: Path) -> None:
    found = visit(catalogue_of(tmp_path, a="{id: d, label: Un papier}"), {})
    assert (found.plans, found.documents, found.minutes) == ((), (), 0)


def test_in_the_whole_catalogue_nothing_is_lost_and_nothing_said_twice() -> None:
    """Each neighbouring pair of real procedures: every document of both is on the list, each with who asks for it."""
    catalogue, shared = load(Settings().procedures_dir), 0
    for pair in pairwise(catalogue.procedures):
        found = visit(catalogue, {name: {} for name in pair})
        asked = {(each.procedure.id, d.id) for each in found.plans for d in (*each.certain, *each.uncertain)}
        said = [(wanted.procedure.id, line.document.id) for line in found.documents for wanted in line.wanted_by]
        assert set(said) == asked and len(said) == len(asked)
        lines = [(line.document.id, line.document.label, line.document.accepted) for line in found.documents]
        assert len(lines) == len(set(lines))
        shared += any(len(line.wanted_by) > 1 for line in found.documents)
        assert visit_data(found)["minutes"] == sum(catalogue.procedures[name].minutes for name in pair)
    assert shared > 10
