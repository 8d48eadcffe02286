"""The figures' page and its exports over real HTTP."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

from openpyxl import load_workbook
from sqlalchemy import select

from directory.importer import import_files
from tests.support.conversations import conversation
from tests.support.staff import staff
from tests.website.conftest import Site
from website.accounts.access import Role
from website.audit.models import AuditEntry

PAGE = "/console/chiffres"
PERIOD = "du=2026-03&au=2026-03"


async def with_conversations(site: Site) -> None:
    import_files(site.settings)
    moment = datetime(2026, 3, 4, 10, tzinfo=UTC)
    async with site.storage.write() as session:
        for number in range(3):
            session.add(conversation(number, moment))


async def test_the_page_shows_charts_with_tables_and_links(site: Site) -> None:
    await with_conversations(site)
    async with staff(site.storage, site.url) as officer:
        status, page = await officer.get(f"{PAGE}?{PERIOD}")
    assert status == 200
    for key in ("mois", "sujets", "antennes", "absents"):
        assert f'data-testid="figure-{key}"' in page
    assert 'aria-label="mars 2026, l’assistant a répondu seul\u00a0: 3\u00a0conversations"' in page
    assert (
        "/console?liste=toutes&amp;categorie=financement&amp;proche=rochefort&amp;du=2026-03-01&amp;au=2026-03-31"
        in page
    )
    assert "Financement et aides, autour de Rochefort" in page
    assert " style=" not in page and "<style" not in page


async def test_without_conversations_the_page_says_what_will_appear(site: Site) -> None:
    async with staff(site.storage, site.url) as officer:
        status, page = await officer.get(PAGE)
    assert status == 200 and "Aucune conversation sur cette période" in page


async def test_exports_are_files_and_stand_in_the_log(site: Site) -> None:
    await with_conversations(site)
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        async with admin.http.get(f"{site.url}{PAGE}/export.csv?{PERIOD}") as response:
            assert response.content_type == "text/csv"
            assert response.headers["Content-Disposition"] == 'attachment; filename="chiffres-2026-03-2026-03.csv"'
            lines = list(csv.reader(io.StringIO((await response.read()).decode("utf-8-sig")), delimiter=";"))
        async with admin.http.get(f"{site.url}{PAGE}/export.xlsx?{PERIOD}") as response:
            book = load_workbook(io.BytesIO(await response.read()))
        async with site.storage.read() as session:
            rows = await session.scalars(select(AuditEntry).where(AuditEntry.action == "export.figures"))
            entries = [(row.account_id, row.details) for row in rows]
    assert lines[1] == [
        "2026-03",
        "Bordeaux Métropole",
        "Financement et aides",
        "3",
        "3",
        "0",
        "0",
        "0",
        "",
        "",
        "0",
        "0",
    ]
    assert book.sheetnames == ["Par mois", "Par sujet", "Par antenne", "Sans interlocuteur local", "Détail"]
    assert [cell.value for cell in book["Par mois"][2]][:3] == ["2026-03", 3, 3]
    assert entries == [(admin.account, {"period": "2026-03/2026-03", "format": kind}) for kind in ("csv", "xlsx")]
