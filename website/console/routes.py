"""All routes of the console."""

from __future__ import annotations

from website.console import api, forms, pages, stream, texts, views
from website.openapi import Route

ROUTES: tuple[Route, ...] = (
    *pages.ROUTES,
    *views.ROUTES,
    *texts.ROUTES,
    *forms.ROUTES,
    *api.ROUTES,
    *stream.ROUTES,
)
