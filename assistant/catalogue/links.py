"""Addresses of the catalogue that no longer answer."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import suppress

import httpx

from assistant.catalogue.findings import Finding, Folders, Kind, Severity
from assistant.catalogue.loader import Catalogue
from assistant.catalogue.models import Phone

AT_ONCE = 8
TIMEOUT = 15.0
HEADERS = {"User-Agent": "assistant-france-services (verification des liens)", "Accept": "text/html,*/*"}
GONE = (httpx.codes.NOT_FOUND, httpx.codes.GONE)

Place = tuple[str, str]
"""File and key."""


def addresses(catalogue: Catalogue, phones: Iterable[tuple[str, Phone]], folders: Folders) -> dict[str, list[Place]]:
    """Every address that a person or a proof-reader may open, with the places that give it."""
    found: dict[str, list[Place]] = {}
    for url, place in _written(catalogue, phones, folders):
        found.setdefault(url, []).append(place)
    return found


def _written(
    catalogue: Catalogue, phones: Iterable[tuple[str, Phone]], folders: Folders
) -> Iterator[tuple[str, Place]]:
    for partner in catalogue.partners.values():
        if partner.site:
            yield str(partner.site), (folders.file(f"{partner.id}/partner"), "site")
    for procedure in catalogue.procedures.values():
        file = folders.file(procedure.id)
        if procedure.online:
            yield str(procedure.online.url), (file, "online.url")
        for index, reference in enumerate(procedure.references):
            yield str(reference.url), (file, f"references.{index}.url")
    for file, phone in phones:
        if phone.reference.startswith("http"):
            yield phone.reference, (file, "phone.reference")


def dead_links(
    places: dict[str, list[Place]], on_progress: Callable[[int, int], None] = lambda done, total: None
) -> list[Finding]:
    """One finding for each place whose address does not answer; only a page that is gone is an error."""
    found: list[Finding] = []
    with (
        httpx.Client(timeout=TIMEOUT, headers=HEADERS, follow_redirects=True) as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        asked = {pool.submit(_problem, client, url): url for url in places}
        for done, answer in enumerate(as_completed(asked), start=1):
            on_progress(done, len(asked))
            if problem := answer.result():
                severity, what = problem
                url = asked[answer]
                found += [Finding(Kind.LINK, severity, file, key, f"{url} {what}") for file, key in places[url]]
    return sorted(found, key=lambda finding: (finding.file, finding.key))


def _problem(client: httpx.Client, url: str) -> tuple[Severity, str] | None:
    try:
        status = _status(client, url)
    except httpx.TimeoutException:
        return Severity.WARNING, f"n'a pas répondu en {TIMEOUT:.0f} secondes"
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return Severity.WARNING, f"est injoignable ({type(error).__name__})"
    if status in GONE:
        return Severity.ERROR, f"n'existe plus (réponse {status}) : trouvez la nouvelle adresse"
    return (Severity.WARNING, f"ne s'ouvre pas (réponse {status}) : essayez à la main") if status >= 400 else None


def _status(client: httpx.Client, url: str) -> int:
    """By HEAD, which costs the site nothing; by GET where it refuses that, without reading the page."""
    with suppress(httpx.RemoteProtocolError):
        status = client.head(url).status_code
        if status < 400:
            return status
    with client.stream("GET", url) as response:
        return response.status_code
