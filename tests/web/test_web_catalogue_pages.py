"""The catalogue to browse: pages without JavaScript, the visit's list, and their API."""

import re
import threading
import time
from collections import Counter
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
import uvicorn
from fastapi.testclient import TestClient
from playwright.sync_api import Browser, Page, expect

from assistant.catalogue.loader import Catalogue, load
from assistant.catalogue.planner import plan
from assistant.settings import PROJECT, Settings
from assistant.web.app import create_app

PROCEDURES = sorted(
    f"{path.parent.name}/{path.stem}"
    for path in (PROJECT / "procedures").glob("*/*.yml")
    if path.stem != "partner" and path.parent.name != "events"
)
RSA, CARD = "/demarches/caf/rsa", "/demarches/interieur/carte_identite"
VOID = {"meta", "link", "input", "br", "img", "hr"}


class Read(HTMLParser):
    """What a screen reader goes by: headings, labels, groups, links, and what must not be there."""

    def __init__(self, html: str):
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.tags: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs), tuple(name for name, _ in self.open)))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))
            self.texts.append((tag, ""))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1][0] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(("text", " ".join(data.split())))

    def of(self, *names: str) -> list[dict[str, str | None]]:
        return [attributes for tag, attributes, _ in self.tags if tag in names]


def faults(html: str) -> list[str]:
    """What is wrong with a page for who cannot see it, or for the content security policy."""
    page, found = Read(html), []
    ids = Counter(attributes["id"] for _, attributes, _ in page.tags if attributes.get("id"))
    levels = [int(tag[1]) for tag, _, _ in page.tags if re.fullmatch("h[1-6]", tag)]
    found += ["left open"] * bool(page.open)
    found += ["no French"] * (page.of("html")[0].get("lang") != "fr")
    found += [f"{levels.count(1)} h1"] * (levels.count(1) != 1)
    found += [f"h{a} then h{b}" for a, b in pairwise(levels) if b > a + 1]
    found += [f"id {name} twice" for name, count in ids.items() if count > 1]
    labelled = {attributes.get("for") for attributes in page.of("label")}
    for tag, attributes, around in page.tags:
        if tag in ("input", "select", "textarea") and attributes.get("type") != "hidden":
            found += [f"{attributes} has no label"] * (attributes.get("id") not in labelled and "label" not in around)
        if attributes.get("type") == "radio":
            found += [f"{attributes} in no group"] * ("fieldset" not in around)
        if (pointed := attributes.get("aria-labelledby")) and pointed not in ids:
            found.append(f"nothing has the id {pointed}")
        if (href := attributes.get("href") or "").startswith("#") and href[1:] not in ids:
            found.append(f"{href} leads nowhere")
        if href.startswith("http") and tag == "a":
            found += [f"{href} without rel"] * (attributes.get("rel") != "noopener noreferrer")
        if href.startswith(("javascript", "data:")):
            found.append(href)
        found += [f"{name} on {tag}" for name in attributes if name == "style" or name.startswith("on")]
        found += [f"inline {tag}"] * (tag == "style" or (tag == "script" and not attributes.get("src")))
    found += ["a group without legend"] * (len(page.of("fieldset")) != len(page.of("legend")))
    for empty in re.findall(r"<(h\d|legend|a|button|label|title|option)\b[^>]*>\s*</\1>", html):
        found.append(f"an empty {empty}")
    return found


def questions_of(html: str) -> list[str]:
    return list(dict.fromkeys(str(a["name"]) for a in Read(html).of("input") if a.get("type") == "radio"))


def chosen(html: str) -> set[tuple[str | None, str | None]]:
    return {(a["name"], a["value"]) for a in Read(html).of("input") if a.get("type") == "radio" and "checked" in a}


def section(html: str, name: str) -> str:
    """The text between the element of that id and the end of its section."""
    return html.split(f'id="{name}"', 1)[1].split("</section>", 1)[0]


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load(Settings().procedures_dir)


