"""Whole conversations with the actions, over the demonstration directory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from actions import desk
from actions.utterance import HUMAN_TITLE
from tests.actions.talk import Talk

QUESTION = "on cherche une aide pour acheter un tour"


def test_the_place_is_kept_for_the_next_question(talk: Talk) -> None:
    talk.ask("une aide pour un tour, à Jonzac", "financement")
    talk.press("C’est bien ça")
    [contact] = talk.ask("et pour une formation ?", "formation").contacts
    assert contact["commune"]["code"] == "17197"
    assert contact["category"] == "formation"
    assert (contact["antenna"]["slug"], contact["person"]["id"]) == ("bordeaux", "rochefort-competences")


def test_a_corrected_place_answers_the_same_question_again(talk: Talk) -> None:
    talk.ask("une aide pour un tour, à Jonzac", "financement")
    [contact] = talk.chat("en fait notre site est à Pau", "indiquer_lieu").contacts
    assert contact["commune"]["code"] == "64445" and contact["category"] == "financement"
    [contact] = talk.ask("et pour une formation ?", "formation").contacts
    assert contact["commune"]["code"] == "64445"


def test_a_place_first_then_the_question(talk: Talk) -> None:
    said = talk.mumble("on est basés à Tarbes")
    assert "Tarbes" in said.text and not said.contacts
    assert talk.ask(QUESTION, "financement").contacts[0]["commune"]["code"] == "65440"


@pytest.mark.parametrize("intent", ["demander_aide", "demander_robot", "saluer", "remercier", "hors_perimetre"])
def test_a_question_in_the_middle_is_answered_and_the_commune_asked_again(talk: Talk, intent: str) -> None:
    talk.ask(QUESTION, "financement")
    said = talk.chat("au fait, une question sur vous-même et votre travail ici", intent)
    assert len(said.messages) == 2 and "commune" in said.messages[-1]["text"]
    assert talk.mumble("Jonzac").people == [("bordeaux", "bordeaux-financement")]


def test_another_need_in_the_middle_keeps_the_first(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    said = talk.ask("et au fait, qui s'occupe des brevets chez vous ?", "juridique")
    assert "commune" in said.text and "Financement" in said.text and "juridique" in said.text
    assert [c["category"] for c in talk.mumble("Albi").contacts] == ["financement", "juridique"]


def test_homonyms_are_offered_again_after_a_question_in_the_middle(talk: Talk) -> None:
    talk.ask("une aide pour un tour, à Saint-Sauveur", "financement")
    offered = talk.last.titles
    assert talk.chat("c'est gratuit ?", "demander_aide").titles == offered
    assert talk.press("Saint-Sauveur (33)").contacts


def test_the_antennas_in_the_middle_do_not_lose_the_question(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    talk.chat("au fait, elle est où votre antenne la plus proche ?", "demander_antenne")
    said = talk.mumble("Saintes")
    assert "Rochefort" in said.messages[0]["text"] and "33\u00a0km" in said.messages[0]["text"]
    assert said.people == [("rochefort", "bordeaux-financement")]


def test_an_emergency_in_the_middle_keeps_the_question(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    assert "commune" not in talk.chat("tous les pc sont chiffrés, on fait quoi ?", "urgence").text
    assert talk.mumble("Jonzac").people == [("bordeaux", "bordeaux-financement")]


def test_unsure_between_categories_offers_them_and_something_else(talk: Talk) -> None:
    said = talk.doubt("la nouvelle machine et les gars", "nouvelle_machine", "formation", "emploi_metiers")
    labels = ["Installation d’une nouvelle machine", "Formation", "Emploi et métiers"]
    assert said.titles == [*labels, "Autre chose"]
    buttons = said.messages[0]["buttons"]
    assert [button.get("category") for button in buttons] == ["nouvelle_machine", "formation", "emploi_metiers", None]
    talk.press("Formation")
    assert [c["category"] for c in talk.mumble("Albi").contacts] == ["formation"]


def test_a_choice_keeps_the_place_of_the_message(talk: Talk) -> None:
    talk.doubt("la machine et les gars, à Albi", "nouvelle_machine", "formation")
    assert talk.press("Formation").contacts[0]["commune"]["code"] == "81004"


def test_something_else_asks_for_a_sentence_then_offers_a_person(talk: Talk) -> None:
    talk.doubt("la machine et les gars", "nouvelle_machine", "formation")
    assert HUMAN_TITLE in talk.press("Autre chose").titles
    said = talk.mumble("bof")
    assert "chargé de mission" in said.text and HUMAN_TITLE in said.titles


def test_two_needs_give_two_contacts_with_the_buttons_under_the_last(talk: Talk) -> None:
    said = talk.ask("former deux régleurs et payer le tour, à Albi", "formation", "financement")
    assert [c["category"] for c in said.contacts] == ["formation", "financement"]
    assert [len(message["buttons"]) for message in said.messages] == [0, 3]


def test_two_needs_wait_for_the_commune_together(talk: Talk) -> None:
    said = talk.ask("former deux régleurs et payer le tour", "formation", "financement")
    assert "Formation" in said.text and "Financement" in said.text
    assert len(talk.mumble("Albi").contacts) == 2
    moved = talk.chat("en fait on est à Pau", "indiquer_lieu")
    assert [c["commune"]["code"] for c in moved.contacts] == ["64445", "64445"]


@pytest.mark.parametrize(
    "intent",
    ["saluer", "au_revoir", "remercier", "affirmer", "infirmer", "demander_robot", "demander_aide", "hors_perimetre"],
)
def test_every_conversation_intent_is_answered_in_a_new_conversation(talk: Talk, intent: str) -> None:
    said = talk.chat("…", intent)
    assert said.text and not said.contacts


def test_a_robot_says_so_and_offers_a_person(talk: Talk) -> None:
    said = talk.chat("vous êtes un robot ?", "demander_robot")
    assert "automatique" in said.text and HUMAN_TITLE in said.titles


def test_a_person_is_asked_for(talk: Talk) -> None:
    said = talk.chat("je veux parler à quelqu'un", "demander_humain")
    assert said.custom("handoff") == [{"type": "handoff", "antenna": "toulouse"}]


def test_the_handoff_goes_to_the_antenna_of_the_last_person_named(talk: Talk) -> None:
    talk.ask("une formation en soudage, on est à Jonzac", "formation")
    said = talk.press(HUMAN_TITLE)
    assert said.custom("handoff")[0]["antenna"] == "rochefort"
    assert "l’antenne de Rochefort" in said.text


def test_another_topic_does_not_forget_who_was_named_last(talk: Talk) -> None:
    talk.ask("une formation en soudage, on est à Jonzac", "formation")
    talk.press("Autre sujet")
    assert talk.press(HUMAN_TITLE).custom("handoff")[0]["antenna"] == "rochefort"


def test_without_a_contact_the_handoff_goes_to_the_nearest_antenna(talk: Talk) -> None:
    talk.mumble("on est à Saintes")
    assert talk.chat("un humain svp", "demander_humain").custom("handoff")[0]["antenna"] == "rochefort"


def test_where_is_the_nearest_antenna(talk: Talk) -> None:
    said = talk.chat("où est votre antenne la plus proche ?", "demander_antenne")
    for name in ("Toulouse", "Bordeaux", "Montpellier", "Futuroscope", "Rochefort"):
        assert name in said.text
    said = talk.mumble("Saintes")
    assert "celle de Rochefort" in said.text and "33\u00a0km" in said.text and "05 36 49 00 50" in said.text
    assert "ouverte aujourd’hui jusqu’à" in said.text


def test_who_is_at_rochefort(talk: Talk) -> None:
    said = talk.chat("qui est à Rochefort ?", "demander_antenne")
    assert "Sandrine Aubron" in said.text
    assert talk.slots.get("lieu") is None, "an antenna asked about is not where the member is"


def test_the_antenna_of_a_known_place(talk: Talk) -> None:
    talk.ask("une aide pour un tour, à Saintes", "financement")
    assert "Rochefort" in talk.chat("elle est où votre antenne ?", "demander_antenne").text


def test_a_closed_antenna_says_when_it_opens(talk: Talk, at: Callable[[datetime], None]) -> None:
    at(datetime(2026, 11, 28, 22, 0, tzinfo=desk.PARIS))  # a Saturday night
    said = talk.chat("vous êtes ouverts à Rochefort ?", "demander_antenne")
    assert "lundi" in said.text


@pytest.mark.parametrize("confirm", ["button", "word"])
def test_erasing_asks_once_and_then_erases(talk: Talk, confirm: str) -> None:
    said = talk.chat("effacez mes données", "effacer_donnees")
    assert not said.custom("erase") and "définitif" in said.text
    after = talk.press("Oui, tout effacer") if confirm == "button" else talk.chat("oui", "affirmer")
    assert after.custom("erase") == [{"type": "erase"}]


def test_erasing_can_be_refused_and_the_question_goes_on(talk: Talk) -> None:
    talk.ask(QUESTION, "financement")
    talk.chat("effacez mes données", "effacer_donnees")
    said = talk.press("Non, garder")
    assert not said.custom("erase") and "commune" in said.text
    assert talk.mumble("Pau").people == [("toulouse", "toulouse-financement")]


def test_a_yes_after_something_else_erases_nothing(talk: Talk) -> None:
    talk.chat("effacez mes données", "effacer_donnees")
    talk.ask("finalement une aide pour un tour, à Pau", "financement")
    assert not talk.chat("oui", "affirmer").custom("erase")


@pytest.mark.parametrize(
    "between", ["saluer", "demander_aide", "remercier", "hors_perimetre", "urgence", "demander_antenne"]
)
def test_a_yes_to_another_talk_erases_nothing(talk: Talk, between: str) -> None:
    talk.chat("effacez mes données", "effacer_donnees")
    talk.chat("…", between)
    assert not talk.chat("oui", "affirmer").custom("erase")


def test_out_of_scope_offers_a_person_and_is_not_said_twice(talk: Talk) -> None:
    first = talk.chat("quel temps fera-t-il dimanche ?", "hors_perimetre")
    second = talk.chat("espèce d'abruti", "hors_perimetre")
    assert HUMAN_TITLE in first.titles and HUMAN_TITLE in second.titles
    assert first.text != second.text


def test_an_emergency_names_a_person_before_anything_is_asked(talk: Talk) -> None:
    said = talk.chat("on se fait pirater, tous les écrans sont rouges", "urgence")
    assert "Accueil Toulouse" in said.text and "05 36 49 00 11" in said.text and "112" in said.text
    assert not said.text.rstrip().endswith("?") and HUMAN_TITLE in said.titles


def test_the_emergency_contact_of_the_settings_comes_first(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMERGENCY_NAME", "Astreinte cyber")
    monkeypatch.setenv("EMERGENCY_PHONE", "05 36 49 00 99")
    desk.settings.cache_clear()
    said = talk.chat("on se fait pirater", "urgence")
    assert "Astreinte cyber" in said.text and "05 36 49 00 99" in said.text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Hello, we are looking for a supplier of titanium parts near Toulouse", "A member of our team"),
        ("Hola, buscamos un proveedor de piezas de titanio para nuestra empresa", "Una persona de nuestro equipo"),
    ],
)
def test_another_language_gets_two_lines_and_a_person(talk: Talk, text: str, words: str) -> None:
    said = talk.ask(text, "mise_en_relation")
    assert words in said.text and HUMAN_TITLE in said.titles
    assert len(said.messages) == 1 and said.text.count("\n") == 1


def test_a_second_failure_in_a_row_offers_a_person(talk: Talk) -> None:
    first = talk.mumble("le truc du machin")
    second = talk.mumble("ben le bidule quoi")
    third = talk.mumble("le machin truc")
    assert first.text != second.text
    assert "chargé de mission" in second.text and HUMAN_TITLE in second.titles
    assert third.text != first.text and HUMAN_TITLE in third.titles


def test_being_understood_forgets_failures(talk: Talk) -> None:
    first = talk.mumble("le truc du machin")
    talk.ask("une aide pour un tour, à Pau", "financement")
    assert talk.mumble("le bidule").text == first.text


def test_a_button_pressed_late_still_answers(talk: Talk) -> None:
    talk.ask("une aide pour un tour, à Saint-Sauveur", "financement")
    old = talk.last.button("Saint-Sauveur (33)")
    talk.mumble("33471")
    talk.chat("merci", "remercier")
    assert talk.send(old).contacts[0]["commune"]["code"] == "33471"


def _retire(monkeypatch: pytest.MonkeyPatch, talk: Talk, slug: str, into: str = "") -> None:
    """Take a category out of the files while a model that knows it still answers."""
    left = {name: category for name, category in talk.catalogue.categories.items() if name != slug}
    gone = replace(talk.catalogue.categories[slug], retired=True, merged_into=into)
    catalogue = replace(talk.catalogue, categories=left, retired={slug: gone})
    monkeypatch.setattr(desk, "current_catalogue", lambda: catalogue)


def test_a_category_merged_since_the_training_leads_to_the_one_that_took_over(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.doubt("une aide pour un tour", "financement", "formation")
    old = talk.last.button("Financement et aides")
    _retire(monkeypatch, talk, "financement", into="formation")
    said = talk.ask("une aide pour un tour, à Pau", "financement")
    assert [contact["category"] for contact in said.contacts] == ["formation"]
    assert talk.send(old).contacts[0]["category"] == "formation"
    del talk.catalogue.categories["financement"]  # as with the next model, which knows the button no more
    assert talk.send(old).contacts[0]["category"] == "formation"


def test_instead_of_a_category_retired_since_the_training_the_next_ones_are_offered(
    talk: Talk, monkeypatch: pytest.MonkeyPatch
) -> None:
    _retire(monkeypatch, talk, "financement")
    said = talk.ask("une aide pour un tour, à Pau", "financement")
    assert not said.contacts and len(said.titles) == 4 and "Financement et aides" not in said.titles
    assert talk.press(said.titles[0]).contacts


def test_the_button_of_a_retired_category_asks_to_say_it_otherwise(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    talk.ask("une aide pour un tour, à Pau", "financement")
    talk.doubt("et sinon", "formation", "juridique")
    old = talk.last.button(talk.catalogue.label("juridique"))
    _retire(monkeypatch, talk, "juridique")
    assert not talk.send(old).contacts and talk.last.text


def test_a_retired_category_on_an_old_button_is_no_dead_end(talk: Talk) -> None:
    talk.slots["besoins"] = ["categorie_disparue"]
    said = talk.chat("on est à Pau", "indiquer_lieu")
    assert said.text
