"""Imports: re-imports update in place, defects are dealt with and counted, a bad file changes nothing."""

import json
import threading
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from assistant.directory import cli
from assistant.directory.directory import Directory
from assistant.directory.importer import ensure_sample, import_communes, import_directory
from assistant.directory.report import Defect
from assistant.directory.sources import BadFile
from assistant.errors import NotFound, Unavailable
from assistant.settings import PROJECT
from assistant.storage import tables
from assistant.storage.database import Database

NATIONAL = PROJECT.parent / "shared" / "data"


def rows(database: Database, table: type[tables.Base]) -> list[tuple]:
    with database.read() as session:
        return sorted(map(repr, session.execute(select(*table.__table__.columns))))


def everything(database: Database) -> list[list[tuple]]:
    kept = (tables.Place, tables.Commune, tables.CommuneAlias, tables.DirectoryImport)
    return [rows(database, table) for table in kept]


def import_one(database: Database, places_file, **change: str):
    report = import_directory(database, places_file(change))
    return report, Directory.load(database).place("1")


def book(database: Database, place: str) -> None:
    start = datetime(2026, 11, 26, 8, tzinfo=UTC)
    with database.write() as session:
        session.add(
            tables.Appointment(
                code="K7M2PQ",
                place_id=place,
                counter=1,
                start=start,
                end=start + timedelta(minutes=30),
                procedures=["interieur/permis_perte_vol"],
                situation={},
                name="Anna Roy",
                created_at=start,
                updated_at=start,
            )
        )


def test_a_place_is_read_whole(with_communes: Database, places_file) -> None:
    report, place = import_one(with_communes, places_file, complement_adresse="Cour B", commentaire="Fermé\nen août")
    assert (report.rows, report.added, report.defects) == (1, 1, {})
    assert place.address == "1 rue Neuve, Cour B, 70200 Lure"
    assert (place.commune, place.commune_code, place.departement) == ("Lure", "70310", "70")
    assert (place.phone, place.takes_appointments, place.kind) == ("03 84 96 70 00", True, "fixe")
    assert (place.comment, place.timezone, place.sample) == ("Fermé\nen août", "Europe/Paris", False)


def test_semicolons_a_byte_order_mark_and_unknown_columns_are_read(with_communes: Database, tmp_path: Path) -> None:
    path = tmp_path / "officiel.csv"
    path.write_text(
        "\ufeffnouvelle_colonne;format_fs;type_fs;prise_rdv;h_samedi;h_vendredi;h_jeudi;h_mercredi;h_mardi;h_lundi;"
        "telephone;longitude;latitude;lib_com;code_postal;insee_com;adresse;lib_fs;id_fs\n"
        "x;Mobile;Principal;Non;;;;;;9:00-12:00;;6,497;47,685;Lure;70200;70310;1 rue Neuve;Bus de Lure;1\n",
        encoding="utf-8",
    )
    import_directory(with_communes, str(path))
    place = Directory.load(with_communes).place("1")
    assert (place.kind, place.takes_appointments, place.point.longitude) == ("bus", False, 6.497)
    assert [len(day) for day in place.hours] == [1, 0, 0, 0, 0, 0, 0]


@pytest.mark.parametrize(
    ("format_fs", "type_fs", "kind"),
    [
        ("Fixe", "Principal", "fixe"),
        ("Multisites", "Principal", "fixe"),
        ("Fixe_antenne(s)", "Principal", "fixe"),
        ("Fixe_antenne(s)", "Antenne", "antenne"),
        ("Multisites", "Antenne", "antenne"),
        ("Bus_équivalent", "Principal", "bus"),
        ("Mobile", "Principal", "bus"),
        ("Itinérante", "Principal", "itinerante"),
    ],
)
def test_buses_and_branches_are_told_apart(with_communes, places_file, format_fs, type_fs, kind) -> None:
    assert import_one(with_communes, places_file, format_fs=format_fs, type_fs=type_fs)[1].kind == kind


