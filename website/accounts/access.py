"""Who may call a route: one rule for each, enforced by `website.accounts.guard`."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody does here."""

    OFFICER = "officer"
    TRAINER = "trainer"
    ADMIN = "admin"


class Access(StrEnum):
    """Who may call a route.

    Attributes:
        PUBLIC: Everybody.
        MEMBER: Who holds the conversation's bearer token; the view checks it.
        ANYONE_SIGNED_IN: Everybody with an account.
        OFFICER: Officers and administrators.
        TRAINER: Trainers and administrators.
        ADMIN: Administrators.
    """

    PUBLIC = "public"
    MEMBER = "member"
    ANYONE_SIGNED_IN = "anyone_signed_in"
    OFFICER = "officer"
    TRAINER = "trainer"
    ADMIN = "admin"

    @property
    def needs_account(self) -> bool:
        """Whether only people who are signed in may call."""
        return self in _ROLES


_ROLES = {
    Access.ANYONE_SIGNED_IN: frozenset(Role),
    Access.OFFICER: frozenset({Role.OFFICER, Role.ADMIN}),
    Access.TRAINER: frozenset({Role.TRAINER, Role.ADMIN}),
    Access.ADMIN: frozenset({Role.ADMIN}),
}


def allows(access: Access, role: Role | None) -> bool:
    """Whether a rule lets somebody call.

    Args:
        access: The route's rule.
        role: Of the account that is signed in, or None where nobody is.
    """
    return not access.needs_account or role in _ROLES[access]
