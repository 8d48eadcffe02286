"""Finding places: in sentences of workshop life, in answers to « Dans quelle commune ? », and where there is none."""

from __future__ import annotations

import string
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rapidfuzz.distance import OSA

from understanding.corpus import read_corpus
from understanding.places.cues import UNITS
from understanding.places.gazetteer import ACCEPT, ASK, Gazetteer, place_key
from understanding.places.place import Place
from understanding.places.reader import PlaceReader
from understanding.places.table import CommuneTable
from understanding.places.vocabulary import ordinary_words

TABLE = CommuneTable()
GAZETTEER = Gazetteer(TABLE)
READER = PlaceReader(GAZETTEER, ordinary_words(read_corpus(), GAZETTEER))
SERVED = TABLE.served_communes


def _codes(text: str) -> set[str]:
    place = READER.read_answer(text) if READER.is_only_a_place(text) else READER.read(text)
    return set(place.codes) if place is not None and place.kind == "commune" else set()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("slt on cherche qq1 pour nous aider a payer un tour 5 axes, on est a Jonzac", "17197"),
        ("atelier de 12 gars a Villefranche de Rouergue", "12300"),
        ("on est à Pau", "64445"),
        ("Pau", "64445"),
        ("usinage a Tarbes, 12 machines", "65440"),
        ("notre site de Figeac manque de place", "46102"),
        ("je suis à bdx", "33063"),
        ("PME de mécanique sur Tlse", "31555"),
        ("nous sommes basés près de St Gaudens", "31483"),
        ("atelier (Rodez)", "12202"),
        ("64230 Lescar, chaudronnerie", "64335"),
        ("on est 28 pers a Pau", "64445"),
        ("on est à Pers", "79307"),
        ("notre atelier est à Pers, 28 pers", "79307"),
        ("chaudronnerie, 79190 Pers", "79307"),
        ("chaudronnerie, 12 rue des Forges, 64230 Lescar", "64335"),
        ("une fonderie du côté d'Angoulème", "16015"),
        ("ste livrade sur lot, 47", "47252"),
        ("Bonjour, nous sommes installés à Blagnac", "31069"),
        ("ON EST A LIMOGES ET ON ATTEND", "87085"),
        ("la boite est a la rochelle", "17300"),
        ("un traiteur de surface près d'Albi", "81004"),
        ("on est a st jean d angely", "17347"),
        ("On est implantés à Saint-Sulpice dans le 81", "81271"),
        ("Montauban 82", "82121"),
        ("82000", "82121"),
        ("un fraiseur pour notre atelier de Périgueux", "24322"),
        ("on est au Haillan", "33200"),
        ("atelier du Bouscat", "33069"),
        ("pas à Pau, à Tarbes", "65440"),
        ("on n'est pas à Pau mais à Tarbes", "65440"),
        ("Ｏn est à Ｐau", "64445"),
        ("on est à P\u200bau", "64445"),
    ],
)
def test_a_place_in_a_sentence(text: str, code: str) -> None:
    assert _codes(text) == {code}


@pytest.mark.parametrize(
    "text",
    [
        "On attend 12 pièces pour le 15 mars et le client s'impatiente",
        "réunion mardi 24 novembre à 14 h, puis le 3 mai",
        "la salle blanche est trop chaude en été",
        "le lot de vis est arrivé avec deux mois de retard",
        "un lot de 64 pièces rebutées",
        "le tour ne tient plus la cote, deux tours sont arrêtés",
        "la ligne orange du câblage chauffe à bord",
        "le harnais à bord de l'avion est trop long",
        "il fait 35 degrés dans l'atelier",
        "prime de 33000 euros pour la machine",
        "le devis est de 40 000 euros",
        "on a mis 64000 € dans le robot",
        "la commande 31200 est partie hier",
        "réf 17500-A du plan",
        "on a 65 salariés et 12 intérimaires",
        "on est une vingtaine de pers.",
        "une équipe de 28 Pers",
        "20500 pers",
        "40 heures par semaine, 46 parfois",
        "le contrat se termine le 31",
        "le moule casse à cause de la chaleur",
        "la fraiseuse perd 2 centièmes sur l'axe des x",
        "la mise à jour de mars n'a pas marché",
        "la pièce en aluminium 2024 fissure",
        "titane TA6V et inconel 718, alliage 7075",
        "la norme EN 9100 et l'ISO 9001",
        "nous avons bon espoir d'avancer",
        "le salon du Bourget en juin",
        "un vol pour Paris lundi",
        "notre client Airbus à Hambourg nous relance",
        "la cour est pleine de copeaux",
        "une colle qui tient le choc",
        "il y a du monde en salle de pause",
        "fin de mois difficile pour la trésorerie",
        "la toiture côté sud fuit",
        "le creuset fuit, les landes ont brûlé",
        "c'est la croix et la bannière pour recruter",
        "les marches de l'escalier sont glissantes",
        "une baie de brassage neuve",
        "pas à Pau",
        "",
        "🛠️",
        "12",
        "!!!",
    ],
)
def test_no_place_in_ordinary_words(text: str) -> None:
    assert READER.read(text) is None


