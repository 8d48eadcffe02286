"""The page on which officers write their canned texts."""

from __future__ import annotations

from aiohttp import web

from directory.french import typeset
from website import handoff
from website.accounts.access import Access
from website.accounts.browser import field
from website.audit import record
from website.body import read_number
from website.console.acts import officer_of
from website.console.canned import STARTERS, VARIABLES, may_change, texts_of
from website.console.models import CannedText
from website.keys import STORAGE
from website.openapi import Operation, Route, form_body, page, redirect
from website.staff.pages import render, see_other

PAGE = "/console/textes"
MAX_TITLE = 80
MAX_TEXT = 2_000


async def show_texts(request: web.Request) -> web.Response:
    """All texts that the officer may use, each to be changed where they may."""
    officer = officer_of(request)
    async with request.app[STORAGE].read() as session:
        data = await handoff.directory(session)
        texts = await texts_of(session, officer)
    antennas = {antenna.slug: antenna.name for antenna in data.antennas} if data else {}
    places = [("", "Toutes les antennes")] if officer.admin else []
    places += [(slug, name) for slug, name in antennas.items() if may_change(officer, slug)]
    return render(
        request,
        "console/texts.html",
        texts=[(text, may_change(officer, text.antenna), antennas.get(text.antenna or "", "")) for text in texts],
        places=places,
        variables=VARIABLES,
        starters=[(title, typeset(text)) for title, text in STARTERS],
    )


async def save_text(request: web.Request) -> web.Response:
    """Write a text, or change one (`numero`)."""
    officer = officer_of(request)
    title = " ".join((await field(request, "titre")).split())[:MAX_TITLE]
    text = (await field(request, "texte")).replace("\r\n", "\n").strip()[:MAX_TEXT]
    antenna = await field(request, "antenne") or None
    if not title or not text:
        return see_other(request, PAGE, "Un texte type a un titre et un texte. Rien n’a été changé.", "bad")
    async with request.app[STORAGE].write() as session:
        number = read_number(await field(request, "numero"))
        found = await session.get(CannedText, number) if number else CannedText()
        if found is None or not may_change(officer, antenna) or (number and not may_change(officer, found.antenna)):
            return see_other(request, PAGE, "Ce texte n’est pas de vos antennes. Rien n’a été changé.", "bad")
        found.title, found.text, found.antenna = title, typeset(text), antenna
        session.add(found)
        await session.flush()
        await record(session, officer.id, "text.saved", subject=str(found.id))
    return see_other(request, PAGE, "Le texte type est enregistré.")


async def drop_text(request: web.Request) -> web.Response:
    """Drop a text."""
    officer = officer_of(request)
    async with request.app[STORAGE].write() as session:
        found = await session.get(CannedText, read_number(await field(request, "numero")) or 0)
        if found is None or not may_change(officer, found.antenna):
            return see_other(request, PAGE, "Ce texte n’est pas de vos antennes. Rien n’a été changé.", "bad")
        await record(session, officer.id, "text.dropped", subject=str(found.id))
        await session.delete(found)
    return see_other(request, PAGE, "Le texte type est supprimé.")


ROUTES = (
    Route(
        "GET",
        PAGE,
        show_texts,
        Operation("The canned texts", answers={"200": page("The texts")}),
        Access.OFFICER,
    ),
    Route(
        "POST",
        PAGE,
        save_text,
        Operation(
            "Write or change a canned text",
            body=form_body("numero", "titre", "texte", "antenne"),
            answers={"303": redirect("Back to the texts")},
        ),
        Access.OFFICER,
    ),
    Route(
        "POST",
        f"{PAGE}/supprimer",
        drop_text,
        Operation("Drop a canned text", body=form_body("numero"), answers={"303": redirect("Back to the texts")}),
        Access.OFFICER,
    ),
)
