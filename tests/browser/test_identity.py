"""The host website says by a signed token who its member is."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import NewContext, Site
from tests.browser.other_origin import OtherOrigin
from tests.support.fake_rasa import FakeRasa
from tests.website.identity.signing import claims, signed

Pages = Callable[..., Page]


def asked(
    page: Page, site: Site, other_origin: OtherOrigin, rasa: FakeRasa, text: str, token: str
) -> dict[str, object]:
    """What reaches Rasa of a message that is typed on a page with this token."""
    page.goto(other_origin.page(site.url, f"data-identity='{token}'" if token else ""))
    chat = Chat(page)
    if not chat.panel.is_visible():
        chat.open()
    before = len(rasa.calls)
    chat.say(text)
    expect(chat.texts("bot").last).to_contain_text(text)
    assert len(rasa.calls) == before + 1
    return rasa.calls[-1]


def test_the_token_of_the_page_goes_with_the_opening(
    new_page: Pages, site: Site, other_origin: OtherOrigin, rasa: FakeRasa
) -> None:
    call = asked(new_page(), site, other_origin, rasa, "bonjour", signed(claims(aud=site.url)))
    assert call["declared_commune"] == "17197"


def test_a_token_that_is_refused_changes_nothing_for_the_member(
    new_page: Pages, site: Site, other_origin: OtherOrigin, rasa: FakeRasa
) -> None:
    for token in (signed(claims(aud=site.url, exp=1)), "n’importe quoi", "a.b.c"):
        call = asked(new_page(), site, other_origin, rasa, "bonjour", token)
        assert "declared_commune" not in call


def test_a_page_may_bring_a_fresh_token_before_the_chat_is_opened(
    new_page: Pages, site: Site, other_origin: OtherOrigin, rasa: FakeRasa
) -> None:
    page = new_page()
    page.goto(other_origin.page(site.url, "data-identity='périmé'"))
    page.evaluate(
        "token => document.querySelector('script[data-identity]').dataset.identity = token",
        signed(claims(aud=site.url, commune="64445")),
    )
    chat = Chat(page).open()
    chat.say("bonjour")
    expect(chat.texts("bot").last).to_contain_text("bonjour")
    assert rasa.calls[-1]["declared_commune"] == "64445"


def test_two_members_of_one_browser_do_not_share_a_conversation(
    new_context: NewContext, new_page: Pages, site: Site, other_origin: OtherOrigin, rasa: FakeRasa
) -> None:
    context: BrowserContext = new_context()
    one = signed(claims(aud=site.url, sub="é1"))
    other = signed(claims(aud=site.url, sub="é2", commune="64445"))
    first = asked(new_page(context), site, other_origin, rasa, "première", one)
    again = asked(new_page(context), site, other_origin, rasa, "encore", signed(claims(aud=site.url, sub="é1")))
    nobody = asked(new_page(context), site, other_origin, rasa, "sans jeton", "")
    assert first["sender"] == again["sender"] == nobody["sender"]
    page = new_page(context)
    second = asked(page, site, other_origin, rasa, "seconde", other)
    assert second["sender"] != first["sender"] and second["declared_commune"] == "64445"
    expect(Chat(page).log).not_to_contain_text("première")
