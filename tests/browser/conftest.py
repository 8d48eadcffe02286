"""The real site as a process of its own, a stand-in for Rasa behind it, and Chromium before it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar, NoReturn

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Error, Page, expect, sync_playwright

from supervisor.loopback import free_port
from tests.browser.chat import Chat
from tests.browser.other_origin import OtherOrigin
from tests.support.fake_rasa import SECRET, FakeRasa, default_script
from tests.website.identity.signing import KEY

ROOT = Path(__file__).resolve().parents[2]
ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
expect.set_options(timeout=15_000)  # a busy machine is no fault
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder needs a browser, unless it says that it reads files only."""
    for item in items:
        if Path(__file__).parent in item.path.parents and "files" not in item.path.stem:
            item.add_marker(pytest.mark.browser)


def no_browser(reason: str) -> NoReturn:
    """Skip, or fail where the browser is required."""
    if os.environ.get("REQUIRE_BROWSER") == "1":
        pytest.fail(reason)
    pytest.skip(reason)


class Site:
    """`python -m website` on a database of its own."""

    program: ClassVar[tuple[str, ...]] = ("-m", "website")
    patience: ClassVar[float] = 30.0
    """Seconds until it answers."""

    def __init__(self, folder: Path, rasa_port: int, **settings: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = folder / "site.log"
        self.environment = {
            **os.environ,
            "PORT": str(self.port),
            "RASA_PORT": str(rasa_port),
            "ACTIONS_PORT": str(rasa_port),
            "DATABASE_URL": f"sqlite:///{folder / 'site.db'}",
            "BACKUP_DIR": str(folder / "backups"),
            "SHARED_SECRET": SECRET,
            "LIMIT_ADDRESS": "0",
            "RASA_TIMEOUT": "5",
            **settings,
        }
        self._process: subprocess.Popen[bytes] | None = None

    def prepare(self) -> None:
        """Make the tables and import the directory."""
        for module in ("database.migrate", "directory.importer"):
            subprocess.run(
                [sys.executable, "-m", module], cwd=ROOT, env=self.environment, check=True, capture_output=True
            )

    def start(self) -> None:
        """Start it and wait until it answers."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, *self.program], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + self.patience
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the site did not start:\n{self.log.read_text()[-3000:]}")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=2):
                return True
        except urllib.error.HTTPError:
            return True
        except OSError:
            return False

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = None

    def stop(self) -> None:
        """End it."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@pytest.fixture(scope="session")
def chromium() -> str:
    """Where Chromium is."""
    path = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if path is None:
        no_browser("Chromium is not installed")
    return path


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    """Chromium. Ends with the module: Playwright's loop would be in the way of other folders' asynchronous tests."""
    with sync_playwright() as playwright:
        try:
            running = playwright.chromium.launch(executable_path=chromium, args=list(ARGUMENTS))
        except Error as error:
            no_browser(f"Chromium does not start: {error}")
        yield running
        running.close()


@pytest.fixture(scope="session")
def rasa() -> Iterator[FakeRasa]:
    """The stand-in for Rasa."""
    with FakeRasa() as running:
        yield running


@pytest.fixture(autouse=True)
def rasa_as_ever(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every test finds the stand-in quick and present, and saying what it always says."""
    yield
    if "rasa" in request.fixturenames:
        running: FakeRasa = request.getfixturevalue("rasa")
        running.delay, running.away, running.script = 0.0, False, default_script


@pytest.fixture(scope="session")
def other_origin() -> Iterator[OtherOrigin]:
    """Another website, with a strict policy, that embeds the chat."""
    with OtherOrigin() as running:
        yield running


@pytest.fixture(scope="session")
def site(
    chromium: str, rasa: FakeRasa, other_origin: OtherOrigin, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Site]:
    """The site, running. It asks where the browser is first, so that nothing is started where there is none."""
    running = Site(tmp_path_factory.mktemp("site"), rasa.port, ALLOWED_ORIGINS=other_origin.url, IDENTITY_KEY=KEY)
    running.prepare()
    running.start()
    yield running
    running.stop()


NewContext = Callable[..., BrowserContext]


@pytest.fixture
def new_context(browser: Browser) -> Iterator[NewContext]:
    """Makes contexts (visitors) and ends them. Keyword arguments go to Playwright's `new_context`."""
    made: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        defaults = {"locale": "fr-FR", "timezone_id": "Europe/Paris", "viewport": {"width": 1280, "height": 800}}
        context = browser.new_context(**{**defaults, **options})  # type: ignore[arg-type]
        context.set_default_timeout(15_000)
        made.append(context)
        return context

    yield make
    for context in made:
        context.close()


@pytest.fixture
def faults() -> Iterator[list[str]]:
    """What the browser complained of; a complaint that is not about a lost connection fails the test."""
    heard: list[str] = []
    yield heard
    assert [fault for fault in heard if "Failed to load resource" not in fault] == []


@pytest.fixture
def new_page(new_context: NewContext, faults: list[str]) -> Callable[..., Page]:
    """Opens a page of a new visitor, or of the given one, whose complaints are heard."""

    def hear(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            faults.append(message.text)

    def make(context: BrowserContext | None = None, **options: object) -> Page:
        page = (context or new_context(**options)).new_page()
        page.on("console", hear)
        page.on("pageerror", lambda error: faults.append(str(error)))
        return page

    return make


@pytest.fixture
def chat(new_page: Callable[..., Page], site: Site) -> Chat:
    """The demonstration page, chat closed."""
    page = new_page()
    page.goto(site.url)
    return Chat(page)
