"""People of the staff, for tests: accounts with a session, and a client that is signed in."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import aiohttp

from database.storage import Storage
from settings import Settings
from website.accounts import passwords, sessions
from website.accounts.access import Role
from website.accounts.models import Account, AccountSession
from website.accounts.records import create
from website.models import digest
from website.openapi import SESSION_COOKIE

PASSWORD = "cheval agrafe batterie correcte"


@dataclass
class Staff:
    """Somebody who is signed in.

    Attributes:
        account: Id of the account.
        token: The session's cookie.
        csrf: What unsafe calls carry.
        http: A client that sends the cookie.
        url: The site.
    """

    account: str
    email: str
    token: str
    csrf: str
    http: aiohttp.ClientSession
    url: str

    async def get(self, path: str, **options: Any) -> tuple[int, str]:
        """Read a page; redirects are not followed."""
        async with self.http.get(self.url + path, allow_redirects=False, **options) as response:
            return response.status, await response.text()

    async def post(self, path: str, **fields: str) -> aiohttp.ClientResponse:
        """Send a form with its secret; redirects are not followed."""
        data = {"csrf": self.csrf, **fields}
        async with self.http.post(self.url + path, data=data, allow_redirects=False) as response:
            await response.read()
            return response

    async def call(self, path: str, body: Any = None) -> tuple[int, Any]:
        """Call the JSON API."""
        headers = {"X-CSRF-Token": self.csrf}
        async with self.http.post(self.url + path, json=body or {}, headers=headers) as response:
            return response.status, None if response.status == 204 else await response.json()


async def make_account(
    storage: Storage,
    role: Role = Role.OFFICER,
    *,
    email: str = "",
    name: str = "Marie Dupont",
    antennas: Sequence[str] = ("rochefort",),
    password: str | None = None,
    signed_in_at: datetime | None = None,
) -> Account:
    """An account; with a password only where one is given, since hashing takes a moment."""
    kept = await passwords.hashed(password) if password else None
    async with storage.write() as session:
        account = await create(session, email or f"{role.value}@exemple.fr", name, role, antennas)
        account.password_hash, account.signed_in_at = kept, signed_in_at
    return account


async def make_session(storage: Storage, account_id: str, settings: Settings | None = None) -> tuple[str, str]:
    """A session of an account: its cookie's value and what its forms carry."""
    async with storage.write() as session:
        lifetime = sessions.Lifetime.of(settings or Settings())
        token = await sessions.begin(session, account_id, "Firefox, Linux", lifetime)
    async with storage.read() as session:
        row = await session.get_one(AccountSession, digest(token))
    return token, row.csrf


@asynccontextmanager
async def staff(storage: Storage, url: str, role: Role = Role.OFFICER, **account: Any) -> AsyncIterator[Staff]:
    """Somebody new of the staff, signed in. Keyword arguments go to `make_account`."""
    made = await make_account(storage, role, **account)
    token, csrf = await make_session(storage, made.id)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(cookie_jar=jar, headers={"Cookie": f"{SESSION_COOKIE}={token}"}) as http:
        yield Staff(made.id, made.email, token, csrf, http, url)
