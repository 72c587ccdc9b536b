"""Which drawing stands beside a document, for a person who reads little."""

import re
from typing import Any

from assistant.text import fold

DEFAULT = "document"
WORDS = (
    ("photo", "photo photos"),
    ("identite", "identité séjour nationalité"),
    ("passeport", "passeport visa"),
    ("telephone", "téléphone smartphone appareil"),
    ("ordinateur", "connexion identifiants passe mail électronique franceconnect"),
    ("rib", "rib"),
    ("sante", "vitale secu santé soins médical médecin ordonnance prescription maladie bilans examens"),
    ("sante", "handicap mdph rqth invalidité indemnités volet volets arrêt accident protocole"),
    ("permis", "permis conduire assr"),
    ("vehicule", "véhicule voiture grise vendeur immatriculation conformité technique kilométrage"),
    ("deces", "décès décédée défunt succession héritier héritiers testament"),
    ("justice", "jugement juge tribunal tutelle plainte vol expulsion prudhommes casier"),
    ("ecole", "scolarité études étudiant enseignement ine crèche"),
    ("domicile", "domicile adresse hébergement domiciliation résidence"),
    ("mariage", "mariage mariages pacs divorce couple vie"),
    ("personne", "nom civil titulaire acheteur"),
    ("naissance", "naissance grossesse accouchement"),
    ("famille", "famille enfant enfants parent parents parental parentale garde filiation"),
    ("impots", "impôt impôts imposition fiscal taxe timbre"),
    ("salaire", "salaire salaires paie ressources revenus patrimoine recettes dépenses charges dettes"),
    ("salaire", "paiement montant facture factures devis chèque"),
    ("retraite", "retraite carrière pension"),
    ("travail", "travail employeur emploi chômage activité cv kbis"),
    ("logement", "loyer bail bailleur logement propriétaire électricité location occupation occupants"),
    ("lieu", "commune"),
    ("banque", "banque bancaire crédit"),
    ("formulaire", "formulaire cerfa déclaration demande questionnaire requête"),
    ("courrier", "lettre courrier courriers enveloppe contravention passage récépissé notification message"),
    ("calendrier", "date dates période"),
    ("personne", "mandat mandataire procuration pouvoir témoins"),
)
"""Symbol → the words that ask for it. The first line that matches counts: what is narrow stands before what is wide."""


def pictogram_of(document: dict[str, Any]) -> str:
    """The symbol of pictograms.svg for a document of a reply; "document" where no word is known."""
    # the id names the thing itself, the label also whom and what it is about
    for text in (document["id"], document["label"]):
        found = _symbol_for(text)
        if found:
            return found
    return DEFAULT


def _symbol_for(text: str) -> str | None:
    words = _words(text)
    return next((symbol for symbol, asking in WORDS if words & _words(asking)), None)


def _words(text: str) -> set[str]:
    return set(re.findall(r"[a-z0-9]+", fold(text)))
