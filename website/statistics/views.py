"""`/console/chiffres`: the page and its exports."""

from __future__ import annotations

import asyncio

from aiohttp import web

from directory.data import DirectoryData
from directory.hours import today
from understanding.catalogue import current_catalogue
from website import audit, handoff
from website.accounts.access import Access
from website.accounts.guard import signed_in
from website.exports import as_csv, as_excel
from website.keys import STORAGE
from website.openapi import Operation, Route, csv_table, in_query, page
from website.staff.pages import render
from website.statistics.figures import Figures, read_figures
from website.statistics.period import MOST_MONTHS, Choice, Month
from website.statistics.report import Report
from website.statistics.sheets import all_sheets, detail

PATH = "/console/chiffres"
EXCEL = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def _read(request: web.Request) -> tuple[Figures, DirectoryData | None, Report]:
    choice = Choice.read(request.query, today())
    async with request.app[STORAGE].read() as session:
        data = await handoff.directory(session)
        figures = await read_figures(session, choice, data)
    return figures, data, Report(figures, current_catalogue(), data)


async def figures_page(request: web.Request) -> web.Response:
    """The figures, as charts and tables."""
    figures, data, report = await _read(request)
    last = max(Month.of(today()), figures.choice.last)
    return render(
        request,
        "statistics/figures.html",
        choice=figures.choice,
        months=list(reversed(min(last.plus(1 - MOST_MONTHS), figures.choice.first).until(last))),
        antennas=data.antennas if data else (),
        categories=current_catalogue().categories.values(),
        tiles=report.tiles(),
        blocks=report.blocks(),
    )


async def figures_csv(request: web.Request) -> web.Response:
    """The figures by month, antenna and category, as CSV."""
    figures, _, report = await _read(request)
    content = await asyncio.to_thread(as_csv, detail(figures, report))
    return await _file(request, figures.choice, content, "csv", "text/csv", charset="utf-8")


async def figures_excel(request: web.Request) -> web.Response:
    """All tables of the page, as an Excel file."""
    figures, _, report = await _read(request)
    content = await asyncio.to_thread(as_excel, all_sheets(figures, report))
    return await _file(request, figures.choice, content, "xlsx", EXCEL)


async def _file(
    request: web.Request, choice: Choice, content: bytes, ending: str, kind: str, charset: str | None = None
) -> web.Response:
    async with request.app[STORAGE].write() as session:
        period = f"{choice.first}/{choice.last}"
        await audit.record(session, signed_in(request).id, "export.figures", period=period, format=ending)
    name = f"chiffres-{choice.first}-{choice.last}.{ending}"
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return web.Response(body=content, content_type=kind, charset=charset, headers=headers)


_QUERY = in_query("du", "au", "antenne", "categorie")

ROUTES = (
    Route(
        "GET",
        PATH,
        figures_page,
        Operation("Figures by month, category and antenna", parameters=_QUERY, answers={"200": page("The figures")}),
        Access.OFFICER,
    ),
    Route(
        "GET",
        f"{PATH}/export.csv",
        figures_csv,
        Operation(
            "Figures as CSV",
            parameters=_QUERY,
            answers={"200": csv_table()},
        ),
        Access.OFFICER,
    ),
    Route(
        "GET",
        f"{PATH}/export.xlsx",
        figures_excel,
        Operation(
            "Figures as an Excel file",
            parameters=_QUERY,
            answers={"200": {"description": "One sheet for each table", "content": {EXCEL: {}}}},
        ),
        Access.OFFICER,
    ),
)
