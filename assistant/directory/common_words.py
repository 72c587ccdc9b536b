"""Ordinary French words that communes may be named after: alone and in lower case they are not places."""


def words_of(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


NEVER = words_of(
    """
    oui non ok si bonjour bonsoir salut coucou hello merci svp stp pardon desole au revoir bye bientot ciao aide help
    retour annuler annule recommencer stop fin suite suivant encore aucun aucune rien tout tous toute toutes
    demain hier aujourd hui matin midi soir nuit apres avant semaine jour jours mois an ans annee heure heures minute
    lundi mardi mercredi jeudi vendredi samedi dimanche janvier fevrier mars avril mai juin juillet aout septembre
    octobre novembre decembre printemps ete automne hiver tot tard maintenant urgent vite
    un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante
    cinquante soixante cent mille premier dernier nan ouais ouai ouep hein euh heu ah oh eh bah ben bof hum bon dac
    daccord okay parfait super nickel genial dommage tant volontiers exact exactement voila
    le la les l un une de du des d et ou a au aux en sur sous vers par pour sans avec dans chez entre contre depuis
    pendant devant derriere dehors dedans loin pres proche cote autour environ environs hors outre sauf selon malgre
    je j tu il elle on nous vous ils elles me m te t se s lui leur leurs y moi toi soi eux ce c cet cette ces ca cela
    mon ma mes ton ta tes son sa ses notre nos votre vos qui que qu quoi dont quel quelle quels quelles lequel laquelle
    ne n pas plus moins tres trop peu assez beaucoup bien mal mieux pire meme memes autre autres chaque plusieurs
    quand comment combien pourquoi parce car donc mais or ni comme ainsi alors aussi deja jamais toujours souvent
    ici la bas haut puis ensuite enfin finalement est es suis sont etes sommes etait etaient ete etre sera serait soit
    ai as avons avez ont avait avaient aura aurait avoir eu eus ayant fait faire fais font faut fallait refaire
    peux peut peuvent pouvez pouvoir pourrait pourrai pu veux veut veulent voulez vouloir voudrais voudrait voulu
    dois doit doivent devez devoir devrait du vais va vas vont allez aller alle ira irai viens vient venez venir venu
    place temps pied charge part table main domicile distance nouveau peine cause tort travers partir vie bord bout
    lieu long jeu terme rien condition propos cet celle celles celui ceux chacun quelqu quelque quelques aura sache
    etais seras serez seront serais aurais aurez auriez aie aies ait soient fus fut furent
    """
)
"""Answers, moments, grammar, what follows "à" in set phrases: never a place, not even as the whole message, unless
the sentence says it is one."""

FIRST_NAMES = words_of(
    """
    marie martin robert valentin laure madeleine romain diane rene jean paul louis simon lucas thomas bernard lambert
    anna anne sophie julie claire alice lea emma hugo leo nathan theo gabriel laurent vincent olivier michel andre
    pierre jacques philippe alain patrick nicolas christophe daniel eric david marc luc mathieu antoine maxime
    alexandre francois georges henri roger marcel raymond gerard maurice albert charles denis didier thierry pascal
    sebastien guillaume julien kevin mohamed karim ali ahmed fatima nadia samira isabelle catherine sylvie christine
    martine monique jacqueline nathalie valerie sandrine stephanie celine aurelie emilie camille manon chloe ines
    jeanne louise rose lucie charlotte helene marguerite therese denise odette simone yvette colette nicole
    """
)
"""Before a capital, they announce a family name: "Marie Lambert"."""
COMMON = (
    NEVER
    | FIRST_NAMES
    | words_of(
        """
    sais sait savez savoir vu voir vois voit voyez vue vues dit dire dites disent dis mis mets met mettre
    prends prend prendre pris prise prenez tiens tient tenir donne donner donnez demande demander demandes demandez
    reclame reclamer recu recois recoit recevoir envoye envoyer renvoye rendu rendre rends perdu perdre perdue vole
    volee trouve trouver retrouve cherche chercher appelle appeler appel parle parler ecrit ecrire lire lu lis signe
    signer paye payer paie paiement achete acheter vend vendre vendu loue louer loge loger logement change changer
    changement declare declarer declaration inscrire inscrit inscription renouveler renouvellement refuse refuser
    refus attends attendre attente aidez aider aides aime aimer besoin envie peur faim froid chaud mort morte morts
    mourir decede decedee deces naissance nee ne nes marie mariee maries mariage pacs divorce divorcee separe separee
    separation veuf veuve celibataire couple compagnon compagne conjoint conjointe mari femme homme enfant enfants
    fils fille filles garcon bebe mere pere maman papa parents parent frere soeur tante oncle cousin cousine neveu
    niece grand grande grands petit petite petits mamie papi papy voisin voisine ami amie amis copain copine gens
    personne personnes monsieur madame mademoiselle mr mme mlle m jeune jeunes vieux vieille age agee ages
    carte cartes grise grises vitale vital identite passeport permis conduire conduite titre sejour visa nationalite
    etranger etrangere certificat acte extrait livret famille famillial familial attestation justificatif papier
    papiers document documents dossier dossiers formulaire photo photos copie original numero code compte connexion
    mot passe mail mel adresse courrier lettre colis timbre timbres recommande facture factures bulletin salaire
    fiche fiches releve rib cheque banque argent euros euro dette dettes credit frais prix cout cher gratuit
    retraite retraites retraitee pension pensions reversion caf cpam msa carsat cnav urssaf ants ameli impot impots
    taxe taxes fisc tresor prefecture mairie mairies commune ville villes village bourg bourgs hameau quartier centre
    region departement pays france francais francaise service services maison maisons espace guichet accueil agence
    bureau bureaux poste postes caisse caisses pole emploi travail travailler chomage chomeur interim contrat cdd cdi
    stage formation ecole college lycee cantine creche garde assistante assistant apprenti apprentissage etudiant
    etudiante bourse bourses universite rsa apl aah ass asf aspa apa ars ase are atmp smic prime primes activite
    allocation allocations aide aides allocs alloc rente invalidite handicap handicape handicapee maladie malade
    medecin docteur hopital sante soins dent dents lunettes mutuelle css cmu ame accident arret conge conges paternite
    maternite enceinte grossesse accouche accouchement droit droits devoir loi juge tribunal avocat jugement justice
    police gendarmerie gendarme plainte amende pv proces prison victime violence violences loyer loyers bail caution
    proprietaire locataire bailleur appartement studio chambre toit mur murs porte portes fenetre chauffage chaudiere
    bois gaz fioul eau eaux feu four electricite energie linky edf renov renovation travaux isolation cheque
    voiture voitures auto moto scooter camion caravane remorque vehicule vehicules garage bus car cars train gare tram
    metro route routes rue rues avenue place places boulevard chemin chemins pont ponts port ports parc parcs jardin
    pre pres champ champs bois foret mont monts montagne val vallee cote cotes mer plage lac riviere source fontaine
    fontaines moulin moulins ferme fermes chateau chateaux tour tours eglise chapelle abbaye croix cimetiere cure
    rendez rdv rendezvous creneau creneaux horaire horaires ouvert ouverte ouverture ferme fermee fermeture
    disponible dispo libre libres prochain prochaine prochains date dates delai delais duree fois temps moment debut
    internet site ligne ordinateur portable telephone tel sms application appli logiciel ecran bug probleme problemes
    erreur question questions reponse renseignement renseignements info infos information informations conseil
    conseiller conseillere agent agente robot machine vrai vraie humain voix nom noms prenom prenoms
    bon bonne bons bonnes mauvais nouveau nouvelle nouvelles neuf neuve vert verte vertes blanc blanche bleu bleue
    noir noire rouge jaune rose gris beau belle belles bel joli cher chere seul seule faux fausse juste sur sure
    gauche droite nord sud est ouest face bout bas fond milieu cas chose choses coup part partie point points fin
    nombre somme sommes montant total moitie tiers quart sens suite vie vies ville monde terre terres ciel soleil
    lune air vent pluie neige mer nuits nuit jour cour cours classe age nice vire corps job bar sel lait pain vin
    lard miel fer or argent plomb verre tasse table chaise lit livre livres page pages main mains tete oeil yeux
    bras jambe pied pieds coeur dos ventre sang os peau chien chat cheval vache poule boeuf loup ours oie ane
    chasse peche pecheur chasseur berger roi reine duc prince comte baron abbe cure saint sainte dieu diable ange
    mine mines usine usines fosse fosses salle salles serre serres vigne vignes herbe fleur fleurs rose roses arbre
    arbres chene pin pins orme buis noyer poirier pomme pommes poire noix ble orge avoine foin paille
    vente achat echange don dons heritage succession notaire testament obseques veille aine ainee cadet
    tutelle curatelle mandat procuration vote voter election elections liste electeur electorale maire election
    abonnement resiliation assurance assurances vol perte casse cassee abime abimee perime perimee valide valable
    oublie oublier bloque bloquee coupe coupure impaye impayes expulsion expulse dehors rue abri foyer hebergement
    sdf migrant refugie asile preuve preuves avis avertissement relance rappel rejet rejete accord accorde
    simulation calcul montants taux bareme plafond ressources revenu revenus quotient foyer charge charges
    ligne lignes mise mises tente tenter essai essaie essayer marche marcher arrive arriver arrivee depart partir
    parti reste rester monte monter descend tombe tombe passe passer pense penser crois croit connais connait
    comprends comprend compris explique expliquer aidant soutien visite visiter domicile residence resident
    fonctionne marche imprimer imprime scanner scan telecharger telecharge mettre remplir rempli complet complete
    incomplet obtenir obtenu garder conserve depot deposer depose guerre paix arme armes chasse nature pays cours
    truc machin chai chui jai jsuis jveux jvoudrais voudre vx pk pr ds dc dsl slt bjr cc mdr koi kel ki keske
    bonjours mercis rebonjour svpl rdvs attestations numeros pieces piece valides ouvrir ouvre rouvrir fermer
    habite habites habitons habitez habitent habitait habitant habitation vis vit dors dort reside residence demeure
    demenage installe installer heberge hebergee cherche deuil fort forte haut haute hauts joue long longue longues
    levier macon mare morne orange free sosh persan plaisir pointe publier rive roche rouille ruelle sable suce taule
    tierce tuile vif vitre champagne cognac dol drap chauve gros grosse grenade falaise gaillard digne brie loupe
    loupee combles bonhomme bonhommes pleurs aire aires tourne tourner doue douee fere faire base blet bouche boulot
    camp campagne case charme clos coin confort conte courant couture couvert dame dames demi demie detroit domino
    doux douce fete fetes force grace grange habit ile iles issus jure jury ligne linge luxe male males manoir marre
    messe noel oeuf oeufs pair panne passage passant pelouse perche pierre pierres pince piano plaine planche peintre
    possession rang rond ronde roux servant seuil simple simples sort sourd sourde suisse syndicat temple terrasse
    trait tuteur tutrice union vacances vallon vis juif reunion renaissance refuge rancon secours stable stables
    allemagne belgique suisse espagne italie portugal maroc algerie tunisie turquie roumanie ukraine syrie mali
    allocataire beneficiaire consulat ambassade conseiller mission antenne point relais borne canal chaine
    accompagne accompagner accompagnement association social sociale sociaux medical medicale municipal municipale
    """
    )
)
"""And family, administration, house, nature. Grown by hand, also by looking at which commune names a dictionary knows
as ordinary words, and at what was taken for a commune by mistake."""

CIVILITIES = frozenset({"m", "mr", "mme", "mlle", "monsieur", "madame", "mademoiselle", "docteur", "dr", "maitre"})
OFFICES = words_of("mairie france services service commune ville bus maison poste agence prefecture antenne")
"""A name after one of these is its town's, even with two capitals ("Mairie Vesoul")."""
UNITS = words_of(
    """
    h heure heures min minute minutes j jour jours semaine semaines mois an ans annee annees euro euros e eur km
    janvier fevrier mars avril mai juin juillet aout septembre octobre novembre decembre fois enfant enfants personne
    personnes pieces photos pourcent
    """
)
"""What makes the number before it a quantity, not a département or an arrondissement."""