@pytest.mark.parametrize(
    ("text", "departements"),
    [
        ("on est dans le 64", ("64",)),
        ("atelier dans le Gers", ("32",)),
        ("une PME du Lot", ("46",)),
        ("en Lozère", ("48",)),
        ("Haute-Garonne", ("31",)),
        ("on est en Haute Vienne", ("87",)),
        ("le Pays basque", ("64",)),
        ("quelque part dans le Limousin", ("19", "23", "87")),
        ("notre usine est en Béarn", ("64",)),
    ],
)
def test_departements_and_areas(text: str, departements: tuple[str, ...]) -> None:
    place = READER.read_answer(text)
    assert place is not None and place.kind in ("departement", "area") and place.departements == departements


@pytest.mark.parametrize("departement", sorted(code for code, d in TABLE.departements.items() if d.served))
def test_every_departement_by_number_and_name(departement: str) -> None:
    for text in (f"dans le {departement}", TABLE.departements[departement].name):
        place = READER.read_answer(text)
        assert place is not None and place.departements == (departement,), text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Nantes", "Nantes"), ("Rennes", "Rennes"), ("35000", "Rennes"), ("on est à Lyon", "Lyon"),
        ("75001", "Paris"), ("Marseille", "Marseille"), ("Brest", "Brest"),
    ],
)  # fmt: skip
def test_towns_elsewhere_are_never_corrected(text: str, name: str) -> None:
    place = READER.read_answer(text)
    assert place is not None and place.kind == "outside"
    assert name in (place.name, TABLE[place.codes[0]].name if place.codes else "") or place.name.startswith(name)


def test_a_postal_code_of_several_communes_gives_them_all() -> None:
    place = READER.read_answer("17500")
    assert place is not None and len(place.codes) > 10 and "17197" in place.codes and place.commune is None
    assert READER.read_answer("17500 Jonzac").commune == "17197"  # type: ignore[union-attr]


def test_every_postal_code_of_the_two_regions_gives_its_communes() -> None:
    codes = {code for commune in SERVED for code in commune.postal_codes}
    assert len(codes) > 1_200
    for code in codes:
        expected = {c.code for c in TABLE.by_postal_code[code] if TABLE.served(c)}
        assert _codes(f"on est au {code}" if code.endswith("000") else code) >= expected, code


def test_every_name_of_the_two_regions_is_an_answer() -> None:
    for commune in SERVED:
        for text in (commune.name, f"à {commune.name.lower()}", commune.name.upper().replace("-", " ")):
            place = READER.read_answer(text)
            assert place is not None, text
            inside = commune.code in place.codes
            # a commune may bear the name of a département, or of what members call a larger one (Cazaux)
            known_otherwise = place.kind in ("departement", "area") or place_key(commune.name) in GAZETTEER.aliases
            assert inside or known_otherwise, (text, place)


def test_name_and_departement_tell_homonyms_apart() -> None:
    by_name: dict[str, list[str]] = {}
    for commune in SERVED:
        by_name.setdefault(commune.name, []).append(commune.code)
    homonyms = {name: codes for name, codes in by_name.items() if len(codes) > 1}
    assert len(homonyms) > 300
    for name, codes in homonyms.items():
        place = READER.read_answer(name)
        assert place is not None and set(codes) <= set(place.codes), name
        for code in codes:
            narrowed = READER.read_answer(f"{name} ({TABLE[code].departement})")
            assert narrowed is not None and code in narrowed.codes, name
            assert {TABLE[c].departement for c in narrowed.codes} == {TABLE[code].departement}, name


ALPHABET = string.ascii_lowercase


