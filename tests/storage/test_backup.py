"""Backups made while people book, and what they give back."""

import json
import multiprocessing
import os
import random
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import func, select, text

from assistant.booking.slots import Slot, units_of
from assistant.errors import AssistantError
from assistant.settings import PROJECT, Settings
from assistant.storage.backup import MANIFEST, Manifest, backup, restore
from assistant.storage.database import Database
from assistant.storage.tables import Appointment, Base, IdempotencyKey, Occupation
from tests.booking.booking_world import (
    ALL_DAY,
    NOW,
    SETTINGS,
    book_until_killed,
    make_bookings,
    make_place,
    place_finder,
    request,
    save,
)
from tests.storage.storage_world import make_events, restore_until_killed, settings_in, talk_until_killed

PLACE = make_place(hours=ALL_DAY, capacity=2)
BACKUPS = 10
STARTED_WITHIN = 90
IN_ONE_GO = multiprocessing.get_context("forkserver")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A state folder with both databases, and nobody booked yet."""
    folder = tmp_path / "etat"
    with opened(folder) as database:
        database.migrate()
        save(database, [PLACE])
    make_events(folder)
    return folder


@contextmanager
def opened(folder: Path) -> Iterator[Database]:
    database = Database(settings_in(folder).database)
    yield database
    database.close()


def book(folder: Path, *numbers: int) -> list[str]:
    """Book the slots of these numbers, in the order of the day; their codes."""
    with opened(folder) as database:
        bookings = make_bookings(database, [PLACE])
        slots = bookings.slots(PLACE, 15, NOW)
        return [bookings.book(request(slots[n].id), f"cle-{n}-{slots[n].id}", NOW).code for n in numbers]


def codes(folder: Path) -> set[str]:
    with opened(folder) as database, database.read() as session:
        return set(session.scalars(select(Appointment.code)))


def leftovers(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name.startswith("."))


# The drill


def test_ten_backups_made_while_people_book_each_hold_all_that_was_acknowledged(state: Path, tmp_path: Path) -> None:
    """Each restores, on a new machine, to all that was said "booked" before it began, sound, and booking goes on."""
    logs = {name: tmp_path / f"{name}.log" for name in ("book0", "book1", "talk")}
    acknowledged: list[tuple[dict[str, str], int]] = []
    with writers(state, logs):
        for number in range(BACKUPS):
            before = heard(logs["book0"]) | heard(logs["book1"]), talks(logs["talk"])
            acknowledged.append(before)
            backup(settings_in(state), tmp_path / f"{number}.zip")
            # the next one has something new to hold, and this one was made while they wrote
            wait_until(lambda before=before: len(heard(logs["book0"])) > len(before[0]) // 2 + 5)
    assert len(acknowledged[-1][0]) > len(acknowledged[0][0]) > 0
    for number, (booked, said) in enumerate(acknowledged):
        machine = tmp_path / f"machine-{number}"
        restored = restore(settings_in(machine), tmp_path / f"{number}.zip")
        assert restored.kept == []
        assert_holds(machine, booked, said)
        book(machine, 0)
        assert_occupation_agrees(machine)


@contextmanager
def writers(state: Path, logs: dict[str, Path]) -> Iterator[None]:
    """Two processes that book and one that talks, from before to after the block."""
    with opened(state) as database:
        slots = [slot.id for slot in make_bookings(database, [PLACE]).slots(PLACE, 15, NOW)]
    IN_ONE_GO.set_forkserver_preload(["__main__", "tests.booking.booking_world", "tests.storage.storage_world"])
    url, go = settings_in(state).database, IN_ONE_GO.Barrier(2)
    processes = [
        IN_ONE_GO.Process(
            target=book_until_killed, args=(url, PLACE, [(f"{n}-{s}", s) for s in slots], str(logs[f"book{n}"]), go)
        )
        for n in range(2)
    ] + [IN_ONE_GO.Process(target=talk_until_killed, args=(str(state), str(logs["talk"])))]
    for process in processes:
        process.start()
    try:
        wait_until(lambda: all(log.exists() and "ok " in log.read_text() for log in logs.values()))
        yield
        assert all(process.is_alive() for process in processes), "they must write from beginning to end"
    finally:
        for process in processes:
            process.kill()
            process.join(20)


def wait_until(happened: Callable[[], bool]) -> None:
    patience = time.monotonic() + STARTED_WITHIN
    while not happened():
        assert time.monotonic() < patience, "the writers do not write"
        time.sleep(0.02)


def heard(log: Path) -> dict[str, str]:
    """Key → code of each booking acknowledged so far; a line half written is not."""
    lines = [line.split() for line in log.read_text().split("\n")[:-1]]
    return {words[1]: words[3] for words in lines if words[0] == "ok"}


def talks(log: Path) -> int:
    return sum(line.startswith("ok ") for line in log.read_text().split("\n")[:-1])


def assert_holds(machine: Path, booked: dict[str, str], said: int) -> None:
    """Every booking acknowledged, every conversation written, and no half of either."""
    with opened(machine) as database, database.read() as session:
        found = session.execute(
            select(IdempotencyKey.key, Appointment.code).join(
                Appointment, Appointment.id == IdempotencyKey.appointment_id
            )
        )
        assert booked.items() <= dict(found.tuples().all()).items()
    assert_occupation_agrees(machine)
    with closing(sqlite3.connect(machine / "conversations.sqlite")) as connection:
        sizes = connection.execute("SELECT count(*) FROM events GROUP BY sender_id").fetchall()
    assert len(sizes) >= said
    assert set(sizes) == {(2,)}


def assert_occupation_agrees(machine: Path) -> None:
    """Each appointment has one key and occupies its own units, no more."""
    with opened(machine) as database, database.read() as session:
        appointments = session.scalars(select(Appointment)).all()
        keys = session.scalars(select(IdempotencyKey.appointment_id)).all()
        rows = session.execute(select(Occupation.appointment_id, Occupation.counter, Occupation.unit)).all()
    expected = [
        (appointment.id, appointment.counter, unit)
        for appointment in appointments
        for unit in units_of(slot_of(appointment), SETTINGS)
    ]
    assert sorted(tuple(row) for row in rows) == sorted(expected)
    assert sorted(keys) == sorted(appointment.id for appointment in appointments)


def slot_of(appointment: Appointment) -> Slot:
    minutes = int((appointment.end - appointment.start).total_seconds()) // 60
    return Slot.at(place_finder([PLACE])(appointment.place_id), appointment.start, minutes)


def test_a_plain_copy_of_the_file_loses_what_was_acknowledged(state: Path, tmp_path: Path) -> None:
    """Control: while the database is open, what was booked last is in its journal, which a copy leaves behind."""
    with opened(state) as database:
        slot = make_bookings(database, [PLACE]).slots(PLACE, 15, NOW)[0].id
        code = make_bookings(database, [PLACE]).book(request(slot), "cle", NOW).code
        copied = tmp_path / "copie"
        copied.mkdir()
        shutil.copy(state / "assistant.sqlite", copied)
        backup(settings_in(state), tmp_path / "b.zip")
    restore(settings_in(tmp_path / "restaure"), tmp_path / "b.zip")
    assert code in codes(tmp_path / "restaure")
    with pytest.raises(AssertionError):
        assert_holds(copied, {"cle": code}, 0)


# The file


def test_a_backup_says_what_it_holds_and_is_for_its_owner_alone(state: Path, tmp_path: Path) -> None:
    """Date, schema, digests and rows; mode 0600; nothing else is left in its folder."""
    book(state, 0, 5)
    folder = tmp_path / "sauvegardes"
    folder.mkdir()
    made = backup(settings_in(state), folder / "b.zip")
    with zipfile.ZipFile(folder / "b.zip") as archive:
        assert archive.namelist() == [MANIFEST, "assistant.sqlite", "conversations.sqlite"]
        assert Manifest.model_validate_json(archive.read(MANIFEST)) == made
    assert (made.appointments, made.files["assistant.sqlite"].rows["place"], made.schema_version) == (2, 1, newest())
    assert made.files["conversations.sqlite"].rows == {"events": 0}
    assert (folder / "b.zip").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in folder.iterdir()] == ["b.zip"]


def newest() -> str:
    return sorted(path.name[:4] for path in (PROJECT / "assistant/storage/migrations/versions").glob("0*.py"))[-1]


def test_an_existing_file_is_replaced_only_by_force(state: Path, tmp_path: Path) -> None:
    """The first one is untouched by the refusal."""
    file = tmp_path / "b.zip"
    file.write_text("autre chose")
    with pytest.raises(AssistantError, match="existe déjà.*--force"):
        backup(settings_in(state), file)
    assert file.read_text() == "autre chose"
    backup(settings_in(state), file, force=True)
    assert zipfile.is_zipfile(file)


def test_what_was_erased_is_not_in_the_backup(state: Path, tmp_path: Path) -> None:
    """A page freed by an erasure still has its text in the database's file; the backup is written anew."""
    with closing(sqlite3.connect(state / "conversations.sqlite")) as connection:
        connection.execute("PRAGMA secure_delete=OFF")  # some builds of SQLite wipe by themselves
        connection.execute("INSERT INTO events (data) VALUES (?)", ("SECRET-EFFACE" * 500,))
        connection.commit()
        connection.execute("DELETE FROM events")
        connection.commit()
    assert b"SECRET-EFFACE" in (state / "conversations.sqlite").read_bytes()
    backup(settings_in(state), tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert b"SECRET-EFFACE" not in archive.read("conversations.sqlite")


@pytest.mark.parametrize("names", [["assistant.sqlite"], ["assistant.sqlite", "conversations.sqlite"]])
def test_nothing_to_save_is_said(tmp_path: Path, names: list[str]) -> None:
    """An empty folder, or databases that were never used."""
    with pytest.raises(AssistantError, match="Rien à sauvegarder"):
        backup(settings_in(tmp_path), tmp_path / "b.zip")
    for name in names:
        (tmp_path / name).touch()
    with pytest.raises(AssistantError, match="n'a jamais servi"):
        backup(settings_in(tmp_path), tmp_path / "b.zip")
    assert not (tmp_path / "b.zip").exists()


# What is refused


@pytest.fixture
def saved(state: Path, tmp_path: Path) -> Path:
    """A backup with one appointment."""
    book(state, 0)
    backup(settings_in(state), tmp_path / "saved.zip")
    return tmp_path / "saved.zip"


def refusal(file: Path, folder: Path) -> str:
    """What restoring says; nothing may have been made."""
    with pytest.raises(AssistantError) as refused:
        restore(settings_in(folder), file)
    assert not list(folder.iterdir())
    return refused.value.message


@pytest.mark.parametrize("content", [b"", b"PK", b"Bonjour, ceci est une lettre.", b"SQLite format 3\0" * 100])
def test_another_file_is_not_a_backup(content: bytes, tmp_path: Path) -> None:
    """Empty, text, or a bare database."""
    (tmp_path / "x.zip").write_bytes(content)
    assert "n'est pas une sauvegarde" in refusal(tmp_path / "x.zip", tmp_path / "neuf")


def test_another_archive_is_not_a_backup(tmp_path: Path) -> None:
    """A zip without manifest, and one whose manifest is something else."""
    for number, name in enumerate(("lettre.txt", MANIFEST)):
        with zipfile.ZipFile(tmp_path / f"{number}.zip", "w") as archive:
            archive.writestr(name, '{"name": "autre"}')
        assert "n'est pas une sauvegarde" in refusal(tmp_path / f"{number}.zip", tmp_path / "neuf")


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """The name is in the message."""
    assert "absent.zip ne peut pas être lu" in refusal(tmp_path / "absent.zip", tmp_path / "neuf")


def test_a_truncated_backup_is_refused_wherever_it_was_cut(saved: Path, tmp_path: Path) -> None:
    """From its last byte to its first."""
    whole = saved.read_bytes()
    for length in [len(whole) - 1, len(whole) - 21, len(whole) - 22, len(whole) - 200, len(whole) // 2, 100, 4]:
        (tmp_path / "cut.zip").write_bytes(whole[:length])
        assert "tronqué" in refusal(tmp_path / "cut.zip", tmp_path / "neuf"), length


def test_an_altered_byte_of_a_database_is_refused(saved: Path, tmp_path: Path) -> None:
    """In the compressed content, and in one that unpacks well but has another digest."""
    whole = bytearray(saved.read_bytes())
    whole[len(whole) // 2] ^= 1
    (tmp_path / "bit.zip").write_bytes(whole)
    assert "abîmé" in refusal(tmp_path / "bit.zip", tmp_path / "neuf")

    def alter(name: str, content: bytes) -> bytes:
        return content.replace(b"Jean Dupr", b"Jean Dupe") if name == "assistant.sqlite" else content

    repack(saved, tmp_path / "name.zip", alter)
    assert "abîmé" in refusal(tmp_path / "name.zip", tmp_path / "neuf")


def repack(source: Path, target: Path, change: Callable[[str, bytes], bytes]) -> None:
    """The same archive with other contents, whose own check sums are right."""
    with zipfile.ZipFile(source) as archive, zipfile.ZipFile(target, "w") as out:
        for name in archive.namelist():
            out.writestr(name, change(name, archive.read(name)))


def test_one_byte_altered_anywhere_is_refused_or_without_effect(saved: Path, tmp_path: Path) -> None:
    """Sampled over the file, all of its last 400: a French refusal, or the same appointments (a date of the archive)."""
    whole, chance = saved.read_bytes(), random.Random(20261122)
    places = [*range(60), *chance.sample(range(60, len(whole) - 400), 60), *range(len(whole) - 400, len(whole))]
    refused = 0
    for place in places:
        altered = bytearray(whole)
        altered[place] ^= chance.randrange(1, 256)
        (tmp_path / "altered.zip").write_bytes(altered)
        machine = tmp_path / f"machine-{place}"
        try:
            restore(settings_in(machine), tmp_path / "altered.zip")
        except AssistantError as error:
            assert "altered.zip" in error.message, (place, error.message)
            refused += 1
        else:
            assert len(codes(machine)) == 1, place
        shutil.rmtree(machine)
    assert refused > len(places) // 2


@pytest.mark.parametrize("newer", [{"format": 2}, {"schema_version": "9999"}])
def test_a_backup_of_a_newer_version_is_refused(saved: Path, tmp_path: Path, newer: dict[str, object]) -> None:
    """Of the file or of the schema: this code cannot know what it holds."""

    def change(name: str, content: bytes) -> bytes:
        if name != MANIFEST:
            return content
        return Manifest.model_validate_json(content).model_copy(update=newer).model_dump_json().encode()

    repack(saved, tmp_path / "newer.zip", change)
    assert "version plus récente" in refusal(tmp_path / "newer.zip", tmp_path / "neuf")


def test_a_backup_of_an_older_version_is_brought_up_to_date(tmp_path: Path) -> None:
    """Made at the first schema, restored at today's."""
    from alembic import command
    from alembic.config import Config

    from assistant.storage.database import MIGRATIONS

    old = tmp_path / "ancien"
    with opened(old) as database, database.engine.connect() as connection:
        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS))
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    made = backup(settings_in(old), tmp_path / "old.zip")
    assert made.schema_version == "0001"
    restore(settings_in(tmp_path / "neuf"), tmp_path / "old.zip")
    again = backup(settings_in(tmp_path / "neuf"), tmp_path / "again.zip")
    assert again.schema_version == newest()
    assert set(Base.metadata.tables) <= set(again.files["assistant.sqlite"].rows)


def test_postgresql_is_sent_to_its_own_tools(tmp_path: Path) -> None:
    """Both commands name pg_dump and the page."""
    settings = Settings(state_dir=tmp_path, database_url="postgresql://u@h/b", _env_file=None)  # type: ignore[call-arg]
    for command in (backup, restore):
        with pytest.raises(AssistantError, match=r"pg_dump.*docs/sauvegarde\.md"):
            command(settings, tmp_path / "b.zip")


@contextmanager
def powerless(folder: Path) -> Iterator[None]:
    """As somebody with no rights on `folder` (root has them all: it becomes nobody for the time)."""
    folder.chmod(0o555)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)
        folder.chmod(0o755)


