"""The member waits for a person: leaves an address, comes back by a mail's link, rates the exchange."""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Page, expect

from database.base import utc_now
from database.storage import Storage
from tests.browser.chat import Chat
from tests.browser.conftest import Site
from tests.browser.test_accessibility import SMALL, Pages, violations
from tests.website.console.desk import ADMIN
from website.console import operations
from website.models import Outcome
from website.waiting import codes
from website.waiting.addresses import hashed
from website.waiting.models import CodePurpose, MailedAddress, Rating

T = TypeVar("T")
ADDRESS = "Adresse électronique ou téléphone"
SIZES = pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["desktop", "phone"])
SCHEMES = pytest.mark.parametrize("scheme", ["light", "dark"])


def in_database(site: Site, action: Callable[[Any], Awaitable[T]]) -> T:
    """Do something in the site's database, in a thread: Playwright's loop runs in this one."""

    async def run() -> T:
        storage = Storage.open(site.environment["DATABASE_URL"])
        try:
            async with storage.write() as session:
                return await action(session)
        finally:
            await storage.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(run())).result()


def waits(chat: Chat) -> Chat:
    """Ask for a person and wait for the notice."""
    chat.open()
    chat.button("Parler à un chargé de mission").first.click()
    expect(chat.root.get_by_text("Laissez ici une adresse")).to_be_visible()
    return chat


def arrive(new_page: Pages, site: Site, scheme: str, size: tuple[int, int]) -> Chat:
    """A visitor with such a screen who waits for a person."""
    page = new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page.goto(site.url)
    return waits(Chat(page))


def field(chat: Chat) -> Any:
    return chat.root.get_by_role("textbox", name=ADDRESS)


def answered_and_closed(site: Site, chat: Chat) -> None:
    conversation_id = chat.kept()["id"]

    async def work(session: Any) -> None:
        await operations.claim(session, ADMIN, conversation_id)
        await operations.reply(session, ADMIN, conversation_id, uuid.uuid4().hex, "Votre dossier est prêt.")
        await operations.close(session, ADMIN, conversation_id, Outcome.RESOLVED)

    in_database(site, work)
    chat.page.reload()
    if not chat.panel.is_visible():
        chat.launcher.click()


@SIZES
@SCHEMES
def test_leave_an_address_by_keyboard(new_page: Pages, site: Site, scheme: str, size: tuple[int, int]) -> None:
    chat = arrive(new_page, site, scheme, size)
    page = chat.page
    expect(field(chat)).to_be_in_viewport()
    assert violations(page) == []
    assert page.evaluate(SMALL.replace("textarea", "input, textarea")) == []
    field(chat).focus()
    page.keyboard.type("jeanne@exemple")
    page.keyboard.press("Enter")
    expect(chat.root.get_by_text("n’est pas complète")).to_be_visible()
    expect(field(chat)).to_be_focused()
    expect(field(chat)).to_have_attribute("aria-invalid", "true")
    assert violations(page) == []
    page.keyboard.type(".fr")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(chat.root.get_by_text("jeanne@exemple.fr")).to_be_visible()
    expect(chat.button("Retirer")).to_be_focused()
    assert violations(page) == []
    assert chat.log.evaluate("node => node.scrollWidth <= node.clientWidth")
    page.reload()
    if size[0] < 480:
        chat.launcher.click()
    expect(chat.root.get_by_text("jeanne@exemple.fr")).to_be_visible()
    chat.button("Retirer").press("Enter")
    expect(field(chat)).to_be_focused()
    page.keyboard.type("05.36.49.00.50")
    page.keyboard.press("Enter")
    expect(chat.root.get_by_text("05\u00a036\u00a049\u00a000\u00a050", exact=False).last).to_be_visible()


def test_the_form_goes_with_the_waiting(chat: Chat) -> None:
    waits(chat)
    chat.button("Continuer avec l’assistant").click()
    expect(chat.root.get_by_text("reprend la conversation")).to_be_visible()
    expect(field(chat)).to_have_count(0)
    chat.root.get_by_role("button", name="Parler à un chargé de mission").first.click()
    expect(field(chat)).to_have_count(1)


def code_for(site: Site, conversation_id: str, purpose: CodePurpose, email: str = "jeanne@exemple.fr") -> str:
    return in_database(site, lambda session: codes.make(session, conversation_id, hashed(email), purpose, utc_now()))


def show(page: Page, address: str) -> None:
    page.goto("about:blank")
    page.goto(address)


@SIZES
@SCHEMES
def test_come_back_by_a_link(new_page: Pages, site: Site, scheme: str, size: tuple[int, int]) -> None:
    first = new_page()
    first.goto(site.url)
    chat = waits(Chat(first))
    chat.say("un mot d'avant")
    chat.expect_sent("Parler à un chargé de mission", "un mot d'avant")
    code = code_for(site, chat.kept()["id"], CodePurpose.RESUME)
    page = new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    show(page, f"{site.url}/reprendre#{code}")
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    show(page, f"{site.url}/reprendre#{code}")  # looking alone uses nothing up
    button = page.get_by_role("button", name="Ouvrir ma conversation")
    button.focus()
    page.keyboard.press("Enter")
    again = Chat(page)
    expect(again.log).to_contain_text("un mot d'avant")
    assert "#" not in page.url and again.kept()["id"] == chat.kept()["id"]
    assert again.kept()["token"] != chat.kept()["token"]
    assert violations(page) == []
    again.say("me revoilà")
    expect(chat.log).to_contain_text("me revoilà")
    chat.say("et moi")
    expect(again.log).to_contain_text("et moi")
    show(page, f"{site.url}/reprendre#{code}")
    page.get_by_role("button", name="Ouvrir ma conversation").click()
    expect(page.get_by_role("status").first).to_contain_text("a déjà servi")
    expect(page.get_by_role("link", name="Aller au tchat")).to_be_visible()


