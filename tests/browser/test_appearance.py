"""An installation's own colours as a browser shows them, in both themes, under the pages' own policy."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Site
from tests.browser.other_origin import OtherOrigin
from tests.browser.test_embedding import CONTRAST
from tests.support.fake_rasa import FakeRasa

Pages = Callable[..., Page]
NAME = "Guichet du pôle Altaïr"
COLOURS = {"light": "rgb(106, 27, 154)", "dark": "rgb(206, 147, 216)"}
SETTINGS = {
    "SITE_NAME": NAME,
    "COLOR_BRAND": "#6a1b9a",
    "COLOR_BRAND_DARK": "#ce93d8",
    "COLOR_ACCENT": "#00695c",
    "COLOR_ACCENT_DARK": "#80cbc4",
}


@pytest.fixture(scope="module")
def own_site(
    chromium: str, rasa: FakeRasa, other_origin: OtherOrigin, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site with a name and colours of its own."""
    running = Site(tmp_path_factory.mktemp("own"), rasa.port, ALLOWED_ORIGINS=other_origin.url, **SETTINGS)
    running.prepare()
    running.start()
    yield running
    running.stop()


def background(chat: Chat) -> str:
    colour: str = chat.launcher.evaluate("node => getComputedStyle(node).backgroundColor")
    return colour


@pytest.mark.parametrize("scheme", COLOURS)
def test_pages_and_chat_have_the_colours_of_the_settings(new_page: Pages, own_site: Site, scheme: str) -> None:
    page = new_page(color_scheme=scheme)
    page.goto(own_site.url)
    chat = Chat(page)
    assert background(chat) == COLOURS[scheme]
    assert chat.launcher.evaluate(CONTRAST) >= 4.5
    chat.open()
    expect(chat.log).to_contain_text(f"{NAME}\u00a0: vous écrivez à un assistant automatique")
    page.goto(f"{own_site.url}/connexion")
    expect(page).to_have_title(f"Connexion · {NAME}")
    button = page.get_by_role("button", name="Se connecter")
    assert button.evaluate("node => getComputedStyle(node).backgroundColor") == COLOURS[scheme]
    assert button.evaluate(CONTRAST) >= 4.5


def test_the_page_that_embeds_the_chat_has_the_last_word(
    new_page: Pages, own_site: Site, other_origin: OtherOrigin
) -> None:
    page = new_page(color_scheme="light")
    for attributes, colour in [("", COLOURS["light"]), ("data-brand='%23004d40'", "rgb(0, 77, 64)")]:
        page.goto(other_origin.page(own_site.url, attributes))
        assert background(Chat(page)) == colour
