"""Names, places and numbers are hidden from a message; what it asks for is still there."""

import re
from pathlib import Path
from random import Random

import pytest

from assistant.app import Services
from assistant.privacy.pseudonyms import TAGS, Pseudonyms
from assistant.quality.training import read
from assistant.settings import Settings

NAMED = """
je m'appelle *anna *roy et je veux mon attestation
Bonjour, je suis *Fatima *Benali, ma carte grise est perdue
mme *dupont veut savoir pour sa retraite
M. *Nguyen n'a pas reçu sa carte vitale
c'est pour *Kévin *Lemarchand, il a perdu son permis
mon fils *enzo a 18 ans, il veut passer le permis
ma femme *yasmina touche la prime d'activité
JE M'APPELLE *BERNARD *KOWALSKI ET JE VEUX MA PENSION
rdv au nom de *benhamou pour la carte d'identité
le dossier de *Thérèse *Lagrange est bloqué à la Caf
slt c *mehdi, g perdu ma cni
monsieur *Le *Goff demande le RSA
mademoiselle *Okonkwo a déménagé
ma mère *jeannine ne peut plus se déplacer
Nom : *Traoré, prénom : *Aminata, pour un passeport
mon voisin *ahmed a besoin d'un logement
au nom de *martinez, pour les impôts
Ma fille *Léa part à l'étranger, il lui faut un passeport
*Jean-Baptiste *Delacroix, né en 1950, retraite agricole
bjr je mappelle *sofiane je cherche un travail
docteur *Haddad a signé l'arrêt de travail
elle s'appelle *Wafa *Trabelsi et elle veut renouveler son titre de séjour
mon mari *giuseppe est décédé en juin
appelante *Mme *Rousseau : carte grise véhicule du conjoint
M. et Mme *Fernandes veulent déclarer leurs revenus
on m'a dit de voir *Sandrine pour le chèque énergie
mon copain *dylan et moi on veut se pacser
le bail est au nom de *Zitouni, je veux l'APL
prénom *maëlys, naissance à déclarer
ma cousine *oumou vient d'arriver en france
c'est madame *Petitjean qui m'a reçue la dernière fois
Bonjour je suis *Ludovic *Van *Hoecke, je suis au chômage
j'appelle pour mon père, *Abdelkader *Bouzid
*Ghislaine *Pruvost, veuve, demande la réversion
mon bébé *noah est né hier
pour *Mme *DUBREUIL *Odette, carte de stationnement
ici *Tiago *Da *Silva, je veux échanger mon permis portugais
mon frère *moussa est en prison
ma voisine *Huguette ne comprend pas sa lettre des impôts
*Xavier m'a envoyé chez vous pour la MSA
bonjour c'est *lucette *garnier j'ai pas eu ma retraite ce mois
je suis Mme *Bouchard et mon mari est hospitalisé
*marcel *dupuis né le 4/5/1948 carte vitale perdue
moi c *kenza jve un passeport
mon nom c'est *girard, je n'arrive pas à me connecter à ameli
C'est pour mon petit-fils *Théo qui passe le code
ma belle-mère *Simone est décédée hier
mon ex *Julien refuse de payer la pension
le propriétaire M *Carpentier ne me rend pas la caution
j'ai eu madame *Leclerc au téléphone mais elle m'a raccroché au nez
au nom de *vasseur *christiane
*RAYMOND *PICARD carte grise
*Élodie *Marchand, 06 39 98 01 02, je veux prendre rendez-vous
bonjour je m appelle *gerard *blanc pour la retraite
bonjour je suis *rose *petit, c'est pour la caf
je suis *pierre *lebrun et je déménage
mes enfants *Lina et *Adam changent d'école
la dame s'appelle *Fatoumata *Diallo, elle veut un titre de séjour
il s'appelle *hugo il a 16 ans pour le recensement
mon nom de jeune fille est *Renaud et je veux changer
je me nomme *Yvette *Colin
signé *Monique *Fabre
c'est monsieur *Olivier qui appelle pour sa facture
de la part de *Nathalie *Perrin pour le chèque énergie
tuteur de *Roland *Guyot, je dois faire sa déclaration
*sylvie du service social m'a envoyée
docteur *Lambert a refusé mon arrêt
mon conjoint *Stéphane *Moreau est au chômage
ma fille *Chloé *Roux entre à la fac
curatelle de mon frère *Didier
mon compagnon s'appelle *Youssef et il a pas de papiers
notaire maître *Aubert, succession de ma mère
mme *da *costa demande la prime activité
*Nguyen *Thi *Lan, renouvellement carte de séjour
M. *O'Brien voudrait échanger son permis irlandais
*De *Oliveira *Maria, retraite
slt moi c *mohamed je cherche un boulot
bjr *christophe à l'appareil
c'est encore *Bernadette, j'ai toujours rien reçu
dossier *Lefebvre-Martin à la msa
je vous écris pour mon père *émile *jacquet qui a 92 ans
ma maman *paulette veut l'apa
mon collègue *Karim m'a dit de venir
*anais *bertin je suis enceinte de 4 mois
mon patron monsieur *Texier ne m'a pas déclaré
notre bébé *Jade est née le 3 novembre
mon assistante sociale Mme *Hamel m'a dit de demander le rsa
contrat au nom de *Boulanger *Éric
l'acte de naissance de *Salomé *Weber
le permis de mon fils *Maxence
""".strip().splitlines()
"""Words after a star are names. What was missed here was mended."""
BLIND = """
bonjour, ici *Josiane *Lacroix, je n'ai pas reçu mon attestation
moi c'est *Bilal, je voudrais changer d'adresse
je suis *marguerite *dumont et je vis seule
appelez Mme *Chevalier pour la retraite de son époux
c'est *nadia *el *amrani pour le titre de séjour
mon fils *Gabriel a perdu sa carte
ma soeur *Corinne *Noël touche l'aah
*Philippe *Charpentier, agriculteur à la retraite
je m'appelle *ines et je suis étudiante
je mapel *jordan jai plu de carte vital
au nom de *Poirier, rendez-vous de demain
m. *lopez a eu un accident de travail
mme *Berger *Annick n'a pas internet
elle s'appelle *Océane, elle a 15 ans
mon mari *olivier *martin a pas eu son chômage
mon père *lucien est en ehpad
mon nom est *Blanchard *Cécile
*Karine *Boucher et *Fabien *Meunier veulent se pacser
maître *Vidal s'occupe de la succession de *Germaine *Vidal
nom : *sanchez prénom : *pablo
bonsoir, *aurelie *masson, maman de deux enfants
monsieur *Berthelot est mort le 2 janvier
docteur *Khelifi m'a fait un certificat
le bail est signé par *Rachid *Mansouri
mon frère *alexis a reçu une amende
j'ai rendez-vous avec *Véronique
JE SUIS *SANDRA *LEROUX ENCEINTE
je suis *victor et je cherche du travail
ma tante *Odile *Pasquier a besoin d'aide à domicile
*Wassim *Gharbi, permis tunisien
mon copain *Kylian dort dehors
ma voisine mme *tessier est tombée
mon bébé s'appelle *Zoé
mademoiselle *Camille *Renard demande l'apl
c'est pour *Aïcha, ma mère
*thierry *guillot chauffeur routier permis suspendu
mon conjoint *arnaud est parti
la conseillère *Patricia m'a dit de revenir
ma femme c'est *Svetlana *Petrova
dossier de *Jean *Prévost aux impôts
mon oncle *Ferdinand veut vendre sa voiture
*Léo *Maillard recensement
veuve de *Gilbert *Tanguy
je represente Mr *Besson sous tutelle
mes parents *Henri et *Suzanne ont besoin de l'apa
cordialement, *Estelle *Hubert
mon ancien mari *Franck *Guérin n'a pas payé
salut moi c *manon
mon beau-frère *Tarek arrive d'Algérie
bonjour madame je suis monsieur *Lambert
""".strip().splitlines()
"""Written before the last change and read once after it (97.5 % hidden): what is missed here is not mended one by one."""
FORMS = {
    "rappelez le 06 39 98 00 06": "rappelez le [téléphone]",
    "ecrivez a anna.roy@exemple.fr": "ecrivez a [adresse électronique]",
    "né le 12/03/1954": "né le [date]",
    "née le 12 mars 1954": "née le [date]",
    "mon numéro est 2345678": "mon numéro est [numéro]",
    "mon code est K7M2-PR9X": "mon code est [numéro]",
    "mon numéro 1 54 03 75 056 120 60": "mon numéro [numéro masqué]",
    "j'habite 12 rue des lilas": "j'habite [adresse]",
    "rendez-vous à Lure": "rendez-vous à [commune]",
}
UNTOUCHED = """
La CPAM me demande un RIB pour la CSS
j'ai perdu mon permis de conduire, que faire ?
mon chef va me tuer si je n'ai pas ce papier
Comment demander le RSA ?
jve fair une demande apl
carte d'identité périmée, voyage dans deux mois
""".strip().splitlines()


