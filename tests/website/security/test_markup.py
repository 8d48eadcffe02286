"""Markup in everything that somebody typed: no page takes any of it for its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Column, String, Table, Text, select, update

from database.base import Base
from tests.support.fake_rasa import OFFICER_BUTTON, FakeRasa
from tests.support.staff import Staff, staff
from tests.website.conftest import Member, Site, StartSite
from website.accounts.access import Role
from website.identity.models import DeclaredIdentity
from website.main import ROUTES

NASTY = "\"'><attack-er onx=1>"
UNTOUCHED = frozenset(
    {"token_sha256", "password_hash", "payload_sha256", "csrf", "key", "client_id", "payload", "text_hash", "kind"}
)
"""Columns that nobody types: hashes, secrets, keys, words of ours."""


class Reader(HTMLParser):
    """Notes what a browser would take for markup and we never write."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.foreign: list[str] = []
        self.told = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "attack-er":
            self.foreign.append(tag)
        for name, value in attrs:
            if name.startswith("on") or name == "style" or (value or "").lower().startswith("javascript:"):
                self.foreign.append(f"{tag} {name}={value}")
            self.told += "attack-er" in (value or "")

    def handle_data(self, data: str) -> None:
        self.told += "attack-er" in data


def poisoned(value: Any) -> Any:
    """JSON in which every text that is shown is replaced."""
    if isinstance(value, dict):
        return {key: inner if key in ("type", "payload") else poisoned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [poisoned(inner) for inner in value]
    return NASTY if isinstance(value, str) else value


def _typed_columns(table: Table) -> Iterator[Column[Any]]:
    for column in table.columns:
        long_enough = type(column.type) is Text or type(column.type) is String and (column.type.length or 99) > 32
        free = not column.primary_key and not column.foreign_keys and not column.unique
        if long_enough and free and column.name not in UNTOUCHED:
            yield column


async def poison(site: Site) -> None:
    """Put markup into every text of the database, as if all of it had been typed so."""
    async with site.storage.write() as session:
        for table in Base.metadata.sorted_tables:
            if table.name in ("audit", "audit_entry"):  # the database itself refuses to change these
                continue
            values = {column.name: NASTY for column in _typed_columns(table)}
            if values:
                await session.execute(update(table).values(values))
            for column in table.columns:
                if isinstance(column.type, JSON):
                    keys = list(table.primary_key.columns)
                    for row in (await session.execute(select(column, *keys))).all():
                        where = [key == value for key, value in zip(keys, row[1:], strict=True)]
                        await session.execute(update(table).where(*where).values({column.name: poisoned(row[0])}))


async def _everything(site: Site, admin: Staff, rasa: FakeRasa) -> list[str]:
    """Something in each part of the site; gives the ids that addresses may hold."""
    member = await Member(admin.http, site.url).open()
    await member.ask(f"Quel financement ? {NASTY}")
    await member.ask("un choix")
    await member.press(OFFICER_BUTTON["payload"])
    await member.until(lambda transcript: transcript["state"] == "waiting")
    reach = {"email": "membre@exemple.fr", "phone": "05 36 49 00 50", "name": NASTY}
    async with member.http.put(f"{member.address}/coordonnees", json=reach, headers=member.headers) as response:
        assert response.status in (200, 204), await response.text()
    async with site.storage.write() as session:
        session.add(DeclaredIdentity(conversation_id=member.id, subject=NASTY, company=NASTY, commune_name=NASTY))
    base = f"/api/officer/conversations/{member.id}"
    assert (await admin.call(f"{base}/claim"))[0] == 200
    assert (await admin.call(f"{base}/messages", {"text": NASTY, "client_id": "a"}))[0] in (200, 201, 202)
    assert (await admin.call(f"{base}/notes", {"text": NASTY, "client_id": "b"}))[0] in (200, 201, 202)
    await admin.post("/console/textes", titre=NASTY, texte=NASTY, portee="moi")
    await admin.post("/console/vues", nom=NASTY, vue="q=a")
    return [member.id, admin.account, "rochefort", "sandrine-aubron", "rien"]


@pytest.fixture
async def poisoned_site(start_site: StartSite, rasa: FakeRasa, stocked_file: Path, tmp_path: Path) -> Site:
    shutil.copy(stocked_file, tmp_path / "poisoned.db")
    return await start_site(rasa.port, database_url=f"sqlite:///{tmp_path / 'poisoned.db'}")


async def test_no_page_takes_typed_words_for_markup(poisoned_site: Site, rasa: FakeRasa) -> None:
    told: dict[str, int] = {}
    wrong: list[tuple[str, list[str]]] = []
    async with staff(poisoned_site.storage, poisoned_site.url, Role.ADMIN, name=NASTY) as admin:
        ids = await _everything(poisoned_site, admin, rasa)
        await poison(poisoned_site)
        for path in _addresses(ids):
            async with admin.http.get(poisoned_site.url + path, allow_redirects=False) as response:
                assert response.status < 500, (path, await response.text())
                if response.content_type != "text/html":
                    continue
                reader = Reader()
                reader.feed(await response.text())
            told[path] = reader.told
            if reader.foreign:
                wrong.append((path, reader.foreign))
    assert wrong == []
    shown = {path.partition("?")[0] for path, count in told.items() if count}
    assert {"/", "/console", f"/console/c/{ids[0]}", "/console/textes", "/console/comptes", "/compte"} <= shown, told


def _addresses(ids: list[str]) -> Iterator[str]:
    for route in ROUTES:
        if route.method != "GET" or "{name}" in route.path or route.path.endswith(("/events", "/stream")):
            continue
        names = [name for name in ("{id}", "{slug}", "{token}") if name in route.path]
        paths = [route.path.replace(names[0], value) for value in ids] if names else [route.path]
        for path in paths:
            if "{" not in path:
                yield path
                yield path + "?q=%22%27%3E%3Cattack-er%20onx%3D1%3E&suite=%22%27%3E%3Cattack-er%3E"


@pytest.mark.parametrize(
    "path",
    [
        "/rien%22%3E%3Cattack-er%3E",
        "/console/c/%3Cattack-er%3E",
        "/lien/%3Cattack-er%3E",
        "/static/%3Cattack-er%3E",
        "/connexion/oidc/retour?error=%3Cattack-er%3E&error_description=%3Cattack-er%3E",
        "/reprendre?x=%3Cattack-er%3E",
    ],
)
async def test_refusals_say_nothing_back(site: Site, path: str) -> None:
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        _, text = await admin.get(path)
        reader = Reader()
        reader.feed(text)
        assert reader.foreign == []
