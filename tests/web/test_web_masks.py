"""What is masked before anything is kept, and what is not."""

import time

import pytest

from assistant.masks import MASK, mask
from assistant.web.gate import plain

NIRS = (
    "1 84 05 75 123 456 78",
    "184057512345678",
    "1840575123456",
    "1.84.05.75.123.456.78",
    "1-84-05-75-123-456-78",
    "1_84_05_75_123_456/78",
    "2 62 12 2A 004 123 45",
    "262122B00412345",
    "2 62 12 2b 004 123",
    "1 84 20 75 123 456",
    "1 84 42 75 123 456 01",
    "1 84 50 75 123 456 01",
    "1 84 99 75 123 456 01",
    "1 84 05 75 12 34 56 78",
    "1 84 05 99 123 456 78",
    "1 84 05 97 423 456 78",
    "7 84 05 75 123 456 78",
    "8840575123456 78",
    "1\u00a084\u00a005\u00a075\u202f123\u202f456\u202f78",
    "1 8 4 0 5 7 5 1 2 3 4 5 6 7 8",
    "１８４０５７５１２３４５６７８",
    "1\u200b84\u200b05\u200b75\u200b123\u200b456\u200b78",
)
PHONES = (
    "06 39 98 00 01",
    "0639980001",
    "06.39.98.00.01",
    "06-39-98-00-01",
    "06/39/98/00/01",
    "0639 980 001",
    "+33 6 39 98 00 01",
    "+33639980001",
    "0033639980001",
    "00 33 6 39 98 00 01",
    "+33(0)6 39 98 00 01",
    "+33 (0) 6 39 98 00 01",
    "0692 12 34 56",
    "+262 692 12 34 56",
    "+262692123456",
    "0 800 123 456",
    "0800 123 456",
    "36 46",
    "01 99 00 12 34",
    "06 39 98 00 01 ou 03 84 96 70 00",
    "06 39 98 00 01 06 39 98 00 02",
    "0639980001 0639980002 0692123456",
    "+32 470 12 34 56",
)
OTHERS = (
    "le 26 novembre 2026 à 14 h 30, 3 personnes, 70200",
    "12 rue de la Paix 75012 Paris, 2 enfants nés en 1984",
    "permis 12AB34567",
    "1 200 euros, 1 300 euros et 1 400 euros",
    "mon code est K7M2-PR9X",
    "dossier 4111111111111112",
)


@pytest.mark.parametrize("number", NIRS)
def test_a_social_security_number_is_masked_however_it_is_written(number: str) -> None:
    assert plain(f"mon numéro est {number}, merci") == f"mon numéro est {MASK}, merci"


@pytest.mark.parametrize("number", PHONES)
@pytest.mark.parametrize(
    "sentence", ["{}", "appelez le {} merci", "{} Jean Dupré 3 enfants", "j'ai 3 enfants {} 70200 Lure"]
)
def test_a_telephone_number_is_left_alone(number: str, sentence: str) -> None:
    text = sentence.format(number)
    assert plain(text) == text


@pytest.mark.parametrize("text", OTHERS)
def test_dates_amounts_and_addresses_are_left_alone(text: str) -> None:
    assert plain(text) == text


@pytest.mark.parametrize(
    "number",
    [
        "FR76 3000 6000 0112 3456 7890 189",
        "fr7630006000011234567890189",
        "FR14 2004 1010 0505 0001 3M02 606",
        "DE89 3704 0044 0532 0130 00",
        "BE68539007547034",
        "GB29 NWBK 6016 1331 9268 19",
        "4111 1111 1111 1111",
        "5500-0000-0000-0004",
        "3782 822463 10005",
    ],
)
def test_an_iban_or_a_bank_card_is_masked_and_the_words_after_it_stay(number: str) -> None:
    assert plain(f"voici {number} merci bien") == f"voici {MASK} merci bien"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("1 84 05 75 123 456 06 39 98 00 01", f"{MASK} 06 39 98 00 01"),
        ("06 39 98 00 01 1 84 05 75 123 456 78", f"06 39 98 00 01 {MASK}"),
        ("+33 6 39 98 00 01 1 84 05 75 123 456 78", f"+33 6 39 98 00 01 {MASK}"),
        ("NIR184057512345678", f"NIR{MASK}"),
    ],
)
def test_a_secret_number_beside_a_telephone_is_told_from_it(text: str, kept: str) -> None:
    assert mask(text) == kept


@pytest.mark.parametrize("piece", ["1 ", "0", "+1", "FR76 ", "1.-. ", "2A", "4 1 1 1 ", "06 "])
def test_masking_the_longest_message_takes_less_than_fifty_milliseconds(piece: str) -> None:
    text = (piece * 1000)[:1000]
    started = time.perf_counter()
    plain(text)
    assert time.perf_counter() - started < 0.05
