"""The commune that the host website declares: not asked for again, and never stronger than the member's own words."""

from __future__ import annotations

import pytest

from actions.utterance import HUMAN_TITLE
from tests.actions.talk import Talk

QUESTION = "on cherche une aide pour acheter un tour"
JONZAC, SAINTES, PAU, LYON = "17197", "17415", "64445", "69123"


def communes(talk: Talk, text: str) -> list[str]:
    """The communes for which contacts are named to a question."""
    return [contact["commune"]["code"] for contact in talk.ask(text, "financement").contacts]


def test_the_place_is_not_asked_for(talk: Talk) -> None:
    talk.declared = JONZAC
    assert communes(talk, QUESTION) == [JONZAC]
    assert "Jonzac" in talk.last.contacts[0]["reason"]


def test_without_one_it_is_asked_for(talk: Talk) -> None:
    assert communes(talk, QUESTION) == []
    assert "commune" in talk.last.text


def test_a_commune_in_the_message_wins_and_stays(talk: Talk) -> None:
    talk.declared = JONZAC
    assert communes(talk, f"{QUESTION}, à Saintes") == [SAINTES]
    assert communes(talk, QUESTION) == [SAINTES]


def test_a_commune_said_later_wins_and_stays(talk: Talk) -> None:
    talk.declared = JONZAC
    assert communes(talk, QUESTION) == [JONZAC]
    [contact] = talk.chat("en fait on est à Pau", "indiquer_lieu").contacts
    assert contact["commune"]["code"] == PAU
    assert communes(talk, QUESTION) == [PAU]


def test_an_answer_to_the_question_for_the_place_is_the_members(talk: Talk) -> None:
    talk.declared = JONZAC
    said = talk.ask(f"{QUESTION}, nous sommes en Nouvelle-Aquitaine", "financement")
    assert not said.contacts and "Nouvelle-Aquitaine" in said.text
    [contact] = talk.mumble("Pau").contacts
    assert contact["commune"]["code"] == PAU


def test_a_button_counts_too(talk: Talk) -> None:
    talk.declared = JONZAC
    talk.doubt("une machine mais pas les sous", "financement", "nouvelle_machine")
    assert [one["commune"]["code"] for one in talk.press("Financement et aides").contacts] == [JONZAC]


def test_a_person_is_asked_for_at_the_nearest_antenna(talk: Talk) -> None:
    talk.declared = SAINTES
    talk.chat("bonjour", "saluer")
    talk.send("/demander_humain")
    assert talk.last.custom("handoff") == [{"type": "handoff", "antenna": "rochefort"}]


def test_a_commune_elsewhere_is_the_head_offices(talk: Talk) -> None:
    talk.declared = LYON
    [contact] = talk.ask(QUESTION, "financement").contacts
    assert contact["commune"]["name"] == "Lyon"
    assert "Lyon est hors de nos deux régions" in talk.last.text
    assert HUMAN_TITLE in talk.last.titles


@pytest.mark.parametrize("code", ["00000", "Jonzac", "17500"])
def test_what_is_no_commune_counts_for_nothing(talk: Talk, code: str) -> None:
    talk.declared = code
    assert communes(talk, QUESTION) == []
    assert talk.slots["lieu"] is None if "lieu" in talk.slots else True
