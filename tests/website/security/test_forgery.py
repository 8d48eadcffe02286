"""Calls that another website makes with the browser of somebody who is signed in here."""

from __future__ import annotations

from collections.abc import Iterator

import aiohttp
import pytest

from tests.support.staff import Staff, staff
from tests.website.conftest import Site
from website.accounts.access import Access, Role
from website.main import ROUTES
from website.openapi import Route

ELSEWHERE = (
    {"Origin": "https://attaque.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "http://127.0.0.1.attaque.example"},
)


def _changing(*accesses: Access) -> Iterator[Route]:
    return (
        route for route in ROUTES if route.method != "GET" and (route.access.needs_account or route.access in accesses)
    )


async def _send(site: Site, person: Staff, route: Route, headers: dict[str, str]) -> tuple[int, str]:
    path = route.path
    for name in ("id", "slug", "token", "action", "seq", "name"):
        path = path.replace(f"{{{name}}}", "0" * 32)
    sent = {**headers, "X-CSRF-Token": person.csrf}
    body = {"json": {}} if path.startswith("/api/") else {"data": {"csrf": person.csrf}}
    async with person.http.request(
        route.method,
        site.url + path,
        headers=sent,
        allow_redirects=False,
        **body,  # type: ignore[arg-type]
    ) as response:
        return response.status, await response.text()


@pytest.mark.parametrize("headers", ELSEWHERE)
async def test_another_site_changes_nothing_even_with_the_right_secret(site: Site, headers: dict[str, str]) -> None:
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        routes = list(_changing())
        assert len(routes) > 20
        statuses = {route.path: (await _send(site, admin, route, headers))[0] for route in routes}
        assert set(statuses.values()) == {403}, statuses


async def test_a_get_call_changes_nothing(site: Site) -> None:
    """What changes something has no GET; and reading every page as an administrator leaves everybody signed in."""
    changing = {route.path for route in _changing()}
    reading = {route.path for route in ROUTES if route.method == "GET"}
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        for path in changing - reading:
            status, _ = await admin.get(
                path.replace("{id}", "0" * 32).replace("{slug}", "a").replace("{action}", "clore")
            )
            assert status in (404, 405), path
        assert (await admin.get("/compte"))[0] == 200


@pytest.mark.parametrize("path", ["/connexion", "/connexion/code", "/mot-de-passe-oublie", "/lien/abc"])
@pytest.mark.parametrize("sent", [{}, {"csrf": "x"}])
async def test_forms_before_signing_in_need_their_own_secret(site: Site, path: str, sent: dict[str, str]) -> None:
    data = {**sent, "email": "a@exemple.fr", "password": "x", "code": "123456"}
    async with (
        aiohttp.ClientSession() as http,
        http.post(site.url + path, data=data, allow_redirects=False) as response,
    ):
        assert response.status == 403
