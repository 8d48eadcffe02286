"""Questions about the antennas themselves: where, who, when."""

from __future__ import annotations

from dataclasses import replace

from actions.dossier import Dossier
from actions.moves.orient import settle
from actions.moves.talk import again
from actions.turn import Desk, Reply, Turn
from actions.utterance import HUMAN, Utterance
from directory.data import AntennaEntry
from directory.french import de, kilometres
from directory.hours import opening_sentence
from understanding.places.place import Place
from understanding.text import comparison_key


def antennas(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """« Où est votre antenne ? », « Qui est à Rochefort ? », « Vous ouvrez à quelle heure ? »."""
    dossier = dossier.understood()
    named = _named(turn, desk)
    if named is not None:
        return again(dossier, [_card(named, desk), _team(named, desk)], desk)
    place = turn.place or dossier.lieu
    if place is not None:
        return nearest_antenna(dossier, place, desk)
    names = ", ".join(antenna.name for antenna in desk.lookup.data.antennas)
    return replace(dossier, attente="antenne"), [
        Utterance("antennes", {"antennas": names}),
        Utterance("demander_commune_antenne"),
    ]


def nearest_antenna(dossier: Dossier, place: Place, desk: Desk) -> Reply:
    """The antenna nearest to a place, its address, telephone and hours; then the need that waited for the place."""
    if place.kind != "commune" or len(place.codes) != 1:
        if place.kind == "outside":
            return _then_need(dossier, place, [_card(desk.lookup.head_office, desk)], desk)
        return replace(dossier, attente="antenne"), [Utterance("demander_commune_antenne")]
    antenna, distance = desk.lookup.nearest(place.codes[0])[0]
    values = {**_values(antenna, desk), "distance": kilometres(distance)}
    dossier = replace(dossier, lieu=place, attente="")
    return _then_need(dossier, place, [Utterance("antenne", values), _team(antenna, desk)], desk)


def _then_need(dossier: Dossier, place: Place, said: list[Utterance], desk: Desk) -> Reply:
    if not dossier.besoins or dossier.repondu:
        return dossier, said
    after, answers = settle(dossier, place, desk)
    return after, [*said, *answers]


def _named(turn: Turn, desk: Desk) -> AntennaEntry | None:
    """The antenna that the text names, or whose commune it gives."""
    key = comparison_key(turn.text)
    for antenna in desk.lookup.data.antennas:
        if f" {antenna.slug} " in f" {key} ":
            return antenna
    if turn.place is not None and turn.place.kind == "commune":
        for antenna in desk.lookup.data.antennas:
            if antenna.commune in turn.place.codes:
                return antenna
    return None


def _values(antenna: AntennaEntry, desk: Desk) -> dict[str, str]:
    opening = opening_sentence(antenna, desk.now)
    return {
        "antenna": de(antenna.name),
        "address": antenna.address,
        "phone": antenna.phone,
        "opening": f"L’antenne est {opening}." if opening.startswith("ouverte") else f"L’antenne {opening}.",
    }


def _card(antenna: AntennaEntry, desk: Desk) -> Utterance:
    return Utterance("antenne_nommee", _values(antenna, desk))


def _team(antenna: AntennaEntry, desk: Desk) -> Utterance:
    people = " ; ".join(f"{contact.name} ({contact.role})" for contact in desk.lookup.contacts_at(antenna.slug))
    return Utterance("antenne_equipe", {"antenna": de(antenna.name), "people": people}, (HUMAN,))
