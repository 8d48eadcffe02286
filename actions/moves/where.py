"""Answers to the question for the commune, and corrections of the place."""

from __future__ import annotations

from dataclasses import replace

from actions.dossier import PLACE_QUESTIONS, Dossier
from actions.moves.antennas import nearest_antenna
from actions.moves.orient import head_office_after_all, settle
from actions.turn import Desk, Reply, Turn
from actions.utterance import HUMAN, Utterance
from understanding.places.place import Place

ANSWER_WORDS = 7
"""A longer message is no mere answer to « Dans quelle commune ? », unless a place is all that it gives."""
MOST_FAILURES = 2
MAY_BE_A_NAME = ("indiquer_lieu", "nlu_fallback", "hors_perimetre", "saluer", "affirmer")
"""Intents for which an answer that is the name of a commune may be taken."""


def indicate(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """The member gives a place, in words or by a button."""
    place = _pressed(turn, desk) or turn.place or desk.places.read_answer(turn.text)
    if place is None:
        return not_found(dossier, desk)
    return _go_on(dossier, narrowed(dossier, place, desk), desk)


def answer_to_pending(dossier: Dossier, turn: Turn, desk: Desk) -> Reply | None:
    """The turn as an answer to a pending question about the place; None where it is something else.

    While the commune is asked for nearly any short text may be a name, whatever the classifier made of it. A confident
    new question is a new question.
    """
    if turn.pressed or dossier.attente not in PLACE_QUESTIONS:
        return None
    short = len(turn.text.split()) <= ANSWER_WORDS
    if turn.decision == "answer" and not (short and desk.places.is_only_a_place(turn.text)):
        return None
    if turn.intent in ("affirmer", "infirmer") and dossier.attente == "lieu_douteux":
        return None
    place = turn.place
    if place is None and short and turn.intent in MAY_BE_A_NAME:
        place = desk.places.read_answer(turn.text)
    if place is not None:
        return _go_on(dossier, narrowed(dossier, place, desk), desk)
    if short and turn.intent in ("indiquer_lieu", "nlu_fallback") and turn.decision != "choose":
        return not_found(dossier, desk)
    return None


def with_declared(dossier: Dossier, turn: Turn, desk: Desk) -> Dossier:
    """The same, at the commune that the host website declares, as long as the member's place is not known.

    While the member is asked for the place it is the member's to say: they may have called the declared one wrong.
    """
    table = desk.places.gazetteer.table
    if dossier.lieu is not None or dossier.attente in PLACE_QUESTIONS or turn.declared not in table:
        return dossier
    commune = table[turn.declared]
    if table.served(commune):
        return replace(dossier, lieu=Place("commune", commune.name, codes=(commune.code,)))
    return replace(dossier, lieu=Place("outside", commune.name, codes=(commune.code,), name=commune.name))


def not_found(dossier: Dossier, desk: Desk) -> Reply:
    """No commune of that name: ask once more, then name the head office."""
    failures = dossier.echecs_lieu + 1
    if failures >= MOST_FAILURES:
        return head_office_after_all(dossier, desk)
    pending = dossier.attente if dossier.attente in ("commune", "antenne") else "commune"
    return replace(dossier, attente=pending, echecs_lieu=failures), [Utterance("commune_non_trouvee", buttons=(HUMAN,))]


def narrowed(dossier: Dossier, place: Place, desk: Desk) -> Place:
    """Among homonyms just offered, the one that a département or a postal code points to."""
    if not dossier.candidats or dossier.attente != "homonymes":
        return place
    table = desk.places.gazetteer.table
    if place.kind == "departement":
        inside = tuple(code for code in dossier.candidats if table[code].departement in place.departements)
        return replace(place, kind="commune", codes=inside, departements=()) if inside else place
    inside = tuple(code for code in place.codes if code in dossier.candidats)
    return replace(place, codes=inside) if inside else place


def _go_on(dossier: Dossier, place: Place, desk: Desk) -> Reply:
    if dossier.attente == "antenne":
        return nearest_antenna(replace(dossier, attente=""), place, desk)
    return settle(dossier, place, desk)


def _pressed(turn: Turn, desk: Desk) -> Place | None:
    code = turn.entities.get("commune")
    table = desk.places.gazetteer.table
    return Place("commune", table[code].name, codes=(code,)) if code is not None and code in table else None