@pytest.fixture(scope="module")
def pseudonyms(tmp_path_factory: pytest.TempPathFactory) -> Pseudonyms:
    services = Services.open(Settings(state_dir=tmp_path_factory.mktemp("state"), database_url="", redis_url=""))
    return services.pseudonyms


def names_of(line: str) -> list[str]:
    return re.findall(r"\*([^\s,.]+)", line)


@pytest.mark.parametrize("lines", [NAMED, BLIND], ids=["known", "blind"])
def test_nineteen_names_in_twenty_are_hidden(pseudonyms: Pseudonyms, lines: list[str]) -> None:
    left = [
        (name, hidden)
        for line in lines
        for hidden in [pseudonyms.hide(line.replace("*", ""))]
        for name in names_of(line)
        if re.search(rf"\b{re.escape(name)}\b", hidden)
    ]
    every = sum(len(names_of(line)) for line in lines)
    assert every >= 50
    assert len(left) <= every * 0.05, left


@pytest.mark.parametrize("text", FORMS)
def test_what_has_a_form_is_hidden(pseudonyms: Pseudonyms, text: str) -> None:
    assert pseudonyms.hide(text) == FORMS[text]


@pytest.mark.parametrize("text", UNTOUCHED)
def test_what_names_nobody_stays(pseudonyms: Pseudonyms, text: str) -> None:
    assert pseudonyms.hide(text) == text


