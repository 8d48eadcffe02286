"""The commune table and the categories, read once."""

from __future__ import annotations

import pytest

from understanding.catalogue import Catalogue, load_catalogue
from understanding.places.table import CommuneTable


@pytest.fixture(scope="session")
def table() -> CommuneTable:
    """The commune table."""
    return CommuneTable()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    """The categories in service."""
    return load_catalogue()
