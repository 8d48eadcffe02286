"""Administrators manage accounts; people manage their own."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from database.base import utc_now
from directory.hours import today
from directory.importer import import_files
from tests.support.fake_rasa import FakeRasa
from tests.support.staff import PASSWORD, Staff, make_account, make_session, staff
from tests.website.accounts.conftest import Visitor
from tests.website.conftest import Site, StartSite
from website.accounts.access import Role
from website.accounts.models import Account
from website.accounts.records import by_email
from website.audit.models import AuditEntry
from website.console.models import SavedView
from website.mail.models import OutboxMail

PATH = "/console/comptes"
TOM = {"name": "Tom Vidal", "email": "Tom@Exemple.fr", "role": "officer", "antenna": "rochefort"}


@pytest.fixture
async def site(start_site: StartSite, rasa: FakeRasa, sqlite_url: str) -> Site:
    """The site with a directory."""
    site = await start_site(rasa.port)
    await asyncio.to_thread(import_files, site.settings)
    return site


@pytest.fixture
async def admin(site: Site) -> AsyncIterator[Staff]:
    """The only administrator."""
    async with staff(
        site.storage, site.url, Role.ADMIN, antennas=(), name="Marie Dupont", password=PASSWORD
    ) as somebody:
        yield somebody


async def stored(site: Site, email: str) -> Account | None:
    """An account as it is kept."""
    async with site.storage.read() as session:
        return await by_email(session, email)


async def actions(site: Site) -> list[str]:
    """What the log holds."""
    async with site.storage.read() as session:
        return list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def as_form(account: Account, **changes: str) -> dict[str, str]:
    """The fields of an account's form; of several antennas the first."""
    antenna = {"antenna": account.antennas[0].antenna} if account.antennas else {}
    return {"name": account.name, "email": account.email, "role": account.role.value, **antenna, **changes}


async def test_inviting_somebody(site: Site, admin: Staff, http: aiohttp.ClientSession) -> None:
    async with admin.http.post(admin.url + PATH, data={"csrf": admin.csrf, **TOM}) as response:
        text = await response.text()
        assert response.status == 200
    link = re.search(r"http://[^<]+(/lien/[^<]+)<", text)
    assert link, "no mail server is set up: the link is shown"
    account = await stored(site, "tom@exemple.fr")
    assert account and account.role is Role.OFFICER and [one.antenna for one in account.antennas] == ["rochefort"]
    async with site.storage.read() as session:
        [mail] = await session.scalars(select(OutboxMail))
    assert mail.to == "tom@exemple.fr" and link[1] in mail.text and mail.kind == "invitation"
    visitor = Visitor(http, site.url)
    response, _ = await visitor.send(link[1], password=PASSWORD, again=PASSWORD)
    assert response.status == 303
    assert "Tom Vidal" in (await admin.get(PATH))[1]
    assert "account.invited" in await actions(site)


async def test_the_link_is_not_shown_where_mail_is_sent(start_site: StartSite, rasa: FakeRasa) -> None:
    site = await start_site(rasa.port, smtp_url="smtp://127.0.0.1:9")
    await asyncio.to_thread(import_files, site.settings)
    async with staff(site.storage, site.url, Role.ADMIN, antennas=(), password=PASSWORD) as admin:
        assert (await admin.post(PATH, **TOM)).status == 303


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"email": "pas une adresse"}, "pas une adresse"),
        ({"email": "OFFICER@exemple.fr"}, "déjà un compte"),
        ({"name": " "}, "Indiquez le nom"),
        ({"name": "x" * 81}, "tenir sur une ligne"),
        ({"name": "a\nb"}, "tenir sur une ligne"),
        ({"role": "chef"}, "Choisissez un rôle"),
        ({"antenna": "nulle-part"}, "plus dans l’annuaire"),
        ({"antenna": ""}, "plus dans l’annuaire"),
        ({"contact": "personne"}, "plus dans l’annuaire"),
    ],
)
async def test_what_is_wrong_is_said_and_nothing_is_kept(
    site: Site, admin: Staff, change: dict[str, str], why: str
) -> None:
    await make_account(site.storage)
    async with admin.http.post(admin.url + PATH, data={"csrf": admin.csrf, **TOM, **change}) as response:
        text = await response.text()
        assert response.status == 422 and why in text
    async with site.storage.read() as session:
        assert await session.scalar(select(func.count()).select_from(Account)) == 2


@pytest.mark.parametrize(
    "by", [{"password": PASSWORD}, {"signed_in_at": utc_now()}], ids=["password", "single sign-on"]
)
async def test_the_last_administrator_stays(site: Site, admin: Staff, by: dict[str, Any]) -> None:
    own = f"{PATH}/{admin.account}"
    me = await stored(site, admin.email)
    assert me
    for change in ({"role": "trainer"}, {"disabled": "on"}):
        assert (await admin.post(own, **as_form(me, **change))).status == 422
    await make_account(site.storage, Role.ADMIN, email="invitee@exemple.fr", antennas=())
    assert (await admin.post(own, **as_form(me, role="trainer"))).status == 422, "who never signed in does not count"
    assert (await admin.post(f"{own}/supprimer")).headers["Location"] == own
    other = await make_account(site.storage, Role.ADMIN, email="b@exemple.fr", antennas=(), **by)
    assert (await admin.post(own, **as_form(me, role="trainer"))).status == 303
    assert (await admin.get(PATH))[0] == 403, "the role counts from the next call on"
    assert (await stored(site, other.email)).role is Role.ADMIN  # type: ignore[union-attr]