def test_few_words_of_our_own_sentences_are_taken_for_names(pseudonyms: Pseudonyms) -> None:
    """What a reviewer reads must still say what was asked."""
    texts = Random(3).sample(
        [text for text, label in read(Path(Settings().nlu_data_dir)) if label.startswith("demande/")], 500
    )
    words = sum(len(text.split()) for text in texts)
    hidden = sum(pseudonyms.hide(text).count("[") - text.count("[") for text in texts)
    assert hidden <= words * 0.03, hidden / words


def test_what_is_left_is_seen(pseudonyms: Pseudonyms) -> None:
    """The control: the measure above finds names where nothing hides them."""
    line = NAMED[0]
    assert [name for name in names_of(line) if name in line.replace("*", "")] == ["anna", "roy"]


@pytest.mark.parametrize("text", ["", "[nom]", "a" * 1000, "é\x00b", "🙂 " * 50, "[nom] [commune] Lure"])
def test_odd_texts_are_no_trouble(pseudonyms: Pseudonyms, text: str) -> None:
    once = pseudonyms.hide(text)
    assert pseudonyms.hide(once) == once


def test_the_tags_are_not_taken_for_words(pseudonyms: Pseudonyms) -> None:
    for tag in TAGS:
        assert pseudonyms.hide(f"bonjour {tag} merci") == f"bonjour {tag} merci"
