"""The console for everybody: axe-core's rules, targets, narrow screens, both themes."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.chat import Chat
from tests.browser.conftest import Site
from tests.browser.staff import UNDERSTOOD, Person, person
from tests.browser.test_accessibility import violations
from tests.support.fake_rasa import FakeRasa

Pages = Callable[..., Page]
SMALL = """() => [...document.querySelectorAll("button, a[href], summary, select, textarea, input:not([type=hidden])")]
    .filter((node) => node.checkVisibility() && !node.closest(".visually-hidden, .skip, dd, p"))
    .map((node) => [node, (node.closest("label.choice") ?? node).getBoundingClientRect()])
    .filter(([, box]) => box.width < 44 || box.height < 44).map(([node]) => node.outerHTML.slice(0, 80))"""


@pytest.fixture(autouse=True)
def understood(rasa: FakeRasa) -> Iterator[None]:
    """Something is understood of every message."""
    rasa.understanding = UNDERSTOOD
    yield
    rasa.understanding = None


@pytest.fixture
def officer(site: Site) -> Iterator[Person]:
    """An officer of Bordeaux, where the stand-in sends its members."""
    number = officer_number.__next__()
    yield person(site, "Mme Roux", antennas=("bordeaux",), email=f"roux{number}@exemple.fr")


officer_number = iter(range(1000))


@pytest.fixture
def waiting(site: Site, new_page: Pages) -> Page:
    """A member whose conversation waits."""
    page = new_page()
    page.goto(site.url)
    chat = Chat(page).open()
    chat.say("Qui peut nous aider à payer un tour ?")
    expect(chat.root.get_by_role("region", name="Votre contact")).to_be_visible()
    chat.root.get_by_role("button", name="Parler à un chargé de mission").last.click()
    expect(chat.button("Continuer avec l’assistant")).to_be_visible()
    return page


def fits(page: Page, width: int) -> None:
    """Nothing scrolls sideways, everything can be touched, axe-core is content."""
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(SMALL) == []
    assert violations(page) == []


@pytest.mark.parametrize("size", [(1280, 800), (900, 700), (360, 740)], ids=["laptop", "small", "phone"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page(
    site: Site, new_page: Pages, officer: Person, waiting: Page, scheme: str, size: tuple[int, int]
) -> None:
    width, height = size
    page = new_page(color_scheme=scheme, viewport={"width": width, "height": height}, reduced_motion="reduce")
    officer.sign_in(page.context, site)
    page.goto(f"{site.url}/console")
    expect(page.locator("#rows a.line").last).to_be_visible()
    fits(page, width)
    for name in ("Filtrer", "Mes vues", "Alertes"):
        page.locator("summary", has_text=name).click()
        fits(page, width)
    page.keyboard.press("Escape")
    page.locator("#rows a.line").last.click()
    expect(page.get_by_role("log")).to_contain_text("presque sûr")
    fits(page, width)
    page.get_by_test_id("claim").click()
    expect(page.get_by_test_id("reply")).to_be_visible()
    fits(page, width)
    page.locator("summary", has_text="Textes types").click()
    fits(page, width)
    page.keyboard.press("Escape")
    for name in ("transfer", "close"):
        page.get_by_test_id(name).click()
        expect(page.locator(":popover-open")).to_be_visible()
        fits(page, width)
        page.keyboard.press("Escape")
    page.locator("#standing h1").click()
    page.keyboard.press("?")
    expect(page.locator("#help-dialog")).to_be_visible()
    fits(page, width)
    page.keyboard.press("Escape")
    if width < 1200:
        page.get_by_role("link", name="Contexte", exact=True).click()
        expect(page.get_by_role("region", name="Contexte")).to_be_visible()
        fits(page, width)
    page.goto(f"{site.url}/console/textes")
    fits(page, width)
    page.goto(f"{site.url}/console?q=payer")
    fits(page, width)
    page.goto(f"{site.url}/console?liste=closes")
    fits(page, width)


def test_on_a_phone_one_pane_at_a_time(site: Site, new_page: Pages, officer: Person, waiting: Page) -> None:
    page = new_page(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    officer.sign_in(page.context, site)
    page.goto(f"{site.url}/console")
    expect(page.get_by_role("complementary", name="Aide")).to_be_hidden()
    page.locator("#rows a.line").last.click()
    expect(page.locator("#rows")).to_be_hidden()
    expect(page.get_by_role("region", name="Conversation")).to_be_visible()
    page.get_by_role("link", name="Contexte", exact=True).click()
    expect(page.get_by_role("region", name="Conversation")).to_be_hidden()
    page.get_by_role("link", name="Revenir à la conversation").click()
    expect(page.get_by_role("region", name="Conversation")).to_be_visible()
    page.get_by_role("link", name="Revenir à la liste").click()
    expect(page.locator("#rows")).to_be_visible()