def test_a_folder_that_cannot_be_written_is_said(saved: Path) -> None:
    """Where the backup goes, and where it is restored."""
    # not in tmp_path, whose parents only their owner may enter
    with tempfile.TemporaryDirectory() as open_folder:
        folder = Path(open_folder)
        shutil.copytree(saved.parent / "etat", folder / "etat")
        (folder / "closed").mkdir()
        for path in (folder / "etat", *(folder / "etat").iterdir()):
            path.chmod(0o777)
        shutil.copy(saved, folder / "b.zip")
        (folder / "b.zip").chmod(0o644)
        folder.chmod(0o755)
        with powerless(folder / "closed"):
            with pytest.raises(AssistantError, match="Impossible d'écrire dans .*closed"):
                backup(settings_in(folder / "etat"), folder / "closed" / "b.zip")
            with pytest.raises(AssistantError, match="Impossible d'écrire dans .*closed"):
                restore(settings_in(folder / "closed"), folder / "b.zip")
            with pytest.raises(AssistantError, match="Impossible d'écrire dans .*closed"):
                restore(settings_in(folder / "closed" / "neuf"), folder / "b.zip")


def test_a_missing_folder_is_said(state: Path, tmp_path: Path) -> None:
    """No folder is made by a mistyped name."""
    with pytest.raises(AssistantError, match="n'existe pas. Créez-le"):
        backup(settings_in(state), tmp_path / "abesnt" / "b.zip")