def test_false_midnights_are_left_out_and_counted(with_communes: Database, places_file) -> None:
    report, place = import_one(
        with_communes, places_file, h_lundi="00:00 - 00:00", h_mardi="09:00 - 12:00 / 00:00 - 00:00"
    )
    assert report.defects == {Defect.FALSE_HOURS: 2}
    assert [len(day) for day in place.hours] == [0, 1, 0, 0, 0, 0, 0]


def test_overlapping_and_unsorted_hours_are_merged_and_counted_once_a_place(with_communes, places_file) -> None:
    report, place = import_one(
        with_communes,
        places_file,
        h_lundi="14:00 - 17:00 / 09:00 - 12:00",
        h_mardi="09:00 - 12:00 / 11:00 - 13:00 / 13:00 - 15:00",
    )
    assert report.defects == {Defect.OVERLAPPING_HOURS: 1}
    monday, tuesday = place.hours[:2]
    assert [(start.hour, end.hour) for start, end in monday] == [(9, 12), (14, 17)]
    assert [(start.hour, end.hour) for start, end in tuesday] == [(9, 15)]


def test_a_place_without_hours_is_kept_and_counted(with_communes: Database, places_file) -> None:
    report, place = import_one(with_communes, places_file, h_lundi="")
    assert report.defects == {Defect.NO_HOURS: 1}
    assert not place.has_hours


def test_unreadable_hours_are_left_out_and_counted(with_communes: Database, places_file) -> None:
    report, place = import_one(with_communes, places_file, h_lundi="le matin", h_mardi="17:00 - 09:00")
    assert report.defects == {Defect.UNREADABLE_HOURS: 2, Defect.NO_HOURS: 1}
    assert not place.has_hours


def test_a_postcode_of_another_commune_is_corrected_where_it_is_sure(with_communes: Database, places_file) -> None:
    report, place = import_one(with_communes, places_file, code_postal="70204")
    assert report.defects == {Defect.FOREIGN_POSTCODE: 1}
    assert place.address.endswith("70200 Lure")


def test_a_postcode_is_left_where_the_right_one_is_not_sure(with_communes: Database, places_file) -> None:
    denis = {"insee_com": "93066", "lib_com": "Saint-Denis", "latitude": "48.93", "longitude": "2.36"}
    report, place = import_one(with_communes, places_file, **denis, code_postal="93205")
    assert report.defects == {Defect.FOREIGN_POSTCODE: 1}
    assert place.address.endswith("93205 Saint-Denis")


def test_a_former_commune_becomes_todays(with_communes: Database, places_file) -> None:
    former = {"insee_com": "93059", "code_postal": "93380", "lib_com": "Pierrefitte-sur-Seine"}
    report, place = import_one(with_communes, places_file, **former, latitude="48.96", longitude="2.36")
    assert report.defects == {Defect.FORMER_COMMUNE: 1}
    assert (place.commune, place.commune_code) == ("Saint-Denis", "93066")


def test_an_unknown_commune_is_kept_as_it_is_and_counted(with_communes: Database, places_file) -> None:
    report, place = import_one(with_communes, places_file, insee_com="70999", lib_com="Ailleurs")
    assert report.defects == {Defect.UNKNOWN_COMMUNE: 1}
    assert (place.commune, place.departement) == ("Ailleurs", "70")


def test_an_unknown_code_is_found_again_by_name_and_postcode(with_communes: Database, places_file) -> None:
    _, place = import_one(with_communes, places_file, insee_com="70999")
    assert place.commune_code == "70310"


@pytest.mark.parametrize("phone", ["12", "+33 1", "à venir"])
def test_an_invalid_telephone_is_left_out_and_counted(with_communes: Database, places_file, phone: str) -> None:
    report, place = import_one(with_communes, places_file, telephone=phone)
    assert report.defects == {Defect.INVALID_PHONE: 1}
    assert place.phone is None


