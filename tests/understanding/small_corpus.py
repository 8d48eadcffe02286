"""A small corpus whose intents a person tells apart at a glance."""

from __future__ import annotations

from understanding.corpus import Example, TwoNeeds

SENTENCES = {
    "financement": [
        "une subvention pour acheter un tour",
        "qui finance un four à vide",
        "obtenir un prêt pour investir",
        "aide de la région pour payer une machine",
        "avance remboursable de Bpifrance",
        "crédit d'impôt recherche à remplir",
        "la trésorerie est à sec",
        "subvention européenne pour un équipement",
        "lever des fonds auprès d'investisseurs",
        "combien d'argent public pour un robot",
        "financer une presse neuve",
        "un prêt sans garantie",
    ],
    "formation": [
        "former deux soudeurs",
        "une formation au contrôle par ressuage",
        "habilitation électrique à renouveler",
        "plan de formation des régleurs",
        "un organisme pour former aux plans",
        "stage de tolérancement pour l'équipe",
        "prise en charge par l'opco d'une formation",
        "faire monter en compétences les opérateurs",
        "CQPM de fraiseur",
        "apprendre la programmation aux anciens",
        "formation continue en anglais technique",
        "cours de métrologie pour débutants",
    ],
    "juridique": [
        "un contrat à relire avant signature",
        "déposer un brevet",
        "un client ne paie pas, quel recours",
        "accord de confidentialité avec un partenaire",
        "litige avec un fournisseur",
        "clause de responsabilité abusive",
        "protéger une marque",
        "conditions générales de vente à refaire",
        "mise en demeure reçue d'un avocat",
        "qui possède l'invention d'un stagiaire",
        "résilier un bail commercial",
        "rupture d'un contrat de travail",
    ],
    "saluer": ["bonjour", "salut", "bonsoir", "bonjour à vous", "coucou", "hello", "bjr", "salut tout le monde"],
    "remercier": [
        "merci",
        "merci beaucoup",
        "parfait merci",
        "c'est gentil",
        "super merci",
        "mille mercis",
        "grand merci",
    ],
    "hors_perimetre": [
        "quel temps fera-t-il demain",
        "qui a gagné le match",
        "une recette de crêpes",
        "raconte une blague",
        "le prix d'un billet de train",
        "mon chat est malade",
        "comment gagner au loto",
        "réserver un hôtel à la plage",
        "le film de ce soir à la télé",
        "quelle est la capitale du Pérou",
    ],
}

EXAMPLES = [Example(text, intent) for intent, texts in SENTENCES.items() for text in texts]
TWO_NEEDS = [
    TwoNeeds(f"{one} ; et puis {other}", first, second)
    for first, second in [("financement", "formation"), ("formation", "juridique"), ("juridique", "financement")]
    for one, other in zip(SENTENCES[first], reversed(SENTENCES[second]))
]
