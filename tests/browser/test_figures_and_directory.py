"""Figures, directory and log in a real browser: axe-core, keyboard alone, without scripts, a phone, the dark."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from database.base import utc_now
from database.storage import Storage
from tests.browser.conftest import NewContext, Site
from tests.browser.staff import Person, in_database, person
from tests.browser.test_accessibility import violations
from tests.support.conversations import conversation
from tests.support.fake_rasa import FakeRasa
from understanding import paths
from website.accounts.access import Role
from website.models import Handoff, Origin

Pages = Callable[..., Page]
DIRECTORY = "/console/annuaire"
SANDRINE = f"{DIRECTORY}/interlocuteurs/sandrine-aubron"
ADDRESSES = (
    "/console/chiffres",
    f"{DIRECTORY}?commune=Jonzac&categorie=financement",
    f"{DIRECTORY}/antennes/rochefort",
    f"{DIRECTORY}/antennes/rochefort/ajouter",
    SANDRINE,
    "/console/journal",
)
SMALL = """() => [...document.querySelectorAll("main :is(button, a[href], summary, select, input:not([type=hidden]))")]
    .filter((node) => node.checkVisibility() && !node.closest("svg, main > p, td .small"))
    .map((node) => [node, (node.closest("label.choice") ?? node).getBoundingClientRect()])
    .filter(([, box]) => box.width < 43.9 || box.height < 43.9).map(([node]) => node.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def office(browser: Browser, rasa: FakeRasa, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that owns a copy of the data files."""
    folder = tmp_path_factory.mktemp("office")
    shutil.copytree(paths.DATA, folder / "data")
    site = Site(folder, rasa.port, DATA_DIR=str(folder / "data"))
    site.prepare()
    site.start()
    in_database(site, _some_conversations)
    yield site
    site.stop()


async def _some_conversations(storage: Storage) -> None:
    now = utc_now()
    async with storage.write() as session:
        for number in range(12):
            handed = number % 3 == 0
            begun = now - timedelta(days=number)
            session.add(conversation(number, begun, handed_at=begun if handed else None))
            await session.flush()
            if handed:
                row = Handoff(
                    conversation_id=f"{number:032x}", origin=Origin.MEMBER, antenna="bordeaux", handed_at=begun
                )
                row.answer_seconds = 600 * (number + 1)
                session.add(row)


@pytest.fixture(scope="module")
def admin(office: Site) -> Person:
    """An administrator."""
    return person(office, "Mme Cadet", Role.ADMIN)


@pytest.fixture
def file(office: Site) -> Path:
    """The directory's file, as it was at first."""
    copy = Path(office.environment["DATA_DIR"]) / "directory" / "directory.yml"
    copy.write_bytes((paths.DIRECTORY / "directory.yml").read_bytes())
    return copy


@pytest.fixture
def enter(office: Site, admin: Person, new_context: NewContext, new_page: Pages) -> Pages:
    """Opens a page of the site, signed in; keyword arguments as for contexts."""

    def open_page(address: str, **options: object) -> Page:
        context = new_context(**options)
        admin.sign_in(context, office)
        page = new_page(context)
        page.goto(office.url + address)
        return page

    return open_page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_for_everybody(enter: Pages, file: Path, scheme: str, width: int) -> None:
    page = enter(ADDRESSES[0], color_scheme=scheme, viewport={"width": width, "height": 800})
    for address in ADDRESSES:
        page.goto(page.url.partition("/console")[0] + address)
        for details in page.locator("main details").all():
            details.evaluate("node => { node.open = true }")
        assert violations(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        assert page.evaluate(SMALL) == [], address


def test_a_bar_leads_to_its_conversations_by_keyboard(enter: Pages) -> None:
    page = enter("/console/chiffres")
    bar = page.get_by_test_id("figure-antennes").get_by_role("link", name="Bordeaux Métropole, transmises")
    name = bar.get_attribute("aria-label") or ""
    assert name.endswith("4\u00a0conversations")
    bar.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/console?*suite=transmise*")
    assert "antenne=bordeaux" in page.url
    page.go_back()
    table = page.get_by_test_id("figure-absents")
    table.get_by_text("Voir le tableau").focus()
    page.keyboard.press("Enter")
    expect(table.get_by_role("row", name="Rochefort Financement et aides 12")).to_be_visible()


def test_an_absence_is_entered_by_keyboard_alone(enter: Pages, file: Path) -> None:
    page = enter(DIRECTORY)
    page.get_by_role("link", name="Modifier Sandrine Aubron").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{SANDRINE}")
    page.get_by_role("button", name="Ajouter une absence").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_label("Absence 3, premier jour")).to_be_focused()
    page.get_by_label("Absence 3, premier jour").fill("2026-12-24")
    page.get_by_label("Absence 3, dernier jour").fill("2027-01-02")
    page.get_by_test_id("save").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text("c’est enregistré")
    expect(page.get_by_test_id("antenna-rochefort")).to_contain_text("du 24\u00a0décembre 2026 au 2\u00a0janvier 2027")
    assert "absences: [{from: 2026-12-24, to: 2027-01-02}]" in file.read_text("utf-8")


def test_hours_are_changed_without_scripts(enter: Pages, file: Path) -> None:
    page = enter(f"{DIRECTORY}/antennes/rochefort", java_script_enabled=False)
    page.get_by_label("lundi, premier horaire, ouverture").fill("08:15")
    page.get_by_test_id("save").click()
    expect(page.get_by_test_id("antenna-rochefort")).to_contain_text("lundi\u00a0: 8\u00a0h\u00a015")
    assert '      lundi: ["8:15-12:30", "13:30-17:30"]' in file.read_text("utf-8")
    page.get_by_role("button", name="Descendre Sandrine Aubron").click()
    lines = [line for line in file.read_text("utf-8").splitlines() if "antenna: rochefort" in line]
    assert "rochefort-industrie" in lines[0]


def test_a_conflict_shows_both_versions_and_keeps_what_was_typed(enter: Pages, file: Path) -> None:
    page = enter(SANDRINE)
    page.get_by_label("Téléphone").fill("05 36 49 00 77")
    file.write_text(file.read_text("utf-8").replace("05 36 49 00 51", "05 36 49 00 88"), "utf-8")
    page.get_by_test_id("save").click()
    conflict = page.get_by_test_id("conflict")
    expect(conflict.get_by_role("row", name="Téléphone")).to_contain_text("05 36 49 00 88")
    expect(page.get_by_label("Téléphone")).to_have_value("05 36 49 00 77")
    assert violations(page) == []
    assert "05 36 49 00 88" in file.read_text("utf-8")
    page.get_by_test_id("save").click()
    expect(page.get_by_role("status")).to_contain_text("c’est enregistré")
    assert "05 36 49 00 77" in file.read_text("utf-8")


def test_exports_are_downloaded(enter: Pages) -> None:
    page = enter("/console/chiffres")
    for kind in ("csv", "excel"):
        with page.expect_download() as download:
            page.get_by_test_id(kind).click()
        assert Path(download.value.path()).stat().st_size > 200
    page.goto(page.url.replace("/console/chiffres", "/console/journal"))
    expect(page.get_by_role("row", name="a exporté les chiffres").first).to_be_visible()
