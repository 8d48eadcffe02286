"""Machines that do not own the data files know the subjects and say the texts that their owner has."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import yaml

from actions.texts import texts
from database.migrate import upgrade
from database.storage import Storage
from releases.lists import NAMES, TEXTS, TextsError, publish, take_in
from settings import Settings
from tests.browser.conftest import Site
from tests.supervisor.shop import eventually
from tests.support.fake_rasa import FakeRasa
from tests.support.staff import Staff, staff
from understanding import paths
from understanding.catalogue import CatalogueError, load_catalogue
from website.accounts.access import Role

NEW = "\n  - slug: essais_en_vol\n    label: Essais en vol\n    scope: Préparer et faire des essais en vol.\n"


def _data(folder: Path) -> Path:
    """A data folder without examples."""
    shutil.copytree(paths.DATA, folder, ignore=shutil.ignore_patterns("nlu", "temoins"))
    (folder / "nlu").mkdir()
    return folder


def _add_subject(data: Path) -> None:
    file = data / "categories.yml"
    file.write_text(file.read_text("utf-8").rstrip() + NEW, "utf-8")


def _subjects(folder: Path) -> list[str]:
    return list(load_catalogue(*(folder / name for name in NAMES)).categories)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.fixture
def mirror(tmp_path: Path) -> Path:
    """What the processes of another machine read."""
    folder = tmp_path / "mirror"
    folder.mkdir()
    return folder


@pytest.fixture
def owned(tmp_path: Path) -> Path:
    """The data files of the owner."""
    return _data(tmp_path / "owned")


@pytest.fixture
def older(tmp_path: Path) -> Path:
    """Those of another machine."""
    return _data(tmp_path / "older")


@pytest.fixture
async def storage(database_url: str) -> Storage:
    """An empty database of each kind."""
    upgrade(Settings(database_url=database_url))
    return Storage.open(database_url)


async def test_lists_of_the_owner_take_the_place_of_older_ones(
    storage: Storage, owned: Path, older: Path, mirror: Path
) -> None:
    assert not await take_in(storage, older, mirror)
    assert _subjects(mirror) == _subjects(older), "nothing is published yet"
    _add_subject(owned)
    assert await publish(storage, owned) and not await publish(storage, owned)
    assert await take_in(storage, older, mirror) and not await take_in(storage, older, mirror)
    assert _subjects(mirror) == _subjects(owned) != _subjects(older)
    (older / "nouveau.yml").write_text("x: 1")
    assert not await take_in(storage, older, mirror)
    assert (mirror / "nouveau.yml").read_text() == "x: 1"
    assert _names(mirror) == _names(older)
    await storage.close()


async def test_what_cannot_be_read_is_neither_published_nor_laid_down(
    storage: Storage, owned: Path, older: Path, mirror: Path
) -> None:
    await publish(storage, owned)
    await take_in(storage, older, mirror)
    before = _subjects(mirror)
    (owned / "categories.yml").write_text("categories: [")
    with pytest.raises(CatalogueError):
        await publish(storage, owned)
    assert not await take_in(storage, older, mirror)
    (owned / "categories.yml").write_text("autre: []")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("releases.lists._check", lambda texts: None)  # an owner of other code, whose lists we cannot read
        await publish(storage, owned)
    with pytest.raises(CatalogueError):
        await take_in(storage, older, mirror)
    assert _subjects(mirror) == before
    await storage.close()


def _say(data: Path, **changed: str | None) -> None:
    """Change texts of a data folder; None takes one out."""
    file = data / TEXTS
    content = {**yaml.safe_load(file.read_text("utf-8")), **changed}
    kept = {key: value for key, value in content.items() if value is not None}
    file.write_text(yaml.safe_dump(kept, allow_unicode=True), "utf-8")


async def test_texts_of_the_owner_are_said_everywhere(storage: Storage, owned: Path, older: Path, mirror: Path) -> None:
    await publish(storage, owned)
    await take_in(storage, older, mirror)
    assert texts(mirror / TEXTS) == texts(older / TEXTS)
    _say(owned, saluer="Bonjour de la part du propriétaire.")
    assert await publish(storage, owned) and not await publish(storage, owned)
    assert await take_in(storage, older, mirror) and not await take_in(storage, older, mirror)
    assert texts(mirror / TEXTS) == texts(owned / TEXTS) != texts(older / TEXTS)
    await storage.close()


async def test_texts_that_cannot_be_used_hold_up_no_subject(
    storage: Storage, owned: Path, older: Path, mirror: Path
) -> None:
    await publish(storage, owned)
    await take_in(storage, older, mirror)
    before = texts(mirror / TEXTS)
    for broken in ("saluer: [", "- saluer", "saluer: 3"):
        (owned / TEXTS).write_text(broken, "utf-8")
        with pytest.raises(TextsError):
            await publish(storage, owned)
    (owned / TEXTS).unlink()
    _add_subject(owned)
    with pytest.raises(OSError, match=TEXTS):
        await publish(storage, owned)
    assert await take_in(storage, older, mirror)
    assert _subjects(mirror) == _subjects(owned) and texts(mirror / TEXTS) == before
    await storage.close()


async def test_texts_that_lack_what_newer_code_says_are_not_taken(
    storage: Storage, owned: Path, older: Path, mirror: Path
) -> None:
    _say(older, nouveau="Un texte que seul ce programme dit.")
    _say(owned, saluer="Bonjour.")
    await publish(storage, owned)
    with pytest.raises(TextsError, match="nouveau"):
        await take_in(storage, older, mirror)
    assert texts(mirror / TEXTS) == texts(older / TEXTS)
    _say(owned, nouveau="Un autre.", encore="Un de plus.")
    await publish(storage, owned)
    assert await take_in(storage, older, mirror)
    assert texts(mirror / TEXTS)["nouveau"] == "Un autre."
    await storage.close()


class Machine(Site):
    """A site as a machine runs it: under its supervisor."""

    program = ("-m", "supervisor", "site")
    patience = 120.0


@pytest.fixture
def machines(owned: Path, older: Path, postgres_url: str, tmp_path: Path) -> Iterator[tuple[Machine, Machine]]:
    """The owner's machine, and another with older data files."""
    with FakeRasa() as rasa, ExitStack() as running:
        found = []
        for data, owner in ((owned, "1"), (older, "0")):
            folder = tmp_path / f"machine-{owner}"
            folder.mkdir()
            machine = Machine(folder, rasa.port, DATABASE_URL=postgres_url, DATA_DIR=str(data), DATA_OWNER=owner)
            running.callback(machine.stop)
            machine.start()
            found.append(machine)
        yield found[0], found[1]


async def _offers(officer: Staff, label: str) -> bool:
    status, page = await officer.get("/console/chiffres")
    assert status == 200
    return f">{label}</option>" in page


@pytest.mark.services
async def test_a_new_subject_reaches_a_second_site_with_older_files(
    machines: tuple[Machine, Machine], owned: Path, older: Path, postgres_url: str
) -> None:
    _, other = machines
    before = (older / "categories.yml").read_bytes()
    storage = Storage.open(postgres_url)
    async with staff(storage, other.url, Role.OFFICER) as officer:
        assert not await _offers(officer, "Essais en vol")
        await asyncio.to_thread(_add_subject, owned)

        async def known() -> bool:
            return await _offers(officer, "Essais en vol")

        await eventually(known)
    assert (older / "categories.yml").read_bytes() == before
    await storage.close()
