"""What is neither a question for a contact nor a place: greetings, yes and no, doubts, people, emergencies, data."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions.dossier import Dossier
from actions.moves.orient import ask_commune, offer, orient, settle
from actions.turn import Desk, Reply, Turn
from actions.utterance import HUMAN, KEEP, YES_ERASE, Utterance
from directory.french import de
from understanding.places.place import Place

GIVE_UP_AFTER = 2
"""Messages not understood in a row, after which a person is offered rather than a third « je n’ai pas compris »."""


def converse(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """A fixed answer, and the pending question again."""
    if turn.intent == "hors_perimetre":
        return _out_of_scope(dossier, desk)
    dossier = replace(dossier, echecs=0)
    buttons = (HUMAN,) if turn.intent == "demander_robot" else ()
    return again(dossier, [Utterance(turn.intent, buttons=buttons)], desk)


def again(dossier: Dossier, said: list[Utterance], desk: Desk) -> Reply:
    """What was said, followed by the question that is still open."""
    if dossier.attente == "commune" and dossier.besoins:
        return dossier, [*said, Utterance("redemander_commune")]
    if dossier.attente == "antenne":
        return dossier, [*said, Utterance("demander_commune_antenne")]
    if dossier.attente in ("homonymes", "lieu_douteux") and dossier.candidats:
        place = Place("commune", "", codes=dossier.candidats, certain=dossier.attente == "homonymes")
        after, asked = settle(dossier, place, desk)
        return after, [*said, *asked]
    return dossier, said


def _failed(dossier: Dossier, key: str) -> Reply:
    """One more failure in a row: a text, or from the second on the offer of a person."""
    failures = dossier.echecs + 1
    said = key if failures < GIVE_UP_AFTER else "proposer_humain"
    return replace(dossier, echecs=failures), [Utterance(said, buttons=(HUMAN,))]


def _out_of_scope(dossier: Dossier, desk: Desk) -> Reply:
    return again(*_failed(dossier, "hors_perimetre"), desk)


def clarify(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """Not understood well enough: a choice, an invitation to say it otherwise, or a person."""
    if turn.language in ("en", "es"):
        front_desk = desk.lookup.front_desk(desk.lookup.head_office)
        values = {"email": front_desk.email, "phone": front_desk.phone}
        return dossier, [Utterance(f"langue_{turn.language}", values, (HUMAN,))]
    if turn.pressed and turn.categories:  # the button of a category that was merged, which the model knows no more
        return orient(dossier, turn, desk)
    if turn.decision == "choose" and turn.categories:
        return offer(replace(dossier, echecs=0), turn, desk)
    return again(*_failed(dossier, "rephraser"), desk)


def affirm(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """« Oui »: to the pending question, or to a contact."""
    dossier = replace(dossier, echecs=0)
    question = turn.entities.get("question")
    if question == "effacement" or question is None and dossier.attente == "effacement":
        return replace(dossier, attente=""), [Utterance("effacement", custom={"type": "erase"})]
    if question is None and dossier.attente == "lieu_douteux" and dossier.candidats:
        name = desk.places.gazetteer.table[dossier.candidats[0]].name
        return settle(dossier, Place("commune", name, codes=dossier.candidats[:1]), desk)
    if question is None and dossier.attente == "commune":
        return ask_commune(dossier, desk)
    if dossier.repondu or question == "contact":
        return replace(dossier, attente=""), [Utterance("bien")]
    return dossier, [Utterance("oui_mais")]


def refuse(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """« Non »: to the pending question, or to the contact that was named."""
    question = turn.entities.get("question")
    if question == "effacement" or question is None and dossier.attente == "effacement":
        return again(dossier.without_erasure(), [Utterance("effacement_annule")], desk)
    if question == "lieu" or question is None and dossier.attente == "lieu_douteux":
        return ask_commune(replace(dossier, candidats=()), desk)
    return _failed(replace(dossier, besoins=(), attente="", candidats=(), repondu=False), "autre_sujet")


def hand_off(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """To a person: the antenna that named somebody last, else the nearest, else the head office."""
    place = turn.place or dossier.lieu
    antenna = desk.lookup.head_office
    if place is not None and place.kind == "commune" and len(place.codes) == 1 and place.certain:
        antenna = desk.lookup.nearest(place.codes[0])[0][0]
    elif place is not None and place.kind in ("departement", "area"):
        answer = desk.lookup.for_area(next(iter(desk.catalogue.categories)), place.departements, desk.now.date())
        antenna = answer.antenna if answer else antenna
    antenna = desk.lookup.antennas.get(dossier.antenne, antenna)
    handoff: dict[str, Any] = {"type": "handoff", "antenna": antenna.slug}
    return replace(dossier, attente="", echecs=0), [
        Utterance("transmettre", {"antenna": de(antenna.name)}, custom=handoff)
    ]


def emergency(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """Help first, and a person to call, before anything else is asked."""
    settings = desk.settings
    front_desk = desk.lookup.front_desk(desk.lookup.head_office)
    values = {
        "person": settings.emergency_name or front_desk.name,
        "phone": settings.emergency_phone or front_desk.phone,
    }
    return replace(dossier, echecs=0), [Utterance("urgence", values, (HUMAN,))]


def erase(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """Ask once before everything goes."""
    return replace(dossier, attente="effacement", echecs=0), [
        Utterance("confirmer_effacement", buttons=(YES_ERASE, KEEP))
    ]