@st.composite
def _typo(draw: st.DrawFn) -> tuple[str, str]:
    """A commune's code and its name with one edit."""
    commune = draw(st.sampled_from(SERVED))
    name = place_key(commune.name)
    position = draw(st.integers(0, len(name) - 1))
    kind = draw(st.sampled_from(["drop", "double", "swap", "replace"]))
    if kind == "drop":
        typed = name[:position] + name[position + 1 :]
    elif kind == "double":
        typed = name[: position + 1] + name[position:]
    elif kind == "swap" and position + 1 < len(name):
        typed = name[:position] + name[position + 1] + name[position] + name[position + 2 :]
    else:
        typed = name[:position] + draw(st.sampled_from(ALPHABET)) + name[position + 1 :]
    return commune.code, " ".join(typed.split())


@given(_typo())
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_one_typo_never_gives_a_name_that_is_further_away(typed: tuple[str, str]) -> None:
    code, text = typed
    found = GAZETTEER.misspelt(text)
    similarity = OSA.normalized_similarity(text, place_key(TABLE[code].name))
    if found is None:
        short = len(text) < 4 or len(place_key(TABLE[code].name)) < 4
        assert similarity < ASK or short or GAZETTEER.communes(text)
        return
    assert found[1] >= similarity - 0.02 or code in found[0]
    assert found[0] and all(TABLE.served(TABLE[c]) for c in found[0])


def test_most_typos_are_understood() -> None:
    """Every 20th commune with its fifth letter dropped: the commune is among what is found or asked."""
    tried = right = 0
    for commune in SERVED[::20]:
        name = place_key(commune.name)
        if len(name) < 8:
            continue
        tried += 1
        place = READER.read_answer(name[:4] + name[5:])
        right += place is not None and commune.code in place.codes
    assert tried > 300 and right / tried > 0.97


def test_a_doubtful_name_is_marked() -> None:
    certain, doubtful = READER.read_answer("Rochfort"), READER.read_answer("Jonzzzac")
    assert certain is not None and certain.certain and doubtful is not None and not doubtful.certain
    assert doubtful.commune is None and doubtful.codes == ("17197",)
    assert ASK < ACCEPT


def test_a_misspelt_homonym_gives_all_of_that_name() -> None:
    place = READER.read_answer("Saint-Sauveurr")
    assert place is not None and {"31516", "33471", "24499"} <= set(place.codes)


COUNTED = sorted(name for name in {*GAZETTEER.names, *UNITS} if len(name) <= 4 and name in UNITS | GAZETTEER.ordinary)
"""Short words that are also names of communes, or stand for a unit."""


@given(st.integers(0, 9_999), st.sampled_from(COUNTED), st.sampled_from([str.lower, str.capitalize, str.upper]))
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_a_number_counts_is_no_place(number: int, word: str, written: Callable[[str], str]) -> None:
    for text in (f"{number} {written(word)}", f"une équipe de {number} {written(word)}."):
        assert READER.read(text) is None, text
        assert not READER.is_only_a_place(text), text


@pytest.mark.parametrize("name", sorted(name for name in UNITS if any(map(TABLE.served, GAZETTEER.communes(name)))))
def test_behind_a_preposition_a_unit_that_is_a_name_is_a_place(name: str) -> None:
    place = READER.read(f"notre atelier est à {name.capitalize()}, nous sommes 28")
    assert place is not None and set(place.codes) <= {commune.code for commune in GAZETTEER.communes(name)}


@given(st.text(st.characters(), max_size=120))
@settings(max_examples=200, deadline=None)
def test_reading_never_fails(text: str) -> None:
    for place in (READER.read(text), READER.read_answer(text)):
        assert place is None or Place.from_dict(place.as_dict()) == place
    assert READER.is_only_a_place(text) in (True, False)


@pytest.mark.parametrize(
    "text", ["on est à Pau", "64230 Lescar", "Lescar", "Bordeaux", "dans le 64", "en fait c'est Tarbes"]
)
def test_only_a_place(text: str) -> None:
    assert READER.is_only_a_place(text)


@pytest.mark.parametrize(
    "text", ["un tour à Pau", "merci", "oui", "non", "bonjour", "salut", "ok", "40", "mars", "aide", "robot"]
)
def test_more_than_a_place_or_none(text: str) -> None:
    assert not READER.is_only_a_place(text)
