"""For everybody: axe-core's rules, live regions, target sizes, narrow screens, zoom, themes, reduced motion."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat, answer_to
from tests.browser.conftest import Site
from tests.support.fake_rasa import FakeRasa

Pages = Callable[..., Page]
SMALL = """() => {
    const root = document.querySelector("tchat-widget").shadowRoot;
    return [...root.querySelectorAll("button, a[href], textarea")]
        .filter((node) => node.getClientRects().length && !node.closest(".text"))
        .map((node) => [node.textContent, node.getBoundingClientRect()])
        .filter(([, box]) => box.width < 44 || box.height < 44).map(([text]) => text);
}"""


def violations(page: Page) -> list[str]:
    """What axe-core finds, in words."""
    found = Axe().run(page).response["violations"]
    return [f"{one['id']}: {one['help']} {[node['target'] for node in one['nodes']]}" for one in found]


@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["desktop", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(new_page: Pages, site: Site, scheme: str, size: tuple[int, int]) -> None:
    page = new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    page.goto(site.url)
    assert violations(page) == []
    chat = Chat(page).open()
    chat.say("qui peut payer ?")
    expect(chat.root.get_by_role("region", name="Votre contact")).to_be_visible()
    assert violations(page) == []
    chat.root.get_by_role("button", name="Plus d’actions").click()
    assert violations(page) == []
    chat.button("Effacer la conversation").click()
    assert violations(page) == []
    chat.button("Effacer").click()
    expect(chat.button("Nouvelle conversation")).to_be_visible()
    assert violations(page) == []


def test_the_log_is_read_politely_and_history_is_not_read_again(chat: Chat) -> None:
    chat.open()
    expect(chat.log).to_have_attribute("aria-live", "polite")
    chat.say("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    chat.page.add_init_script(
        """new MutationObserver(() => {
            const log = document.querySelector("tchat-widget")?.shadowRoot.querySelector(".log");
            if (!log || log.watched) return;
            log.watched = true;
            new MutationObserver(() => (window.readAloud ??= []).push(log.getAttribute("aria-live")))
                .observe(log, { childList: true });
        }).observe(document, { childList: true, subtree: true })"""
    )
    chat.page.reload()
    chat.expect_answers(answer_to("bonjour"))
    assert set(chat.page.evaluate("window.readAloud")) == {"off"}
    expect(chat.log).to_have_attribute("aria-live", "polite")


def test_nothing_moves_under_the_finger_and_the_focus_stays(chat: Chat, rasa: FakeRasa) -> None:
    chat.open().say("un choix")
    button = chat.button("Formation")
    expect(button).to_be_visible()
    rasa.delay = 0.5
    chat.say("qui peut payer ?")
    chat.page.wait_for_timeout(100)
    before = button.bounding_box()
    assert before is not None
    chat.page.mouse.move(before["x"] + 10, before["y"] + 10)
    button.focus()
    chat.page.mouse.down()
    expect(chat.root.get_by_role("region", name="Votre contact")).to_have_count(1)
    assert button.bounding_box() == before
    assert button.evaluate("node => node.getRootNode().activeElement === node")
    chat.page.mouse.move(0, 0)
    chat.page.mouse.up()


@pytest.mark.parametrize("width", [1280, 360, 320])
def test_everything_can_be_touched_and_nothing_scrolls_sideways(new_page: Pages, site: Site, width: int) -> None:
    page = new_page(viewport={"width": width, "height": 640})
    page.goto(site.url)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    chat = Chat(page).open()
    chat.say("x" * 200 + " qui peut payer ?")
    expect(chat.root.get_by_role("region", name="Votre contact")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert chat.log.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert page.evaluate(SMALL) == []
    box = chat.panel.bounding_box()
    assert box is not None
    if width < 480:
        assert (box["x"], box["y"], box["width"], box["height"]) == (0, 0, width, 640), "the whole screen of a phone"
    else:
        assert box["x"] + box["width"] <= width


def test_at_200_percent_zoom_the_field_and_the_log_are_there(new_page: Pages, site: Site) -> None:
    page = new_page(viewport={"width": 640, "height": 400}, device_scale_factor=2)  # 1280 × 800 at 200 %
    page.goto(site.url)
    chat = Chat(page).open()
    chat.say("bonjour")
    chat.expect_answers(answer_to("bonjour"))
    expect(chat.field).to_be_in_viewport()
    expect(chat.button("Fermer le tchat")).to_be_in_viewport()
    expect(chat.texts("bot")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 640


def test_on_a_phone_the_focus_stays_in_the_panel(new_page: Pages, site: Site) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page.goto(site.url)
    chat = Chat(page).open()
    expect(chat.panel).to_have_attribute("aria-modal", "true")
    for key in ("Tab", "Shift+Tab"):
        for _ in range(12):
            page.keyboard.press(key)
            assert chat.focused() != ""


def test_dark_theme(new_page: Pages, site: Site) -> None:
    page = new_page(color_scheme="dark")
    page.goto(site.url)
    chat = Chat(page).open()
    assert chat.panel.evaluate("node => getComputedStyle(node).backgroundColor") == "rgb(24, 33, 43)"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(15, 21, 28)"


def test_nothing_moves_where_motion_is_not_wanted(new_page: Pages, site: Site) -> None:
    page = new_page(reduced_motion="reduce")
    page.goto(site.url)
    chat = Chat(page).open()
    assert chat.panel.evaluate("node => getComputedStyle(node).animationName") == "none"


def test_the_focus_ring_is_seen(chat: Chat) -> None:
    chat.open()
    style = chat.field.evaluate("node => [getComputedStyle(node).outlineStyle, getComputedStyle(node).outlineWidth]")
    assert style == ["solid", "3px"]
