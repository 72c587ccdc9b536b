"""What holds for every file of the catalogue; one test a procedure, one a file of cases."""

import functools

import pytest
from ruamel.yaml import YAML

from assistant.catalogue.loader import Catalogue, load
from assistant.catalogue.planner import plan
from assistant.catalogue.walk import situations
from assistant.settings import PROJECT, Settings

CASES = PROJECT / "tests" / "procedures"
PROCEDURES = sorted(
    f"{path.parent.name}/{path.stem}"
    for path in (PROJECT / "procedures").glob("*/*.yml")
    if path.stem != "partner" and path.parent.name != "events"
)
FIRST = """caf/rsa caf/prime_activite caf/aide_logement caf/changement_situation retraite/demande retraite/releve_carriere
retraite/reversion retraite/aspa interieur/permis_perte_vol interieur/permis_renouvellement interieur/permis_echange_etranger
interieur/permis_points impots/declaration impots/prelevement_taux impots/avis impots/paiement_delai""".split()


@functools.cache
def catalogue() -> Catalogue:
    return load(Settings().procedures_dir)


def test_the_procedures_of_the_first_delivery_are_there() -> None:
    """The sixteen procedures asked for first all load."""
    assert set(FIRST) <= set(catalogue().procedures)
    assert len(catalogue().procedures) == len(PROCEDURES)


@pytest.mark.parametrize("name", PROCEDURES)
def test_every_reachable_situation_has_a_list(name: str) -> None:
    """Whatever is answered, something is to be brought, nothing is both asked for and not, and nothing said is taken back."""
    procedure, count = catalogue().procedure(name), 0
    for found, before in situations(procedure):
        count += 1
        certain = {d.id for d in found.certain}
        assert certain, f"{found.situation}: nothing to bring"
        assert not certain & {d.id for d in found.uncertain}
        assert not (certain & {n.id for n in found.not_needed}), f"{found.situation}: asked for and not needed"
        if before:
            assert {d.id for d in before.certain} <= certain, f"{found.situation}: a document shown as certain is gone"
            assert certain <= {d.id for d in (*before.certain, *before.uncertain)}
    assert count


@pytest.mark.parametrize("name", PROCEDURES)
def test_a_procedure_can_be_checked(name: str) -> None:
    """Every procedure has readable cases, sentences to learn from, and a first answer of some use."""
    partner, short = name.split("/")
    assert (CASES / partner / f"{short}.yml").exists(), "no test case"
    assert (PROJECT / "nlu_data" / "procedures" / partner / f"{short}.yml").exists(), "no training sentence"
    assert plan(catalogue().procedure(name), {}).certain


def cases() -> list[tuple[str, dict]]:
    found = []
    for path in sorted(CASES.glob("*/*.yml")):
        for case in YAML(typ="safe").load(path.read_text(encoding="utf-8")):
            found.append((f"{path.parent.name}/{path.stem}", case))
    return found


@pytest.mark.parametrize(
    ("name", "case"), cases(), ids=lambda value: value if isinstance(value, str) else value["name"]
)
def test_case(name: str, case: dict) -> None:
    """A situation a person can be in has exactly the documents that its case lists."""
    found = plan(catalogue().procedure(name), case.get("situation") or {})
    assert found.situation == (case.get("situation") or {}), "an answer of the case does not apply"
    assert {d.id for d in found.certain} == set(case["documents"])
    assert not {d.id for d in (*found.certain, *found.uncertain)} & set(case.get("not") or [])


def test_every_situation_is_counted(capsys: pytest.CaptureFixture[str]) -> None:
    """The walk looks at something: more situations than procedures."""
    total = sum(1 for name in PROCEDURES for _ in situations(catalogue().procedure(name)))
    with capsys.disabled():
        print(f"\n{total} situations of {len(PROCEDURES)} procedures walked")
    assert total > 5 * len(PROCEDURES)
