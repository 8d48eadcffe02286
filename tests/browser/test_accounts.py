"""Signing in and accounts, in a real browser: by keyboard, on a phone, in the dark, with axe-core's rules."""

from __future__ import annotations

import subprocess
import sys
import uuid
from collections.abc import Callable

import pyotp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import ROOT, Site
from tests.browser.test_accessibility import violations

Pages = Callable[..., Page]
PASSWORD = "girafe tambour nuage velours"
SMALL = """() => [...document.querySelectorAll("a[href], button, summary, select, label.choice, input")]
    .filter((node) => node.getClientRects().length && !node.closest("p, li, th, label.choice > *, .skip"))
    .map((node) => [node.textContent.trim() || node.name, node.getBoundingClientRect()])
    .filter(([, box]) => box.height < 43.9).map(([text]) => text)"""


def invite(site: Site, role: str, antenna: str = "") -> tuple[str, str]:
    """`make user`: gives the address and the one-time link."""
    email = f"lea.martin.{uuid.uuid4().hex[:8]}@exemple.fr"
    command = [sys.executable, "-m", "website.accounts.command", f"--email={email}", f"--role={role}"]
    done = subprocess.run(
        [*command, f"--antenna={antenna}"], cwd=ROOT, env=site.environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    link = done.stdout.splitlines()[-1]
    assert link.startswith(f"{site.url}/lien/")
    return email, link


def press(page: Page, *keys: str) -> None:
    """Press keys one after the other; what is no key is typed."""
    for key in keys:
        if key in ("Tab", "Enter", "Space", "Escape", "Shift+Tab"):
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)


def choose_password(page: Page, link: str) -> None:
    """Open a one-time link and choose the password by keyboard."""
    page.goto(link)
    expect(page.get_by_label("Mot de passe", exact=True)).to_be_focused()
    press(page, PASSWORD, "Tab", PASSWORD, "Enter")
    expect(page.locator(".menu")).to_be_visible()


def sign_in(page: Page, site: Site, email: str) -> None:
    """Fill the form of `/connexion` in by keyboard."""
    page.goto(f"{site.url}/connexion")
    expect(page.get_by_label("Adresse électronique")).to_be_focused()
    press(page, email, "Tab", PASSWORD, "Enter")


@pytest.fixture
def admin(new_page: Pages, site: Site) -> Page:
    """An administrator's browser."""
    _, link = invite(site, "admin")
    page = new_page()
    choose_password(page, link)
    return page


