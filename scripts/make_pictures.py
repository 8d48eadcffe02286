"""Make the pictures of the guides anew: `make pictures`. Needs Chromium.

Starts the real site on a temporary database with made-up people and conversations (`scripts.demonstration`), goes
through it as an officer and an administrator would, and writes `docs/images/officier-*.png`; then, with versions and
sentences to review besides (`scripts.demonstration_studio`), as a trainer would: `docs/images/formateur-*.png`. The
site owns a copy of the data files; where Rasa would be stands the tests' stand-in.
"""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import AsyncIterator, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy import select

from database.storage import Storage
from directory.importer import import_files
from scripts.demonstration import PASSWORD, Demonstration
from scripts.demonstration_studio import CONTRADICTION, StudioDemonstration, copy_data, reads
from settings import ROOT, Settings
from supervisor.loopback import free_port
from tests.support.fake_rasa import SECRET, FakeRasa, default_reading
from understanding import paths
from website.studio.review_models import ReviewItem

TARGET = ROOT / "docs" / "images"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
MODELS = ROOT / "models"
TRAINERS = "trainers"
LARGEST_BYTES = 200_000
WIDE, DESKTOP, PHONE = {"width": 1280, "height": 680}, {"width": 1180, "height": 720}, {"width": 390, "height": 780}
START_SECONDS = 120.0
GATHER_SECONDS = 180.0
SETTLE_MS = 700


TRAINER, STUDIO_WIDTH = "hugo.faure@exemple.fr", 1000
FLIGHTS = (
    "On prépare le premier vol d’un démonstrateur, qui connaît les démarches ?",
    "location d’un avion banc d’essai, vous avez des contacts",
    "Il nous faut un équipage d’essai pour trois semaines",
    "quelle autorisation pour faire voler un prototype non certifié",
    "mesurer les vibrations en vol sur un support de moteur, qui sait faire",
)


class PictureError(RuntimeError):
    """A picture cannot be made; the message says why."""


class Stage:
    """A site with made-up content, and what stands in for Rasa.

    Args:
        settings: Its database.
        data: Its copy of the data files.
        rasa: The stand-in.
    """

    def __init__(self, settings: Settings, data: Path, rasa: FakeRasa) -> None:
        self.url = settings.site_url
        self._settings = settings
        self._data = data
        self._rasa = rasa
        self._studio: StudioDemonstration | None = None

    def fill(self, *, studio: bool = False) -> None:
        """People and conversations, as officers find them; or what trainers find besides."""
        _run(self._fill_studio() if studio else self._fill())

    async def _fill(self) -> None:
        async with opened(self._settings) as storage:
            self._content = Demonstration(storage)
            await self._content.fill()

    async def _fill_studio(self) -> None:
        known = reads(self._data)
        self._rasa.reads = lambda text: known.get(text) or default_reading(text)
        async with opened(self._settings) as storage:
            self._content.storage = storage
            self._studio = StudioDemonstration(self._content, self._settings, self._data, MODELS)
            await self._studio.fill()
            await self._gathered(storage)

    async def _gathered(self, storage: Storage) -> None:
        """Until the site has found the sentence that an officer corrected: later it would not be shown first."""
        deadline = time.monotonic() + GATHER_SECONDS
        while time.monotonic() < deadline:
            async with storage.read() as session:
                if await session.scalar(select(ReviewItem.id).where(ReviewItem.proposed.is_not(None))):
                    return
            await asyncio.sleep(1)
        raise PictureError("the site finds no sentence to review")

    def begin_training(self) -> None:
        """Let a training run."""
        _run(self._begin_training())

    async def _begin_training(self) -> None:
        async with opened(self._settings) as storage:
            self._content.storage = storage
            if self._studio is not None:
                await self._studio.begin_training()

    def tidy(self) -> None:
        """Remove the archives that were made."""
        if self._studio is not None:
            self._studio.tidy()


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Do it in a thread of its own: Playwright keeps a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work).result()


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Storage]:
    """The database."""
    storage = Storage.open(settings.database_url)
    try:
        yield storage
    finally:
        await storage.close()


