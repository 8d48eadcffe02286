"""All routes of the studio."""

from __future__ import annotations

from website.openapi import Route
from website.studio import placeholders

ROUTES: tuple[Route, ...] = (*placeholders.ROUTES,)
