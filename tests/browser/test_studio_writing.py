"""Writing sentences and keeping subjects in a real browser: axe-core, keyboard, without scripts, a phone, the dark."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import NewContext, Site
from tests.browser.staff import Person, person
from tests.browser.test_accessibility import violations
from tests.browser.test_figures_and_directory import SMALL
from tests.support.fake_rasa import FakeRasa
from tests.support.studio_data import KNOWN, OTHER, restore, small_data
from understanding.corpus import read_corpus
from website.accounts.access import Role

Pages = Callable[..., Page]
WRITING = "/studio/ecrire"
NEW = "nos soudeurs voudraient apprendre le titane en une semaine"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small copy of the data files."""
    return small_data(tmp_path_factory.mktemp("original") / "data")


@pytest.fixture(scope="module")
def studio(
    browser: Browser, rasa: FakeRasa, original: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """A site that owns a copy of it."""
    folder = tmp_path_factory.mktemp("studio")
    shutil.copytree(original, folder / "data", symlinks=True)
    site = Site(folder, rasa.port, DATA_DIR=str(folder / "data"))
    site.prepare()
    site.start()
    yield site
    site.stop()


@pytest.fixture(scope="module")
def trainer(studio: Site) -> Person:
    """A trainer."""
    return person(studio, "Mme Formatrice", Role.TRAINER)


@pytest.fixture
def data(studio: Site, original: Path) -> Path:
    """The data files, as they were at first."""
    folder = Path(studio.environment["DATA_DIR"])
    restore(original, folder)
    return folder


@pytest.fixture
def enter(studio: Site, data: Path, trainer: Person, new_context: NewContext, new_page: Pages) -> Pages:
    """Opens a page of the site, signed in; keyword arguments as for contexts."""

    def open_page(address: str, **options: object) -> Page:
        context = new_context(**options)
        trainer.sign_in(context, studio)
        page = new_page(context)
        page.goto(studio.url + address)
        return page

    return open_page


def sentences(data: Path, intent: str) -> list[str]:
    return [example.text for example in read_corpus(data / "nlu") if example.intent == intent]


def check(page: Page, width: int, where: str) -> None:
    for details in page.locator("main details").all():
        details.evaluate("node => { node.open = true }")
    assert violations(page) == [], where
    assert page.evaluate("document.documentElement.scrollWidth") <= width, where
    assert page.evaluate(SMALL) == [], where


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 360])
def test_every_page_is_for_everybody(enter: Pages, data: Path, scheme: str, width: int) -> None:
    page = enter(WRITING, color_scheme=scheme, viewport={"width": width, "height": 800})
    start = page.url.removesuffix(WRITING)
    addresses = (
        f"{WRITING}?sujet=formation",
        "/studio/sujets",
        "/studio/sujets/nouveau",
        "/studio/sujets/formation?q=pont",
        "/studio/sujets/formation/fusionner?vers=emploi_metiers",
        "/studio/sujets/formation/retirer",
    )
    for address in addresses:
        page.goto(start + address)
        check(page, width, address)
    page.goto(f"{start}/studio/sujets/formation?q=pont")
    page.get_by_role("link", name=KNOWN).click()
    expect(page.get_by_role("heading", name="Origine et historique")).to_be_visible()
    check(page, width, "sentence")
    page.goto(f"{start}/studio/sujets/formation")
    page.get_by_text("Modifier, fusionner ou retirer").click()
    page.get_by_label("Définition").fill("Former des salariés, en un mot qui ne serait pas celui du fichier.")
    path = data / "categories.yml"
    path.write_text(path.read_text("utf-8").replace("Former des salariés —", "Former les salariés —"), "utf-8")
    page.get_by_test_id("define").click()
    expect(page.get_by_test_id("conflict")).to_be_visible()
    check(page, width, "conflict")
    page.goto(start + WRITING)
    page.get_by_label("Sujet de ces phrases").select_option("formation")
    page.get_by_label("Phrases, une par ligne").fill(f"{NEW}\n{OTHER}\n{KNOWN}s")
    page.get_by_test_id("check").click()
    expect(page.get_by_role("heading", name="Verdicts")).to_be_visible()
    check(page, width, "batch")


def test_the_verdict_comes_while_typing(enter: Pages, data: Path) -> None:
    page = enter(WRITING)
    page.get_by_label("Sujet", exact=True).select_option("formation")
    field, verdict = page.get_by_label("Phrase", exact=True), page.get_by_test_id("verdict")
    field.fill("trouver une formation au titane")
    expect(verdict).to_have_text("Déjà bien compris (91\u00a0%).")
    field.fill("payer un four")
    expect(verdict).to_contain_text("Compris comme «\u00a0Financement et aides\u00a0» aujourd’hui")
    field.fill(OTHER)
    expect(verdict).to_contain_text("contradiction")
    assert violations(page) == []
    page.get_by_test_id("add").click()
    expect(verdict).to_contain_text("contradiction")
    assert OTHER not in sentences(data, "formation")
    field.fill(f"{NEW} avec Marie Martin")
    expect(verdict).to_contain_text("Un nom de personne a été masqué")
    expect(verdict).to_contain_text(f"{NEW} avec [nom]")


