"""A mail server, and a database with an outbox."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest

from database.migrate import upgrade
from database.storage import Storage
from settings import Settings
from tests.support.mail_server import MailServer

PATIENCE_SECONDS = 20.0


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server."""
    with MailServer() as running:
        yield running


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    """An empty database of each kind."""
    await asyncio.to_thread(upgrade, Settings(database_url=database_url))
    opened = Storage.open(database_url)
    yield opened
    await opened.close()


async def until(wanted: Callable[[], object]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not wanted():
            await asyncio.sleep(0.02)
