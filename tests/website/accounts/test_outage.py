"""When the database is away, pages say so in French, and the log holds no address as it came."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.support.staff import staff
from tests.website.accounts.conftest import Visitor
from tests.website.conftest import Site


async def test_a_page_that_fails(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    async with staff(site.storage, site.url) as somebody:
        async with site.storage.write() as session:
            await session.execute(text("ALTER TABLE account_session RENAME TO away"))
        with caplog.at_level(logging.ERROR):
            status, page = await somebody.get("/compte?suite=SECRET")
        assert status == 500 and "Rien de ce qui a été reçu n’est perdu" in page
        assert "GET /compte" in caplog.text and "SECRET" not in caplog.text
        async with somebody.http.get(f"{site.url}/health") as response:
            assert response.status == 200


async def test_a_form_that_is_too_large(visitor: Visitor, tmp_path: Path) -> None:
    response, page = await visitor.sign_in("lea@exemple.fr", "x" * 70_000)
    assert response.status == 413 and "trop volumineux" in page