def test_an_overseas_telephone_is_valid_there(with_communes: Database, places_file) -> None:
    reunion = {"insee_com": "97411", "code_postal": "97400", "latitude": "-20.93", "longitude": "55.45"}
    report, place = import_one(with_communes, places_file, **reunion, telephone="0692123456")
    assert report.defects == {}
    assert (place.phone, place.timezone) == ("0692 12 34 56", "Indian/Reunion")


@pytest.mark.parametrize(("latitude", "longitude"), [("", ""), ("0", "0"), ("6.497", "47.685"), ("abc", "6.4")])
def test_bad_coordinates_become_the_communes_centre(with_communes, places_file, latitude, longitude) -> None:
    report, place = import_one(with_communes, places_file, latitude=latitude, longitude=longitude)
    assert report.defects == {Defect.BAD_COORDINATES: 1}
    assert (place.point.latitude, place.point.longitude) == (47.685, 6.497)


def test_a_repeated_address_is_kept_and_counted(with_communes: Database, places_file) -> None:
    report = import_directory(with_communes, places_file({}, {"id_fs": "2", "adresse": "1, Rue neuve"}))
    assert report.defects == {Defect.REPEATED_ADDRESS: 1}
    assert len(Directory.load(with_communes).places()) == 2


def test_an_email_never_reaches_the_report_or_the_place(with_communes: Database, places_file) -> None:
    report, place = import_one(with_communes, places_file, mail="anna.roy@example.org", code_postal="70204")
    assert "anna" not in repr(report) + repr(place)


def test_the_same_file_again_changes_nothing(with_communes: Database, places_file) -> None:
    path = places_file({}, {"id_fs": "2"})
    import_directory(with_communes, path)
    before = rows(with_communes, tables.Place)
    report = import_directory(with_communes, path)
    assert (report.added, report.updated, report.unchanged, report.deactivated) == (0, 0, 2, 0)
    assert rows(with_communes, tables.Place) == before


def test_a_new_edition_updates_in_place_and_never_touches_appointments(with_communes: Database, places_file) -> None:
    import_directory(with_communes, places_file({}, {"id_fs": "2"}))
    book(with_communes, "2")
    appointments = rows(with_communes, tables.Appointment)
    report = import_directory(with_communes, places_file({"telephone": "0384967001"}, {"id_fs": "3"}))
    assert (report.added, report.updated, report.unchanged, report.deactivated) == (1, 1, 0, 1)
    assert rows(with_communes, tables.Appointment) == appointments
    directory = Directory.load(with_communes)
    assert {place.id for place in directory.places()} == {"1", "3"}
    assert directory.place("2").name == "France services de Lure"
    assert directory.place("1").phone == "03 84 96 70 01"


def test_a_place_that_comes_back_is_active_again(with_communes: Database, places_file) -> None:
    for changes in (({}, {"id_fs": "2"}), ({},), ({}, {"id_fs": "2"})):
        import_directory(with_communes, places_file(*changes))
    assert {place.id for place in Directory.load(with_communes).places()} == {"1", "2"}


def test_the_capacity_an_administrator_set_survives_an_import(with_communes: Database, places_file) -> None:
    import_directory(with_communes, places_file({}))
    with with_communes.write() as session:
        session.get(tables.Place, "1").capacity = 3
    _, place = import_one(with_communes, places_file, telephone="0384967001")
    assert (place.capacity, place.phone) == (3, "03 84 96 70 01")


BAD_FILES = [
    ("prise_rdv", {"prise_rdv": "Peut-être"}, 3, "Oui ou Non"),
    ("repeated id", {"id_fs": "1"}, 3, "déjà pris"),
    ("empty id", {"id_fs": ""}, 3, "identifiant"),
    ("no name", {"lib_fs": ""}, 3, "nom"),
    ("bad INSEE code", {"insee_com": "Lure"}, 3, "code INSEE"),
    ("bad postcode", {"code_postal": "702 OO"}, 3, "code postal"),
    ("nowhere", {"insee_com": "70999", "lib_com": "Ailleurs", "latitude": ""}, 3, "coordonnées"),
]


