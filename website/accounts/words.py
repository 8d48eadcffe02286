"""What roles and states of accounts are called on pages."""

from __future__ import annotations

from directory.french import typeset
from website.accounts.access import Role
from website.accounts.models import Account
from website.accounts.records import absence
from website.staff.moments import day

ROLES = {
    Role.OFFICER: "Chargé de mission",
    Role.TRAINER: "Formateur",
    Role.ADMIN: "Administrateur",
}
"""Role names, as they are shown."""
DUTIES = {
    Role.OFFICER: "répond aux adhérents de ses antennes",
    Role.TRAINER: "apprend à l’assistant à mieux comprendre",
    Role.ADMIN: "fait tout cela, et gère comptes, annuaire et journal",
}
"""What each role does, in a few words."""


def state(account: Account) -> tuple[str, str]:
    """In a few words whether somebody can sign in and is here; and its colour: ok, warn or bad."""
    if account.disabled:
        return "désactivé", "bad"
    if account.password_hash is None and account.signed_in_at is None:
        return "invitation envoyée", "warn"
    away_until = absence(account)
    if away_until is not None:
        return typeset(f"absent jusqu’au {day(away_until)}"), "warn"
    return "actif", "ok"
