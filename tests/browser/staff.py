"""People of the staff in browsers: accounts in the site's database, contexts that are signed in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from playwright.sync_api import BrowserContext, Locator, Page, expect

from database.storage import Storage
from tests.browser.conftest import Site
from tests.support.staff import make_account, make_session
from website.accounts.access import Role
from website.openapi import SESSION_COOKIE

T = TypeVar("T")

UNDERSTOOD = {
    "intent": "financement",
    "ranking": [["financement", 0.93], ["nouvelle_machine", 0.04]],
    "decision": "answer",
    "categories": ["financement"],
    "place": {"kind": "commune", "text": "Saintes", "codes": ["17415"]},
    "language": "fr",
}
"""What the stand-in for Rasa says that it understood."""


def in_database(site: Site, work: Callable[[Storage], Awaitable[T]]) -> T:
    """Do something with the site's database, beside the site."""

    async def run() -> T:
        storage = Storage.open(site.environment["DATABASE_URL"])
        try:
            return await work(storage)
        finally:
            await storage.close()

    with ThreadPoolExecutor(1) as pool:  # Playwright's loop runs in this thread
        return pool.submit(asyncio.run, run()).result()


@dataclass(frozen=True)
class Person:
    """An account and the value of its session's cookie."""

    id: str
    name: str
    token: str

    def sign_in(self, context: BrowserContext, site: Site) -> None:
        """Let a browser be signed in."""
        context.add_cookies([{"name": SESSION_COOKIE, "value": self.token, "url": site.url}])


def person(site: Site, name: str, role: Role = Role.OFFICER, **account: Any) -> Person:
    """Somebody new of the staff. Keyword arguments go to `make_account`."""

    async def make(storage: Storage) -> Person:
        email = account.pop("email", f"{name.lower().replace(' ', '.')}@exemple.fr")
        made = await make_account(storage, role, email=email, name=name, **account)
        token, _ = await make_session(storage, made.id)
        return Person(made.id, name, token)

    return in_database(site, make)


@dataclass
class Console:
    """The console as an officer meets it."""

    page: Page
    url: str

    def open(self, path: str = "/console") -> Console:
        """Go to a page and wait until its script runs."""
        self.page.goto(self.url + path)
        return self

    @property
    def lines(self) -> Locator:
        """The lines of the list."""
        return self.page.locator("#rows a.line")

    @property
    def log(self) -> Locator:
        """The messages."""
        return self.page.get_by_role("log")

    @property
    def field(self) -> Locator:
        """Where an answer is written."""
        return self.page.get_by_role("textbox", name="Votre réponse à l’adhérent")

    def button(self, name: str) -> Locator:
        """A button by its test id."""
        return self.page.get_by_test_id(name)

    def answer(self, text: str) -> None:
        """Write an answer and send it."""
        self.field.fill(text)
        self.button("reply").click()

    def expect_own(self, *texts: str) -> None:
        """Wait until these are all one's own answers, none of them still on its way."""
        expect(self.page.locator(".msg.waiting")).to_have_count(0)
        expect(self.page.locator(".msg.own .text")).to_have_text(list(texts))