@pytest.mark.parametrize("command", ["backup", "restore", "replace"])
def test_no_room_is_said_and_changes_nothing(saved: Path, state: Path, tmp_path: Path, command: str) -> None:
    """On real disks, each a little larger than the last, until it goes; in mounts that go with the process."""
    (later,) = book(state, 3)
    disk = tmp_path / "disque"
    disk.mkdir()
    file = disk / "b.zip" if command == "backup" else saved
    run = subprocess.run(
        ["unshare", "--mount", "--map-root-user", sys.executable, "-m", "tests.storage.small_disks", command, disk, state, file],
        capture_output=True, text=True, cwd=PROJECT, timeout=300,
    )  # fmt: skip
    if "unshare" in run.stderr or "mount:" in run.stderr:
        pytest.skip(f"no mount of one's own here: {run.stderr.strip()}")
    *small, enough = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(small) > 5, run.stderr
    assert {answer["said"] for answer in small} == {
        f"Il n'y a plus de place dans {disk}. Libérez de l'espace, puis recommencez."
    }
    databases = {"assistant.sqlite", "conversations.sqlite"}
    for answer in small:
        # whole databases: as they were, or empty; and copies of what was
        names = {name.split(".avant-")[0] for name in answer["left"]}
        assert names <= (set() if command == "backup" else databases)
        assert (later in answer["codes"]) == (command == "replace")
    assert (enough["said"], later in enough["codes"]) == ("done", False)


