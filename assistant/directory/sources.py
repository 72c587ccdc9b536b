"""Reading a file from a path or an http(s) address, and saying in French what is wrong with it."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx

from assistant.directory.text import plain
from assistant.errors import AssistantError, NotFound, Unavailable

TIMEOUT_SECONDS = 30
MAX_BYTES = 100_000_000
"""Forty times the files of 2026: more than that is not one of them."""
_DATE = re.compile(r"(?<!\d)(20\d\d)[-_.]?(\d\d)[-_.]?(\d\d)(?!\d)")


class BadFile(AssistantError):
    """A file that cannot be imported; the message names its first bad line. Nothing was changed."""

    def __init__(self, source: str, line: int | None, why: str, unit: str = "ligne"):
        where = f", {unit} {line}" if line else ""
        super().__init__(f"{source}{where} : {why} Rien n'a été modifié. Corrigez le fichier puis recommencez.", 422)
        self.line = line


@dataclass(frozen=True)
class Source:
    """A text with where it came from; `name` is where a date may stand."""

    origin: str
    name: str
    text: str

    @property
    def data_date(self) -> date | None:
        """The date its name says, such as `annuaire-2024-08-01.csv` or `/20240801-093000/`; never in the future."""
        for year, month, day in _DATE.findall(self.name):
            try:
                found = date(int(year), int(month), int(day))
            except ValueError:
                continue
            if found <= date.today():
                return found
        return None


@dataclass(frozen=True)
class Row:
    """A record of a CSV file: the line it starts at, and its cells by folded column name ("id fs")."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells.get(column, "").strip()


def read_source(origin: str) -> Source:
    """The text behind a path or an http(s) address, without its byte order mark."""
    if origin.startswith(("http://", "https://")):
        name, content = _download(origin)
    else:
        name, content = Path(origin).name, _read_file(Path(origin))
    return Source(origin, name, _decode(origin, content))


def read_rows(source: Source, required: set[str]) -> list[Row]:
    """The records of a CSV text separated by `,` or `;`, its columns in any order. BadFile names the first bad line."""
    rows = list(_records(source))
    if not rows:
        raise BadFile(source.origin, 1, "le fichier est vide.")
    (_, header), *records = rows
    columns = [plain(name) for name in header]
    missing = sorted(name.replace(" ", "_") for name in required - set(columns))
    if missing:
        raise BadFile(source.origin, 1, f"il manque les colonnes {', '.join(missing)}.")
    if not records:
        raise BadFile(source.origin, 2, "le fichier n'a que ses titres de colonnes.")
    return [_row(source, columns, line, cells) for line, cells in records]


def _row(source: Source, columns: list[str], line: int, cells: list[str]) -> Row:
    if len(cells) != len(columns):
        raise BadFile(source.origin, line, f"{len(cells)} colonnes au lieu de {len(columns)}.")
    return Row(line, dict(zip(columns, cells, strict=True)))


def _records(source: Source) -> Iterator[tuple[int, list[str]]]:
    header = source.text.split("\n", 1)[0]
    delimiter = ";" if header.count(";") > header.count(",") else ","
    reader = csv.reader(io.StringIO(source.text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        why = "la ligne ne se lit pas : un guillemet n'est pas fermé, ou le fichier est coupé."
        raise BadFile(source.origin, line, why) from error


def _read_file(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound(f"Le fichier {path} n'existe pas. Vérifiez son chemin.") from error
    except OSError as error:
        raise AssistantError(f"Le fichier {path} ne se lit pas : {error.strerror}.") from error


def _download(url: str) -> tuple[str, bytes]:
    try:
        with httpx.stream("GET", url, follow_redirects=True, timeout=TIMEOUT_SECONDS) as response:
            response.raise_for_status()
            content = bytearray()
            for chunk in response.iter_bytes():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise AssistantError(f"{url} dépasse {MAX_BYTES // 1_000_000} Mo : ce n'est pas le bon fichier.")
            return unquote(urlsplit(str(response.url)).path), bytes(content)
    except httpx.HTTPStatusError as error:
        raise Unavailable(
            f"{url} répond par l'erreur {error.response.status_code}. Vérifiez l'adresse ou réessayez plus tard."
        ) from error
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise Unavailable(
            f"{url} ne répond pas. Vérifiez l'adresse et la connexion, ou importez un fichier déjà téléchargé."
        ) from error


def _decode(origin: str, content: bytes) -> str:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadFile(origin, line, "le texte n'est pas en UTF-8.") from error
    if text.lstrip()[:1] == "<":
        raise BadFile(origin, 1, "c'est une page web, pas un fichier de données.")
    return text