@contextmanager
def running_site(folder: Path) -> Iterator[Stage]:
    """The site on a database and data files of its own.

    Raises:
        PictureError: It does not start.
    """
    settings = Settings(database_url=f"sqlite:///{folder / 'site.db'}", port=free_port())
    data = copy_data(paths.DATA, folder / "data")
    import_files(settings)
    environment = {**os.environ, "DATABASE_URL": settings.database_url, "PORT": str(settings.port)}
    environment |= {"SHARED_SECRET": SECRET, "LIMIT_ADDRESS": "0", "LOG_LEVEL": "WARNING", "DATA_DIR": str(data)}
    with FakeRasa() as rasa:
        stage = Stage(settings, data, rasa)
        stage.fill()
        environment["RASA_PORT"] = str(rasa.port)
        with subprocess.Popen([sys.executable, "-m", "website"], cwd=ROOT, env=environment) as process:
            try:
                _wait(stage.url, process)
                yield stage
            finally:
                process.terminate()
                stage.tidy()


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(f"{url}/connexion", timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise PictureError("the site does not start")


class Album:
    """Goes through the site and takes pictures.

    Args:
        browser: Chromium.
        url: The site.
    """

    def __init__(self, browser: Browser, url: str) -> None:
        self.browser = browser
        self.url = url

    def page(self, **options: Any) -> Page:
        """A page of a new browser."""
        context = self.browser.new_context(
            **{"locale": "fr-FR", "timezone_id": "Europe/Paris", "viewport": DESKTOP, **options}
        )
        return context.new_page()

    def sign_in(self, email: str, **options: Any) -> Page:
        """A page of somebody who is signed in."""
        page = self.page(**options)
        page.goto(f"{self.url}/connexion")
        page.get_by_label("Adresse électronique").fill(email)
        page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Se connecter").click()
        page.wait_for_url(re.compile("/(console|studio)$"))
        return page

    def take(self, page: Page, name: str, **options: Any) -> None:
        """Take a picture for the officers' guide."""
        self.keep(page, f"officier-{name}", **options)

    def keep(self, page: Page, name: str, **options: Any) -> None:
        """Take a picture once the page is quiet.

        Raises:
            PictureError: It is too large to be looked at on a slow line.
        """
        page.wait_for_timeout(SETTLE_MS)
        path = TARGET / f"{name}.png"
        page.screenshot(path=path, **options)
        if path.stat().st_size > LARGEST_BYTES:
            raise PictureError(f"{path.name} has more than {LARGEST_BYTES} bytes")
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1000} kB", flush=True)

    def open(self, page: Page, words: str) -> None:
        """Open the conversation of the list that holds these words."""
        page.locator("#rows a.line", has_text=words).first.click()
        page.get_by_role("log").wait_for()

    def officer(self) -> None:
        """What an officer sees at a desk."""
        page = self.page(viewport={"width": 900, "height": 560})
        page.goto(f"{self.url}/connexion")
        self.take(page, "connexion")
        page = self.sign_in("lea.martin@exemple.fr", viewport=WIDE)
        self.open(page, "tour 5 axes")
        page.locator("#log").evaluate("log => { log.scrollTop = 130; }")
        self.take(page, "conversation")
        page.set_viewport_size({"width": DESKTOP["width"], "height": DESKTOP["height"]})
        page.get_by_test_id("claim").click()
        page.locator("#reply-text").wait_for()
        page.get_by_text("Textes types", exact=True).click()
        self.take(page, "textes")
        page.get_by_role("button", name="Je prends le relais").click()
        page.get_by_test_id("transfer").click()
        self.take(page, "transfert")
        page.keyboard.press("Escape")
        page.get_by_test_id("close").click()
        self.take(page, "cloture")
        page.keyboard.press("Escape")
        page.goto(f"{self.url}/console?liste=miennes")
        self.open(page, "800 m²")
        self.take(page, "echange")
        page.keyboard.press("?")
        self.take(page, "clavier")
        page.keyboard.press("Escape")
        page.goto(f"{self.url}/console")
        page.get_by_text("Alertes", exact=True).click()
        self.take(page, "alertes", clip={"x": 0, "y": 0, "width": 720, "height": 460})
        page.goto(f"{self.url}/compte")
        self.take(page, "absence", clip={"x": 0, "y": 0, "width": DESKTOP["width"], "height": 600})

    def phone(self) -> None:
        """The list and a conversation on a phone."""
        page = self.sign_in("paul.petit@exemple.fr", viewport=PHONE, device_scale_factor=1.5, has_touch=True)
        self.take(page, "telephone-liste")
        self.open(page, "EN 9100")
        self.take(page, "telephone-conversation")

    def administrator(self) -> None:
        """What only administrators see."""
        page = self.sign_in("anne.cadet@exemple.fr")
        for name, path, height in (
            ("comptes", "comptes", 560),
            ("annuaire", "annuaire", 720),
            ("chiffres", "chiffres", 720),
            ("journal", "journal", 620),
        ):
            page.goto(f"{self.url}/console/{path}")
            self.take(page, name, clip={"x": 0, "y": 0, "width": DESKTOP["width"], "height": height})


