"""« À relire »: one sentence at a time, decided by one click or one key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from directory.french import typeset
from understanding.catalogue import current_catalogue
from website.accounts.access import Access
from website.accounts.browser import field
from website.accounts.guard import signed_in
from website.body import parse_object, read_body, read_number
from website.console import words
from website.errors import ApiError
from website.keys import STORAGE
from website.openapi import Operation, Route, errors, form_body, json_answer, json_body, page, redirect, schema
from website.staff.pages import see_other
from website.studio import names, queue
from website.studio.frame import PATH, studio_page
from website.studio.review_acts import ACTIONS, CONFIRM, CORRECT, DISCARD, LATER, UNDO, Reviews, Wish, suggested
from website.studio.review_models import ReviewItem, Status

REVIEWS = web.AppKey("reviews", Reviews)
GESTURES = {
    "confirmer": CONFIRM,
    "corriger": CORRECT,
    "ecarter": DISCARD,
    "plus-tard": LATER,
    "annuler": UNDO,
}
"""What the buttons of the page are called."""
REASONS = {
    "corrected": "corrigée par un chargé de mission",
    "refused": "réponse refusée par l’adhérent",
    "unsure": "l’assistant hésitait",
    "out_of_scope": "jugée hors de nos sujets",
}
DECIDED = {
    Status.CONFIRMED: "confirmée",
    Status.CORRECTED: "corrigée",
    Status.DISCARDED: "écartée",
    Status.LATER: "remise à plus tard",
}


@dataclass(frozen=True)
class Guess:
    """A subject that the assistant thought of.

    Attributes:
        slug: Its slug.
        label: Its name.
        percent: « 93 % ».
        choosable: Whether it is still in service.
    """

    slug: str
    label: str
    percent: str
    choosable: bool


def _guesses(item: ReviewItem) -> list[Guess]:
    intents = current_catalogue().intents
    return [
        Guess(slug, words.subject(slug), f"{float(share) * 100:.0f}{words.NBSP}%", slug in intents)
        for slug, share in item.understood.get("ranking") or []
    ]


def _remaining(number: int) -> str:
    if number == 0:
        return "Tout est relu"
    return typeset(f"Il en reste {number}") if number > 1 else "C’est la dernière"


async def review_page(request: web.Request) -> web.Response:
    """The next sentence."""
    account, now = signed_in(request).id, utc_now()
    async with request.app[STORAGE].write() as session:
        task = await queue.claim(session, account, now)
        left, resting = await queue.left(session, now), await queue.resting(session, now)
        recent = await queue.recent(session, account)
    item = task.item if task else None
    return studio_page(
        request,
        "studio/review.html",
        task=task,
        understood=words.understood(item.understood) if item else None,
        guesses=_guesses(item) if item else [],
        meant=words.subject(suggested(item)) if item and suggested(item) else "",
        meant_slug=suggested(item) if item else None,
        proposed=words.subject(item.proposed) if item and item.proposed else "",
        reasons=[REASONS[reason] for reason in item.reasons] if item else [],
        day=words.day(item.written_at, now) if item else "",
        subjects=names.groups(),
        remaining=_remaining(left),
        left=left,
        resting=resting,
        recent=[(done, DECIDED[done.group.status], words.subject(done.group.category)) for done in recent],
        after="suite" in request.query,
    )


def _said(action: str, category: str | None) -> str:
    if action == UNDO:
        return "La décision est annulée, la phrase est revenue."
    if action == LATER:
        return "La phrase reviendra dans trois jours."
    if action == DISCARD:
        return "La phrase est écartée."
    return f"Enregistrée dans « {words.subject(category)} »."


async def decide_by_form(request: web.Request) -> web.Response:
    """Do what a button of the page asks for, and show the next sentence."""
    group_id = read_number(request.match_info["id"])
    gesture, _, slug = (await field(request, "geste")).partition(":")
    action = GESTURES.get(gesture)
    if group_id is None or action is None:
        raise web.HTTPNotFound
    wish = Wish(action, slug or await field(request, "sujet"), await field(request, "texte"))
    try:
        category = await request.app[REVIEWS].act(signed_in(request).id, group_id, wish)
    except ApiError as error:
        return see_other(request, f"{PATH}?suite", error.message, "bad")
    return see_other(request, f"{PATH}?suite", _said(action, category))


async def _next_as_json(session: AsyncSession, account: str) -> dict[str, Any]:
    now = utc_now()
    task = await queue.claim(session, account, now)
    shown = None
    if task is not None:
        shown = {
            "id": task.group.id,
            "sentence": task.item.sentence,
            "others": list(task.others),
            "size": task.size,
            "reasons": task.item.reasons,
            "understood": [[guess.slug, guess.percent] for guess in _guesses(task.item)],
            "proposed": task.item.proposed,
            "suggested": suggested(task.item),
        }
    return {"item": shown, "left": await queue.left(session, now)}


async def next_to_review(request: web.Request) -> web.Response:
    """The sentence that the caller looks at, or the next one, which is theirs for ten minutes."""
    async with request.app[STORAGE].write() as session:
        return web.json_response(await _next_as_json(session, signed_in(request).id))


async def decide(request: web.Request) -> web.Response:
    """Decide a sentence, and give the next one."""
    body = parse_object(await read_body(request) or b"{}")
    wish = [body.get(name, "") for name in ("action", "category", "text")]
    group_id = read_number(request.match_info["id"])
    if group_id is None:
        raise ApiError("review_gone")
    if not all(isinstance(value, str) for value in wish) or wish[0] not in ACTIONS:
        raise ApiError("review_action")
    account = signed_in(request).id
    category = await request.app[REVIEWS].act(account, group_id, Wish(*wish))
    async with request.app[STORAGE].write() as session:
        following = await _next_as_json(session, account)
    return web.json_response({"category": category, **following})


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "integer", "minimum": 1}}
_TEXT = {"type": "string"}
_ITEM = schema(
    {
        "id": {"type": "integer"},
        "sentence": _TEXT,
        "others": {"type": "array", "items": _TEXT},
        "size": {"type": "integer"},
        "reasons": {"type": "array", "items": {"enum": list(REASONS)}},
        "understood": {"type": "array", "items": {"type": "array"}},
        "proposed": {"type": ["string", "null"]},
        "suggested": {"type": ["string", "null"]},
    }
)
_NEXT = {"item": {"anyOf": [_ITEM, {"type": "null"}]}, "left": {"type": "integer"}}

ROUTES = (
    Route(
        "GET",
        PATH,
        review_page,
        Operation("The next sentence to review", answers={"200": page("The page")}),
        Access.TRAINER,
    ),
    Route(
        "POST",
        f"{PATH}/relire/{{id}}",
        decide_by_form,
        Operation(
            "confirmer, corriger, ecarter, plus-tard or annuler, from a form",
            parameters=(_ID,),
            body=form_body("geste", "sujet", "texte"),
            answers={"303": redirect("To the next sentence")},
        ),
        Access.TRAINER,
    ),
    Route(
        "GET",
        "/api/studio/review/next",
        next_to_review,
        Operation(
            "The next sentence to review, kept for the caller for ten minutes",
            answers={"200": json_answer(schema(_NEXT), "It, or null"), **errors(401, 403, 429, 500)},
        ),
        Access.TRAINER,
    ),
    Route(
        "POST",
        "/api/studio/review/{id}",
        decide,
        Operation(
            "Confirm, correct, discard or put off a sentence; take it back; or keep it for longer",
            parameters=(_ID,),
            body=json_body(
                schema({"action": {"enum": list(ACTIONS)}, "category": _TEXT, "text": _TEXT}, "category", "text"),
                "What to do; the subject's slug with `correct`; the sentence, where it has to be mended",
            ),
            answers={
                "200": json_answer(schema({"category": {"type": ["string", "null"]}, **_NEXT}), "Done"),
                **errors(400, 401, 403, 404, 409, 413, 422, 429, 500),
            },
        ),
        Access.TRAINER,
    ),
)