@pytest.mark.parametrize("name", PROCEDURES)
def test_every_procedure_has_a_page_that_says_what_to_bring(
    whole_client: TestClient, catalogue: Catalogue, name: str
) -> None:
    """In its first situation, and with the first answer to every question: a sound page with the documents of the plan."""
    procedure, answers = catalogue.procedures[name], {}
    while True:
        found = plan(procedure, answers)
        html = whole_client.get(f"/demarches/{name}", params=answers).text
        assert faults(html) == []
        assert set(questions_of(html)) == {*found.situation, *(q.id for q in found.open_questions)}
        assert chosen(html) == set(found.situation.items())
        assert html.count('<input type="checkbox"') == len(found.certain) + len(found.uncertain)
        assert f"environ {procedure.minutes} minutes" in html
        assert html.count('rel="noopener noreferrer"') == len(procedure.references) + bool(procedure.online)
        if found.question is None:
            break
        answers[found.question.id] = found.question.choices[0].id


def test_every_page_that_a_page_leads_to_is_there_and_sound(whole_client: TestClient) -> None:
    """From the home page and the list of all procedures, no link of ours is broken."""
    waiting, seen = ["/", "/demarches"], set()
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        answer = whole_client.get(path)
        assert answer.status_code == 200, path
        assert faults(answer.text) == [], path
        links = [str(attributes.get("href", "")) for attributes in Read(answer.text).of("a")]
        waiting += [link.split("#")[0] for link in links if link.startswith("/") and link.split("#")[0] not in seen]
    assert {f"/demarches/{name}" for name in PROCEDURES} <= seen
    assert sum(path.startswith("/demarches/evenements/") for path in seen) >= 12


def test_the_list_groups_every_procedure_by_partner_and_shows_the_life_events(
    whole_client: TestClient, catalogue: Catalogue
) -> None:
    html = whole_client.get("/demarches").text
    for partner in catalogue.partners.values():
        block = section(html, partner.id)
        assert all(f'href="/demarches/{p.id}"' in block for p in catalogue.of_partner(partner.id))
    assert all(f'href="/demarches/evenements/{name}"' in html for name in catalogue.events)


@pytest.mark.parametrize(
    ("words", "href"),
    [
        ("pasport", "/demarches/interieur/passeport"),
        ("mon mari est décédé", "/demarches/evenements/deces_conjoint"),
        ("Pole emploi", "/demarches/france_travail"),
    ],
)
def test_words_find_procedures_events_and_partners(whole_client: TestClient, words: str, href: str) -> None:
    html = whole_client.get("/demarches", params={"q": words}).text
    assert faults(html) == []
    assert f'href="{href}"' in section(html, "resultats")


def test_words_that_find_nothing_lead_to_the_assistant(whole_client: TestClient) -> None:
    html = whole_client.get("/demarches", params={"q": "zzzz <b>"}).text
    assert "Rien trouvé pour « zzzz &lt;b&gt; »" in html and faults(html) == []
    assert '<a href="/">demandez à l' in html.replace("&#39;", "'")


def test_only_questions_that_apply_are_asked(whole_client: TestClient) -> None:
    assert questions_of(whole_client.get(RSA).text) == ["objet"]
    asked = questions_of(whole_client.get(f"{RSA}?objet=demande").text)
    assert asked == ["objet", "age", "famille", "nationalite", "adresse"]


def test_a_changed_answer_drops_those_that_hung_on_it(whole_client: TestClient) -> None:
    """The form sends all it shows: of these answers only the first still applies."""
    html = whole_client.get(f"{RSA}?objet=trimestre&age=plus_25&nationalite=autre").text
    assert chosen(html) == {("objet", "trimestre")}
    assert "titre de séjour" not in section(html, "liste")


def test_who_does_not_know_sees_what_may_apply_apart(whole_client: TestClient) -> None:
    html = whole_client.get(f"{CARD}?motif=ne_sait_pas").text
    sure, perhaps = section(html, "liste").split("Peut-être aussi")
    assert "La déclaration de vol" in perhaps and "La déclaration de vol" not in sure
    assert ("motif", "ne_sait_pas") in chosen(html)


