"""The member's calls about their data: export, objection."""

from __future__ import annotations

import json

from aiohttp import web

from website.accounts.access import Access
from website.api import admitted
from website.body import parse_object, read_body
from website.errors import ApiError
from website.events import News
from website.keys import HUB, STORAGE
from website.openapi import Operation, Route, errors, json_answer, json_body, schema
from website.privacy.export import export
from website.privacy.objection import set_objection
from website.records import UnknownConversationError, locked


async def export_conversation(request: web.Request) -> web.Response:
    """Give all that is held."""
    conversation_id = await admitted(request)
    async with request.app[STORAGE].read() as session:
        content = await export(session, conversation_id)
    if content is None:
        raise ApiError("unknown_conversation")
    text = json.dumps(content, ensure_ascii=False, indent=2)
    headers = {"Content-Disposition": 'attachment; filename="mes-donnees.json"'}
    return web.Response(text=text, content_type="application/json", headers=headers)


async def object_to_learning(request: web.Request) -> web.Response:
    """Keep whether the member objects to their sentences improving the assistant."""
    raw = await read_body(request)
    conversation_id = await admitted(request)
    objects = parse_object(raw).get("objects")
    if not isinstance(objects, bool):
        raise ApiError("bad_objection")
    try:
        async with request.app[STORAGE].write() as session:
            changed = await set_objection(session, await locked(session, conversation_id), objects)
    except UnknownConversationError as error:
        raise ApiError("unknown_conversation") from error
    if changed:
        request.app[HUB].publish(conversation_id, News(messages=True))
    return web.json_response({"objects": objects})


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_OBJECTS = schema({"objects": {"type": "boolean"}})

ROUTES = (
    Route(
        "GET",
        "/api/conversations/{id}/export",
        export_conversation,
        Operation(
            "Everything that is held about the conversation",
            parameters=(_ID,),
            answers={"200": json_answer({"type": "object"}, "A file"), **errors(401, 404, 429, 500)},
        ),
        Access.MEMBER,
    ),
    Route(
        "PUT",
        "/api/conversations/{id}/amelioration",
        object_to_learning,
        Operation(
            "Say whether the member objects to their sentences improving the assistant",
            parameters=(_ID,),
            body=json_body(_OBJECTS, "Whether they object"),
            answers={"200": json_answer(_OBJECTS, "Kept"), **errors(400, 401, 404, 413, 429, 500)},
        ),
        Access.MEMBER,
    ),
)
