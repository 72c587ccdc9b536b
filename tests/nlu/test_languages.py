"""The language of a message that is not French, to answer in it; nothing rather than a wrong one."""

import pytest

from assistant.nlu.languages import SPOKEN, language_of

SAID = {
    "ar": "أريد تجديد جواز سفري ولا أعرف أين أذهب",
    "de": "Ich möchte meinen Führerschein umschreiben lassen, welche Unterlagen brauche ich?",
    "en": "I need help to renew my residence card, where should I go?",
    "es": "Necesito ayuda para pedir la tarjeta sanitaria de mi hija",
    "it": "Vorrei sapere quali documenti servono per il passaporto di mio figlio",
    "pl": "Chciałbym złożyć wniosek o zasiłek na dziecko, jakie dokumenty są potrzebne?",
    "pt": "Preciso de ajuda para declarar os meus impostos este ano",
    "ro": "Aș dori să știu ce acte îmi trebuie pentru alocația copiilor",
    "ru": "Мне нужно продлить вид на жительство, куда обратиться?",
    "tr": "Ehliyetimi değiştirmek istiyorum, hangi belgeler gerekiyor?",
    "uk": "Мені потрібно оформити допомогу на дитину, які документи потрібні?",
}
NOT_TOLD = [
    "Je voudrais renouveler ma carte d'identité, où faut-il aller ?",
    "bonjour c pour mon permi de conduire svp",
    "Mwen ta renmen fè paspò mwen, ki kote pou mwen ale ?",
    "Mi bizwen on papié pou lékòl a timoun an mwen",
    "",
    "???",
]


@pytest.mark.parametrize("language", SPOKEN)
def test_each_language_is_told(language: str) -> None:
    """By a sentence that somebody might come with."""
    assert language_of(SAID[language]) == language


@pytest.mark.parametrize("text", NOT_TOLD)
def test_french_and_what_is_not_sure_are_not_told(text: str) -> None:
    """French, Creole and signs: no sentence in a language that the person may not read."""
    assert language_of(text) is None


@pytest.mark.parametrize(
    "text", ["Ik wil graag mijn paspoort vernieuwen, waar moet ik zijn?", "我想办理护照延期,需要什么材料?"]
)
def test_a_language_without_a_sentence_is_not_told(text: str) -> None:
    """Dutch is not German."""
    assert language_of(text) is None


def test_each_language_has_its_sentence_here() -> None:
    assert set(SAID) == set(SPOKEN)


@pytest.mark.parametrize("text", ["\x00", "\ud800 what", "a" * 3000, "\x1b[0m"])
def test_odd_texts_have_no_language(text: str) -> None:
    assert language_of(text) is None
