"""What is known of a member's matter during a conversation: the slots, with types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from understanding.catalogue import Catalogue
from understanding.places.place import Place

Pending = Literal["", "commune", "antenne", "homonymes", "lieu_douteux", "choix", "effacement"]
"""The question that the member was asked last and has not answered."""

PLACE_QUESTIONS: tuple[Pending, ...] = ("commune", "antenne", "homonymes", "lieu_douteux")
"""Those about the place."""


def in_service(slugs: Iterable[str], catalogue: Catalogue) -> tuple[str, ...]:
    """The categories of slugs that an older model or an older message names, each once."""
    found = map(catalogue.successor, slugs)
    return tuple(dict.fromkeys(slug for slug in found if slug is not None))


@dataclass(frozen=True)
class Dossier:
    """The state of a matter, kept in Rasa's slots between two messages.

    Attributes:
        besoins: Categories to find a contact for, or that were answered last.
        lieu: The member's place, kept for the next question; None while unknown.
        attente: The pending question.
        candidats: INSEE codes of the communes offered with the pending question.
        echecs: Messages not understood in a row.
        echecs_lieu: Answers to the question for the commune not understood in a row.
        repondu: Whether a contact was given for `besoins`.
        antenne: Slug of the antenna of the person who was named last.
    """

    besoins: tuple[str, ...] = ()
    lieu: Place | None = None
    attente: Pending = ""
    candidats: tuple[str, ...] = ()
    echecs: int = 0
    echecs_lieu: int = 0
    repondu: bool = False
    antenne: str = ""

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> Dossier:
        """Read the slots; what an older version left there and cannot be read counts as unknown."""
        place = slots.get("lieu")
        return cls(
            besoins=tuple(slots.get("besoins") or ()),
            lieu=Place.from_dict(place) if isinstance(place, dict) and "kind" in place and "text" in place else None,
            attente=slots.get("attente") or "",
            candidats=tuple(slots.get("candidats") or ()),
            echecs=int(slots.get("echecs") or 0),
            echecs_lieu=int(slots.get("echecs_lieu") or 0),
            repondu=bool(slots.get("repondu")),
            antenne=slots.get("antenne") or "",
        )

    def as_slots(self) -> dict[str, Any]:
        """Values for the slots, as JSON."""
        values: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        values["besoins"] = list(self.besoins)
        values["candidats"] = list(self.candidats)
        values["lieu"] = self.lieu.as_dict() if self.lieu else None
        return values

    def in_service(self, catalogue: Catalogue) -> Dossier:
        """The same, without needs whose category was retired since; those merged are the category that took over."""
        return replace(self, besoins=in_service(self.besoins, catalogue))

    def without_erasure(self) -> Dossier:
        """The same, with the question whether to erase taken back: a later « oui » must not erase anything."""
        if self.attente != "effacement":
            return self
        return replace(self, attente="commune" if self.besoins and not self.repondu else "")

    def understood(self) -> Dossier:
        """The same, with the count of failures at zero."""
        return replace(self, echecs=0, echecs_lieu=0)
