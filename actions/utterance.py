"""What an action says: a text of data/textes.yml with its values, buttons and contact."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from directory.french import typeset

HUMAN_TITLE = "Parler à un chargé de mission"


@dataclass(frozen=True)
class Button:
    """A button. `category` is set where it chooses a category."""

    title: str
    payload: str
    category: str | None = None

    def as_dict(self) -> dict[str, str]:
        """The form in which Rasa carries it."""
        button = {"title": typeset(self.title), "payload": self.payload}
        return {**button, "category": self.category} if self.category else button


@dataclass(frozen=True)
class Utterance:
    """One message of the bot's.

    Attributes:
        text: Key of a text in data/textes.yml.
        values: What its {names} stand for.
        buttons: Offered below it.
        custom: JSON that goes with it: a contact, a handoff, an erasure.
    """

    text: str
    values: dict[str, str] = field(default_factory=dict)
    buttons: tuple[Button, ...] = ()
    custom: dict[str, Any] | None = None


def payload(intent: str, **entities: str) -> str:
    """A button's payload in Rasa's form, e.g. ``/indiquer_lieu{"commune": "17197"}``."""
    return f"/{intent}{json.dumps(entities, ensure_ascii=False, separators=(', ', ': '))}" if entities else f"/{intent}"


HUMAN = Button(HUMAN_TITLE, payload("demander_humain"))
OTHER_TOPIC = Button("Autre sujet", payload("infirmer"))
SOMETHING_ELSE = Button("Autre chose", payload("infirmer", question="choix"))
THATS_IT = Button("C’est bien ça", payload("affirmer", question="contact"))
YES_ERASE = Button("Oui, tout effacer", payload("affirmer", question="effacement"))
KEEP = Button("Non, garder", payload("infirmer", question="effacement"))
AFTER_CONTACT = (THATS_IT, OTHER_TOPIC, HUMAN)
