"""Words that mean something to a database, a shell, a header or a file reader, in places where people type."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import aiohttp
import pytest
from yarl import URL

from settings import ROOT
from tests.support.staff import staff
from tests.website.conftest import Member, Site
from tests.website.console.desk import ROCHEFORT, Desk
from website.accounts.access import Role
from website.accounts.sign_in import onward
from website.console.filters import Box, Filters
from website.console.inbox import read_inbox

WILD = [
    *("%", "_", "*", '"', "'", "'; DROP TABLE conversation; --", "a* OR b", "NEAR(a b)", "text:secret", "^a", "!a"),
    *("a & b", "a | b", "a:*", "a <-> b", "(", "\\", "-a", "a\0b", "\ud83d", "OR", "AND NOT"),
]


async def test_a_search_finds_words_and_nothing_by_signs(desk: Desk) -> None:
    held = await desk.open("Notre secret : une presse de 2 000 tonnes")

    async def found(typed: str) -> list[str]:
        filters = Filters.read({"boite": Box.ALL.value, "q": typed})
        return [line.conversation.id for line in (await desk.see(read_inbox, filters, ROCHEFORT)).lines]

    assert await found("secret presse") == [held]
    for typed in WILD:
        assert await found(f"introuvable {typed}") == [], typed
        assert await found(f"secret {typed} introuvable") == [], typed
        await found(typed)


@pytest.mark.parametrize("typed", ["%", "_", "'", '"*', "%00", "%ff", "%0d%0aX-Injected:%201", "a" * 7000])
async def test_no_page_falls_over_what_stands_in_its_address(site: Site, typed: str) -> None:
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        for path in ("/console", "/console/journal", "/console/chiffres", "/studio", "/console/comptes", "/connexion"):
            for name in ("q", "boite", "antenne", "avant", "du", "compte", "famille", "mois", "suite", "page"):
                address = URL(f"{site.url}{path}?{name}={typed}", encoded=True)
                async with admin.http.get(address, allow_redirects=False) as response:
                    assert response.status < 500, (path, name, typed)
                    assert "X-Injected" not in response.headers


async def test_no_header_is_made_of_what_was_sent(site: Site, http: aiohttp.ClientSession) -> None:
    forged = "x%0d%0aSet-Cookie:%20session=forged%0d%0a%0d%0a<p>"
    paths = (f"/connexion?suite=/{forged}", f"/lien/{forged}", f"/static/{forged}", f"/{forged}", f"/console?{forged}")
    for path in paths:
        async with http.get(URL(site.url + path, encoded=True), allow_redirects=False) as response:
            assert "session=forged" not in str(response.headers.getall("Set-Cookie", []))
            assert all("\n" not in value and "\r" not in value for value in response.headers.values())


ELSEWHERE = [
    *(
        "//attaque.example",
        "https://attaque.example",
        "/\\attaque.example",
        "\\\\attaque.example",
        "/\t/attaque.example",
    ),
    *("javascript:alert(1)", "///attaque.example", " //attaque.example", "http:attaque.example", "/\r\nX: 1"),
    "/" + "a" * 600,
]


async def test_an_id_with_a_line_end_leads_nowhere_else(site: Site) -> None:
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        for path in ("/console/c/a%0d%0aX-Injected:%201/repondre", "/console/comptes/a%0d%0aX-Injected:%201/lien"):
            address = URL(site.url + path, encoded=True)
            async with admin.http.post(address, data={"csrf": admin.csrf}, allow_redirects=False) as response:
                assert response.status in (303, 404)
                assert "X-Injected" not in response.headers


@pytest.mark.parametrize("suite", ELSEWHERE)
def test_after_signing_in_nobody_is_led_elsewhere(suite: str) -> None:
    assert onward(suite) == ""


@pytest.mark.parametrize("name", ["..%2f..%2fsettings.py", "....//settings.py", "%2e%2e%2f%2e%2e%2fsettings.py"])
@pytest.mark.parametrize("base", ["/static/", "/static/console/", "/static/..%2f/"])
async def test_no_path_leads_out_of_a_folder(site: Site, http: aiohttp.ClientSession, base: str, name: str) -> None:
    async with http.get(URL(site.url + base + name, encoded=True)) as response:
        assert response.status == 404
        assert b"import" not in await response.read()


async def test_ids_in_staff_addresses_name_rows_and_no_files(site: Site) -> None:
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        for part in ("annuaire/antennes", "annuaire/interlocuteurs", "comptes", "c"):
            for odd in ("..%2f..%2fsettings", "%2fetc%2fpasswd", "..", "a%00b", "-", "*"):
                status, text = await admin.get(f"/console/{part}/{odd}")
                assert status in (303, 404), (part, odd)
                assert "root:" not in text


READ_ALL = """
from contextlib import suppress
from actions.texts import text
from directory.files import read_directory
from understanding import paths
from understanding.catalogue import load_catalogue
from understanding.corpus import read_examples
from understanding.places.table import CommuneTable
for read in (load_catalogue, lambda: read_directory(load_catalogue(), CommuneTable()), lambda: text("accueil"),
             lambda: list(read_examples(paths.DATA / 'nlu' / 'financement.yml'))):
    with suppress(Exception):
        read()