def test_a_damaged_database_is_not_saved_in_silence(state: Path, tmp_path: Path) -> None:
    """What cannot be read is said, not copied."""
    book(state, 0)
    damage(state / "assistant.sqlite", 4096)
    with pytest.raises(AssistantError, match="abîmée"):
        backup(settings_in(state), tmp_path / "b.zip")
    assert leftovers(tmp_path) == []
    assert not (tmp_path / "b.zip").exists()


def damage(path: Path, start: int) -> None:
    content = bytearray(path.read_bytes())
    content[start:] = b"\xa5" * (len(content) - start)
    path.write_bytes(content)


# Restoring over something


def test_a_database_with_appointments_is_replaced_only_by_force_and_kept_beside(saved: Path, state: Path) -> None:
    """Refused: nothing changes. By force: the backup's appointments are here, the former ones in the dated copies."""
    later = book(state, 3)
    before = codes(state)
    with pytest.raises(AssistantError, match="contient déjà des rendez-vous.*--force"):
        restore(settings_in(state), saved)
    assert codes(state) == before
    restored = restore(settings_in(state), saved, force=True)
    assert codes(state) == before - set(later)
    assert_occupation_agrees(state)
    kept = {path.name.split(".avant-")[0]: path for path in restored.kept}
    assert set(kept) == {"assistant.sqlite", "conversations.sqlite"}
    assert all(path.parent == state and path.stat().st_mode & 0o777 == 0o600 for path in kept.values())
    with closing(sqlite3.connect(kept["assistant.sqlite"])) as connection:
        assert {code for (code,) in connection.execute("SELECT code FROM appointment")} == before
    assert leftovers(state) == []


