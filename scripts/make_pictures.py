"""Make the pictures of the officers' guide anew: `make pictures`. Needs Chromium.

Starts the real site on a temporary database with made-up people and conversations (`scripts.demonstration`), goes
through it as an officer and an administrator would, and writes `docs/images/officier-*.png`.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from directory.importer import import_files
from scripts.demonstration import PASSWORD, Demonstration
from settings import ROOT, Settings
from website.storage import Storage

TARGET = ROOT / "docs" / "images"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "chrome")
LARGEST_BYTES = 200_000
WIDE, DESKTOP, PHONE = {"width": 1280, "height": 680}, {"width": 1180, "height": 720}, {"width": 390, "height": 780}
START_SECONDS = 30.0
SETTLE_MS = 700


class PictureError(RuntimeError):
    """A picture cannot be made; the message says why."""


async def _fill(settings: Settings) -> None:
    storage = Storage.open(settings.database_url)
    try:
        await Demonstration(storage).fill()
    finally:
        await storage.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def running_site(folder: Path) -> Iterator[str]:
    """The site on a database of its own; gives its address.

    Raises:
        PictureError: It does not start.
    """
    settings = Settings(database_url=f"sqlite:///{folder / 'site.db'}", port=_free_port())
    import_files(settings)
    asyncio.run(_fill(settings))
    environment = {**os.environ, "DATABASE_URL": settings.database_url, "PORT": str(settings.port)}
    environment |= {"SHARED_SECRET": "pictures", "LIMIT_ADDRESS": "0", "LOG_LEVEL": "WARNING"}
    with subprocess.Popen([sys.executable, "-m", "website"], cwd=ROOT, env=environment) as process:
        try:
            _wait(settings.site_url, process)
            yield settings.site_url
        finally:
            process.terminate()


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
        page.wait_for_url(f"{self.url}/console")
        return page

    def take(self, page: Page, name: str, **options: Any) -> None:
        """Take a picture once the page is quiet.

        Raises:
            PictureError: It is too large to be looked at on a slow line.
        """
        page.wait_for_timeout(SETTLE_MS)
        path = TARGET / f"officier-{name}.png"
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


def main() -> None:
    """Make all pictures."""
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, CHROMIUM)), None)
    if chromium is None:
        sys.exit("Chromium is not installed: name it with CHROMIUM=…")
    with tempfile.TemporaryDirectory() as folder, running_site(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox"],
            env={**os.environ, "LANGUAGE": "fr"},  # dates as in France
        )
        album = Album(browser, url)
        try:
            album.officer()
            album.phone()
            album.administrator()
        except PictureError as error:
            sys.exit(str(error))
        finally:
            browser.close()


if __name__ == "__main__":
    main()
