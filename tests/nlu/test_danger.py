"""Words of danger: the net is wide, as the model decides with it; but papers and places are not caught."""

import pytest

from assistant.nlu.danger import names_danger, names_homelessness
from assistant.text import normalise

DANGER = [
    "Mon compagnon m'a giflée devant les petits",
    "il ma poussé dans léscalier",
    "ELLE LUI TAPE DESSUS TOUS LES JOURS",
    "j'ai des bleus plein les jambes",
    "il mé menace avec un couteau",
    "je pense à en finir",
    "j'ai plus envie de vivre depuis qu'elle est partie",
    "jé avalé tout les cachets",
    "on dort à quatre dans la voiture",
    "je ne sais pas où passer la nuit",
    "on m'a mis à la porte avec mon sac",
    "la gamine du troisième est toute seule et elle pleure",
    "le petit est attaché au lit par son beau-père",
    "ça sent le gaz chez la voisine",
    "mon collègue ne respire plus",
    "un homme vient de s'effondrer, il a fait un malaise",
]
NO_DANGER = [
    "Je voudrais refaire mon passeport",
    "quels papiers pour la carte grise d'une remorque",
    "ma feuille de paie de février",
    "le sanglier a abîmé mon champ, quelle assurance",
    "inscription sur les listes électorales",
    "attestation de droits de la caisse",
    "rdv jeudi à Gray pour les impôts",
    "je n'arrive pas à me connecter à mon espace",
    "changer de médecin traitant",
    "pension de réversion, dossier reçu hier",
]


@pytest.mark.parametrize("text", DANGER)
def test_a_danger_is_named(text: str) -> None:
    """Misspelt, in capitals, or between the lines."""
    assert names_danger(normalise(text))


@pytest.mark.parametrize("text", NO_DANGER)
def test_papers_are_no_danger(text: str) -> None:
    """A leaf of paper is no fire, a wild boar no blood."""
    assert not names_danger(normalise(text))


def test_what_surrounds_a_danger_names_none() -> None:
    """The control: the same sentences without the words that say it."""
    assert not names_danger(normalise("mon compagnon devant les petits, dans l'escalier, tous les jours, le dossier"))


def test_a_figure_of_speech_is_a_word_of_danger_too() -> None:
    """The words alone cry wolf: it is the model that tells them apart."""
    assert names_danger(normalise("ma sœur va me tuer si je perds ce papier"))


@pytest.mark.parametrize(
    ("text", "homeless", "danger"),
    [
        ("Je suis sans domicile fixe, à qui faire envoyer mon courrier", True, False),
        ("pas d'adresse à moi depuis mars", True, False),
        ("sdf, je cherche où dormir cette nuit", True, True),
        ("mon adresse a changé, le domicile de mon fils aussi", False, False),
    ],
)
def test_to_be_without_a_home_is_a_state(text: str, homeless: bool, danger: bool) -> None:
    """And a danger where something says tonight."""
    assert names_homelessness(normalise(text)) is homeless
    assert names_danger(normalise(text)) is danger
