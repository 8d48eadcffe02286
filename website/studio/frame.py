"""What all pages of the studio share: its tabs."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from website.staff.pages import Entry, render

PATH = "/studio"
TABS = (
    Entry("À relire", PATH),
    Entry("Écrire", f"{PATH}/ecrire"),
    Entry("Sujets", f"{PATH}/sujets"),
    Entry("Entraînement", f"{PATH}/entrainement"),
    Entry("Versions", f"{PATH}/versions"),
    Entry("Questions témoins", f"{PATH}/temoins"),
)


def tabs(request: web.Request) -> list[Entry]:
    """The studio's tabs; the one that the call belongs to is marked."""
    inside = [tab.path for tab in TABS if (request.path + "/").startswith(tab.path + "/")]
    current = max(inside, key=len, default="")
    return [Entry(tab.label, tab.path, tab.path == current) for tab in TABS]


def studio_page(request: web.Request, template: str, *, status: int = 200, **context: Any) -> web.Response:
    """A page of the studio.

    Args:
        request: The call.
        template: Such as `studio/writing.html`; extends `studio/frame.html`.
        status: Of the answer.
        context: What the template shows; it finds `tabs` too.
    """
    return render(request, template, status=status, tabs=tabs(request), **context)