"""


@pytest.mark.parametrize("name", ["categories.yml", "conversation.yml", "textes.yml", "directory", "nlu"])
def test_a_data_file_makes_no_objects(tmp_path: Path, name: str) -> None:
    """A file that somebody edited by hand may name Python code; reading it runs none."""
    folder, mark = tmp_path / "data", tmp_path / "ran"
    shutil.copytree(ROOT / "data", folder, ignore=shutil.ignore_patterns("nlu"))
    target = folder / name
    if not target.suffix:
        target.mkdir(exist_ok=True)
        target = next(target.glob("*.yml"), target / "financement.yml")
    target.write_text(f"!!python/object/apply:os.system ['touch {mark}']\n", "utf-8")
    environment = {**os.environ, "DATA_DIR": str(folder), "PYTHONPATH": str(ROOT)}
    subprocess.run([sys.executable, "-c", READ_ALL], cwd=ROOT, env=environment, check=True)
    assert not mark.exists()


async def test_a_members_words_reach_rasa_as_words(member: Member) -> None:
    for typed in ("/restart", "/session_start", "EXTERNAL: a", "{{7*7}}", "${jndi:ldap://a}", "!!python/name:os"):
        transcript = await member.ask(typed)
        assert any(message["text"] == typed for message in transcript["messages"] if message["sender"] == "member")


BOUNDARY = {"Content-Type": "multipart/form-data; boundary=e53a"}
NO_FORMS = [
    *(
        (BOUNDARY, body)
        for body in (
            b"",
            b"x",
            b"--e53a\r\n",
            b"--e53a\r\n\r\nx",
            b"--e53a\r\nContent-Disposition: form-data\r\n",
            b"--e53a\r\nx\r\n",
        )
    ),
    ({"Content-Type": "multipart/form-data"}, b"x"),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=inconnu"}, b"csrf=x"),
    ({"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}, b"csrf=\xff%ff"),
]


@pytest.mark.parametrize(("headers", "body"), NO_FORMS)
@pytest.mark.parametrize("secret", ["", "right"])
async def test_what_is_no_form_is_refused(site: Site, headers: dict[str, str], body: bytes, secret: str) -> None:
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        sent = {**headers, "X-CSRF-Token": admin.csrf} if secret else headers
        for path in ("/connexion", "/console/textes", "/mot-de-passe-oublie", "/console/comptes"):
            async with admin.http.post(site.url + path, data=body, headers=sent, allow_redirects=False) as response:
                assert response.status in (303, 400, 403, 422), (path, await response.text())
                if response.status == 400:
                    assert "formulaire" in await response.text()
