"""Conversations opened with a token of the host website: what is kept, who sees it, and what a token never opens."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from database.base import utc_now
from settings import SettingError, Settings
from tests.support.fake_rasa import OFFICER_BUTTON, FakeRasa
from tests.support.staff import staff
from tests.website.conftest import Member, Site, StartSite
from tests.website.identity.signing import COMPANY, KEY, SITE, claims, signed, unsigned
from website.accounts.access import Access
from website.identity.models import DeclaredIdentity
from website.identity.tokens import logger
from website.main import ROUTES
from website.models import Conversation, digest
from website.privacy.retention import Retention
from website.texts import HANDOFF_PAYLOAD

SETTINGS = {"identity_key": KEY, "public_url": SITE}
NAME = "Odile Vasseur"


@pytest.fixture
async def open_site(database_url: str, rasa: FakeRasa, start_site: StartSite) -> Site:
    """A site with a key, once over SQLite and once over PostgreSQL."""
    return await start_site(rasa.port, database_url=database_url, **SETTINGS)


@pytest.fixture
async def keyed_site(rasa: FakeRasa, start_site: StartSite) -> Site:
    """A site with a key."""
    return await start_site(rasa.port, **SETTINGS)


@pytest.fixture
def logged() -> Iterator[list[str]]:
    """What is logged of tokens."""
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(logging.Formatter().format(record))

    handler, level = Keep(), logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    yield lines
    logger.removeHandler(handler)
    logger.setLevel(level)


async def declared(site: Site, member: Member) -> DeclaredIdentity | None:
    async with site.storage.read() as session:
        return await session.get(DeclaredIdentity, member.id)


async def test_what_is_declared_is_kept_and_reaches_rasa(
    open_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    member = await Member(http, open_site.url).open(identity=signed(claims()))
    row = await declared(open_site, member)
    assert row is not None
    assert (row.subject, row.company, row.name) == ("adherent-42", COMPANY, NAME)
    assert (row.commune_code, row.commune_name) == ("17197", "Jonzac")
    await member.ask("un choix")
    await member.press('/choisir{"category": "financement"}')
    await member.until(lambda _: len(rasa.calls) == 2)
    assert [call["declared_commune"] for call in rasa.calls] == ["17197"] * 2
    anonymous = await Member(http, open_site.url).open()
    await anonymous.ask("bonjour")
    assert "declared_commune" not in rasa.calls[-1]


async def test_the_member_is_told_nothing_else(keyed_site: Site, http: aiohttp.ClientSession) -> None:
    known = await (await Member(http, keyed_site.url).open(identity=signed(claims()))).read()
    unknown = await (await Member(http, keyed_site.url).open()).read()
    for transcript in (known, unknown):
        transcript["messages"][0].pop("created_at")
    assert known == unknown


@dataclass
class Bad:
    """A token that has to be refused, made when it is used, and the word of the log."""

    token: Callable[[], Any]
    why: str


BAD = {
    "expired": Bad(lambda: signed(claims(exp=1, iat=0)), "expired_token exp"),
    "none": Bad(lambda: unsigned(claims()), "unsupported_algorithm"),
    "other key": Bad(lambda: signed(claims(), "x7" * 16), "bad_signature"),
    "other algorithm": Bad(lambda: signed(claims(), algorithm="HS512"), "unsupported_algorithm"),
    "other site": Bad(lambda: signed(claims(aud="https://ailleurs.exemple.fr")), "invalid_claim aud"),
    "no company": Bad(lambda: signed(claims(company=None)), "missing claim company"),
    "no token": Bad(lambda: "bonjour", "decode_error"),
    "empty": Bad(lambda: "", "decode_error"),
    "no text": Bad(lambda: {"sub": "x"}, "no token"),
    "too long": Bad(lambda: "a." * 9000, "no token"),
    "deep": Bad(lambda: "W1tb" * 1000 + ".W10.W10", "exceeded_size"),
}


@pytest.mark.parametrize("kind", BAD)
async def test_a_bad_token_is_as_good_as_none(
    keyed_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa, logged: list[str], kind: str
) -> None:
    bad = BAD[kind]
    member = await Member(http, keyed_site.url).open(identity=bad.token())
    transcript = await member.ask("bonjour")
    assert [message["sender"] for message in transcript["messages"]] == ["system", "member", "bot"]
    assert "declared_commune" not in rasa.calls[-1]
    assert await declared(keyed_site, member) is None
    assert len(logged) == 1 and bad.why in logged[0]
    assert not re.search(r"Vasseur|adherent-42|Jonzac|17197|eyJ|bonjour", logged[0])


async def test_a_commune_that_does_not_exist_costs_the_commune_alone(
    keyed_site: Site, http: aiohttp.ClientSession, logged: list[str]
) -> None:
    member = await Member(http, keyed_site.url).open(identity=signed(claims(commune={"name": "Nulle-Part"})))
    row = await declared(keyed_site, member)
    assert row is not None and row.company == COMPANY and row.commune_code is None
    assert len(logged) == 1 and "commune" in logged[0] and "Nulle-Part" not in logged[0]


async def test_without_a_key_no_token_is_read(site: Site, http: aiohttp.ClientSession, logged: list[str]) -> None:
    for key in (KEY, ""):
        member = await Member(http, site.url).open(identity=signed(claims(aud=site.settings.site_url), key))
        assert await declared(site, member) is None
    assert logged == []


@pytest.mark.parametrize("key", ["secret", "guichet", "x" * 40, KEY[:23]])
def test_a_key_that_can_be_guessed_is_refused(key: str) -> None:
    with pytest.raises(SettingError, match="IDENTITY_KEY"):
        Settings(identity_key=key, public_url=SITE).check_secrets()
    Settings(identity_key=KEY, public_url=SITE).check_secrets()


async def test_a_token_opens_no_conversation_that_exists(keyed_site: Site, http: aiohttp.ClientSession) -> None:
    token = signed(claims())
    victim = await Member(http, keyed_site.url).open(identity=token)
    await victim.ask("Nous perdons notre plus gros client")
    before = await victim.read()
    for route in (route for route in ROUTES if route.access is Access.MEMBER):
        address = keyed_site.url + route.path.replace("{id}", victim.id)
        for headers in ({}, {"Authorization": f"Bearer {token}"}):
            body = {"identity": token, "token": token, "text": "x", "client_id": "x"}
            async with http.request(route.method, address, json=body, headers=headers) as response:
                assert response.status == 401, route.path
    thief = await Member(http, keyed_site.url).open(identity=token, id=victim.id, conversation_id=victim.id)
    assert thief.id != victim.id and len((await thief.read())["messages"]) == 1
    assert await victim.read() == before


async def test_a_token_changes_no_conversation_that_exists(
    keyed_site: Site, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    anonymous = await Member(http, keyed_site.url).open()
    known = await Member(http, keyed_site.url).open(identity=signed(claims()))
    other = signed(claims(sub="pirate", company="Un concurrent", commune="64445"))
    for member in (anonymous, known):
        status, _ = await member.post({"text": "bonjour", "client_id": "a", "identity": other})
        assert status == 202
        await member.answered(2)
    assert await declared(keyed_site, anonymous) is None
    row = await declared(keyed_site, known)
    assert row is not None and row.company == COMPANY
    assert [call.get("declared_commune") for call in rasa.calls] == [None, "17197"]


async def test_officers_see_who_declares_it(open_site: Site, http: aiohttp.ClientSession) -> None:
    member = await Member(http, open_site.url).open(identity=signed(claims()))
    anonymous = await Member(http, open_site.url).open()
    for one in (member, anonymous):
        await one.ask("bonjour")
        await one.press(OFFICER_BUTTON["payload"])
        await one.until(lambda transcript: transcript["state"] == "waiting")
    async with staff(open_site.storage, open_site.url) as officer:
        _, inbox = await officer.get("/console")
        _, page = await officer.get(f"/console/c/{member.id}")
        _, other = await officer.get(f"/console/c/{anonymous.id}")
        _, found = await officer.get("/console?liste=toutes&q=chaudronnerie")
    assert inbox.count(f'{COMPANY}<span class="visually-hidden"> (déclaré par le site hôte)') == 1
    facts = page.partition('id="facts"')[2]
    assert "déclaré par le site hôte" in facts.partition("</h2>")[2].partition("</h2>")[0]
    for value in (COMPANY, "Jonzac", NAME, "adherent-42"):
        assert f"<dd>{value}</dd>" in facts
    assert "site hôte" not in other.partition('id="facts"')[2]
    assert member.id in found and anonymous.id not in found.partition('id="rows"')[2]


@pytest.mark.usefixtures("directory")
async def test_a_handoff_without_rasa_goes_to_the_nearest_antenna(
    stocked_url: str, rasa: FakeRasa, start_site: StartSite, http: aiohttp.ClientSession
) -> None:
    site = await start_site(rasa.port, database_url=stocked_url, **SETTINGS)
    rasa.away = True
    antennas = []
    for token in (signed(claims(commune="17299")), signed(claims(commune="33063")), None):
        member = await Member(http, site.url).open(**({"identity": token} if token else {}))
        await member.press(HANDOFF_PAYLOAD)
        await member.until(lambda transcript: transcript["state"] == "waiting")
        async with site.storage.read() as session:
            antennas.append((await session.get_one(Conversation, member.id)).antenna)
    assert antennas[:2] == ["rochefort", "bordeaux"]
    assert antennas[2] not in antennas[:2]


async def test_it_is_given_to_the_member_and_goes_with_the_conversation(
    open_site: Site, http: aiohttp.ClientSession
) -> None:
    erased, old = [await Member(http, open_site.url).open(identity=signed(claims())) for _ in range(2)]
    async with http.get(f"{erased.address}/export", headers=erased.headers) as response:
        [given] = (await response.json())["identite_declaree"]
    assert (given["company"], given["name"], given["commune_name"]) == (COMPANY, NAME, "Jonzac")
    async with http.delete(erased.address, headers=erased.headers) as response:
        assert response.status == 204
    assert await declared(open_site, erased) is None and await declared(open_site, old) is not None
    later = utc_now() + timedelta(days=open_site.settings.retention_days_conversations + 1)
    await Retention(open_site.storage, open_site.settings, now=lambda: later).look()
    async with open_site.storage.read() as session:
        assert await session.scalar(select(func.count()).select_from(DeclaredIdentity)) == 0


async def test_the_token_itself_is_kept_nowhere(keyed_site: Site, http: aiohttp.ClientSession) -> None:
    token = signed(claims())
    member = await Member(http, keyed_site.url).open(identity=token)
    async with keyed_site.storage.read() as session:
        conversation = await session.get_one(Conversation, member.id)
        row = await session.get_one(DeclaredIdentity, member.id)
    kept = repr([vars(conversation), vars(row)])
    assert token not in kept and token.rpartition(".")[2] not in kept and digest(token) not in kept