def test_from_the_invitation_to_signing_out_by_keyboard(new_page: Pages, site: Site) -> None:
    email, link = invite(site, "officer", "rochefort,bordeaux")
    page = new_page()
    page.goto(link)
    field = page.get_by_label("Mot de passe", exact=True)
    expect(field).to_be_focused()
    press(page, "court", "Tab", "court", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("au moins 12 caractères")
    expect(field).to_be_focused()
    press(page, PASSWORD, "Tab", PASSWORD, "Enter")
    expect(page.locator(".menu")).to_contain_text("Lea Martin")

    page.locator(".menu summary").focus()
    press(page, "Enter", "Tab", "Tab", "Enter")
    expect(page).to_have_url(f"{site.url}/connexion")
    expect(page.get_by_role("status")).to_contain_text("déconnecté")

    page.goto(f"{site.url}/compte")
    expect(page).to_have_url(f"{site.url}/connexion?suite=/compte")
    expect(page.get_by_label("Adresse électronique")).to_be_focused()
    press(page, email, "Tab", "faux mot de passe", "Enter")
    expect(page.get_by_role("alert")).to_contain_text("Adresse ou mot de passe incorrect")
    expect(page.get_by_label("Adresse électronique")).to_have_value(email)
    expect(page.get_by_label("Mot de passe", exact=True)).to_be_focused()
    press(page, PASSWORD, "Enter")
    expect(page).to_have_url(f"{site.url}/compte")
    expect(page.get_by_role("heading", level=1)).to_have_text("Mon compte")
    expect(page.locator("main")).to_contain_text("Chargé de mission · Bordeaux Métropole, Rochefort")

    page.goto(link)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce lien ne fonctionne plus")


def test_one_time_codes(new_page: Pages, site: Site) -> None:
    email, link = invite(site, "trainer")
    page = new_page()
    choose_password(page, link)
    page.goto(f"{site.url}/compte/code")
    drawing = page.get_by_role("img", name="Code QR")
    box = drawing.locator("svg").bounding_box()
    assert box and box["width"] > 150
    application = pyotp.TOTP(page.locator("code.secret").inner_text().replace(" ", ""))
    page.get_by_label("Saisissez le code").fill(application.now())
    page.get_by_role("button", name="Activer").click()
    codes = page.locator(".codes code").all_inner_texts()
    assert len(codes) == 10
    assert violations(page) == []

    other = new_page()
    sign_in(other, site, email)
    expect(other.get_by_label("Code", exact=True)).to_be_focused()
    assert violations(other) == []
    press(other, "000000", "Enter")
    expect(other.get_by_role("alert")).to_be_visible()
    expect(other.get_by_label("Code", exact=True)).to_be_focused()
    press(other, codes[0], "Enter")
    expect(other.locator(".menu")).to_be_visible()


def test_an_administrator_invites_and_is_told_what_is_missing(admin: Page, site: Site, new_page: Pages) -> None:
    admin.goto(f"{site.url}/console/comptes")
    admin.get_by_role("link", name="Inviter une personne").click()
    email = f"tom.{uuid.uuid4().hex[:8]}@exemple.fr"
    admin.get_by_label("Nom affiché").fill("Tom Vidal")
    admin.get_by_label("Adresse électronique").fill(email)
    admin.get_by_role("button", name="Envoyer l’invitation").click()
    expect(admin.get_by_text("Cochez au moins une antenne")).to_be_visible()
    expect(admin.get_by_label("Nom affiché")).to_have_value("Tom Vidal")
    admin.get_by_label("Rochefort").check()
    admin.get_by_role("button", name="Envoyer l’invitation").click()
    link = admin.locator("code.secret").inner_text()
    admin.goto(f"{site.url}/console/comptes")
    expect(admin.get_by_role("row", name="Tom Vidal").filter(has_text=email)).to_contain_text("invitation envoyée")

    page = new_page()
    choose_password(page, link)
    expect(page.locator(".menu")).to_contain_text("Tom Vidal")
    page.goto(f"{site.url}/console/comptes")
    expect(page.get_by_role("heading", level=1)).to_have_text("Accès refusé")

    admin.get_by_role("row").filter(has_text=email).get_by_role("link").click()
    admin.get_by_label("Compte désactivé").check()
    admin.get_by_role("button", name="Enregistrer").click()
    expect(admin.get_by_role("status")).to_contain_text("est enregistré")
    page.reload()
    expect(page).to_have_url(f"{site.url}/connexion?suite=/console/comptes")


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_and_is_accessible(
    admin: Page, new_page: Pages, site: Site, scheme: str, size: tuple[int, int]
) -> None:
    options = {"color_scheme": scheme, "viewport": {"width": size[0], "height": size[1]}, "reduced_motion": "reduce"}
    stranger = new_page(**options)
    somebody = new_page(**options)
    somebody.context.add_cookies(admin.context.cookies())  # type: ignore[arg-type]
    _, link = invite(site, "trainer")
    admin.goto(f"{site.url}/console/comptes")
    account = admin.locator("tbody a").first.get_attribute("href")
    own = (
        "/compte",
        "/compte/code",
        "/console/comptes",
        "/console/comptes/nouveau",
        "/console/journal",
        str(account),
        "/console/comptes/x",
    )
    public = ("/connexion", "/connexion?fin=1", "/mot-de-passe-oublie", link.removeprefix(site.url), "/lien/x")
    for page, paths in ((stranger, public), (somebody, own)):
        for path in paths:
            page.goto(site.url + path)
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
            assert page.evaluate(SMALL) == [], path
    somebody.locator(".menu summary").click()
    assert violations(somebody) == []
    box = somebody.locator(".menu-body").bounding_box()
    assert box and box["x"] >= 0 and box["x"] + box["width"] <= size[0]


def test_everything_works_without_scripts(new_page: Pages, site: Site) -> None:
    _, link = invite(site, "trainer")
    page = new_page(java_script_enabled=False)
    choose_password(page, link)
    page.goto(f"{site.url}/compte")
    page.get_by_label("Nom affiché").fill("Léa <b>Martin</b>")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_role("status")).to_have_text("C’est enregistré.")
    expect(page.locator(".menu")).to_contain_text("Léa <b>Martin</b>")
    page.get_by_role("button", name="Se déconnecter partout").click()
    expect(page).to_have_url(f"{site.url}/connexion")
