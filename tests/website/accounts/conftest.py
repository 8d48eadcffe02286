"""A browser that keeps its cookies by hand, so that each can be seen."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from http.cookies import SimpleCookie

import aiohttp
import pytest

from tests.support.staff import PASSWORD
from tests.website.conftest import Site


@dataclass
class Visitor:
    """A browser. Redirects are not followed."""

    http: aiohttp.ClientSession
    url: str
    cookies: dict[str, str] = field(default_factory=dict)

    async def call(
        self, method: str, path: str, data: dict[str, str] | None = None, headers: dict[str, str] | None = None
    ) -> tuple[aiohttp.ClientResponse, str]:
        """One call, with the cookies kept so far."""
        sent = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        async with self.http.request(
            method, self.url + path, data=data, headers={**sent, **(headers or {})}, allow_redirects=False
        ) as response:
            text = await response.text()
            for header in response.headers.getall("Set-Cookie", []):
                for name, morsel in SimpleCookie(header).items():
                    self.cookies.pop(name, None)
                    if morsel["max-age"] != "0":
                        self.cookies[name] = morsel.value
            return response, text

    async def get(self, path: str) -> tuple[int, str]:
        """Read a page."""
        response, text = await self.call("GET", path)
        return response.status, text

    async def secret(self, path: str = "/connexion") -> str:
        """What the form of a page carries."""
        _, text = await self.get(path)
        found = re.search(r'name="csrf" value="([^"]+)"', text)
        assert found, text
        return found[1]

    async def send(self, path: str, **fields: str) -> tuple[aiohttp.ClientResponse, str]:
        """Open a page and send its form."""
        return await self.call("POST", path, {"csrf": await self.secret(path), **fields})

    async def sign_in(self, email: str, password: str = PASSWORD, **fields: str) -> tuple[aiohttp.ClientResponse, str]:
        """Send the form of `/connexion`."""
        return await self.send("/connexion", email=email, password=password, **fields)


@pytest.fixture
async def visitor(site: Site, http: aiohttp.ClientSession) -> AsyncIterator[Visitor]:
    """A browser that never was here."""
    yield Visitor(http, site.url)
