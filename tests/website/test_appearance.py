"""An installation's own name and colours: where they show, and which are refused."""

from __future__ import annotations

import asyncio
import gzip
import os
import re
import subprocess
import sys
from typing import Any

import aiohttp
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from settings import ROOT, SettingError, Settings
from tests.support.fake_rasa import FakeRasa
from tests.support.staff import staff
from tests.website.conftest import Member, Site, StartSite
from website.accounts.access import Role
from website.appearance import INKS, LEAST_CONTRAST, TOKENS, Palette, check_name, contrast, tokens
from website.mail.models import OutboxMail
from website.static_files import FOLDER

NAME = "Pôle <Altaïr> & Cie"
COLOURS = {
    "color_brand": "#6A1B9A",
    "color_brand_dark": "#ce93d8",
    "color_accent": "#00695c",
    "color_accent_dark": "#80cbc4",
}
SCRIPT = (FOLDER / "tchat.js").read_text("utf-8")
THEMES = tokens(TOKENS.read_text("utf-8"))
GROUNDS = {theme: [THEMES[theme][name] for name in ("bg", "surface", "bubble")] for theme in THEMES}
SETTING_OF = {"light": "color_brand", "dark": "color_brand_dark"}


@pytest.fixture
async def own_site(rasa: FakeRasa, start_site: StartSite) -> Site:
    """A site with a name and colours of its own."""
    return await start_site(rasa.port, site_name=NAME, **COLOURS)


async def fetch(http: aiohttp.ClientSession, address: str, **headers: str) -> tuple[aiohttp.ClientResponse, str]:
    async with http.get(address, headers=headers) as response:
        return response, await response.text()


def shown(palette: Palette) -> dict[str, dict[str, str]]:
    """The colours of the pages: what the tokens say, then what the palette changes."""
    changed = tokens(palette.style())
    return {theme: {**THEMES[theme], **changed[theme]} for theme in THEMES}


async def test_the_name_is_everywhere(own_site: Site, http: aiohttp.ClientSession) -> None:
    written = NAME.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    for path in ("/donnees", "/reprendre", "/stop", "/effacement/X", "/connexion", "/"):
        _, page = await fetch(http, own_site.url + path)
        assert re.search(rf"<title>.+ · {re.escape(written)}</title>", page), path
        assert "Guichet aéro" not in page
    async with staff(own_site.storage, own_site.url, Role.ADMIN) as admin:
        _, page = await admin.get("/console")
        assert f"<span>{written}</span>" in page and f'<meta name="application-name" content="{written}">' in page
        await admin.post("/console/comptes", name="Anne", email="a@exemple.fr", role="trainer")
    notice = (await (await Member(http, own_site.url).open()).read())["messages"][0]["text"]
    assert notice.startswith(f"{NAME}\u00a0: vous écrivez à un assistant automatique.")
    async with own_site.storage.read() as session:
        [mail] = await session.scalars(select(OutboxMail))
    assert mail.subject.startswith(f"{NAME}\u00a0:")


async def test_the_colours_are_those_of_pages_and_chat(own_site: Site, http: aiohttp.ClientSession) -> None:
    response, style = await fetch(http, f"{own_site.url}/static/couleurs.css")
    assert response.content_type == "text/css" and "Cache-Control" in response.headers
    light, dark = tokens(style)["light"], tokens(style)["dark"]
    assert light == {"brand": "#6a1b9a", "hero": "#6a1b9a", "on-brand": "#ffffff", "accent": "#00695c"}
    assert dark == {"brand": "#ce93d8", "on-brand": "#0f151c", "accent": "#80cbc4"}
    response, script = await fetch(http, f"{own_site.url}/static/tchat.js")
    for colour in (*light.values(), *dark.values()):
        assert colour in script
    assert not re.search("#0b4f8a|#7db9ee|#b3450b|#f0a06a", script)
    assert len(script) == len(SCRIPT) and len(gzip.compress(script.encode(), 9)) < 20_000
    again, _ = await fetch(http, f"{own_site.url}/static/tchat.js", **{"If-None-Match": response.headers["ETag"]})
    assert again.status == 304
    for path in ("/", "/donnees", "/connexion"):
        response, page = await fetch(http, own_site.url + path)
        links = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
        assert links[:2] == ["/static/tokens.css", "/static/couleurs.css"], path
        assert "unsafe-inline" not in response.headers["Content-Security-Policy"]


