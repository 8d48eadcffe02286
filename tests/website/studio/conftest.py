"""The site as a process that owns a small copy of the data files, and trainers who are signed in."""

from __future__ import annotations

import re
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from database.storage import Storage
from tests.browser.conftest import Site
from tests.support.fake_rasa import FakeRasa, default_reading
from tests.support.staff import Staff, staff
from tests.support.studio_data import restore, small_data
from understanding.corpus import read_corpus
from website.accounts.access import Role
from website.audit.models import AuditEntry


@dataclass
class Studio:
    """The site, its files and its database."""

    site: Site
    data: Path
    storage: Storage
    rasa: FakeRasa

    @property
    def url(self) -> str:
        return self.site.url

    def file(self, intent: str) -> str:
        """What an intent's file says."""
        return (self.data / "nlu" / f"{intent}.yml").read_text("utf-8")

    def sentences(self, intent: str) -> list[str]:
        """The examples of an intent, as training reads them."""
        return [example.text for example in read_corpus(self.data / "nlu") if example.intent == intent]

    async def log(self, action: str) -> list[AuditEntry]:
        """What the log says of an action, the latest last."""
        async with self.storage.read() as session:
            found = await session.scalars(select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.id))
            return list(found)


@pytest.fixture(scope="module")
def studio_rasa() -> Iterator[FakeRasa]:
    """A stand-in for Rasa."""
    with FakeRasa() as running:
        yield running


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small copy of the data files, as every test finds it."""
    return small_data(tmp_path_factory.mktemp("original") / "data")


@pytest.fixture(scope="module")
def running(
    original: Path, studio_rasa: FakeRasa, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Site, Path]]:
    """The site and the folder of its data."""
    folder = tmp_path_factory.mktemp("studio")
    data = folder / "data"
    shutil.copytree(original, data, symlinks=True)
    site = Site(folder, studio_rasa.port, DATA_DIR=str(data))
    site.prepare()
    site.start()
    yield site, data
    site.stop()


@pytest.fixture
async def studio(running: tuple[Site, Path], original: Path, studio_rasa: FakeRasa) -> AsyncIterator[Studio]:
    """The studio with its files as at first, and the assistant present."""
    site, data = running
    restore(original, data)
    studio_rasa.away, studio_rasa.reads, studio_rasa.mask_delay = False, default_reading, 0.0
    storage = Storage.open(site.environment["DATABASE_URL"])
    yield Studio(site, data, storage, studio_rasa)
    await storage.close()


_numbers = iter(range(1_000_000))


@pytest.fixture
async def trainer(studio: Studio) -> AsyncIterator[Staff]:
    """A trainer."""
    async with staff(studio.storage, studio.url, Role.TRAINER, email=f"f{next(_numbers)}@exemple.fr") as somebody:
        yield somebody


@pytest.fixture
async def colleague(studio: Studio) -> AsyncIterator[Staff]:
    """Another one."""
    async with staff(
        studio.storage, studio.url, Role.TRAINER, email=f"f{next(_numbers)}@exemple.fr", name="Paul Petit"
    ) as somebody:
        yield somebody


def words(page: str) -> str:
    """A page's text."""
    return re.sub(r"[\s\u00a0\u202f]+", " ", unescape(re.sub(r"<[^>]*>", " ", page))).strip()


def hidden(page: str, name: str) -> str:
    """The value of a hidden field."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return unescape(found[1])