def test_a_database_without_appointments_needs_no_force(saved: Path, tmp_path: Path) -> None:
    """A machine just installed, started once."""
    with opened(tmp_path / "neuf") as database:
        database.migrate()
    restored = restore(settings_in(tmp_path / "neuf"), saved)
    assert len(codes(tmp_path / "neuf")) == restored.manifest.appointments == 1


def test_conversations_that_the_backup_does_not_have_are_kept_beside(tmp_path: Path, state: Path) -> None:
    """The state is the backup's: conversations begun since are no longer there."""
    (state / "conversations.sqlite").unlink()
    backup(settings_in(state), tmp_path / "b.zip")
    make_events(state)
    restored = restore(settings_in(state), tmp_path / "b.zip")
    assert "conversations.sqlite" in {path.name.split(".avant-")[0] for path in restored.kept}
    make_events(state)  # the table is no longer there


@pytest.mark.parametrize("name", ["assistant.sqlite", "conversations.sqlite"])
def test_nothing_is_restored_while_the_assistant_serves(saved: Path, state: Path, name: str) -> None:
    """An idle connection of either database is enough, force or not; once it is closed, the restoration goes."""
    serving = Database(f"sqlite:///{state / name}")
    with serving.read() as session:
        session.execute(text("SELECT 1"))
    for force in (False, True):
        with pytest.raises(AssistantError, match="utilisé par un autre programme. Arrêtez l'assistant"):
            restore(settings_in(state), saved, force=force)
    # and it still serves
    with serving.write() as session:
        session.execute(text("CREATE TABLE still_served (id INTEGER)"))
    serving.close()
    restore(settings_in(state), saved, force=True)


