"""Naming the right person, or asking for what is missing to do so."""

from __future__ import annotations

from dataclasses import replace

from actions.dossier import PLACE_QUESTIONS, Dossier, Pending
from actions.texts import text
from actions.turn import Desk, Reply, Turn
from actions.utterance import AFTER_CONTACT, HUMAN, SOMETHING_ELSE, Button, Utterance, payload
from directory.french import at
from directory.lookup import Answer
from tracing import spans
from understanding.places.gazetteer import place_key
from understanding.places.place import Place

MOST_NEEDS = 2
MOST_CANDIDATES = 6
"""Homonyms that are offered as buttons; where there are more, the largest communes and the postal code."""


def orient(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """A question in one or two categories: a contact for each, or the commune is asked for."""
    if turn.decision == "choose" and turn.categories:
        return offer(dossier, turn, desk)
    if not turn.categories:  # it was retired since the model was trained, or since the button was shown
        return dossier, [Utterance("rephraser", buttons=(HUMAN,))]
    needs = _needs(dossier, turn)
    dossier = replace(dossier.understood(), besoins=needs, repondu=False, attente="", candidats=())
    if turn.place is not None:
        return settle(dossier, turn.place, desk)
    return settle(dossier, dossier.lieu, desk)


def _needs(dossier: Dossier, turn: Turn) -> tuple[str, ...]:
    """The needs to answer: a question asked while the commune is awaited does not drop the one before it."""
    if turn.pressed or dossier.repondu or dossier.attente not in PLACE_QUESTIONS:
        return turn.categories
    return tuple(dict.fromkeys((*dossier.besoins, *turn.categories)))[-MOST_NEEDS:]


def settle(dossier: Dossier, place: Place | None, desk: Desk) -> Reply:
    """Answer the pending needs for a place; or ask for the commune where the place is not known well enough.

    The place is kept even where there is no need yet.
    """
    if place is None:
        return ask_commune(dossier, desk)
    if place.kind == "commune" and len(place.codes) > 1:
        return _ask_which(dossier, place, desk)
    if place.kind == "commune" and not place.certain:
        return _ask_whether(dossier, place, desk)
    dossier = replace(dossier, lieu=place, attente="", candidats=(), echecs=0, echecs_lieu=0)
    if not dossier.besoins:
        return dossier, [Utterance("lieu_note", {"place": place_name(place, desk)})]
    answers = [_answer(category, place, desk) for category in dossier.besoins]
    if any(answer is None for answer in answers):
        dossier = replace(dossier, lieu=None, attente="commune")
        return dossier, [Utterance("preciser_departement", {"place": place_name(place, desk)})]
    found = [answer for answer in answers if answer is not None]
    return replace(dossier, repondu=True, antenne=found[-1].person.antenna), contact_messages(found, place, desk)


def _answer(category: str, place: Place, desk: Desk) -> Answer | None:
    today = desk.now.date()
    with spans.step("directory.lookup"):
        if place.kind == "outside" and len(place.codes) != 1:
            return desk.lookup.outside(category, today)
        if place.kind in ("commune", "outside"):
            return desk.lookup.for_commune(category, place.codes[0], today)
        return desk.lookup.for_area(category, place.departements, today)


def contact_messages(answers: list[Answer], place: Place, desk: Desk) -> list[Utterance]:
    """A message for each answer; the buttons stand under the last."""
    messages: list[Utterance] = []
    for index, answer in enumerate(answers):
        key = "contact" if index == 0 else "contact_second"
        if place.kind == "outside" and index == 0:
            key = "hors_regions"
        values = {
            "label": answer.category_label,
            "person": answer.person.name,
            "role": answer.person.role[:1].lower() + answer.person.role[1:],
            "reason": answer.reason,
            "place": place_name(place, desk),
        }
        buttons = AFTER_CONTACT if index == len(answers) - 1 else ()
        messages.append(Utterance(key, values, buttons, answer.as_json()))
    return messages


def ask_commune(dossier: Dossier, desk: Desk) -> Reply:
    """Ask where the member is."""
    dossier = replace(dossier, attente="commune", candidats=())
    labels = [desk.catalogue.label(category) for category in dossier.besoins]
    if not labels:
        return dossier, [Utterance("redemander_commune")]
    if len(labels) == 1:
        return dossier, [Utterance("demander_commune", {"label": labels[0]})]
    return dossier, [Utterance("demander_commune_deux", {"label": labels[0], "second": labels[1]})]


def _ask_which(dossier: Dossier, place: Place, desk: Desk) -> Reply:
    written = place_key(place.text)
    communes = [desk.places.gazetteer.table[code] for code in place.codes]
    if written:  # else they were offered before, in this order
        communes.sort(key=lambda commune: (place_key(commune.name) != written, -commune.population))
    shown = communes[:MOST_CANDIDATES]
    buttons = tuple(
        Button(f"{commune.name} ({commune.departement})", payload("indiquer_lieu", commune=commune.code))
        for commune in shown
    )
    pending: Pending = "homonymes"
    dossier = replace(dossier, attente=pending, candidats=tuple(commune.code for commune in communes))
    return dossier, [Utterance("homonymes" if len(communes) == len(shown) else "homonymes_nombreux", buttons=buttons)]


def _ask_whether(dossier: Dossier, place: Place, desk: Desk) -> Reply:
    commune = desk.places.gazetteer.table[place.codes[0]]
    dossier = replace(dossier, attente="lieu_douteux", candidats=(commune.code,))
    buttons = (
        Button("Oui", payload("indiquer_lieu", commune=commune.code)),
        Button("Non, une autre commune", payload("infirmer", question="lieu")),
    )
    name = f"{commune.name} ({commune.departement})"
    return dossier, [Utterance("lieu_douteux", {"place": name}, buttons)]


def offer(dossier: Dossier, turn: Turn, desk: Desk) -> Reply:
    """Unsure between categories: up to three buttons, and « Autre chose »."""
    place = turn.place if turn.place is not None and turn.place.kind != "outside" else dossier.lieu
    buttons = tuple(Button(desk.catalogue.label(category), payload(category), category) for category in turn.categories)
    dossier = replace(dossier, attente="choix", candidats=(), lieu=place, repondu=False)
    return dossier, [Utterance("choisir", buttons=(*buttons, SOMETHING_ELSE))]


def head_office_after_all(dossier: Dossier, desk: Desk) -> Reply:
    """The commune was not found twice: the head office, so that nobody leaves without a person."""
    if not dossier.besoins:
        front_desk = desk.lookup.front_desk(desk.lookup.head_office)
        values = {"person": f"{front_desk.name}, {front_desk.phone}, {front_desk.email}"}
        return replace(dossier, attente="", echecs_lieu=0), [Utterance("lieu_inconnu_siege", values, (HUMAN,))]
    answers = [desk.lookup.outside(category, desk.now.date()) for category in dossier.besoins]
    person = answers[0].person
    dossier = replace(dossier, attente="", echecs_lieu=0, repondu=True, antenne=person.antenna)
    reason = text("raison_lieu_inconnu", antenna=at(desk.lookup.head_office.name))
    contacts = [replace(answer, reason=reason).as_json() for answer in answers]
    messages = [Utterance("lieu_inconnu_siege", {"person": person.name}, custom=contacts[0])]
    for answer, contact in zip(answers[1:], contacts[1:]):
        values = {"label": answer.category_label, "person": person.name}
        messages.append(Utterance("lieu_inconnu_second", values, custom=contact))
    messages[-1] = replace(messages[-1], buttons=AFTER_CONTACT)
    return dossier, messages


def place_name(place: Place, desk: Desk) -> str:
    """How to speak of a place: « Jonzac », « Gers », « le Béarn »."""
    if place.kind in ("commune", "outside") and len(place.codes) >= 1:
        return desk.places.gazetteer.table[place.codes[0]].name
    name = place.name or place.text
    return name[:1].upper() + name[1:] if place.kind == "outside" else name
