"""Who calls: a member and an administrator with all their rights, nobody, and somebody with secrets that are none."""

from __future__ import annotations

import asyncio
import random

import requests

from database.storage import Storage
from scripts.fuzz_routes.site import Site
from tests.support.staff import make_account, make_session
from website.accounts.access import Role
from website.openapi import SESSION_COOKIE

LET_IN = 0.85
"""Share of the calls that carry what lets them in."""
PATIENCE_SECONDS = 60.0


class Callers:
    """A member and an administrator, made anew where a call ended their conversation, session or account.

    Args:
        site: The site.
        chance: Decides who calls.

    Attributes:
        id: The member's conversation.
        account: The administrator's account.
        csrf: What their forms carry.
    """

    def __init__(self, site: Site, chance: random.Random) -> None:
        self._site = site
        self._chance = chance
        self._number = 0
        self.new_member()
        self.new_administrator()

    def new_member(self) -> None:
        """Open another conversation."""
        opened = requests.post(f"{self._site.url}/api/conversations", json={}, timeout=PATIENCE_SECONDS).json()
        self.id, self._token = opened["id"], opened["token"]

    def new_administrator(self) -> None:
        """Make another account, signed in."""
        self._number += 1
        self.account, self._session, self.csrf = asyncio.run(self._administrator())

    async def _administrator(self) -> tuple[str, str, str]:
        storage = Storage.open(self._site.database_url)
        try:
            account = await make_account(storage, Role.ADMIN, email=f"a{self._number}@exemple.fr")
            return account.id, *await make_session(storage, account.id)
        finally:
            await storage.close()

    def headers(self) -> tuple[dict[str, str], bool]:
        """What shows who calls, and whether it lets them in."""
        drawn = self._chance.random()
        if drawn < LET_IN:
            return {
                "Authorization": f"Bearer {self._token}",
                "Cookie": f"{SESSION_COOKIE}={self._session}; form={self.csrf}",
                "X-CSRF-Token": self.csrf,
            }, True
        if drawn < (1 + LET_IN) / 2:
            return {}, False
        return {
            "Authorization": f"Bearer {self._token[::-1]}",
            "Cookie": f"{SESSION_COOKIE}={self._session[::-1]}; form={self.csrf}",
            "X-CSRF-Token": self.csrf,
        }, False