@pytest.mark.parametrize("start", [0, 4096], ids=["not-a-database", "damaged-inside"])
def test_a_damaged_database_is_repaired_by_its_backup(saved: Path, state: Path, start: int) -> None:
    """Nobody can say that it holds no appointment, so by force; what is left of it is kept."""
    before = codes(state)
    damage(state / "assistant.sqlite", start)
    rest = (state / "assistant.sqlite").read_bytes()
    with pytest.raises(AssistantError, match="--force"):
        restore(settings_in(state), saved)
    restored = restore(settings_in(state), saved, force=True)
    assert codes(state) == before
    kept = next(path for path in restored.kept if path.name.startswith("assistant.sqlite.avant-"))
    assert kept.read_bytes()[4096:] == rest[4096:]


def test_a_restoration_killed_at_any_moment_leaves_one_backup_or_the_other(state: Path, tmp_path: Path) -> None:
    """Eight kill -9: the appointments are all of one backup, none of the other; restoring again mends the rest."""
    files, expected = [], []
    for number, booked in enumerate((range(0, 300, 2), range(0, 10))):
        book(state, *booked)
        files.append(str(tmp_path / f"{number}.zip"))
        expected.append(codes(state))
        backup(settings_in(state), Path(files[-1]))
    chance = random.Random(20261122)
    IN_ONE_GO.set_forkserver_preload(["__main__", "tests.booking.booking_world", "tests.storage.storage_world"])
    for turn in range(8):
        log = tmp_path / f"{turn}.log"
        process = IN_ONE_GO.Process(target=restore_until_killed, args=(str(state), files, str(log)))
        process.start()
        wait_until(lambda log=log: log.exists() and "restored" in log.read_text())
        time.sleep(chance.uniform(0, 0.4))
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join(20)
        assert codes(state) in expected
        assert_occupation_agrees(state)
    restore(settings_in(state), Path(files[0]), force=True)
    assert codes(state) == expected[0]


