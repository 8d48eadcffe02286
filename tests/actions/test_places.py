"""A question with its place, and the question for the commune with all kinds of answers."""

from __future__ import annotations

import pytest

from actions.utterance import HUMAN_TITLE
from tests.actions.talk import Talk

CONTACT_BUTTONS = ["C’est bien ça", "Autre sujet", HUMAN_TITLE]
QUESTION = "on cherche une aide pour acheter un tour"


def test_a_question_with_a_place_gives_the_contact_at_once(talk: Talk) -> None:
    text = "slt on cherche qq1 pour nous aider a payer un tour 5 axes, on est a Jonzac"
    said = talk.ask(text, "financement")
    assert len(said.messages) == 1
    [contact] = said.contacts
    assert contact["category"] == "financement"
    assert contact["category_label"] == "Financement et aides"
    assert contact["commune"] == {"code": "17197", "name": "Jonzac"}
    assert contact["antenna"]["slug"] == "bordeaux"
    assert contact["person"]["id"] == "bordeaux-financement"
    assert contact["front_desk"] is None
    assert contact["alternative_antenna"]["slug"] == "rochefort"
    assert "Jonzac" in contact["reason"] and contact["person"]["name"] in said.text
    assert said.titles == CONTACT_BUTTONS


def test_the_expert_elsewhere_comes_with_the_front_desk_of_the_nearest_antenna(talk: Talk) -> None:
    [contact] = talk.ask("un financement pour un four, à Saintes", "financement").contacts
    assert contact["antenna"] == {"slug": "rochefort", "name": "Rochefort", "distance_km": 33.1}
    assert contact["person"]["antenna"] == "bordeaux"
    assert contact["front_desk"]["id"] == "sandrine-aubron"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ("Jonzac", "17197"),
        ("jonzac", "17197"),
        ("à jonzac", "17197"),
        ("17500 Jonzac", "17197"),
        ("on est installés à Jonzac, merci", "17197"),
        ("ZI de la gare, 64230 Lescar", "64335"),
        ("tlse", "31555"),
        ("St-Médard-en-Jalles", "33449"),
        ("ste-foy-la-grande", "33402"),
        ("Angoulème", "16015"),
        ("c'est près de Villeneuve-sur-Lot", "47323"),
        ("Pau", "64445"),
        ("Rochfort", "17299"),
        ("perigueu", "24322"),
    ],
)
def test_the_commune_is_asked_and_understood(talk: Talk, answer: str, code: str) -> None:
    said = talk.ask(QUESTION, "financement")
    assert "commune" in said.text and not said.contacts
    [contact] = talk.mumble(answer).contacts
    assert contact["commune"]["code"] == code


@pytest.mark.parametrize(
    ("answer", "antenna"),
    [("en Tarn-et-Garonne", "toulouse"), ("on est dans le 30", "montpellier"), ("Ariège", "toulouse")],
)
def test_an_area_with_one_nearest_antenna_is_enough(talk: Talk, answer: str, antenna: str) -> None:
    talk.ask(QUESTION, "financement")
    [contact] = talk.mumble(answer).contacts
    assert contact["antenna"]["slug"] == antenna
    assert contact["antenna"]["distance_km"] is None and contact["commune"] is None


@pytest.mark.parametrize(
    "answer", ["Gironde", "dans le 64", "en Nouvelle-Aquitaine", "le Béarn", "en Charente-Maritime"]
)
def test_an_area_between_antennas_asks_for_the_commune(talk: Talk, answer: str) -> None:
    talk.ask(QUESTION, "financement")
    said = talk.mumble(answer)
    assert not said.contacts and "commune" in said.text
    assert talk.mumble("Bègles").people == [("bordeaux", "bordeaux-financement")]


def test_homonyms_are_offered_with_their_departement(talk: Talk) -> None:
    said = talk.ask("un financement pour un four, on est à Saint-Sauveur", "financement")
    assert not said.contacts
    assert said.titles[:3] == ["Saint-Sauveur (31)", "Saint-Sauveur (33)", "Saint-Sauveur (24)"]
    assert len(set(said.titles)) == len(said.titles)
    [contact] = talk.press("Saint-Sauveur (33)").contacts
    assert contact["commune"]["code"] == "33471"


@pytest.mark.parametrize("answer", ["dans le 33", "33250", "en Gironde"])
def test_homonyms_are_told_apart_by_departement_or_postal_code(talk: Talk, answer: str) -> None:
    talk.ask(QUESTION, "financement")
    assert len(talk.mumble("Saint-Sauveur").titles) >= 2
    [contact] = talk.mumble(answer).contacts
    assert contact["commune"]["code"] == "33471"


def test_a_postal_code_of_many_communes_shows_the_largest_and_takes_a_name(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    said = talk.mumble("17500")
    assert "Jonzac (17)" in said.titles and len(said.titles) <= 6
    assert "écrivez son nom" in said.text
    [contact] = talk.mumble("Meux").contacts
    assert contact["commune"]["code"] == "17233"


def test_a_doubtful_spelling_is_asked_back(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    said = talk.mumble("Jonzzzac")
    assert "Vouliez-vous dire Jonzac" in said.text
    [contact] = talk.press("Oui").contacts
    assert contact["commune"]["code"] == "17197"


def test_a_doubtful_spelling_is_confirmed_in_words(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    talk.mumble("Jonzzzac")
    assert talk.chat("oui", "affirmer").contacts[0]["commune"]["code"] == "17197"


def test_a_doubtful_spelling_that_is_wrong_asks_again(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    talk.mumble("Jonzzzac")
    said = talk.press("Non, une autre commune")
    assert not said.contacts and "commune" in said.text
    assert talk.mumble("Agen").people == [("toulouse", "toulouse-financement")]


def test_two_failures_name_the_head_office_and_do_not_lie_about_the_place(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    first = talk.mumble("xqzt")
    assert not first.contacts and HUMAN_TITLE in first.titles
    second = talk.mumble("zzz qqq")
    assert second.people == [("toulouse", "toulouse-accueil")]
    assert second.titles == CONTACT_BUTTONS
    assert "hors" not in second.contacts[0]["reason"]
    assert second.contacts[0]["antenna"]["distance_km"] is None


def test_two_failures_with_two_needs_name_the_head_office_for_both(talk: Talk) -> None:
    talk.ask("former des gars et payer un tour", "formation", "financement")
    talk.mumble("xqzt")
    assert [contact["category"] for contact in talk.mumble("zzz qqq").contacts] == ["formation", "financement"]


def test_a_place_after_the_head_office_still_gives_the_contact(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    talk.mumble("xqzt")
    talk.mumble("zzz qqq")
    assert talk.chat("Bayonne", "indiquer_lieu").people[0][1].endswith("financement")


@pytest.mark.parametrize(("answer", "name"), [("Nantes", "Nantes"), ("44000", "Nantes"), ("en Belgique", "Belgique")])
def test_elsewhere_is_said_and_the_head_office_named(talk: Talk, answer: str, name: str) -> None:
    talk.ask(QUESTION, "financement")
    said = talk.mumble(answer)
    assert said.people == [("toulouse", "toulouse-accueil")]
    assert f"{name} est hors" in said.text
    assert said.contacts[0]["antenna"]["distance_km"] is None
