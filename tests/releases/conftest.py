"""A database of each kind with all tables, and models to put into it."""

from __future__ import annotations

import hashlib
import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from database.migrate import upgrade
from database.storage import Storage
from releases.registry import MadeModel
from settings import Settings

KEY = b"k" * 32
CODE = "c" * 64
BEGUN = datetime(2026, 11, 2, 9, tzinfo=UTC)


@pytest.fixture
async def storage(database_url: str) -> AsyncIterator[Storage]:
    """An empty database."""
    upgrade(Settings(database_url=database_url))
    opened = Storage.open(database_url)
    yield opened
    await opened.close()


class Workshop:
    """Makes models whose archives are random bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.number = 0

    def model(self, *sources: str, size: int = 2_500_000, **changes: Any) -> MadeModel:
        """A model; each is an hour younger than the one before."""
        self.number += 1
        archive = self.folder / f"modele-{self.number}.tar.gz"
        archive.write_bytes(random.Random(self.number).randbytes(size))
        values: dict[str, Any] = {
            "id": f"modele-{self.number}",
            "archive": archive,
            "data_hash": hashlib.sha256(str(self.number).encode()).hexdigest(),
            "code_hash": CODE,
            "made_at": BEGUN + timedelta(hours=self.number),
            "sources": sources,
        }
        return MadeModel(**{**values, **changes})


@pytest.fixture
def workshop(tmp_path: Path) -> Workshop:
    """Where models are made."""
    folder = tmp_path / "workshop"
    folder.mkdir()
    return Workshop(folder)
