"""The member's calls about being reached, coming back by a mail's link, and rating."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from database.base import utc_now
from understanding.text import MAX_CHARACTERS, clean
from website.accounts.access import Access
from website.api import admitted
from website.body import parse_object, read_body
from website.errors import ApiError
from website.keys import STORAGE
from website.openapi import Operation, Route, errors, json_answer, json_body, schema
from website.records import UnknownConversationError, locked
from website.waiting import codes, rating, reach
from website.waiting.addresses import BadEmailError, BadPhoneError, read_email, read_phone

_LONGEST_CODE = 100


def _optional(body: dict[str, Any], name: str, code: str) -> str | None:
    value = body.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str):
        raise ApiError(code)
    return value


def _as_json(known: reach.Reach) -> web.Response:
    return web.json_response({"email": known.email, "phone": known.phone, "confirmed": known.confirmed})


async def read_reach(request: web.Request) -> web.Response:
    """Give back how the member can be reached."""
    conversation_id = await admitted(request)
    async with request.app[STORAGE].read() as session:
        return _as_json(await reach.read(session, conversation_id))


async def leave_reach(request: web.Request) -> web.Response:
    """Keep how the member can be reached."""
    raw = await read_body(request)
    conversation_id = await admitted(request)
    body = parse_object(raw)
    email, phone = _optional(body, "email", "bad_email"), _optional(body, "phone", "bad_phone")
    if email is None and phone is None:
        raise ApiError("reach_missing")
    try:
        email = read_email(email) if email is not None else None
        phone = read_phone(phone) if phone is not None else None
        async with request.app[STORAGE].write() as session:
            await reach.leave(session, await locked(session, conversation_id), email, phone)
            known = await reach.read(session, conversation_id)
    except BadEmailError as error:
        raise ApiError("bad_email") from error
    except BadPhoneError as error:
        raise ApiError("bad_phone") from error
    except UnknownConversationError as error:
        raise ApiError("unknown_conversation") from error
    except reach.NobodyAwaitedError as error:
        raise ApiError("nobody_awaited") from error
    except reach.StoppedAddressError as error:
        raise ApiError("address_stopped") from error
    except reach.TooManyAddressesError as error:
        raise ApiError("too_many_addresses") from error
    return _as_json(known)


async def take_back_reach(request: web.Request) -> web.Response:
    """Forget how the member can be reached."""
    conversation_id = await admitted(request)
    async with request.app[STORAGE].write() as session:
        await reach.take_back(session, conversation_id)
    return web.Response(status=204)


async def rate(request: web.Request) -> web.Response:
    """Keep what the member thinks of the exchange with a person."""
    raw = await read_body(request)
    conversation_id = await admitted(request)
    body = parse_object(raw)
    useful, text = body.get("utile"), body.get("texte")
    if not isinstance(useful, bool) or not (text is None or isinstance(text, str)):
        raise ApiError("bad_rating")
    if text is not None:
        if len(text) > MAX_CHARACTERS:
            raise ApiError("text_too_long")
        text = text.replace("\0", "").strip() if clean(text) else ""
    try:
        async with request.app[STORAGE].write() as session:
            await rating.give(session, conversation_id, useful, text)
    except rating.NotAskedError as error:
        raise ApiError("rating_not_asked") from error
    return web.json_response({"utile": useful})


def _code(body: dict[str, Any]) -> str:
    code = body.get("code")
    if not isinstance(code, str) or not 0 < len(code) <= _LONGEST_CODE:
        raise ApiError("dead_code")
    return code


async def resume(request: web.Request) -> web.Response:
    """Exchange a mail's code for the conversation and a token of its own."""
    body = parse_object(await read_body(request))
    code, kept = _code(body), body.get("kept")
    try:
        async with request.app[STORAGE].write() as session:
            access = await codes.resume(session, code, utc_now(), kept if isinstance(kept, str) else None)
    except codes.DeadCodeError as error:
        raise ApiError("dead_code") from error
    except codes.OtherConversationError as error:
        raise ApiError("another_kept") from error
    return web.json_response({"id": access.id, "token": access.token})


async def stop_mails(request: web.Request) -> web.Response:
    """Write no more to the address to which a mail's code was sent."""
    code = _code(parse_object(await read_body(request)))
    try:
        async with request.app[STORAGE].write() as session:
            await codes.stop(session, code, utc_now())
    except codes.DeadCodeError as error:
        raise ApiError("dead_code") from error
    return web.Response(status=204)


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_STRING = {"type": "string"}
_NULLABLE = {"type": ["string", "null"]}
_REACH = json_answer(schema({"email": _NULLABLE, "phone": _NULLABLE, "confirmed": {"type": "boolean"}}), "What is kept")
_CODE = json_body(schema({"code": _STRING}), "The code of a mail's link")

ROUTES = (
    Route(
        "GET",
        "/api/conversations/{id}/coordonnees",
        read_reach,
        Operation(
            "How the member can be reached", parameters=(_ID,), answers={"200": _REACH, **errors(401, 404, 429, 500)}
        ),
        Access.MEMBER,
    ),
    Route(
        "PUT",
        "/api/conversations/{id}/coordonnees",
        leave_reach,
        Operation(
            "Leave a mail address or a telephone number for the answer; replaces what was left before",
            parameters=(_ID,),
            body=json_body(schema({"email": _NULLABLE, "phone": _NULLABLE}, "email", "phone"), "One or both"),
            answers={"200": _REACH, **errors(400, 401, 404, 409, 413, 422, 429, 500)},
        ),
        Access.MEMBER,
    ),
    Route(
        "DELETE",
        "/api/conversations/{id}/coordonnees",
        take_back_reach,
        Operation(
            "Take it back", parameters=(_ID,), answers={"204": {"description": "Gone"}, **errors(401, 404, 429, 500)}
        ),
        Access.MEMBER,
    ),
    Route(
        "PUT",
        "/api/conversations/{id}/avis",
        rate,
        Operation(
            "Say whether the exchange with a person was of use; a later word replaces an earlier one",
            parameters=(_ID,),
            body=json_body(
                schema({"utile": {"type": "boolean"}, "texte": _NULLABLE}, "texte"), "One tap, and perhaps a sentence"
            ),
            answers={
                "200": json_answer(schema({"utile": {"type": "boolean"}}), "Kept"),
                **errors(400, 401, 404, 409, 413, 429, 500),
            },
        ),
        Access.MEMBER,
    ),
    Route(
        "POST",
        "/api/reprendre",
        resume,
        Operation(
            "Exchange the code of a mail's link, once, for the conversation and a token",
            body=json_body(
                schema({"code": _STRING, "kept": _NULLABLE}, "kept"),
                "The code; and the conversation that the browser keeps, where another must not take its place",
            ),
            answers={
                "200": json_answer(schema({"id": _STRING, "token": _STRING}), "Open"),
                **errors(400, 409, 410, 413, 429, 500),
            },
        ),
        Access.PUBLIC,
    ),
    Route(
        "POST",
        "/api/stop",
        stop_mails,
        Operation(
            "Never write again to the address that got the code",
            body=_CODE,
            answers={"204": {"description": "Stopped"}, **errors(400, 410, 413, 429, 500)},
        ),
        Access.PUBLIC,
    ),
)
