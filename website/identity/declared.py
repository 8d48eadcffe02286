"""What a host website declares of its member, once its token was found good."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from understanding.places.gazetteer import place_key
from understanding.places.table import Commune, CommuneTable
from understanding.text import clean
from website.identity.models import LONGEST, DeclaredIdentity


class MissingClaimError(ValueError):
    """A claim that has to be there is not, or is no text; the message is the claim's name."""


@dataclass(frozen=True)
class Declared:
    """What is declared.

    Attributes:
        subject: The member's id at the host website.
        company: Name of the company.
        name: Name of the member, or None.
        commune: The company's commune; None where none was named, or none that exists.
    """

    subject: str
    company: str
    name: str | None = None
    commune: Commune | None = None

    @classmethod
    def from_claims(cls, claims: Mapping[str, Any], table: CommuneTable) -> Declared:
        """Read the claims of a token.

        Raises:
            MissingClaimError: There is no subject or no company.
        """
        return cls(
            _text(claims, "sub"),
            _text(claims, "company"),
            _text(claims, "name") if claims.get("name") else None,
            find_commune(claims.get("commune"), table),
        )

    def as_row(self, conversation_id: str) -> DeclaredIdentity:
        """What is kept of it with a conversation."""
        return DeclaredIdentity(
            conversation_id=conversation_id,
            subject=self.subject,
            company=self.company,
            name=self.name,
            commune_code=self.commune.code if self.commune else None,
            commune_name=self.commune.name if self.commune else None,
        )


def _text(claims: Mapping[str, Any], name: str) -> str:
    value = claims.get(name)
    text = clean(value)[:LONGEST].strip() if isinstance(value, str) else ""
    if not text:
        raise MissingClaimError(name)
    return text


def find_commune(claim: object, table: CommuneTable) -> Commune | None:
    """The commune that a claim names.

    Args:
        claim: An INSEE code, or `{"name", "postal_code"}`; anything else names none.
        table: The communes.

    Returns:
        None where there is no such commune, or where several may be meant.
    """
    if isinstance(claim, str):
        return table.communes.get(claim.strip().upper())
    if not isinstance(claim, dict):
        return None
    name, postal_code = claim.get("name"), claim.get("postal_code")
    if not isinstance(name, str) or not isinstance(postal_code, str):
        return None
    there = table.by_postal_code.get("".join(postal_code.split()), [])
    wanted = place_key(name)
    named = [commune for commune in there if place_key(commune.name) == wanted]
    return named[0] if len(named) == 1 else None
