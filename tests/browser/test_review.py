"""« À relire » in a browser: by mouse, keyboard alone, without scripts, on a phone, in the dark; axe is content."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from database.storage import Storage
from tests.browser.conftest import Site
from tests.browser.staff import Person, in_database, person
from tests.browser.test_console_accessibility import fits
from tests.support.fake_rasa import FakeRasa
from tests.support.studio_data import small_data
from tests.website.console.desk import ROCHEFORT, Desk
from tests.website.studio.conversations import OTHER_TOPIC, UNSURE, count, pressed, typed, understood
from understanding.catalogue import load_catalogue
from understanding.corpus import read_corpus
from website.accounts.access import Role
from website.console.proposals import propose
from website.models import State
from website.studio.review_models import ReviewItem

Pages = Callable[..., Page]
SENTENCES = (
    "La banque traîne pour le nouveau tour",
    "Il faut apprendre Catia aux deux jeunes",
    "Quel truc pour le bidule",
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Files of the site's own."""
    return small_data(tmp_path / "data")


@pytest.fixture
def studio(chromium: str, rasa: FakeRasa, tmp_path: Path, data: Path) -> Iterator[Site]:
    """A site over files of its own, with four sentences in its queue."""
    site = Site(tmp_path, rasa.port, DATA_DIR=str(data))
    site.prepare()
    in_database(site, _fill)
    site.start()
    deadline = time.monotonic() + 30
    while in_database(site, lambda storage: count(Desk(storage), ReviewItem)) < 4 and time.monotonic() < deadline:
        time.sleep(0.2)
    yield site
    site.stop()


async def _fill(storage: Storage) -> None:
    desk = Desk(storage)
    for sentence in (SENTENCES[0], f"{SENTENCES[0]} !", SENTENCES[2]):
        await typed(desk, await desk.open(state=State.BOT), sentence, UNSURE)
    talk = await desk.open(state=State.BOT)
    seq = await typed(desk, talk, SENTENCES[1], understood("evenement"))
    await pressed(desk, talk, "Autre sujet", OTHER_TOPIC)
    await desk.do(propose, ROCHEFORT, talk, seq, "formation", load_catalogue())


@pytest.fixture
def trainer(studio: Site) -> Person:
    """A trainer."""
    return person(studio, "Mme Sarlat", Role.TRAINER)


def sentence(page: Page) -> str:
    """The sentence that is shown."""
    return page.locator("blockquote").inner_text()


def test_by_keyboard_alone(studio: Site, new_page: Pages, trainer: Person, data: Path) -> None:
    page = new_page()
    trainer.sign_in(page.context, studio)
    page.goto(f"{studio.url}/studio")
    expect(page.get_by_text("Il en reste 3")).to_be_visible()
    assert sentence(page) == SENTENCES[1]  # an officer corrected it
    page.keyboard.press("c")
    expect(page.locator("blockquote")).to_have_text(SENTENCES[0])
    expect(page.get_by_role("status").first).to_contain_text("Enregistrée dans « Formation")
    expect(page.get_by_text("2 phrases presque identiques")).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.type("Question j")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator("blockquote")).to_have_text(SENTENCES[2])
    page.keyboard.press("z")
    expect(page.locator("blockquote")).to_have_text(SENTENCES[0])
    page.keyboard.press("2")
    expect(page.locator("blockquote")).to_have_text(SENTENCES[2])
    page.keyboard.press("p")
    expect(page.get_by_text("Il n’y a rien à relire")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(page.locator("blockquote")).to_have_text(SENTENCES[2])
    page.keyboard.press("e")
    expect(page.get_by_text("Tout est relu")).to_be_visible()
    written = {(example.text, example.intent) for example in read_corpus(data / "nlu" / "membres")}
    assert written == {(SENTENCES[1], "formation"), (SENTENCES[0], "formation")}  # what was taken back is gone


def test_letters_that_are_typed_decide_nothing(studio: Site, new_page: Pages, trainer: Person, data: Path) -> None:
    page = new_page()
    trainer.sign_in(page.context, studio)
    page.goto(f"{studio.url}/studio")
    page.get_by_text("Retoucher la phrase").click()
    page.get_by_label("Phrase", exact=True).fill("")
    page.get_by_label("Phrase", exact=True).press_sequentially("Apprendre Catia, pec 2")
    page.keyboard.press("Control+c")
    assert sentence(page) == SENTENCES[1]
    page.get_by_test_id("confirm").click()
    expect(page.locator("blockquote")).to_have_text(SENTENCES[0])
    assert [example.text for example in read_corpus(data / "nlu" / "membres")] == ["Apprendre Catia, pec 2"]


def test_without_scripts(studio: Site, new_page: Pages, trainer: Person) -> None:
    page = new_page(java_script_enabled=False)
    trainer.sign_in(page.context, studio)
    page.goto(f"{studio.url}/studio")
    page.get_by_label("Un autre sujet").select_option("juridique")
    page.get_by_test_id("correct").click()
    expect(page.locator("blockquote")).to_have_text(SENTENCES[0])
    page.locator(".recent summary").click()
    page.get_by_test_id("undo").click()
    expect(page.locator("blockquote")).to_have_text(SENTENCES[1])
    page.get_by_test_id("correct").click()
    expect(page.get_by_text("Choisissez d’abord un sujet")).to_be_visible()


def test_two_trainers_look_at_two_sentences(studio: Site, new_page: Pages, trainer: Person) -> None:
    one, other = new_page(), new_page()
    trainer.sign_in(one.context, studio)
    person(studio, "M. Bazas", Role.TRAINER).sign_in(other.context, studio)
    one.goto(f"{studio.url}/studio")
    other.goto(f"{studio.url}/studio")
    assert (sentence(one), sentence(other)) == (SENTENCES[1], SENTENCES[0])
    one.reload()
    assert sentence(one) == SENTENCES[1]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (360, 740)], ids=["laptop", "phone"])
def test_for_everybody(
    studio: Site, new_page: Pages, trainer: Person, scheme: str, size: tuple[int, int], tmp_path: Path
) -> None:
    page = new_page(color_scheme=scheme, viewport={"width": size[0], "height": size[1]}, reduced_motion="reduce")
    trainer.sign_in(page.context, studio)
    page.goto(f"{studio.url}/studio")
    fits(page, size[0])
    page.screenshot(path=tmp_path / "sentence.png", full_page=True)
    page.get_by_text("Retoucher la phrase").click()
    fits(page, size[0])
    page.get_by_test_id("confirm").click()
    expect(page.locator("blockquote")).to_have_text(SENTENCES[0])
    page.locator(".recent summary").click()
    page.get_by_text("Voir les autres").click()
    fits(page, size[0])
    page.screenshot(path=tmp_path / "decided.png", full_page=True)
    for _ in range(2):
        page.get_by_test_id("discard").click()
    expect(page.get_by_text("Il n’y a rien à relire")).to_be_visible()
    fits(page, size[0])
    page.screenshot(path=tmp_path / "empty.png", full_page=True)
