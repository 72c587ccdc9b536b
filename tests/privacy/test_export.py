"""What a person is handed: everything kept of them, in words, and nothing of anybody else."""

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from assistant import cli
from assistant.app import Services
from assistant.errors import NotFound
from assistant.privacy.dossiers import Dossier, Subject
from assistant.privacy.export import Export
from assistant.privacy.retention import TABLES
from assistant.settings import Settings
from assistant.staff.audit import Trace
from assistant.storage.staff_tables import Audit
from tests.privacy.canary import CANARIES, PHONE, arrive, book_for_anna
from tests.privacy.filled import NOW


@pytest.fixture
def services(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Services]:
    monkeypatch.setattr(Services, "now", lambda self: NOW)
    opened = Services.open(settings)
    yield opened
    opened.close()


def export(services: Services, code: str | None = None, phone: str | None = None) -> str:
    found = Export(services.database, services.settings).of(Subject.named(code, phone), NOW)
    return json.dumps(found, ensure_ascii=False)


def test_everything_that_is_kept_is_there(services: Services) -> None:
    view = arrive(services)
    services.audit.write(Trace("GET /agent/rendez-vous/{code}", account_id=7, subject=view.code), NOW)
    written = export(services, phone=PHONE)
    assert [canary for canary in CANARIES if canary.decode() not in written] == []
    tables = json.loads(written)["donnees"]
    assert set(tables) == {table.name for table in Dossier().rows()} | {"events", "audit", "outbox.jsonl"}
    assert tables["audit"]["lignes"][0]["action"] == "GET /agent/rendez-vous/{code}"


def test_each_table_says_what_it_is_and_each_column_too(services: Services) -> None:
    tables = json.loads(export(services, code=arrive(services).code))["donnees"]
    for name, table in tables.items():
        assert table["titre"] and table["pourquoi"] and table["duree"] and table["qui_le_voit"]
        assert all(set(row) == set(table["colonnes"]) for row in table["lignes"]), name
    assert tables["appointment"]["titre"] == TABLES["appointment"].title


def test_nothing_of_another_is_there(services: Services) -> None:
    arrive(services)
    other = book_for_anna(services, 5)
    written = export(services, phone=PHONE)
    assert not [word for word in ("Anna", "anna@exemple.fr", other.code) if word in written]
    # the control: hers is there when it is asked for
    assert "Anna" in export(services, code=other.code)


def test_it_leaves_a_trace(services: Services) -> None:
    code = arrive(services).code
    export(services, code=code)
    with services.database.read() as session:
        trace = session.scalars(select(Audit)).one()
    assert (trace.actor, trace.action, trace.subject) == ("system", "assistant export", code)


def test_who_is_not_there_is_said_and_leaves_no_trace(services: Services) -> None:
    with pytest.raises(NotFound):
        export(services, phone="06 39 98 99 99")
    with services.database.read() as session:
        assert session.scalars(select(Audit)).all() == []


def test_the_command_writes_a_file_for_its_owner_alone(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = arrive(services).code
    monkeypatch.setattr("assistant.privacy.cli.Settings", lambda: services.settings)
    monkeypatch.setattr("assistant.cli.configure", lambda: None)
    file, command = tmp_path / "dossier.json", ["export", "--code", code, "--output"]
    done = CliRunner().invoke(cli.app, [*command, str(file)])
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "Canarelle" in file.read_text(encoding="utf-8") and "Canarelle" not in done.output
    again = CliRunner().invoke(cli.app, [*command, str(file)])
    assert again.exit_code == 1 and "--force" in str(again.exception)
    assert CliRunner().invoke(cli.app, [*command, str(file), "--force"]).exit_code == 0
    nowhere = CliRunner().invoke(cli.app, [*command, str(tmp_path / "none" / "dossier.json")])
    assert nowhere.exit_code == 1 and "autre dossier" in str(nowhere.exception)
