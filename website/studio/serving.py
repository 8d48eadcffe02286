"""Putting a version into service, from a form or a call."""

from __future__ import annotations

import asyncio

from aiohttp import web

from releases.errors import (
    ArchiveGoneError,
    DamagedArchiveError,
    OtherCodeError,
    RegressionError,
    ReleaseError,
    RetiredModelError,
    UnaskedError,
    UnknownModelError,
)
from releases.late_questions import put_late_questions
from releases.models import BotModel, Comparison, Release
from releases.notes import holding_back, unasked
from releases.registry import put_online, was_online
from releases.signing import model_key
from settings import ROOT
from website import audit
from website.accounts.access import Access, Role
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.body import parse_object, read_body
from website.errors import ApiError
from website.keys import SETTINGS, STORAGE
from website.openapi import Operation, Route, errors, form_body, json_answer, json_body, page, redirect, schema
from website.staff.pages import see_other
from website.studio.frame import PATH as STUDIO

PATH = f"{STUDIO}/versions"
LONGEST_REASON = 100
"""Characters: the reason stands in the log too, which holds no texts."""
ARCHIVES = ROOT / "models"
"""Where the archives of models stand on this machine."""
_ELSEWHERE = "Une nouvelle version se met en service sur la machine qui tient les questions témoins."

_CODES: dict[type[ReleaseError], str] = {
    UnknownModelError: "unknown_model",
    RetiredModelError: "model_retired",
    OtherCodeError: "model_outdated",
    ArchiveGoneError: "model_gone",
    DamagedArchiveError: "model_damaged",
    RegressionError: "regressions_fail",
    UnaskedError: "regressions_unasked",
}


async def _go_online(request: web.Request, reason: str) -> Release:
    """Put the model of the address into service.

    Args:
        request: The call.
        reason: Why although regression questions fail; counts from administrators only.

    Raises:
        ReleaseError: It cannot be.
    """
    account, model_id = signed_in(request), request.match_info["id"]
    storage, settings = request.app[STORAGE], request.app[SETTINGS]
    reason = " ".join(reason.split())[:LONGEST_REASON] if account.role is Role.ADMIN else ""
    if not settings.data_owner:
        async with storage.read() as session:
            if await session.get(BotModel, model_id) and not await was_online(session, model_id):
                raise UnaskedError(_ELSEWHERE)
    key = await asyncio.to_thread(model_key, settings)
    questions = await put_late_questions(storage, model_id, ARCHIVES, key)
    async with storage.write() as session:
        comparison = await session.get(Comparison, model_id)
        content = comparison.content if comparison is not None else None
        failing = len(holding_back(content, questions))
        kept = reason if failing or unasked(content, questions) else ""
        release = await put_online(session, model_id, account.id, kept, questions=questions)
        await audit.record(
            session,
            account.id,
            "model.online",
            subject=model_id,
            **({"failing": str(failing), "reason": kept} if kept or failing else {}),
        )
    return release


async def put_online_by_form(request: web.Request) -> web.Response:
    """Put a version into service, from the button of its page."""
    try:
        await _go_online(request, await field(request, "raison"))
    except UnknownModelError as error:
        raise web.HTTPNotFound from error
    except ReleaseError as error:
        return see_other(request, f"{PATH}/{request.match_info['id']}", str(error), "bad")
    return see_other(request, PATH, "C’est décidé : cette version répondra aux adhérents dans un instant.")


async def put_online_by_call(request: web.Request) -> web.Response:
    """Put a version into service."""
    body = parse_object(await read_body(request) or b"{}")
    reason = body.get("reason")
    try:
        release = await _go_online(request, reason if isinstance(reason, str) else "")
    except ReleaseError as error:
        raise ApiError(_CODES[type(error)]) from error
    return web.json_response({"model": release.model_id, "release": release.id})


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_TEXT = {"type": "string"}

ROUTES = (
    Route(
        "POST",
        f"{PATH}/{{id}}/service",
        put_online_by_form,
        Operation(
            "Put a version into service",
            parameters=(_ID,),
            body=form_body("raison"),
            answers={
                "303": redirect("To the versions, or back with the reason"),
                "404": page("No such version"),
            },
        ),
        Access.TRAINER,
    ),
    Route(
        "POST",
        "/api/studio/models/{id}/online",
        put_online_by_call,
        Operation(
            "Put a model into service",
            parameters=(_ID,),
            body=json_body(
                schema({"reason": _TEXT}, "reason"),
                "An administrator's reason where regression questions fail",
            ),
            answers={
                "200": json_answer(schema({"model": _TEXT, "release": {"type": "integer"}}), "Decided"),
                **errors(400, 401, 403, 404, 409, 413, 500),
            },
        ),
        Access.TRAINER,
    ),
)
