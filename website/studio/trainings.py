"""`/studio/entrainement`: what changed, the training that runs, those that wait and those that ended."""

from __future__ import annotations

from typing import Any

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from releases.errors import UnknownTrainingError
from releases.models import Training, TrainingCause, TrainingStatus
from releases.registry import online
from releases.wishes import cancel_training, current_trainings, hasten_training, request_training
from website import audit
from website.accounts.access import Access
from website.accounts.guard import signed_in
from website.body import parse_object, read_body, read_number
from website.console.colleagues import names
from website.keys import SETTINGS, STORAGE
from website.openapi import Operation, Route, errors, form_body, json_answer, json_body, page, redirect, schema
from website.staff.pages import see_other
from website.studio import training_words as words
from website.studio.changes import changes_since
from website.studio.frame import PATH as STUDIO
from website.studio.frame import studio_page

PATH = f"{STUDIO}/entrainement"
EARLIER = 20
"""Trainings that ended and are listed, the latest."""
ENDED = (TrainingStatus.DONE, TrainingStatus.FAILED, TrainingStatus.CANCELLED)


def as_json(training: Training, position: int) -> dict[str, Any]:
    """A training that runs or waits, as the page's script reads it."""
    return {
        "id": training.id,
        "status": training.status.value,
        "stage": training.stage,
        "progress": round(training.progress, 4),
        "seconds_left": training.seconds_left,
        "overdue": training.overdue,
        "text": words.progress(training, position),
        "left": words.left(training),
        "delayed": words.is_delayed(training),
        "stages": [{"label": label, "state": state} for label, state in words.stages(training)],
    }


async def _ended(session: AsyncSession) -> list[Training]:
    query = select(Training).where(Training.status.in_(ENDED)).order_by(Training.ended_at.desc(), Training.id.desc())
    return list(await session.scalars(query.limit(EARLIER)))


async def training_page(request: web.Request) -> web.Response:
    """What changed since the version in service, and the trainings."""
    async with request.app[STORAGE].read() as session:
        served = await online(session)
        open_ones = await current_trainings(session)
        ended = await _ended(session)
        people = await names(session)
    return studio_page(
        request,
        "studio/training.html",
        changes=await changes_since(served) if request.app[SETTINGS].data_owner else None,
        served=served,
        trainings=[(training, as_json(training, place)) for place, training in enumerate(open_ones)],
        ended=[(training, words.ended(training)) for training in ended],
        asked=lambda training: words.asked(training, people),
    )


async def list_trainings(request: web.Request) -> web.Response:
    """The trainings that run or wait, for who watches one."""
    async with request.app[STORAGE].read() as session:
        found = await current_trainings(session)
    return web.json_response({"trainings": [as_json(training, place) for place, training in enumerate(found)]})


async def _ask(request: web.Request) -> tuple[Training, int]:
    """Queue a training; gives it and its place."""
    account = signed_in(request)
    async with request.app[STORAGE].write() as session:
        before = {training.id for training in await current_trainings(session)}
        training = await request_training(session, account.id, TrainingCause.ASKED)
        if training.id not in before:
            await audit.record(session, account.id, "training.asked", subject=str(training.id))
        place = [one.id for one in await current_trainings(session)].index(training.id)
    return training, place


async def train_by_form(request: web.Request) -> web.Response:
    """Queue a training, from the page's button."""
    _, place = await _ask(request)
    return see_other(request, PATH, "L’entraînement est demandé." if not place else "L’entraînement attend son tour.")


async def train_by_call(request: web.Request) -> web.Response:
    """Queue a training."""
    parse_object(await read_body(request) or b"{}")
    training, place = await _ask(request)
    return web.json_response(as_json(training, place), status=202)


async def cancel_by_form(request: web.Request) -> web.Response:
    """End a training without a new version."""
    number, account = read_number(request.match_info["id"]), signed_in(request)
    try:
        async with request.app[STORAGE].write() as session:
            training = await cancel_training(session, number or 0)
            await audit.record(session, account.id, "training.cancelled", subject=str(training.id))
    except UnknownTrainingError as error:
        raise web.HTTPNotFound from error
    if training.status in (TrainingStatus.DONE, TrainingStatus.FAILED):
        return see_other(request, PATH, "Cet entraînement était déjà terminé.", "bad")
    return see_other(request, PATH, "L’entraînement est annulé. Rien n’a changé.")


async def hasten_by_form(request: web.Request) -> web.Response:
    """Try again at once what waits for its moment after a failure."""
    number, account = read_number(request.match_info["id"]), signed_in(request)
    try:
        async with request.app[STORAGE].write() as session:
            training = await hasten_training(session, number or 0)
            await audit.record(session, account.id, "training.hastened", subject=str(training.id))
    except UnknownTrainingError as error:
        raise web.HTTPNotFound from error
    return see_other(request, PATH, "L’entraînement reprend dès que possible.")


_NUMBER = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_TEXT = {"type": "string"}
_TRAINING = schema(
    {
        "id": {"type": "integer"},
        "status": {"enum": [status.value for status in TrainingStatus]},
        "stage": _TEXT,
        "progress": {"type": "number"},
        "seconds_left": {"type": ["number", "null"]},
        "overdue": {"type": "boolean"},
        "text": _TEXT,
        "left": _TEXT,
        "delayed": {"type": "boolean"},
        "stages": {"type": "array", "items": schema({"label": _TEXT, "state": _TEXT})},
    }
)

ROUTES = (
    Route(
        "GET",
        PATH,
        training_page,
        Operation("Trainings, and what changed", answers={"200": page("The page")}),
        Access.TRAINER,
    ),
    Route(
        "POST",
        PATH,
        train_by_form,
        Operation("Ask for a training", body=form_body(), answers={"303": redirect("Back to the page")}),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{PATH}/{{id}}/annuler",
        cancel_by_form,
        Operation(
            "Cancel a training",
            parameters=(_NUMBER,),
            body=form_body(),
            answers={"303": redirect("Back to the page"), "404": page("No such training")},
        ),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{PATH}/{{id}}/maintenant",
        hasten_by_form,
        Operation(
            "Take up at once a training that waits for its moment",
            parameters=(_NUMBER,),
            body=form_body(),
            answers={"303": redirect("Back to the page"), "404": page("No such training")},
        ),
        Access.TRAINER,
    ),
    Route(
        "GET",
        "/api/studio/trainings",
        list_trainings,
        Operation(
            "Trainings that run or wait",
            answers={
                "200": json_answer(schema({"trainings": {"type": "array", "items": _TRAINING}}), "In their order"),
                **errors(401, 403, 500),
            },
        ),
        Access.TRAINER,
    ),
    Route(
        "POST",
        "/api/studio/train",
        train_by_call,
        Operation(
            "Ask for a training; one that waits already is not asked for twice",
            body=json_body(schema({}), "An empty object"),
            answers={"202": json_answer(_TRAINING, "Queued"), **errors(400, 401, 403, 413, 500)},
        ),
        Access.TRAINER,
    ),
)
