"""All routes of the directory's pages."""

from __future__ import annotations

from website.directory import antennas, contacts, overview
from website.openapi import Route

ROUTES: tuple[Route, ...] = (*overview.ROUTES, *antennas.ROUTES, *contacts.ROUTES)