def test_a_printed_list_says_for_which_answers_it_holds(whole_client: TestClient) -> None:
    html = whole_client.get(f"{CARD}?motif=vol").text
    assert "Pourquoi demandez-vous une carte d&#39;identité ? <strong>Volée</strong>" in section(html, "liste")


def test_a_page_says_whether_its_list_is_official_and_when_its_sources_were_read(whole_client: TestClient) -> None:
    rsa, card = whole_client.get(RSA).text, whole_client.get(CARD).text
    assert "n'est pas officielle" in rsa and "Une source officielle donne cette liste en entier" in card
    assert "texte du 1er juillet 2025" in section(rsa, "sources")
    assert "vérifiés le 22 novembre 2026" in section(rsa, "sources")


def test_a_telephone_has_the_date_it_was_seen(whole_client: TestClient, catalogue: Catalogue) -> None:
    partner = catalogue.partners["interieur"]
    assert partner.phone
    html = whole_client.get(CARD).text
    assert 'href="tel:3400"' in html and f"Numéro vu le {partner.phone.date.day} " in html


def test_a_cost_that_depends_on_the_situation_is_said_to(whole_client: TestClient) -> None:
    open_yet, stolen = whole_client.get(CARD).text, whole_client.get(f"{CARD}?motif=vol").text
    assert "Le timbre fiscal coûte 25 €" in open_yet and "Selon votre situation :" in open_yet
    assert "Le timbre fiscal coûte 25 €" in stolen and "Selon votre situation :" not in stolen


def test_what_is_not_needed_is_said_where_it_holds(whole_client: TestClient) -> None:
    path, useless = "/demarches/interieur/permis_perte_vol", "la déclaration se fait en ligne"
    lost, stolen = (whole_client.get(f"{path}?lieu=france&circonstance={how}").text for how in ("perdu", "vole"))
    assert "Ce n'est pas nécessaire" in lost and useless in lost
    assert useless not in stolen


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/demarches/caf/rsaa", "/demarches/caf/rsa"),
        ("/demarches/interieur/carte_didentite", CARD),
        ("/demarches/impot", "/demarches/impots"),
        ("/demarches/evenements/naisance", "/demarches/evenements/naissance"),
        ("/visite?demarche=caf/rsaa", "/demarches/caf/rsa"),
    ],
)
def test_what_does_not_exist_is_a_french_page_with_the_nearest(
    whole_client: TestClient, path: str, nearest: str
) -> None:
    answer = whole_client.get(path)
    assert answer.status_code == 404 and faults(answer.text) == []
    assert "Vouliez-vous dire" in answer.text and f'href="{nearest}"' in answer.text


