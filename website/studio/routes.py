"""All routes of the studio."""

from __future__ import annotations

from website.openapi import Route
from website.studio import (
    batch,
    change_subject,
    define_subject,
    new_subject,
    note,
    question_pages,
    review,
    sentences,
    serving,
    subject,
    subjects,
    trainings,
    versions,
    writing,
    writing_api,
)

ROUTES: tuple[Route, ...] = (
    *review.ROUTES,
    *writing.ROUTES,
    *writing_api.ROUTES,
    *batch.ROUTES,
    *subjects.ROUTES,
    *new_subject.ROUTES,  # before the pages of subjects, whose address it would fit
    *subject.ROUTES,
    *define_subject.ROUTES,
    *change_subject.ROUTES,
    *sentences.ROUTES,
    *trainings.ROUTES,
    *versions.ROUTES,
    *note.ROUTES,
    *serving.ROUTES,
    *question_pages.ROUTES,
)
