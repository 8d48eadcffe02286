"""Pages of the site."""

from __future__ import annotations

from pathlib import Path

import jinja2
from aiohttp import web

from website import handoff
from website.keys import HEALTH, STORAGE
from website.openapi import Operation, Route, json_answer

FOLDER = Path(__file__).resolve().parent

_templates = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER / "templates"), autoescape=True, undefined=jinja2.StrictUndefined
)


async def demonstration_page(request: web.Request) -> web.Response:
    """The demonstration page of a cluster's website, with the chat on it."""
    async with request.app[STORAGE].read() as session:
        data = await handoff.directory(session)
    page = _templates.get_template("demo.html").render(antennas=data.antennas if data else ())
    return web.Response(text=page, content_type="text/html")


async def health(request: web.Request) -> web.Response:
    """Whether all parts answer."""
    return web.json_response(await request.app[HEALTH].check())


ROUTES = (
    Route(
        "GET",
        "/",
        demonstration_page,
        Operation("Demonstration page", answers={"200": {"description": "A page", "content": {"text/html": {}}}}),
    ),
    Route(
        "GET",
        "/health",
        health,
        Operation(
            "Whether all parts answer",
            answers={"200": json_answer({"$ref": "#/components/schemas/Health"}, "One word for each part")},
        ),
    ),
)
