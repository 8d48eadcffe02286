"""Signing in and out over real HTTP: what an attacker would try, and what people do."""

from __future__ import annotations

import aiohttp
import pytest
from sqlalchemy import select

from tests.support.staff import PASSWORD, make_account, staff
from tests.website.accounts.conftest import Visitor
from tests.website.conftest import Site
from website.accounts.access import Role
from website.accounts.sign_in import onward
from website.audit.models import AuditEntry


async def test_right_password_opens_a_session_whatever_the_case_of_the_address(
    any_site: Site, http: aiohttp.ClientSession
) -> None:
    await make_account(any_site.storage, Role.ADMIN, email="lea@exemple.fr", password=PASSWORD)
    visitor = Visitor(http, any_site.url)
    response, _ = await visitor.sign_in(" Lea@Exemple.FR ")
    assert response.status == 303
    assert "session" in visitor.cookies
    assert (await visitor.call("GET", "/connexion"))[0].status == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [("lea@exemple.fr", "faux mot de passe"), ("inconnue@exemple.fr", PASSWORD), ("lea@exemple.fr", ""), ("", "")],
)
async def test_wrong_ones_all_hear_the_same(site: Site, visitor: Visitor, email: str, password: str) -> None:
    lea = await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    response, text = await visitor.sign_in(email, password)
    assert response.status == 422
    assert "Adresse ou mot de passe incorrect" in text
    assert "session" not in visitor.cookies
    async with site.storage.read() as session:
        [entry] = await session.scalars(select(AuditEntry))
    assert (entry.action, entry.account_id, entry.details) == ("session.refused", None, {"way": "password"})
    assert entry.subject == (lea.id if email == lea.email else None)


async def test_disabled_and_invited_accounts_do_not_sign_in(site: Site, visitor: Visitor) -> None:
    await make_account(site.storage, email="lea@exemple.fr", password=None)
    gone = await make_account(site.storage, email="tom@exemple.fr", password=PASSWORD)
    async with site.storage.write() as session:
        (await session.merge(gone)).disabled = True
    assert (await visitor.sign_in("lea@exemple.fr"))[0].status == 422
    assert (await visitor.sign_in("tom@exemple.fr"))[0].status == 422


async def test_the_session_is_a_new_one_at_each_sign_in_and_the_old_one_ends(site: Site, visitor: Visitor) -> None:
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    visitor.cookies["session"] = planted = "un-secret-plante-par-un-autre"
    await visitor.sign_in("lea@exemple.fr")
    first = visitor.cookies["session"]
    assert first != planted
    async with staff(site.storage, site.url, email="autre@exemple.fr") as other:
        visitor.cookies = {"session": other.token}
        await visitor.call("GET", "/connexion")
        # signed in already: the form is posted all the same, by somebody who shares the browser
        visitor.cookies["form"] = "x"
        data = {"csrf": "x", "email": "lea@exemple.fr", "password": PASSWORD}
        response, _ = await visitor.call("POST", "/connexion", data)
        assert response.status == 303
        assert visitor.cookies["session"] != other.token
        status, _ = await other.get("/connexion")
        assert status == 200, "the session that the browser had before is over"


async def test_cookie_flags(site: Site, visitor: Visitor) -> None:
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    response, _ = await visitor.sign_in("lea@exemple.fr")
    [header] = [one for one in response.headers.getall("Set-Cookie") if one.startswith("session=")]
    assert "HttpOnly" in header and "SameSite=Lax" in header and "Path=/" in header and "Domain" not in header
    assert "Secure" not in header


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://autre.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_another_site_cannot_sign_a_visitor_in(site: Site, visitor: Visitor, headers: dict[str, str]) -> None:
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    data = {"csrf": await visitor.secret(), "email": "lea@exemple.fr", "password": PASSWORD}
    response, text = await visitor.call("POST", "/connexion", data, headers)
    assert response.status == 403 and "Rechargez" in text
    response, _ = await visitor.call("POST", "/connexion", {**data, "csrf": "faux"})
    assert response.status == 403
    visitor.cookies = {}
    response, _ = await visitor.call("POST", "/connexion", data)
    assert response.status == 403, "another browser's secret"
    assert "session" not in visitor.cookies


async def test_signing_out(site: Site) -> None:
    async with staff(site.storage, site.url) as somebody, staff(site.storage, site.url, email="a@b.fr") as other:
        wrong = {"csrf": other.csrf}
        async with somebody.http.post(f"{site.url}/deconnexion", data=wrong, allow_redirects=False) as response:
            assert response.status == 403
        async with somebody.http.post(f"{site.url}/deconnexion", allow_redirects=False) as response:
            assert response.status == 403
        assert (await somebody.get("/connexion"))[0] == 303, "still signed in"
        assert (await somebody.post("/deconnexion")).status == 303
        assert (await somebody.get("/connexion"))[0] == 200
        assert (await other.get("/connexion"))[0] == 303, "others stay"


@pytest.mark.parametrize(
    ("suite", "leads"),
    [
        ("/console?etat=attente", "/console?etat=attente"),
        ("https://autre.example/", ""),
        ("//autre.example/", ""),
        ("/\\autre.example", ""),
        ("\\\\autre.example", ""),
        ("javascript:alert(1)", ""),
        ("/console\r\nSet-Cookie: a=b", ""),
        ("/\tautre", ""),
        ("console", ""),
        ("/" + "a" * 600, ""),
        ("///autre.example", ""),
        ("", ""),
    ],
)
def test_no_address_leads_elsewhere(suite: str, leads: str) -> None:
    assert onward(suite) == leads


async def test_after_signing_in_one_goes_on_where_one_wanted_to(site: Site, visitor: Visitor) -> None:
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    response, _ = await visitor.sign_in("lea@exemple.fr", suite="/console/c/1?x=%20y")
    assert response.headers["Location"] == "/console/c/1?x=%20y"
    visitor.cookies = {}
    response, _ = await visitor.sign_in("lea@exemple.fr", suite="//autre.example/")
    assert response.headers["Location"].startswith("/") and "autre" not in response.headers["Location"]


async def test_guessing_is_slowed_down_for_known_and_unknown_accounts_alike(site: Site, visitor: Visitor) -> None:
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    for email in ("lea@exemple.fr", "inconnue@exemple.fr"):
        statuses = [(await visitor.sign_in(email, "faux mot de passe"))[0].status for _ in range(8)]
        assert 429 in statuses and statuses[0] == 422
        response, text = await visitor.sign_in(email)
        assert response.status == 429 and int(response.headers["Retry-After"]) >= 1
        assert "Trop d’essais" in text
    assert "session" not in visitor.cookies
