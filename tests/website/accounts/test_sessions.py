"""How long sessions last, what their cookie is like over HTTPS, and what the guard lets through."""

from __future__ import annotations

from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import func, select, update

from database.base import utc_now
from tests.support.fake_rasa import FakeRasa
from tests.support.staff import PASSWORD, make_account, make_session, staff
from tests.website.accounts.conftest import Visitor
from tests.website.conftest import Site, StartSite
from website.accounts.access import Role
from website.accounts.models import AccountSession, Attempts
from website.models import digest


async def test_a_session_ends_idle_and_in_any_case(any_site: Site) -> None:
    async with staff(any_site.storage, any_site.url) as somebody:
        for hours, status in ((1, 200), (11.9, 200), (12.1, 303)):
            async with any_site.storage.write() as session:
                await session.execute(update(AccountSession).values(seen_at=utc_now() - timedelta(hours=hours)))
            assert (await somebody.get("/compte"))[0] == status, hours
        async with any_site.storage.write() as session:
            await session.execute(update(AccountSession).values(seen_at=utc_now(), expires_at=utc_now()))
        assert (await somebody.get("/compte"))[0] == 303
        await make_session(any_site.storage, somebody.account)
        async with any_site.storage.read() as session:
            assert await session.scalar(select(func.count()).select_from(AccountSession)) == 1, "the old one is gone"


async def test_a_call_keeps_a_session_alive(site: Site) -> None:
    async with staff(site.storage, site.url) as somebody:
        before = utc_now() - timedelta(hours=11)
        async with site.storage.write() as session:
            await session.execute(update(AccountSession).values(seen_at=before))
        await somebody.get("/compte")
        async with site.storage.read() as session:
            assert (await session.get_one(AccountSession, digest(somebody.token))).seen_at > before + timedelta(
                hours=10
            )


async def test_the_settings_say_how_long(start_site: StartSite, rasa: FakeRasa) -> None:
    site = await start_site(rasa.port, session_idle_hours=0.5)
    async with staff(site.storage, site.url) as somebody:
        async with site.storage.write() as session:
            await session.execute(update(AccountSession).values(seen_at=utc_now() - timedelta(minutes=40)))
        assert (await somebody.get("/compte"))[0] == 303


async def test_several_sites_share_sessions_and_counted_attempts(
    start_site: StartSite, rasa: FakeRasa, http: aiohttp.ClientSession, database_url: str
) -> None:
    one = await start_site(rasa.port, database_url=database_url)
    two = await start_site(rasa.port, database_url=database_url)
    await make_account(one.storage, email="lea@exemple.fr", password=PASSWORD)
    visitor = Visitor(http, one.url)
    await visitor.sign_in("lea@exemple.fr")
    visitor.url = two.url
    assert (await visitor.get("/compte"))[0] == 200
    statuses = []
    for number in range(8):
        guesser = Visitor(http, (one, two)[number % 2].url)
        statuses.append((await guesser.sign_in("lea@exemple.fr", "faux mot de passe"))[0].status)
    assert statuses.count(422) <= 7 and 429 in statuses


@pytest.mark.parametrize(
    ("settings", "headers", "is_secure"),
    [
        ({}, {"X-Forwarded-Proto": "https"}, False),
        ({"trusted_proxies": 1}, {"X-Forwarded-Proto": "https"}, True),
        ({"trusted_proxies": 1}, {"X-Forwarded-Proto": "https, http"}, False),
        ({"trusted_proxies": 1}, {}, False),
        ({"public_url": "https://guichet.exemple.fr"}, {}, True),
    ],
)
async def test_the_cookie_is_secure_over_https(
    start_site: StartSite,
    rasa: FakeRasa,
    http: aiohttp.ClientSession,
    settings: dict[str, object],
    headers: dict[str, str],
    is_secure: bool,
) -> None:
    site = await start_site(rasa.port, **settings)
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    visitor = Visitor(http, site.url)
    await visitor.call("GET", "/connexion", headers=headers)
    secret = visitor.cookies["__Host-form" if is_secure else "form"]
    fields = {"csrf": secret, "email": "lea@exemple.fr", "password": PASSWORD}
    response, _ = await visitor.call("POST", "/connexion", fields, headers)
    assert response.status == 303
    name = "__Host-session" if is_secure else "session"
    [header] = [one for one in response.headers.getall("Set-Cookie") if one.startswith(f"{name}=")]
    assert ("Secure" in header) is is_secure and "HttpOnly" in header and "Path=/" in header


@pytest.mark.parametrize(
    ("settings", "headers", "status"),
    [
        ({"public_url": "https://guichet.exemple.fr"}, {"Origin": "https://guichet.exemple.fr"}, 422),
        ({"trusted_proxies": 1}, {"Origin": "https://g.fr", "X-Forwarded-Host": "g.fr"}, 422),
        ({}, {"Origin": "https://g.fr", "X-Forwarded-Host": "g.fr"}, 403),
        ({}, {"Sec-Fetch-Site": "same-origin"}, 422),
        ({}, {"Referer": "https://autre.example/"}, 422),
    ],
)
async def test_behind_a_proxy_the_site_knows_its_own_pages(
    start_site: StartSite,
    rasa: FakeRasa,
    http: aiohttp.ClientSession,
    settings: dict[str, object],
    headers: dict[str, str],
    status: int,
) -> None:
    site = await start_site(rasa.port, **settings)
    visitor = Visitor(http, site.url)
    await visitor.call("GET", "/connexion")
    [secret] = visitor.cookies.values()
    response, _ = await visitor.call(
        "POST", "/connexion", {"csrf": secret, "email": "a@b.fr", "password": "x"}, headers
    )
    assert response.status == status


async def test_another_sessions_secret_does_not_count(site: Site) -> None:
    async with (
        staff(site.storage, site.url, Role.ADMIN, email="a@b.fr") as one,
        staff(site.storage, site.url, Role.ADMIN, email="c@d.fr") as two,
    ):
        second = await make_session(site.storage, one.account)
        for secret in (two.csrf, second[1], "", "x"):
            data = {"csrf": secret, "name": "Autre"}
            async with one.http.post(f"{one.url}/compte", data=data, allow_redirects=False) as response:
                assert response.status == 403
        assert (await one.post("/compte", name="Moi")).status == 303


async def test_nothing_personal_stays_in_caches(site: Site) -> None:
    async with staff(site.storage, site.url) as somebody, somebody.http.get(f"{site.url}/compte") as response:
        assert response.headers["Cache-Control"] == "no-store"


async def test_counted_attempts_say_neither_address_nor_account(site: Site, visitor: Visitor) -> None:
    await visitor.sign_in("lea@exemple.fr", "faux")
    async with site.storage.read() as session:
        keys = list(await session.scalars(select(Attempts.key)))
    assert len(keys) == 2 and all(len(key) == 64 and "lea" not in key for key in keys)
    async with site.storage.write() as session:
        await session.execute(update(Attempts).values(updated_at=utc_now() - timedelta(days=2)))
    await visitor.sign_in("tom@exemple.fr", "faux")
    async with site.storage.read() as session:
        forgotten = await session.scalar(select(func.max(Attempts.failures)))
    assert forgotten == 1


async def test_an_office_that_signs_in_all_day_is_not_shut_out(site: Site, http: aiohttp.ClientSession) -> None:
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    for _ in range(35):
        response, _ = await Visitor(http, site.url).sign_in("lea@exemple.fr")
        assert response.status == 303