@pytest.mark.parametrize(("_what", "change", "line", "why"), BAD_FILES, ids=[case[0] for case in BAD_FILES])
def test_a_bad_file_changes_nothing_and_names_its_first_bad_line(
    with_communes, places_file, _what, change, line, why
) -> None:
    import_directory(with_communes, places_file({}))
    before = everything(with_communes)
    bad = places_file(
        {"telephone": "0384967001"}, {"id_fs": "2"} | change, {"id_fs": "3", "prise_rdv": "?"}, name="b.csv"
    )
    with pytest.raises(BadFile, match=f"ligne {line} .*{why}"):
        import_directory(with_communes, bad)
    assert everything(with_communes) == before


def test_lines_are_counted_as_an_editor_counts_them(with_communes: Database, places_file) -> None:
    path = places_file({"commentaire": "une\ndeux\ntrois"}, {"id_fs": "2", "prise_rdv": "?"})
    with pytest.raises(BadFile, match="ligne 5 "):
        import_directory(with_communes, path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "ligne 1 : le fichier est vide"),
        (b"<!doctype html><html></html>", "ligne 1 : c'est une page web"),
        (b"id_fs,lib_fs\n1,Lure\n", "ligne 1 : il manque les colonnes adresse, code_postal"),
        (b"id_fs\n\xe9\n", "ligne 2 : le texte n'est pas en UTF-8"),
    ],
)
def test_what_is_no_directory_is_refused(database: Database, tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "faux.csv"
    path.write_bytes(content)
    with pytest.raises(BadFile, match=message):
        import_directory(database, str(path))
    assert rows(database, tables.Place) == []


def test_a_file_cut_short_is_refused(with_communes: Database, places_file) -> None:
    path = Path(places_file({}, {"id_fs": "2"}))
    path.write_text(path.read_text(encoding="utf-8")[:-60], encoding="utf-8")
    with pytest.raises(BadFile, match="ligne 3 "):
        import_directory(with_communes, str(path))


def test_a_missing_file_is_said_plainly(database: Database, tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="n'existe pas"):
        import_directory(database, str(tmp_path / "absent.csv"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("annuaire-2024-08-01.csv", date(2024, 8, 1)),
        ("liste_20240801.csv", date(2024, 8, 1)),
        ("annuaire.csv", None),
        ("annuaire-2024-13-01.csv", None),
        ("annuaire-2099-01-01.csv", None),
    ],
)
def test_the_date_of_the_data_is_read_in_the_files_name(with_communes, places_file, name, expected) -> None:
    assert import_directory(with_communes, places_file({}, name=name)).data_date == expected
    assert Directory.load(with_communes).data_date == expected


def test_the_date_given_wins(with_communes: Database, places_file) -> None:
    given = date(2025, 1, 31)
    import_directory(with_communes, places_file({}, name="annuaire-2024-08-01.csv"), data_date=given)
    assert Directory.load(with_communes).data_date == given


def test_progress_goes_to_the_end(with_communes: Database, places_file) -> None:
    steps: list[tuple[int, int]] = []
    import_directory(with_communes, places_file({}, {"id_fs": "2"}), on_progress=lambda *step: steps.append(step))
    assert steps == [(1, 2), (2, 2)]


class _Files(BaseHTTPRequestHandler):
    """Serves one file at /20240801/annuaire.csv, and a redirection to it at /latest."""

    content = b""

    def do_GET(self) -> None:
        if self.path == "/latest":
            self.send_response(302)
            self.send_header("Location", "/20240801/annuaire.csv")
            self.end_headers()
        elif self.path == "/20240801/annuaire.csv":
            self.send_response(200)
            self.end_headers()
            self.wfile.write(self.content)
        else:
            self.send_error(404)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(places_file) -> Iterator[str]:
    """The address of a server with a directory file."""
    _Files.content = Path(places_file({}, name="served.csv")).read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Files)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


