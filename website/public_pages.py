"""Pages for everybody, outside of the staff's frame."""

from __future__ import annotations

from collections.abc import Mapping

from aiohttp import web

from website.keys import SETTINGS
from website.page_templates import environment


def render_public(
    request: web.Request,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **context: object,
) -> web.Response:
    """A page made of a template that extends `base.html`.

    Args:
        request: The call.
        template: Such as `demo.html` or `privacy/about.html`.
        status: Of the answer.
        headers: Of the answer.
        context: What the template shows. It finds `site_name` too.
    """
    text = environment.get_template(template).render(site_name=request.app[SETTINGS].site_name, **context)
    return web.Response(text=text, status=status, content_type="text/html", headers=headers)