class TrainersAlbum:
    """Goes through the studio and takes pictures.

    Args:
        album: Takes them.
    """

    def __init__(self, album: Album) -> None:
        self._album = album
        self._page = album.sign_in(TRAINER)

    def _open(self, path: str) -> Page:
        self._page.goto(f"{self._album.url}/studio{path}")
        return self._page

    def _keep(self, name: str, height: int = DESKTOP["height"]) -> None:
        self._page.set_viewport_size({"width": STUDIO_WIDTH, "height": height})
        self._album.keep(self._page, f"formateur-{name}")

    def desk(self) -> None:
        """What a trainer sees at a desk."""
        self._keep("relire", 800)
        page = self._open("/ecrire")
        page.get_by_label("Sujet", exact=True).select_option("certification_qualite")
        page.get_by_label("Phrase", exact=True).fill(CONTRADICTION)
        page.get_by_test_id("verdict").get_by_text("contradiction").wait_for()
        self._keep("ecrire", 620)
        self._open("/sujets")
        self._keep("sujets")
        page = self._open("/sujets/formation")
        page.locator("details.confused summary").first.click()
        self._keep("sujet", 860)
        page = self._open("/sujets/nouveau")
        page.get_by_label("Nom").fill("Essais en vol")
        page.get_by_label("Définition").fill("Préparer et mener des essais en vol : moyens, autorisations, équipages.")
        page.get_by_label("Ce que ce n’est pas").fill("Les essais de matériaux en laboratoire.")
        page.get_by_label("Phrases d’exemple").fill("\n".join(FLIGHTS))
        self._keep("nouveau-sujet", 900)
        self._open("/versions")
        self._keep("versions", 640)
        page.get_by_test_id("version").first.get_by_role("link", name="Ce que cela change").click()
        self._keep("note", 760)
        page.get_by_test_id("details").locator("summary").first.click()
        page.get_by_test_id("details").evaluate("node => node.scrollIntoView()")
        self._keep("details", 720)
        self._open("/temoins")
        self._keep("temoins", 760)

    def phone(self) -> None:
        """Reviewing on a phone."""
        page = self._album.sign_in(TRAINER, viewport=PHONE, device_scale_factor=1.5, has_touch=True)
        page.goto(f"{self._album.url}/studio")
        self._album.keep(page, "formateur-telephone")

    def training(self) -> None:
        """A training that runs."""
        self._open("/entrainement")
        self._keep("entrainement", 860)


def main() -> None:
    """Make all pictures; those of the trainers' guide alone where the word `trainers` follows."""
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        sys.exit("Chromium is not installed: name it with CHROMIUM=…")
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as stage, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox"],
            env={**os.environ, "LANGUAGE": "fr"},  # dates as in France
        )
        album = Album(browser, stage.url)
        try:
            if sys.argv[1:] != [TRAINERS]:
                album.officer()
                album.phone()
                album.administrator()
            stage.fill(studio=True)
            trainers = TrainersAlbum(album)
            trainers.desk()
            trainers.phone()
            stage.begin_training()
            trainers.training()
        except PictureError as error:
            sys.exit(str(error))
        finally:
            browser.close()


if __name__ == "__main__":
    main()
