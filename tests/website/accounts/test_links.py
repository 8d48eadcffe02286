"""One-time links: an invitation, another password; used once, never by looking."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta

import aiohttp
import pytest
from sqlalchemy import select, update

from database.base import utc_now
from tests.support.fake_rasa import FakeRasa
from tests.support.staff import PASSWORD, make_account, staff
from tests.website.accounts.conftest import Visitor
from tests.website.conftest import Site, StartSite
from website.accounts import links
from website.accounts.models import AccountLink, Purpose
from website.mail.models import OutboxMail

NEW = {"password": "girafe tambour nuage velours", "again": "girafe tambour nuage velours"}


async def make_link(site: Site, account_id: str, purpose: Purpose = Purpose.INVITATION) -> str:
    """The path of a new link."""
    async with site.storage.write() as session:
        return "/lien/" + await links.make(session, account_id, purpose, timedelta(hours=1))


async def mails(site: Site) -> list[OutboxMail]:
    """What is to be sent."""
    async with site.storage.read() as session:
        return list(await session.scalars(select(OutboxMail).order_by(OutboxMail.id)))


async def test_an_invitation_sets_the_password_and_signs_in(any_site: Site, http: aiohttp.ClientSession) -> None:
    visitor = Visitor(http, any_site.url)
    account = await make_account(any_site.storage, email="lea@exemple.fr")
    path = await make_link(any_site, account.id)
    for _ in range(3):  # mail scanners look too
        status, text = await visitor.get(path)
        assert status == 200 and "lea@exemple.fr" in text
    response, _ = await visitor.send(path, **NEW)
    assert response.status == 303 and "session" in visitor.cookies
    assert (await visitor.get("/compte"))[0] == 200
    assert (await Visitor(http, any_site.url).get(path))[0] == 410
    other = Visitor(http, any_site.url)
    await other.get("/connexion")
    response, _ = await other.call("POST", path, {"csrf": other.cookies["form"], **NEW})
    assert response.status == 410
    response, _ = await other.sign_in("lea@exemple.fr", NEW["password"])
    assert response.status == 303


async def test_of_two_uses_at_once_one_counts(any_site: Site, http: aiohttp.ClientSession) -> None:
    account = await make_account(any_site.storage)
    path = await make_link(any_site, account.id)
    visitors = [Visitor(http, any_site.url) for _ in range(4)]
    answers = await asyncio.gather(*(visitor.send(path, **NEW) for visitor in visitors))
    assert sorted(response.status for response, _ in answers) == [303, 410, 410, 410]


async def test_expired_unknown_and_disabled(site: Site, visitor: Visitor) -> None:
    account = await make_account(site.storage)
    path = await make_link(site, account.id)
    async with site.storage.write() as session:
        await session.execute(update(AccountLink).values(expires_at=utc_now() - timedelta(seconds=1)))
    assert (await visitor.get(path))[0] == 410
    assert (await visitor.get("/lien/rien"))[0] == 410
    path = await make_link(site, account.id)
    async with site.storage.write() as session:
        (await session.merge(account)).disabled = True
    assert (await visitor.get(path))[0] == 410


async def test_the_cookie_of_the_second_step_is_no_link(site: Site, visitor: Visitor) -> None:
    account = await make_account(site.storage)
    assert (await visitor.get(await make_link(site, account.id, Purpose.SECOND_STEP)))[0] == 410


@pytest.mark.parametrize(
    ("password", "again", "why"),
    [
        ("court", "court", "12"),
        ("motdepasse123", "motdepasse123", "devine"),
        ("aaaaaaaaaaaaaaaa", "aaaaaaaaaaaaaaaa", "devine"),
        ("azertyuiop123456", "azertyuiop123456", "devine"),
        ("lea.exemple.fr1", "lea.exemple.fr1", "devine"),
        ("x" * 300, "x" * 300, "au plus"),
        ("girafe tambour nuage", "girafe tambour orage", "pas les mêmes"),
    ],
)
async def test_bad_passwords_are_refused_and_the_link_stays(
    site: Site, visitor: Visitor, password: str, again: str, why: str
) -> None:
    account = await make_account(site.storage, email="lea@exemple.fr")
    path = await make_link(site, account.id)
    response, text = await visitor.send(path, password=password, again=again)
    assert response.status == 422 and why in text
    response, _ = await visitor.send(path, **NEW)
    assert response.status == 303


async def test_another_site_cannot_use_a_link(site: Site, visitor: Visitor) -> None:
    account = await make_account(site.storage)
    path = await make_link(site, account.id)
    response, _ = await visitor.call("POST", path, NEW)
    assert response.status == 403
    fields = {"csrf": await visitor.secret(path), **NEW}
    response, _ = await visitor.call("POST", path, fields, {"Origin": "https://autre.example"})
    assert response.status == 403


async def test_forgotten_says_the_same_and_mails_only_where_there_is_an_account(site: Site, visitor: Visitor) -> None:
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    told = []
    for email in ("inconnue@exemple.fr", "Lea@exemple.fr"):
        response, text = await visitor.send("/mot-de-passe-oublie", email=email)
        assert response.status == 200
        told.append(text)
    assert told[0] == told[1]
    [mail] = await mails(site)
    assert mail.to == "lea@exemple.fr"
    found = re.search(r"http\S+/lien/\S+", mail.text)
    assert found and found[0].startswith("http://127.0.0.1:")
    response, _ = await visitor.send(found[0][found[0].index("/lien/") :], **NEW)
    assert response.status == 303
    told_of = (await mails(site))[-1]
    assert "vient d’être changé" in told_of.text and NEW["password"] not in told_of.text


async def test_the_link_in_a_mail_names_the_site_and_not_what_a_caller_says(
    start_site: StartSite, rasa: FakeRasa, http: aiohttp.ClientSession
) -> None:
    site = await start_site(rasa.port, public_url="http://guichet.exemple.fr/")
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    visitor = Visitor(http, site.url)
    fields = {"csrf": await visitor.secret("/mot-de-passe-oublie"), "email": "lea@exemple.fr"}
    headers = {"Host": "autre.example", "X-Forwarded-Host": "autre.example"}
    response, _ = await visitor.call("POST", "/mot-de-passe-oublie", fields, headers)
    assert response.status == 200
    [mail] = await mails(site)
    assert "http://guichet.exemple.fr/lien/" in mail.text and "autre.example" not in mail.text


async def test_nobody_is_sent_mail_after_mail(site: Site, visitor: Visitor) -> None:
    await make_account(site.storage, email="lea@exemple.fr", password=PASSWORD)
    statuses = [(await visitor.send("/mot-de-passe-oublie", email="lea@exemple.fr"))[0].status for _ in range(6)]
    assert 429 in statuses
    assert len(await mails(site)) < 6


async def test_a_new_password_ends_all_sessions_and_other_links(site: Site, visitor: Visitor) -> None:
    async with staff(site.storage, site.url, password=PASSWORD) as somebody:
        reset = await make_link(site, somebody.account, Purpose.RESET)
        invitation = await make_link(site, somebody.account)
        response, _ = await visitor.send(reset, **NEW)
        assert response.status == 303
        assert (await somebody.get("/compte"))[0] == 303
        assert (await Visitor(visitor.http, site.url).get(invitation))[0] == 410


async def test_secrets_are_kept_as_hashes(site: Site) -> None:
    account = await make_account(site.storage)
    path = await make_link(site, account.id)
    async with site.storage.read() as session:
        [kept] = await session.scalars(select(AccountLink.token_sha256))
    assert kept not in path and path.rpartition("/")[2] not in kept
