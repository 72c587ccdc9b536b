"""The help pages for who reads little French, in five languages and in French."""

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from typing import Any

import pytest
from fastapi.testclient import TestClient

from assistant.directory.directory import Directory
from assistant.web.help import languages
from tests.web.test_web_catalogue_pages import faults

LANGUAGES = ("fr", "ar", "en", "pt", "tr", "uk")
NUMBERS = ("112", "15", "17", "18", "114")
PHONE = "03 84 00 00 00"
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>{{7*7}}"


def shape(texts: Any) -> Any:
    """Keys and number of sentences, without the words."""
    if isinstance(texts, dict):
        return {key: shape(value) for key, value in texts.items()}
    return len(texts) if isinstance(texts, list) else type(texts)


def sentences(texts: Any) -> Iterator[str]:
    if isinstance(texts, str):
        yield texts
    else:
        for each in texts.values() if isinstance(texts, dict) else texts:
            yield from sentences(each)


@pytest.fixture
def telephone(monkeypatch: pytest.MonkeyPatch) -> str:
    """One the place of Lure has: those of the sample have none."""
    nearest = Directory.nearest

    def with_telephone(self: Directory, *args: Any, **kwargs: Any) -> list[Any]:
        found = nearest(self, *args, **kwargs)
        return [replace(n, place=replace(n.place, phone=PHONE)) if "lure" in n.place.id else n for n in found]

    monkeypatch.setattr(Directory, "nearest", with_telephone)
    return PHONE


def test_every_language_has_the_keys_of_the_french() -> None:
    assert tuple(languages()) == LANGUAGES
    assert {language: shape(texts) for language, texts in languages().items()} == {
        language: shape(languages()["fr"]) for language in LANGUAGES
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_empty_and_what_must_stand_in_it_does(language: str) -> None:
    texts = languages()[language]
    assert all(sentence.strip() for sentence in sentences(texts))
    assert all(re.search(rf"\b{number}\b", texts["emergency"]) for number in NUMBERS)
    assert texts["counter_words"]["french"] == languages()["fr"]["counter_words"]["french"]
    assert "{km}" in texts["distance"]


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_no_text_was_left_in_french(language: str) -> None:
    """But for the sentence to show at the counter."""
    ours = {s for s in sentences(languages()[language]) if s not in ("ltr", "rtl")}
    french = set(sentences(languages()["fr"]))
    assert ours & french == {languages()["fr"]["counter_words"]["french"]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_is_in_its_language_and_direction(shared_client: TestClient, language: str) -> None:
    answer = shared_client.get(f"/aide/{language}")
    direction = "rtl" if language == "ar" else "ltr"
    assert answer.status_code == 200
    assert f'<div lang="{language}" dir="{direction}">' in answer.text
    assert languages()[language]["title"] in unescape(answer.text)
    assert faults(answer.text) == []


def test_the_index_names_each_language_in_itself(shared_client: TestClient) -> None:
    answer = shared_client.get("/aide")
    main = answer.text.split("<main")[1].split("</main>")[0]
    assert tuple(re.findall(r'href="/aide/(\w+)"', main)) == LANGUAGES
    for language, texts in languages().items():
        assert re.search(rf'<li lang="{language}" dir="{texts["dir"]}"><a[^>]*>{texts["name"]}</a>', main)
    assert faults(answer.text) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_nearest_places_are_found_with_their_telephone(client: TestClient, telephone: str, language: str) -> None:
    answer, texts = client.get(f"/aide/{language}", params={"lieu": "Lure"}), languages()[language]
    text = unescape(answer.text)
    cards = text.split('<li class="card">')[1:]
    assert answer.status_code == 200
    assert len(cards) == 3 and "France services de Lure (exemple)" in cards[0]
    assert f'href="tel:{telephone.replace(" ", "")}">{telephone}</a>' in cards[0]
    assert texts["no_phone"] in text and texts["sample"] in text and texts["distance_short"] in text
    assert faults(answer.text) == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", ["qqxxzz", "91,0"])
def test_what_is_not_found_is_said_in_that_language(shared_client: TestClient, language: str, words: str) -> None:
    answer = shared_client.get(f"/aide/{language}", params={"lieu": words})
    assert answer.status_code in (404, 422)
    assert f'role="alert" id="erreur">{languages()[language]["unknown"]}<' in unescape(answer.text)
    assert "Nous ne trouvons pas" not in answer.text or language == "fr"
    assert faults(answer.text) == []


def test_arabic_digits_are_a_postcode_too(shared_client: TestClient) -> None:
    assert "Lure (70)" in shared_client.get("/aide/ar", params={"lieu": "٧٠٢٠٠"}).text


def test_homonyms_are_offered_and_each_link_leads_to_its_commune(shared_client: TestClient) -> None:
    first = unescape(shared_client.get("/aide/en", params={"lieu": "Saint-Martin"}).text)
    assert languages()["en"]["others"] in first
    links = re.findall(r'href="(/aide/en\?lieu=[^"]+)"', first)
    assert links
    for link in links:
        chosen = shared_client.get(link).text
        assert languages()["en"]["others"] not in chosen and "Saint-Martin (" in chosen


def test_places_that_are_real_are_not_called_examples(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Directory, "is_sample", False)
    assert languages()["tr"]["sample"] not in client.get("/aide/tr", params={"lieu": "Lure"}).text


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("words", [HOSTILE, "a" * 5000, "\x00\x1b[31m", "\u202eLure", "1,2,3", "%", "../../etc/passwd"])
def test_hostile_words_are_only_words(shared_client: TestClient, language: str, words: str) -> None:
    answer = shared_client.get(f"/aide/{language}", params={"lieu": words})
    assert answer.status_code < 500
    assert faults(answer.text) == []
    assert "alert(1)</script>" not in answer.text and "<img" not in answer.text and ">49<" not in answer.text


def test_a_social_security_number_is_not_written_back(shared_client: TestClient) -> None:
    answer = shared_client.get("/aide/en", params={"lieu": "1 85 05 78 006 084 91"})
    assert "006 084" not in answer.text


@pytest.mark.parametrize("language", ["de", "FR", "<script>alert(1)", "__class__", "fr%00"])
def test_an_unknown_language_is_a_page_that_is_not_found(shared_client: TestClient, language: str) -> None:
    answer = shared_client.get(f"/aide/{language}", headers={"accept": "text/html"})
    assert answer.status_code == 404
    assert "Page introuvable" in answer.text
    assert "alert(1)" not in answer.text
