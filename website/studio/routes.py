"""All routes of the studio."""

from __future__ import annotations

from website.openapi import Route
from website.studio import note, placeholders, question_pages, serving, trainings, versions

ROUTES: tuple[Route, ...] = (
    *placeholders.ROUTES,
    *trainings.ROUTES,
    *versions.ROUTES,
    *note.ROUTES,
    *serving.ROUTES,
    *question_pages.ROUTES,
)