def test_an_address_is_followed_to_its_file_and_date(with_communes: Database, server: str) -> None:
    report = import_directory(with_communes, f"{server}/latest")
    assert (report.added, report.data_date) == (1, date(2024, 8, 1))


def test_an_address_without_the_file_is_said_plainly(with_communes: Database, server: str) -> None:
    with pytest.raises(Unavailable, match="erreur 404"):
        import_directory(with_communes, f"{server}/autre")


def test_an_unreachable_address_is_said_plainly(with_communes: Database, server: str) -> None:
    with pytest.raises(Unavailable, match="ne répond pas"):
        import_directory(with_communes, "http://127.0.0.1:9/annuaire.csv")
    assert rows(with_communes, tables.Place) == []


def test_the_official_json_of_communes_is_read(database: Database, tmp_path: Path) -> None:
    commune = {"nom": "Lure", "code": "70310", "codesPostaux": ["70200"], "population": 7913, "codeDepartement": "70"}
    paris = {"nom": "Paris", "code": "75056", "codesPostaux": ["75001", "75015"], "population": 2103778}
    entries = [
        commune | {"centre": {"type": "Point", "coordinates": [6.497, 47.685]}},
        paris | {"codeDepartement": "75", "centre": {"type": "Point", "coordinates": [2.346, 48.86]}},
    ]
    path = tmp_path / "communes.json"
    path.write_text(json.dumps(entries), encoding="utf-8")
    import_communes(database, str(path))
    directory = Directory.load(database)
    assert directory.commune("70310").point.latitude == 47.685
    assert directory.search("paris 15").certain.label == "Paris 15e (75)"