def test_a_sentence_is_written_by_keyboard_alone(enter: Pages, data: Path) -> None:
    page = enter(f"{WRITING}?sujet=formation")
    expect(page.get_by_label("Phrase", exact=True)).to_be_focused()
    page.keyboard.type(NEW)
    expect(page.get_by_test_id("verdict")).to_contain_text("sans certitude")
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("status").first).to_contain_text("La phrase est ajoutée à «\u00a0Formation\u00a0»")
    assert NEW in sentences(data, "formation")
    expect(page.get_by_role("link", name=NEW)).to_be_visible()


def test_a_sentence_is_written_without_scripts(enter: Pages, data: Path) -> None:
    page = enter(WRITING, java_script_enabled=False)
    page.get_by_label("Sujet", exact=True).select_option("formation")
    page.get_by_label("Phrase", exact=True).fill(NEW)
    page.get_by_role("button", name="Vérifier la phrase").click()
    expect(page.get_by_test_id("verdict")).to_contain_text("sans certitude")
    assert NEW not in sentences(data, "formation")
    page.get_by_role("button", name="Ajouter la phrase").click()
    expect(page.get_by_role("status").first).to_contain_text("La phrase est ajoutée")
    assert NEW in sentences(data, "formation")


def test_a_file_is_imported(enter: Pages, data: Path) -> None:
    page = enter(WRITING)
    content = f"phrase;sujet\n{NEW};Formation\n{OTHER};Formation\n".encode("cp1252")
    page.get_by_label("Ou un fichier Excel ou CSV").set_input_files(
        {"name": "phrases.csv", "mimeType": "text/csv", "buffer": content}
    )
    page.get_by_test_id("check").click()
    expect(page.get_by_label("Ajouter la ligne 2")).to_be_checked()
    expect(page.get_by_label("Ajouter la ligne 3")).to_be_disabled()
    page.get_by_test_id("accept").click()
    expect(page.get_by_role("status").first).to_contain_text("1 phrase ajoutée")
    assert NEW in sentences(data, "formation")


def test_sentences_are_deleted_and_taken_back_by_keyboard(enter: Pages, data: Path) -> None:
    page = enter("/studio/sujets/formation?q=pont roulant")
    box = page.get_by_role("checkbox", name=f"Cocher «\u00a0{KNOWN}\u00a0»")
    box.focus()
    page.keyboard.press("Space")
    page.get_by_test_id("delete").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Phrase supprimée.").first).to_be_visible()
    assert KNOWN not in sentences(data, "formation")
    page.get_by_test_id("undo").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("La phrase est revenue.")).to_be_visible()
    assert KNOWN in sentences(data, "formation")


def test_a_deletion_is_taken_back_by_a_key(enter: Pages, data: Path) -> None:
    page = enter("/studio/sujets/formation?q=pont roulant")
    page.get_by_role("checkbox", name=f"Cocher «\u00a0{KNOWN}\u00a0»").check()
    page.get_by_test_id("delete").click()
    expect(page.get_by_text("Phrase supprimée.").first).to_be_visible()
    page.get_by_label("Chercher dans ces phrases").fill("pont")
    page.keyboard.press("Control+z")  # the field's own
    page.get_by_label("Chercher dans ces phrases").blur()
    assert KNOWN not in sentences(data, "formation")
    page.keyboard.press("Control+z")
    expect(page.get_by_text("La phrase est revenue.")).to_be_visible()
    assert KNOWN in sentences(data, "formation")


def test_the_own_definition_is_chosen_without_scripts(enter: Pages, data: Path) -> None:
    page = enter("/studio/sujets/formation", java_script_enabled=False)
    page.get_by_text("Modifier, fusionner ou retirer").click()
    page.get_by_label("Définition").fill("Former des salariés.")
    path = data / "categories.yml"
    path.write_text(path.read_text("utf-8").replace("Former des salariés —", "Former les salariés —"), "utf-8")
    page.get_by_test_id("define").click()
    expect(page.get_by_text("Former les salariés —")).to_be_visible()
    page.get_by_label("Votre texte, Définition").fill("Former les salariés, en bref.")
    page.get_by_test_id("choose").click()
    expect(page.get_by_text("La définition est enregistrée.")).to_be_visible()
    assert "scope: Former les salariés, en bref." in path.read_text("utf-8")


def test_a_new_subject_is_made(enter: Pages, data: Path) -> None:
    page = enter("/studio/sujets")
    page.get_by_test_id("new").click()
    page.get_by_label("Nom").fill("Essais en vol")
    page.get_by_label("Définition").fill("Faire voler un appareil pour l’essayer.")
    lines = [f"faire voler notre planeur numéro {number} au-dessus de la piste {number * 7}" for number in range(25)]
    page.get_by_label("Phrases d’exemple, une par ligne").fill("\n".join(lines[:10]))
    page.get_by_test_id("create").click()
    expect(page.get_by_text("il en manque 10")).to_be_visible()
    expect(page.get_by_text("Cochez au moins une personne")).to_be_visible()
    assert violations(page) == []
    page.get_by_label("Phrases d’exemple, une par ligne").fill("\n".join(lines))
    page.get_by_role("group", name="Qui suit ce sujet").get_by_role("checkbox").first.check()
    page.get_by_test_id("create").click()
    expect(page.get_by_role("button", name="Créer le sujet")).to_be_visible()
    page.get_by_test_id("create").click()
    expect(page.get_by_role("status").first).to_contain_text(
        "Le sujet «\u00a0Essais en vol\u00a0» est créé avec 25 phrases"
    )
    assert sentences(data, "essais_vol") == lines
