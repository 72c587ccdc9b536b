"""The nearest places among the whole directory, against a plain Python loop, as a ratio in one run.

    python bench/nearest.py [communes.csv france_services.csv]

Without arguments, the files of ../shared/data.
"""

import math
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from assistant.directory.directory import Directory
from assistant.directory.importer import import_communes, import_directory
from assistant.directory.models import Commune, Place
from assistant.settings import PROJECT
from assistant.storage.database import Database

ROUNDS = 5
ORIGINS = 100


def naive(places: tuple[Place, ...], commune: Commune, limit: int = 5) -> list[str]:
    """The textbook haversine, one place at a time."""

    def rank(place: Place) -> tuple[bool, float]:
        one, other = commune.point, place.point
        a, b, c, d = map(math.radians, (one.latitude, one.longitude, other.latitude, other.longitude))
        chord = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
        return place.commune_code != commune.code, 2 * 6371.0088 * math.asin(math.sqrt(chord))

    return [place.id for place in sorted(places, key=rank)[:limit]]


def milliseconds(search: Callable[[Commune], object], communes: list[Commune]) -> float:
    """Median over the rounds of the mean time of one search."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        for commune in communes:
            search(commune)
        times.append((time.perf_counter() - started) * 1000 / len(communes))
    return statistics.median(times)


def load(communes: str, places: str) -> Directory:
    """The directory of two files."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.sqlite'}")
        database.migrate()
        import_communes(database, communes)
        import_directory(database, places)
        directory = Directory.load(database)
        database.close()
        return directory


def main(arguments: list[str]) -> None:
    """Time both, check that they agree, print the ratio."""
    data = PROJECT.parent / "shared" / "data"
    communes, places = arguments or [str(data / "communes.csv"), str(data / "france_services.csv")]
    directory = load(communes, places)
    codes = sorted({place.commune_code for place in directory.places()})
    every = max(1, len(codes) // ORIGINS)
    origins = [commune for code in codes[::every] if not (commune := directory.commune(code)).parent_code]
    for origin in origins:
        assert [near.place.id for near in directory.nearest(origin)] == naive(directory.places(), origin), origin.label
    ours = milliseconds(directory.nearest, origins)
    loop = milliseconds(lambda origin: naive(directory.places(), origin), origins)
    print(f"places {len(directory.places())}  origins {len(origins)}")
    print(f"nearest {ours:.3f} ms  plain loop {loop:.3f} ms  ratio {loop / ours:.1f}")


if __name__ == "__main__":
    main(sys.argv[1:])