def test_a_bad_entry_of_the_json_is_named(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "communes.json"
    path.write_text('[{"nom": "Lure", "code": "70310", "codesPostaux": ["70200"]}, {"nom": "Gray"}]', encoding="utf-8")
    with pytest.raises(BadFile, match="entrée 2"):
        import_communes(database, str(path))
    assert rows(database, tables.Commune) == []


@pytest.mark.parametrize(
    "bad", ["nom_alias,code_insee_ancien,code_insee_parent,codes_postaux\n,1,70310,70200\n", "x\ny\n"]
)
def test_a_bad_file_of_former_names_changes_nothing(with_communes: Database, tmp_path: Path, bad: str) -> None:
    before = everything(with_communes)
    (tmp_path / "communes.csv").write_text(
        "code_insee,nom,code_insee_parent,departement,codes_postaux,population,latitude,longitude\n"
        "70310,Lure-la-Neuve,,70,70200,7913,47.685,6.497\n",
        encoding="utf-8",
    )
    (tmp_path / "communes_alias.csv").write_text(bad, encoding="utf-8")
    with pytest.raises(BadFile):
        import_communes(with_communes, str(tmp_path / "communes.csv"))
    assert everything(with_communes) == before


def test_a_bad_line_of_communes_is_named(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "communes.csv"
    header = "code_insee,nom,code_insee_parent,departement,codes_postaux,population,latitude,longitude\n"
    path.write_text(header + "70310,Lure,,70,70200,7913,47.6,6.4\n70279,Gray,,70,7010,1,47.4,5.5\n", encoding="utf-8")
    with pytest.raises(BadFile, match=r"ligne 3 .*code postal"):
        import_communes(database, str(path))
    assert rows(database, tables.Commune) == []


def test_places_follow_their_commune_when_it_is_merged(database: Database, places_file, tmp_path: Path) -> None:
    former = {"insee_com": "93059", "code_postal": "93380", "lib_com": "Pierrefitte-sur-Seine"}
    import_directory(database, places_file(former | {"latitude": "48.96", "longitude": "2.36"}))
    (tmp_path / "communes.csv").write_text(
        "code_insee,nom,code_insee_parent,departement,codes_postaux,population,latitude,longitude\n"
        "93066,Saint-Denis,,93,93200|93380,149077,48.930,2.359\n",
        encoding="utf-8",
    )
    (tmp_path / "communes_alias.csv").write_text(
        "nom_alias,code_insee_ancien,code_insee_parent,codes_postaux\nPierrefitte-sur-Seine,93059,93066,93380\n",
        encoding="utf-8",
    )
    import_communes(database, str(tmp_path / "communes.csv"))
    assert Directory.load(database).place("1").commune_code == "93066"


def test_the_sample_starts_an_empty_assistant_and_says_so(database: Database) -> None:
    ensure_sample(database)
    directory = Directory.load(database)
    assert directory.is_sample
    assert len(directory.places()) >= 12
    assert all("exemple" in place.name and place.phone is None for place in directory.places())


def test_the_sample_is_loaded_once(database: Database) -> None:
    ensure_sample(database)
    before = everything(database)
    ensure_sample(database)
    assert everything(database) == before


def test_a_real_import_puts_the_sample_aside(database: Database, places_file, tmp_path: Path) -> None:
    ensure_sample(database)
    (tmp_path / "communes.csv").write_text(
        "code_insee,nom,code_insee_parent,departement,codes_postaux,population,latitude,longitude\n"
        "70310,Lure,,70,70200,7913,47.685,6.497\n",
        encoding="utf-8",
    )
    import_communes(database, str(tmp_path / "communes.csv"))
    import_directory(database, places_file({}))
    ensure_sample(database)
    directory = Directory.load(database)
    assert not directory.is_sample
    assert [place.id for place in directory.places()] == ["1"]
    assert directory.search("Vesoul").certain is None
    assert directory.place("exemple-lure").sample


def test_each_import_is_a_new_version_of_the_directory(with_communes: Database, places_file) -> None:
    before = Directory.load(with_communes).version
    import_directory(with_communes, places_file({}))
    assert Directory.load(with_communes).version == Directory.version_of(with_communes) > before


def test_the_command_shows_a_report(tmp_path: Path, places_file, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_STATE_DIR", str(tmp_path / "var"))
    done = CliRunner().invoke(cli.app, ["directory", places_file({"h_lundi": ""}), "--date", "2024-08-01"])
    assert done.exit_code == 0, done.output
    assert "lieux lus" in done.output
    assert "sans aucun horaire" in done.output
    assert "Données du 1er août 2024" in done.output


def test_the_command_fails_with_the_bad_line(tmp_path: Path, places_file, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ASSISTANT_STATE_DIR", str(tmp_path / "var"))
    done = CliRunner().invoke(cli.app, ["directory", places_file({"prise_rdv": "?"})])
    assert done.exit_code == 1
    assert "ligne 2" in done.output
    assert "Rien n'a été modifié" in done.output


def test_the_national_files_are_imported_with_every_known_defect(national_database: Database) -> None:
    started = time.perf_counter()
    communes = import_communes(national_database, str(NATIONAL / "communes.csv"))
    places = import_directory(national_database, str(NATIONAL / "france_services.csv"))
    assert time.perf_counter() - started < 30
    assert (communes.rows, communes.aliases, places.rows) == (35_014, 4_601, 2_845)
    assert (places.unchanged, places.updated, places.deactivated) == (2_845, 0, 0)
    assert {
        Defect.FALSE_HOURS: 67,
        Defect.OVERLAPPING_HOURS: 32,
        Defect.NO_HOURS: 48,
        Defect.FOREIGN_POSTCODE: 62,
        Defect.FORMER_COMMUNE: 3,
    }.items() <= places.defects.items()


def test_the_national_kinds_are_those_of_the_file(national: Directory) -> None:
    kinds = [place.kind for place in national.places()]
    assert {kind: kinds.count(kind) for kind in set(kinds)} == {
        "fixe": 2_558,
        "bus": 134,
        "antenne": 124,
        "itinerante": 29,
    }
    assert sum(place.takes_appointments for place in national.places()) == 992