def test_another_conversation_makes_room_only_when_asked(new_page: Pages, site: Site) -> None:
    first, page = new_page(), new_page(viewport={"width": 360, "height": 740})
    for one in (first, page):
        one.goto(site.url)
    mailed, kept = waits(Chat(first)).kept()["id"], Chat(page).open()
    kept.say("une autre question")
    kept.expect_sent("une autre question")
    before = kept.kept()
    code = code_for(site, mailed, CodePurpose.RESUME)
    show(page, f"{site.url}/reprendre#{code}")
    page.get_by_role("button", name="Ouvrir ma conversation").click()
    expect(page.get_by_role("status").first).to_contain_text("garde déjà une autre conversation")
    assert violations(page) == []
    page.get_by_role("link", name="Garder l’autre").click()
    expect(page).to_have_url(f"{site.url}/")
    assert Chat(page).kept()["token"] == before["token"]
    show(page, f"{site.url}/reprendre#{code}")
    page.get_by_role("button", name="Ouvrir ma conversation").click()
    page.get_by_role("button", name="Ouvrir celle du courriel").click()
    expect(page.get_by_role("link", name="Afficher la conversation")).to_be_visible()
    assert Chat(page).kept()["id"] == mailed


def test_a_link_while_the_site_cannot_be_reached(new_page: Pages, site: Site) -> None:
    page = new_page()
    page.goto(f"{site.url}/reprendre#x")
    page.context.set_offline(True)
    page.get_by_role("button", name="Ouvrir ma conversation").click()
    expect(page.get_by_role("status")).to_contain_text("Le lien reste valable")
    page.context.set_offline(False)
    page.get_by_role("button", name="Ouvrir ma conversation").click()
    expect(page.get_by_role("status")).to_contain_text("a déjà servi")


@SCHEMES
def test_stop_the_mails(new_page: Pages, site: Site, scheme: str) -> None:
    email = f"{uuid.uuid4().hex}@exemple.fr"
    page = new_page(color_scheme=scheme, viewport={"width": 360, "height": 740})
    page.goto(site.url)
    chat = waits(Chat(page))
    code = code_for(site, chat.kept()["id"], CodePurpose.STOP, email)

    async def stopped(session: Any) -> bool:
        row = await session.get(MailedAddress, hashed(email))
        return row is not None and row.stopped_at is not None

    show(page, f"{site.url}/stop#{code}")
    assert violations(page) == []
    assert not in_database(site, stopped)
    page.get_by_role("button", name="Arrêter les courriels").press("Enter")
    expect(page.get_by_role("status")).to_contain_text("nous n’écrirons plus")
    assert in_database(site, stopped)
    assert violations(page) == []


async def last_rating(session: Any, conversation_id: str) -> tuple[bool | None, str | None]:
    from sqlalchemy import select

    row = await session.scalar(select(Rating).where(Rating.conversation_id == conversation_id))
    return row.useful, row.text


@SIZES
@SCHEMES
def test_rate_by_keyboard(new_page: Pages, site: Site, scheme: str, size: tuple[int, int]) -> None:
    chat = arrive(new_page, site, scheme, size)
    page = chat.page
    answered_and_closed(site, chat)
    expect(chat.root.get_by_text("vous a-t-il été utile")).to_be_visible()
    assert violations(page) == []
    chat.button("Pas utile").press("Enter")
    opinion = chat.root.get_by_role("textbox", name="Un mot de plus")
    expect(opinion).to_be_in_viewport()
    expect(chat.root.get_by_text("Conversation terminée")).to_be_visible()
    assert violations(page) == []
    opinion.focus()
    page.keyboard.type("Trop long.")
    page.keyboard.press("Enter")
    expect(chat.root.get_by_text("Merci, c’est noté.")).to_be_focused()
    assert violations(page) == []
    conversation_id = chat.kept()["id"]
    assert in_database(site, lambda session: last_rating(session, conversation_id)) == (False, "Trop long.")
    assert re.search("pour reprendre", chat.field.get_attribute("placeholder") or "")


def test_who_answered_is_named_where_only_the_end_was_seen(new_page: Pages, site: Site) -> None:
    page = new_page()
    page.goto(site.url)
    chat = waits(Chat(page))
    answered_and_closed(site, chat)
    expect(chat.root.get_by_text("vous a-t-il été utile")).to_be_visible()
    code = code_for(site, chat.kept()["id"], CodePurpose.RESUME)
    later = new_page()
    show(later, f"{site.url}/reprendre#{code}")
    later.get_by_role("button", name="Ouvrir ma conversation").click()
    expect(Chat(later).root.locator(".officer b")).to_have_text(ADMIN.name)
