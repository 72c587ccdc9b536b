"""Databases of the directory's tests: the sample, small files written by a test, the national data where it is."""

from collections.abc import Callable, Iterator
from datetime import time
from pathlib import Path

import pytest

from assistant.directory.directory import Directory
from assistant.directory.importer import ensure_sample, import_communes, import_directory
from assistant.directory.models import CLOSED, Place, Point, WeeklyHours, timezone_of
from assistant.settings import PROJECT
from assistant.storage.database import Database

NATIONAL = PROJECT.parent / "shared" / "data"
PLACE_COLUMNS = (
    "id_fs",
    "lib_fs",
    "adresse",
    "complement_adresse",
    "insee_com",
    "code_postal",
    "lib_com",
    "latitude",
    "longitude",
    "mail",
    "telephone",
    "h_lundi",
    "h_mardi",
    "h_mercredi",
    "h_jeudi",
    "h_vendredi",
    "h_samedi",
    "prise_rdv",
    "commentaire",
    "type_fs",
    "format_fs",
)
LURE = {
    "id_fs": "1",
    "lib_fs": "France services de Lure",
    "adresse": "1 rue Neuve",
    "insee_com": "70310",
    "code_postal": "70200",
    "lib_com": "Lure",
    "latitude": "47.685",
    "longitude": "6.497",
    "telephone": "0384967000",
    "h_lundi": "09:00 - 12:00",
    "prise_rdv": "Oui",
    "type_fs": "Principal",
    "format_fs": "Fixe",
}
COMMUNES = """code_insee,nom,code_insee_parent,departement,codes_postaux,population,latitude,longitude
70310,Lure,,70,70200,7913,47.685,6.497
70279,Gray,,70,70100,5337,47.445,5.591
97411,Saint-Denis,,974,97400|97417|97490,155634,-20.934,55.446
93066,Saint-Denis,,93,93200|93210|93380,149077,48.930,2.359
"""
ALIASES = """nom_alias,code_insee_ancien,code_insee_parent,codes_postaux
Pierrefitte-sur-Seine,93059,93066,93380
"""


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty database."""
    database = Database(f"sqlite:///{tmp_path / 'test.sqlite'}")
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def with_communes(database: Database, tmp_path: Path) -> Database:
    """A database with four communes and one former commune, imported from files."""
    (tmp_path / "communes.csv").write_text(COMMUNES, encoding="utf-8")
    (tmp_path / "communes_alias.csv").write_text(ALIASES, encoding="utf-8")
    import_communes(database, str(tmp_path / "communes.csv"))
    return database


@pytest.fixture
def places_file(tmp_path: Path) -> Callable[..., str]:
    """Writes a directory file: each place is the one of Lure, with what is given changed."""

    def write(*changes: dict[str, str], name: str = "places.csv", separator: str = ",", mark: str = "") -> str:
        lines = [separator.join(PLACE_COLUMNS)]
        for change in changes:
            place = LURE | change
            lines.append(separator.join(f'"{place.get(column, "")}"' for column in PLACE_COLUMNS))
        path = tmp_path / name
        path.write_text(mark + "\n".join(lines) + "\n", encoding="utf-8")
        return str(path)

    return write


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Directory:
    """The project's own sample."""
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('sample') / 'sample.sqlite'}")
    database.migrate()
    ensure_sample(database)
    directory = Directory.load(database)
    database.close()
    return directory


@pytest.fixture(scope="session")
def national_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The national communes and directory; the test is skipped where the files are not beside the project."""
    if not (NATIONAL / "communes.csv").is_file():
        pytest.skip("the national data is not beside the project (../shared/data)")
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('national') / 'national.sqlite'}")
    database.migrate()
    import_communes(database, str(NATIONAL / "communes.csv"))
    import_directory(database, str(NATIONAL / "france_services.csv"))
    yield database
    database.close()


@pytest.fixture(scope="session")
def national(national_database: Database) -> Directory:
    """The national directory in memory."""
    return Directory.load(national_database)


@pytest.fixture
def place() -> Callable[..., Place]:
    """Makes a place of a département with some weekly hours: {weekday: [(9, 12), (14, 17.5)]}."""

    def make(hours: dict[int, list[tuple[float, float]]] | None = None, departement: str = "70") -> Place:
        return Place(
            id="1",
            name="France services",
            address="",
            commune="Lure",
            commune_code="70310",
            departement=departement,
            point=Point(47.685, 6.497),
            phone=None,
            hours=_week(hours or {}),
            takes_appointments=True,
            comment="",
            kind="fixe",
            capacity=None,
            sample=False,
            timezone=timezone_of(departement),
        )

    return make


def _week(hours: dict[int, list[tuple[float, float]]]) -> WeeklyHours:
    if not hours:
        return CLOSED
    return tuple(tuple((_time(start), _time(end)) for start, end in hours.get(day, ())) for day in range(7))


def _time(hour: float) -> time:
    return time(int(hour), round(hour % 1 * 60))