async def test_of_two_administrators_who_demote_each_other_one_stays(any_site: Site) -> None:
    storage, url = any_site.storage, any_site.url
    options = {"antennas": (), "password": PASSWORD}
    async with (
        staff(storage, url, Role.ADMIN, email="a@exemple.fr", **options) as one,
        staff(storage, url, Role.ADMIN, email="b@exemple.fr", **options) as two,
    ):
        for _ in range(3):
            fields = {"name": "X", "role": "trainer"}
            await asyncio.gather(
                one.post(f"{PATH}/{two.account}", email=two.email, **fields),
                two.post(f"{PATH}/{one.account}", email=one.email, **fields),
            )
        async with storage.read() as session:
            assert await session.scalar(select(func.count()).where(Account.role == Role.ADMIN)) == 1


async def test_disabling_signs_out_at_once_and_removing_comes_after(site: Site, admin: Staff) -> None:
    async with staff(site.storage, site.url, password=PASSWORD) as somebody:
        account = await stored(site, somebody.email)
        assert account
        path = f"{PATH}/{somebody.account}"
        await somebody.post("/console/vues", nom="Les miennes", vue="liste=miennes")
        assert (await admin.post(f"{path}/supprimer")).headers["Location"] == path
        assert (await admin.post(path, **as_form(account, disabled="on"))).status == 303
        assert (await somebody.get("/compte"))[0] == 303
        assert (await admin.post(f"{path}/lien")).headers["Location"] == path, "no link for whoever may not sign in"
        assert (await admin.post(f"{path}/supprimer")).headers["Location"] == PATH
        assert await stored(site, somebody.email) is None
        async with site.storage.read() as session:
            assert await session.scalar(select(func.count()).select_from(SavedView)) == 0, "with all that was theirs"
        assert (await admin.get(path))[0] == 404
    assert [one for one in await actions(site) if one.startswith("account.")] == ["account.changed", "account.removed"]


async def test_ending_sessions_and_forgetting_codes(site: Site, admin: Staff) -> None:
    async with staff(site.storage, site.url) as somebody:
        async with site.storage.write() as session:
            (await session.get_one(Account, somebody.account)).totp_secret = "A" * 32
        assert (await admin.post(f"{PATH}/{somebody.account}/code")).status == 303
        account = await stored(site, somebody.email)
        assert account and account.totp_secret is None
        assert (await somebody.get("/compte"))[0] == 200
        assert (await admin.post(f"{PATH}/{somebody.account}/sessions")).status == 303
        assert (await somebody.get("/compte"))[0] == 303


async def test_changing_the_address_makes_old_links_useless(site: Site, admin: Staff, visitor: Visitor) -> None:
    account = await make_account(site.storage)
    async with admin.http.post(f"{admin.url}{PATH}/{account.id}/lien", data={"csrf": admin.csrf}) as response:
        link = re.search(r"(/lien/[^<]+)<", await response.text())
    assert link and (await visitor.get(link[1]))[0] == 200
    assert (await admin.post(f"{PATH}/{account.id}", **as_form(account, email="neuve@exemple.fr"))).status == 303
    assert (await visitor.get(link[1]))[0] == 410


async def test_ones_own_name_absence_and_password(site: Site, visitor: Visitor) -> None:
    async with staff(site.storage, site.url, password=PASSWORD) as somebody:
        other, _ = await make_session(site.storage, somebody.account)
        assert (await somebody.post("/compte", name="Léa O’Brien", away_until="2027-12-24")).status == 303
        account = await stored(site, somebody.email)
        assert account and account.name == "Léa O’Brien" and str(account.away_until) == "2027-12-24"
        for wrong in ({"away_until": "2020-01-01"}, {"away_until": "demain"}, {"name": ""}):
            assert (await somebody.post("/compte", **{"name": "Léa", "away_until": "", **wrong})).status == 422
        assert (await somebody.post("/compte", name="Léa", away_until="")).status == 303
        new = {"password": "girafe tambour nuage velours", "again": "girafe tambour nuage velours"}
        assert (await somebody.post("/compte/mot-de-passe", current="faux", **new)).status == 422
        assert (await somebody.post("/compte/mot-de-passe", current=PASSWORD, **new)).status == 303
        visitor.cookies["session"] = other
        assert (await visitor.get("/compte"))[0] == 303, "other sessions end"
        assert (await somebody.get("/compte"))[0] == 200, "this one goes on"
        assert (await Visitor(visitor.http, site.url).sign_in(somebody.email))[0].status == 422


async def test_an_absence_that_is_over_stands_in_nobodys_way(site: Site, admin: Staff) -> None:
    async with staff(site.storage, site.url) as somebody:
        async with site.storage.write() as session:
            (await session.get_one(Account, somebody.account)).away_until = today() - timedelta(days=1)
        for who, path in ((somebody, "/compte"), (admin, f"{PATH}/{somebody.account}")):
            _, page = await who.get(path)
            assert re.search(r'name="away_until" type="date" value=""', page), "sent as it is shown, it is taken"


async def test_signing_out_everywhere(site: Site, visitor: Visitor) -> None:
    async with staff(site.storage, site.url) as somebody:
        visitor.cookies["session"], _ = await make_session(site.storage, somebody.account)
        assert (await somebody.post("/compte/sessions", which="others")).status == 303
        assert (await visitor.get("/compte"))[0] == 303
        assert (await somebody.get("/compte"))[0] == 200
        visitor.cookies["session"], _ = await make_session(site.storage, somebody.account)
        assert (await somebody.post("/compte/sessions", which="all")).status == 303
        assert (await somebody.get("/compte"))[0] == 303
        assert (await visitor.get("/compte"))[0] == 303


async def test_names_are_shown_as_text(site: Site, admin: Staff) -> None:
    await make_account(site.storage, name="<script>alert(1)</script>")
    assert "<script>alert" not in (await admin.get(PATH))[1]
