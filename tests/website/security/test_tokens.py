"""Another's conversation: what a token opens, and that nothing else does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from tests.support.fake_rasa import FakeRasa
from tests.support.staff import make_account, make_session
from tests.website.conftest import Member, Site, StartSite
from website.accounts.access import Access, Role
from website.main import ROUTES
from website.openapi import SESSION_COOKIE, Route


def _members() -> Iterator[Route]:
    return (route for route in ROUTES if route.access is Access.MEMBER)


async def _status(http: aiohttp.ClientSession, route: Route, member: Member, headers: dict[str, str]) -> int:
    address = member.url + route.path.replace("{id}", member.id)
    async with http.request(route.method, address, json={}, headers=headers) as response:
        if response.status == 200 and response.content_type == "text/event-stream":
            return 200
        await response.read()
        return response.status


async def test_a_token_opens_its_own_conversation_only(site: Site, http: aiohttp.ClientSession) -> None:
    victim, attacker = await Member(http, site.url).open(), await Member(http, site.url).open()
    await victim.ask("Nous perdons notre plus gros client")
    before = await victim.read()
    routes = list(_members())
    assert len(routes) >= 6
    for route in routes:
        for token in (
            attacker.token,
            victim.token[:-1],
            victim.token + "x",
            victim.id,
            "",
            "*",
            victim.token.swapcase(),
        ):
            status = await _status(http, route, victim, {"Authorization": f"Bearer {token}"})
            assert status == 401, (route.path, token)
    assert await victim.read() == before


async def test_a_token_in_an_address_or_a_body_opens_nothing(member: Member) -> None:
    for name in ("token", "access_token", "authorization"):
        async with member.http.get(f"{member.address}/messages", params={name: member.token}) as response:
            assert response.status == 401
    async with member.http.post(
        f"{member.address}/messages", json={"text": "a", "client_id": "a", "token": member.token}
    ) as response:
        assert response.status == 401


async def test_a_members_token_is_no_session_and_a_session_no_token(site: Site, member: Member) -> None:
    cookie = {"Cookie": f"{SESSION_COOKIE}={member.token}"}
    for headers in (member.headers, cookie):
        async with member.http.get(f"{site.url}/console", headers=headers, allow_redirects=False) as response:
            assert response.headers.get("Location", "").startswith("/connexion")
    account = await make_account(site.storage, Role.ADMIN)
    token, _ = await make_session(site.storage, account.id)
    for headers in ({"Cookie": f"{SESSION_COOKIE}={token}"}, {"Authorization": f"Bearer {token}"}):
        async with member.http.get(f"{member.address}/messages", headers=headers) as response:
            assert response.status == 401


async def test_an_erased_conversations_token_opens_nothing_any_more(site: Site, member: Member) -> None:
    other = await Member(member.http, site.url).open()
    async with member.http.delete(member.address, headers=member.headers) as response:
        assert response.status == 204
    for route in _members():
        assert await _status(member.http, route, member, member.headers) == 404
        assert await _status(member.http, route, other, member.headers) == 401


async def test_ids_and_tokens_cannot_be_guessed(site: Site, http: aiohttp.ClientSession) -> None:
    members = [await Member(http, site.url).open() for _ in range(40)]
    assert len({member.id for member in members}) == len({member.token for member in members}) == 40
    for member in members:
        assert len(member.id) == 32 and len(member.token) >= 43
    for position in range(16):  # no part of an id stays the same from one to the next
        assert len({member.id[position] for member in members}) > 3


async def test_no_token_stands_in_the_database(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa, sqlite_url: str
) -> None:
    site = await start_site(rasa.port)
    member = await Member(http, site.url).open()
    await member.ask("Bonjour")
    file = Path(sqlite_url.removeprefix("sqlite:///"))
    content = b"".join(path.read_bytes() for path in file.parent.glob(f"{file.name}*"))
    assert member.id.encode() in content and member.token.encode() not in content


@pytest.mark.parametrize(
    "id", ["..%2fconversations", "%2e%2e", "0" * 32 + "/../" + "0" * 32, "é" * 32, "'; DROP TABLE--"]
)
async def test_an_id_is_an_id(site: Site, member: Member, id: str) -> None:
    async with member.http.get(
        URL(f"{site.url}/api/conversations/{id}/messages", encoded="%" in id), headers=member.headers
    ) as response:
        assert response.status == 404