def test_the_address_of_all_events_leads_to_the_list(whole_client: TestClient) -> None:
    answer = whole_client.get("/demarches/evenements", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (308, "/demarches#evenements")


NASTY = (
    "\x00",
    "%",
    "../../etc/passwd",
    "<script>alert(1)</script>",
    "é" * 3000,
    "'; DROP TABLE",
    "\ud800",
    "-",
    " ",
    "{{7*7}}",
    "a.b",
)


@pytest.mark.parametrize("nasty", NASTY, ids=range(len(NASTY)))
@pytest.mark.parametrize(
    "path",
    [
        "/demarches/{}",
        "/demarches/caf/{}",
        "/demarches/{}/rsa",
        "/demarches/evenements/{}",
        "/demarches?q={}",
        "/demarches/caf/rsa?objet={}",
        "/demarches/caf/rsa?{}=x",
        "/visite?demarche={}",
        "/visite?demarche=caf/rsa&caf/rsa.objet={}",
        "/visite?demarche=caf/rsa&{}=x",
        "/?demarche={}",
    ],
)
def test_a_hostile_address_is_a_page_that_repeats_nothing_as_html(
    whole_client: TestClient, path: str, nasty: str
) -> None:
    answer = whole_client.get(path.format(quote(nasty, safe="", errors="surrogatepass")))
    assert answer.status_code in (200, 404)
    assert "<script>alert" not in answer.text and "49" not in re.findall(r"« (.*?) »", answer.text)
    if answer.headers["content-type"].startswith("text/html"):
        assert faults(answer.text) == []


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?procedure=",
        "?procedure=caf/rsaa",
        "?procedure=caf/rsa&caf/rsa.objet=x",
        "?procedure=caf/rsa&caf/rsa.x=demande",
        "?procedure=caf/rsa&objet=demande",
        "?procedure=caf/rsa&caf/aah.pour_qui=moi",
        "?procedure=caf/rsa&%00=%00",
        "?procedure=%00",
        "?" + "&".join(f"procedure={name}" for name in PROCEDURES[:6]),
    ],
)
def test_a_wrong_visit_is_a_problem_in_french(whole_client: TestClient, query: str) -> None:
    answer = whole_client.get(f"/api/visit{query}")
    assert answer.status_code in (404, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    assert re.search(r"n'existe pas|n'est pas une|Ajoutez « procedure »|au plus", answer.json()["detail"])


def test_the_api_merges_the_documents_of_a_visit(whole_client: TestClient, catalogue: Catalogue) -> None:
    names = ["caf/rsa", "caf/aide_logement"]
    found = whole_client.get("/api/visit", params={"procedure": names, "caf/rsa.objet": "demande"}).json()
    assert [each["id"] for each in found["procedures"]] == names
    assert found["procedures"][0]["situation"] == {"objet": "demande"}
    assert found["minutes"] == sum(catalogue.procedures[name].minutes for name in names)
    (rib,) = (document for document in found["documents"] if document["id"] == "rib")
    assert [each["id"] for each in rib["procedures"]] == names
    assert {"label", "note", "required", "certain"} <= set(rib)


def test_the_api_lists_life_events_with_titles(whole_client: TestClient) -> None:
    found = {event["id"]: event for event in whole_client.get("/api/events").json()["events"]}
    first = found["naissance"]["procedures"][0]
    assert first["id"] == "local/etat_civil" and first["title"] and first["why"]


def test_a_visit_is_one_list_that_says_who_asks_for_what(whole_client: TestClient, catalogue: Catalogue) -> None:
    names = ("caf/rsa", "caf/aide_logement")
    html = whole_client.get("/visite?demarche=caf/rsa&demarche=caf/aide_logement&caf/rsa.objet=demande").text
    assert faults(html) == []
    titles = [catalogue.procedures[name].title for name in names]
    assert f"Pour : {' ; '.join(titles)}" in section(html, "liste")
    assert f"{sum(catalogue.procedures[name].minutes for name in names)} minutes" in html
    assert ("caf/rsa.objet", "demande") in chosen(html)


def test_leaving_a_procedure_out_keeps_the_answers_of_the_others(whole_client: TestClient) -> None:
    html = whole_client.get("/visite?demarche=caf/rsa&demarche=caf/aah&caf/rsa.objet=demande").text
    assert 'href="/visite?demarche=caf/rsa&amp;caf/rsa.objet=demande"' in html
    assert 'href="/visite?demarche=caf/aah"' in html


def test_a_visit_has_five_procedures_at_most(whole_client: TestClient) -> None:
    query = "&".join(f"demarche={name}" for name in PROCEDURES[:6])
    answer = whole_client.get(f"/visite?{query}")
    assert answer.status_code == 422 and "au plus" in answer.text and faults(answer.text) == []
    assert "<select" not in answer.text and answer.text.count('name="demarche"') == 5


def test_an_empty_visit_asks_for_a_procedure(whole_client: TestClient) -> None:
    html = whole_client.get("/visite?demarche=").text
    assert faults(html) == [] and html.count("<option") == len(PROCEDURES) + 1


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, whole_client: TestClient) -> Iterator[str]:
    """A real server over the project's catalogue; the stand-in for the engine is the other application's."""
    settings = Settings(state_dir=tmp_path_factory.mktemp("served"), database_url="", redis_url="")
    app = create_app(settings, engine=whole_client.app.state.engine)  # type: ignore[attr-defined]
    server = uvicorn.Server(uvicorn.Config(app, port=0, ws="none", log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join(timeout=10)


def page_of(browser: Browser, address: str, **options: Any) -> Page:
    """A telephone's page on the server."""
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, locale="fr-FR", base_url=address, reduced_motion="reduce", **options
    )
    page = context.new_page()
    page.set_default_timeout(15_000)
    return page


def test_without_javascript_answers_are_given_changed_and_taken_back(browser: Browser, address: str) -> None:
    page = page_of(browser, address, java_script_enabled=False)
    page.goto("/demarches")
    page.get_by_label("Chercher une démarche").fill("carte d'identité")
    page.get_by_role("button", name="Chercher").click()
    page.get_by_role("link", name="Carte d'identité", exact=True).click()
    page.get_by_role("group", name="Pourquoi demandez-vous").get_by_label("Volée").check()
    page.get_by_role("button", name="Voir ma liste").click()
    assert "motif=vol" in page.url and page.url.endswith("#liste")
    expect(page.get_by_label("La déclaration de vol")).to_be_visible()
    page.get_by_role("group", name="Pourquoi demandez-vous").get_by_label("Perdue").check()
    page.get_by_role("button", name="Voir ma liste").click()
    expect(page.get_by_label("La déclaration de perte")).to_be_visible()
    expect(page.get_by_label("La déclaration de vol")).to_have_count(0)
    expect(page.get_by_role("button", name="Imprimer la liste")).to_have_count(0)
    page.get_by_role("link", name="Effacer mes réponses").click()
    assert page.url == f"{address}{CARD}"
    page.context.close()


def test_without_javascript_an_event_becomes_one_list(browser: Browser, address: str) -> None:
    page = page_of(browser, address, java_script_enabled=False)
    page.goto("/demarches/evenements/naissance")
    page.get_by_label("Naissance d'un enfant (Caf)").check()
    page.get_by_label("Mettre un enfant sur sa Sécu").check()
    page.get_by_role("button", name="Faire une seule liste").click()
    expect(page.get_by_text("pour les 2 démarches")).to_be_visible()
    page.get_by_label("Ajouter une démarche").select_option(label="Carte Vitale")
    page.get_by_role("button", name="Mettre la liste à jour").click()
    expect(page.get_by_text("pour les 3 démarches")).to_be_visible()
    page.context.close()


def test_the_printed_page_holds_the_list_and_its_sources_only(browser: Browser, address: str) -> None:
    page = page_of(browser, address)
    page.goto(f"{CARD}?motif=vol")
    expect(page.get_by_role("button", name="Imprimer la liste")).to_be_visible()
    page.emulate_media(media="print")
    for shown in ("À apporter", "La déclaration de vol", "D'où viennent ces informations", "Volée"):
        expect(page.get_by_text(shown, exact=True).last).to_be_visible()
    for hidden in (page.get_by_role("group"), page.locator(".banner"), page.locator(".path"), page.locator(".tools")):
        expect(hidden.first).to_be_hidden()
    page.context.close()


def test_an_appointment_begins_with_the_procedure_and_a_reload_does_not_ask_again(
    browser: Browser, address: str
) -> None:
    page = page_of(browser, address)
    page.goto("/demarches/caf/naissance")
    page.get_by_role("link", name="Prendre rendez-vous").click()
    page.get_by_role("button", name="Continuer : Naissance d'un enfant").click()
    expect(page.locator(".turn.person")).to_have_text(re.compile("Naissance d'un enfant"))
    page.reload()
    expect(page.locator(".turn.person")).to_have_count(1)
    page.context.close()