# The commands, as they are typed


def assistant(state: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ASSISTANT_STATE_DIR": str(state), "ASSISTANT_DATABASE_URL": "", "COLUMNS": "400"}
    command = [sys.executable, "-m", "assistant.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=PROJECT, env=environment, timeout=120)


def test_the_two_commands_save_and_put_back(state: Path, tmp_path: Path) -> None:
    """And a refusal is a sentence, with a failing status."""
    booked = book(state, 0, 1)
    file = str(tmp_path / "b.zip")
    made = assistant(state, "backup", file)
    assert (made.returncode, "2 rendez-vous" in made.stderr) == (0, True), made.stderr
    refused = assistant(state, "backup", file)
    assert (refused.returncode, "Traceback" in refused.stderr, "--force" in refused.stderr) == (1, False, True)
    restored = assistant(tmp_path / "neuf", "restore", file)
    assert (restored.returncode, "2 rendez-vous" in restored.stderr) == (0, True), restored.stderr
    assert codes(tmp_path / "neuf") == set(booked)
    assert "gardé" in assistant(state, "restore", file, "--force").stderr


# PostgreSQL, by the commands of the page


def commands_of_the_page() -> tuple[str, str]:
    """The lines of docs/sauvegarde.md that dump and restore."""
    page = (PROJECT / "docs" / "sauvegarde.md").read_text(encoding="utf-8")
    dump, put_back = re.findall(r"```sh\n(.+?)\n```", page, re.DOTALL)
    return dump, put_back


def run_as_written(command: str, url: str, folder: Path) -> None:
    environment = os.environ | {"ASSISTANT_DATABASE_URL": url}
    subprocess.run(["sh", "-ec", command], check=True, cwd=folder, env=environment, timeout=120)


@pytest.mark.skipif(not shutil.which("pg_dump") or not shutil.which("pg_restore"), reason="no pg_dump here")
@pytest.mark.parametrize("into", ["empty", "over"])
def test_postgresql_dumped_and_restored_by_the_page_has_every_row(
    postgresql_url: str, tmp_path: Path, into: str
) -> None:
    """Booked, dumped, booked again, then dropped or not, restored: every row of then, and booking goes on."""
    dump, put_back = commands_of_the_page()
    database = Database(postgresql_url)
    database.migrate()
    save(database, [PLACE])
    bookings = make_bookings(database, [PLACE])
    slots = bookings.slots(PLACE, 30, NOW)
    for number, slot in enumerate(slots[0:40:2]):
        bookings.book(request(slot.id), f"cle-{number}", NOW)
    before = row_counts(database)
    assert (before["appointment"], before["occupation"]) == (20, 40)
    run_as_written(dump, postgresql_url, tmp_path)
    bookings.book(request(slots[100].id), "apres", NOW)
    database.close()
    if into == "empty":
        empty(postgresql_url)
    run_as_written(put_back, postgresql_url, tmp_path)
    database.migrate()
    assert row_counts(database) == before
    bookings.book(request(slots[100].id), "apres", NOW)
    assert row_counts(database)["appointment"] == 21
    database.close()


def row_counts(database: Database) -> dict[str, int]:
    with database.read() as session:
        return {
            table.name: session.scalar(select(func.count()).select_from(table)) or 0
            for table in Base.metadata.sorted_tables
        }


def empty(url: str) -> None:
    """Drop the database and make it again, with nothing in it."""
    import psycopg

    server, name = url.rsplit("/", 1)
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f'DROP DATABASE "{name}"')
        connection.execute(f'CREATE DATABASE "{name}"')