async def test_without_settings_nothing_changes(site: Site, http: aiohttp.ClientSession) -> None:
    response, style = await fetch(http, f"{site.url}/static/couleurs.css")
    assert (response.status, style) == (200, "")
    assert (await fetch(http, f"{site.url}/static/tchat.js"))[1] == SCRIPT


async def test_two_sites_of_one_process_keep_their_own(own_site: Site, site: Site, http: aiohttp.ClientSession) -> None:
    scripts = await asyncio.gather(*(fetch(http, f"{one.url}/static/tchat.js") for one in (own_site, site, own_site)))
    assert scripts[0][1] == scripts[2][1] != scripts[1][1] == SCRIPT


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"color_brand": "#ffcc00"}, "COLOR_BRAND : la couleur #ffcc00 se lit mal sur le fond clair #e6eef6"),
        (
            {"color_accent": "#808080"},
            "(contraste de 3,3 pour 1, il faut au moins 4,5). Choisissez-en une plus foncée",
        ),
        (
            {"color_brand_dark": "#0b4f8a"},
            "COLOR_BRAND_DARK : la couleur #0b4f8a se lit mal sur le fond sombre #22303e",
        ),
        ({"color_accent_dark": "#333333"}, "Choisissez-en une plus claire."),
        ({"color_brand": "rouge"}, "COLOR_BRAND : « rouge » n’est pas une couleur de la forme #1a2b3c."),
        ({"color_brand": "#fff"}, "n’est pas une couleur"),
        ({"color_brand": "#000000;} body{display:none"}, "n’est pas une couleur"),
    ],
)
def test_a_colour_that_cannot_be_read_is_refused_in_french(given: dict[str, Any], told: str) -> None:
    with pytest.raises(SettingError) as refused:
        Palette.from_settings(Settings(**given))
    assert told in str(refused.value).replace("\u00a0", " ")


@given(st.sampled_from(sorted(THEMES)), st.integers(0, 0xFFFFFF))
def test_what_is_taken_can_be_read_everywhere(theme: str, number: int) -> None:
    colour = f"#{number:06x}"
    readable = all(contrast(colour, ground) >= LEAST_CONTRAST for ground in GROUNDS[theme])
    changed: dict[str, Any] = {SETTING_OF[theme]: colour}
    try:
        palette = Palette.from_settings(Settings(**changed))
    except SettingError:
        assert not readable
        return
    assert readable
    now = shown(palette)[theme]
    assert now["brand"] == colour and now["on-brand"] in INKS
    assert contrast(now["brand"], now["on-brand"]) >= LEAST_CONTRAST
    assert colour in palette.dress(SCRIPT)


def test_contrast_is_reckoned_as_wcag_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("name", ["", "  ", "x" * 61, "a\nBcc: b@exemple.fr", "a\u202eb", "a\0"])
def test_a_name_that_cannot_stand_in_a_title_is_refused(name: str) -> None:
    with pytest.raises(SettingError, match="SITE_NAME"):
        check_name(Settings(site_name=name))


@pytest.mark.parametrize("given", [{"COLOR_BRAND": "#ffcc00"}, {"SITE_NAME": "a\nb"}])
def test_the_site_does_not_start_and_says_why(given: dict[str, str], sqlite_url: str) -> None:
    environment = {**os.environ, "DATABASE_URL": sqlite_url, "PORT": "0", **given}
    done = subprocess.run(
        [sys.executable, "-m", "website"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 1
    [name] = given
    assert done.stderr.startswith(name) and "Traceback" not in done.stderr
