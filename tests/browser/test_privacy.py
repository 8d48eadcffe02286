"""Members' data in real browsers: the objection, the erasure with its receipt, the pages about both."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat, answer_to
from tests.browser.conftest import Site
from tests.browser.staff import person
from tests.browser.test_console_accessibility import fits
from tests.support.fake_rasa import FakeRasa
from website.accounts.access import Role

Pages = Callable[..., Page]


def picture(page: Page, name: str) -> None:
    """Keep what a page looks like, where a folder for it is named."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)


def test_a_member_objects_and_takes_it_back(chat: Chat) -> None:
    chat.open()
    chat.choose("Ne rien apprendre de mes messages")
    expect(chat.texts("system").last).to_contain_text("ne serviront pas à améliorer")
    picture(chat.page, "opposition")
    chat.say("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    chat.button("Revenir sur ce choix").click()
    expect(chat.texts("system").last).to_contain_text("peuvent servir à améliorer")


def test_the_notice_leads_to_the_page_about_data(chat: Chat, site: Site) -> None:
    chat.open()
    link = chat.log.get_by_role("link").first
    address = link.get_attribute("href")
    assert address is not None and address.endswith("/donnees")
    chat.page.goto(f"{site.url}/donnees")
    expect(chat.page.get_by_role("heading", level=1)).to_have_text("Vos données et vos droits")


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["laptop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_pages_fit_everybody(
    site: Site, new_page: Pages, rasa: FakeRasa, scheme: str, size: tuple[int, int]
) -> None:
    width, height = size
    look = {"color_scheme": scheme, "viewport": {"width": width, "height": height}, "reduced_motion": "reduce"}
    member = new_page(**look)
    member.goto(site.url)
    chat = Chat(member).open()
    chat.say("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    rasa.away = True
    with member.expect_response(lambda answer: answer.request.method == "DELETE") as erased:
        chat.choose("Effacer la conversation")
        chat.button("Effacer").click()
    number = erased.value.headers["x-receipt"]
    admin = person(site, "Mme Cadet", Role.ADMIN, email=f"cadet-{scheme}-{width}@exemple.fr")
    page = new_page(**look)
    admin.sign_in(page.context, site)
    for path, word in (
        ("/donnees", "Vos droits"),
        (f"/effacement/{number}", "en cours"),
        ("/console/effacements", number),
    ):
        page.goto(site.url + path)
        expect(page.locator("main")).to_contain_text(word)
        fits(page, width)
        picture(page, f"{path.split('/')[-1] if number not in path else 'recu'}-{scheme}-{width}")
    rasa.away = False
    page.goto(f"{site.url}/effacement/{number}")
    for _ in range(40):
        if "terminé" in page.locator("h1").inner_text():
            break
        page.wait_for_timeout(500)
        page.reload()
    expect(page.locator("h1")).to_contain_text("terminé")
