"""On a site of another origin, under its policy and its styles."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat, answer_to
from tests.browser.conftest import NewContext, Site
from tests.browser.other_origin import OtherOrigin

Pages = Callable[..., Page]
CONTRAST = """node => {
    const light = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number)
        .map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
    const { color, backgroundColor } = getComputedStyle(node);
    const [low, high] = [light(color), light(backgroundColor)].sort((a, b) => a - b);
    return (high + 0.05) / (low + 0.05);
}"""


def test_a_conversation_under_a_strict_policy_of_another_origin(
    new_page: Pages, site: Site, other_origin: OtherOrigin
) -> None:
    page = new_page()
    page.goto(other_origin.page(site.url))
    chat = Chat(page).open()
    chat.say("qui peut payer ?")
    chat.expect_sent("qui peut payer ?")
    card = chat.root.get_by_role("region", name="Votre contact")
    expect(card).to_contain_text("Référent financement")
    assert page.evaluate("location.origin") == other_origin.url
    page.reload()
    chat.expect_sent("qui peut payer ?")
    chat.choose("Effacer la conversation")
    chat.button("Effacer").click()
    expect(chat.log).to_contain_text("La conversation est effacée")


def test_the_styles_of_the_page_do_not_reach_the_chat(new_page: Pages, site: Site, other_origin: OtherOrigin) -> None:
    page = new_page()
    page.goto(other_origin.page(site.url))
    chat = Chat(page).open()
    chat.say("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    style = chat.texts("bot").evaluate("node => [getComputedStyle(node).fontSize, getComputedStyle(node).color]")
    assert style == ["16px", "rgb(22, 32, 44)"]
    assert page.locator("h1").evaluate("node => getComputedStyle(node).color") == "rgb(255, 0, 0)"


def test_an_origin_that_is_not_allowed_gets_nothing(
    new_context: NewContext, site: Site, other_origin: OtherOrigin
) -> None:
    page = new_context().new_page()
    page.goto(other_origin.page(site.url).replace("127.0.0.1", "localhost", 1))
    chat = Chat(page)
    chat.launcher.click()
    expect(chat.status).to_contain_text("Connexion interrompue")
    assert page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("brand", ["%23ffee00", "%236a1b9a", "black", "white"])
def test_any_brand_colour_stays_readable(
    new_page: Pages, site: Site, other_origin: OtherOrigin, brand: str, scheme: str
) -> None:
    page = new_page(color_scheme=scheme)
    attributes = f"data-brand='{brand}' data-accent='{brand}' data-title='Le guichet' data-position='left'"
    page.goto(other_origin.page(site.url, attributes))
    chat = Chat(page)
    box = chat.launcher.bounding_box()
    assert box is not None
    assert box["x"] < 100
    assert chat.launcher.evaluate(CONTRAST) >= 4.5
    chat.open()
    expect(chat.root.get_by_role("dialog", name="Le guichet")).to_be_visible()
    assert chat.button("Parler à un chargé de mission").first.evaluate(CONTRAST) >= 4.5
