"""The member API: views, each beside its description."""

from __future__ import annotations

from aiohttp import web

from database.base import utc_now
from tracing import spans
from website.accounts.access import Access
from website.body import parse_object, read_body, read_message, read_number
from website.conversations import (
    ClientIdReusedError,
    PayloadNotOfferedError,
    TooManyUnansweredError,
    WrongTokenError,
)
from website.errors import ApiError, too_many
from website.identity.tokens import VERIFIER
from website.keys import CONVERSATIONS, STORAGE
from website.openapi import Operation, Route, errors, json_answer, json_body, schema
from website.records import UnknownConversationError
from website.transcript import as_json
from website.waiting import seen

_UNANSWERED_SECONDS = 5.0
"""After how long a client may try again where too many messages wait."""
_ID_LENGTH = 32
RECEIPT_HEADER = "X-Receipt"
"""The number under which `/effacement/…` says how far an erasure is."""


async def admitted(request: web.Request) -> str:
    """The id of the conversation in the address, once its token was checked.

    Raises:
        ApiError: No token, a wrong one, or no such conversation.
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    token = token.strip()
    if kind.lower() != "bearer" or not token:
        raise ApiError("unauthorized")
    conversation_id = request.match_info["id"]
    if len(conversation_id) != _ID_LENGTH or not conversation_id.isalnum() or not conversation_id.isascii():
        raise ApiError("unknown_conversation")
    try:
        await request.app[CONVERSATIONS].check(conversation_id, token)
    except UnknownConversationError as error:
        raise ApiError("unknown_conversation") from error
    except WrongTokenError as error:
        raise ApiError("unauthorized") from error
    return conversation_id


async def open_conversation(request: web.Request) -> web.Response:
    """Open a conversation. What the host website's token declares is kept with it; a bad token is as good as none."""
    body = parse_object(await read_body(request))
    declared = await request.app[VERIFIER].declared(body.get("identity"))
    access = await request.app[CONVERSATIONS].open(declared)
    return web.json_response({"id": access.id, "token": access.token}, status=201)


async def send_message(request: web.Request) -> web.Response:
    """Store a message of the member's."""
    came = utc_now()
    body = await read_body(request)
    conversation_id = await admitted(request)
    message = read_message(parse_object(body))
    try:
        with spans.begun("message.receive", start=came) as span:
            span.note(conversation=conversation_id)
            began = utc_now()
            seq = await request.app[CONVERSATIONS].write(
                conversation_id, message.client_id, text=message.text, payload=message.payload
            )
            spans.past("message.store", began)
            span.note(message=seq)
    except UnknownConversationError as error:
        raise ApiError("unknown_conversation") from error
    except ClientIdReusedError as error:
        raise ApiError("client_id_reused") from error
    except PayloadNotOfferedError as error:
        raise ApiError("payload_not_offered") from error
    except TooManyUnansweredError as error:
        raise too_many("too_many_unanswered", _UNANSWERED_SECONDS) from error
    return web.json_response({"seq": seq}, status=202)


async def read_messages(request: web.Request) -> web.Response:
    """Give the messages after a number."""
    conversation_id = await admitted(request)
    after = read_number(request.query.get("after", "0"))
    if after is None:
        raise ApiError("bad_after")
    try:
        transcript = await request.app[CONVERSATIONS].read(conversation_id, after)
    except UnknownConversationError as error:
        raise ApiError("unknown_conversation") from error
    await seen.note(request.app[STORAGE], conversation_id, seen.last_answer(transcript.messages))
    return web.json_response(
        {
            "state": transcript.state.value,
            "answered_to": transcript.answered_to,
            "messages": [as_json(line) for line in transcript.messages],
        }
    )


async def end_conversation(request: web.Request) -> web.Response:
    """Close the conversation."""
    body = await read_body(request)
    conversation_id = await admitted(request)
    parse_object(body)
    try:
        state = await request.app[CONVERSATIONS].end(conversation_id)
    except UnknownConversationError as error:
        raise ApiError("unknown_conversation") from error
    return web.json_response({"state": state.value})


async def erase_conversation(request: web.Request) -> web.Response:
    """Erase the conversation."""
    conversation_id = await admitted(request)
    try:
        number = await request.app[CONVERSATIONS].erase(conversation_id)
    except UnknownConversationError as error:
        raise ApiError("unknown_conversation") from error
    return web.Response(status=204, headers={RECEIPT_HEADER: number})


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_AFTER = {"name": "after", "in": "query", "schema": {"type": "integer", "minimum": 0, "default": 0}}

ROUTES = (
    Route(
        "POST",
        "/api/conversations",
        open_conversation,
        Operation(
            "Open a conversation; its first message says that an automated assistant answers",
            body=json_body(
                schema({"identity": {"type": "string"}}, "identity"),
                "An empty object, or a token (JWT) of the host website that says who opens it",
            ),
            answers={
                "201": json_answer(schema({"id": {"type": "string"}, "token": {"type": "string"}}), "Opened"),
                **errors(400, 413, 429, 500),
            },
        ),
        Access.PUBLIC,
    ),
    Route(
        "POST",
        "/api/conversations/{id}/messages",
        send_message,
        Operation(
            "Send a text or press a button; stored before the answer",
            parameters=(_ID,),
            body=json_body({"$ref": "#/components/schemas/NewMessage"}, "A text or a payload"),
            answers={
                "202": json_answer(schema({"seq": {"type": "integer", "minimum": 1}}), "Stored"),
                **errors(400, 401, 404, 409, 413, 422, 429, 500),
            },
        ),
        Access.MEMBER,
    ),
    Route(
        "GET",
        "/api/conversations/{id}/messages",
        read_messages,
        Operation(
            "Read the messages after a number",
            parameters=(_ID, _AFTER),
            answers={
                "200": json_answer({"$ref": "#/components/schemas/Transcript"}, "The messages"),
                **errors(400, 401, 404, 429, 500),
            },
        ),
        Access.MEMBER,
    ),
    Route(
        "POST",
        "/api/conversations/{id}/end",
        end_conversation,
        Operation(
            "Close the conversation; the next message opens it again",
            parameters=(_ID,),
            body=json_body(schema({}), "An empty object"),
            answers={
                "200": json_answer(schema({"state": {"const": "closed"}}), "Closed"),
                **errors(400, 401, 404, 413, 429, 500),
            },
        ),
        Access.MEMBER,
    ),
    Route(
        "DELETE",
        "/api/conversations/{id}",
        erase_conversation,
        Operation(
            "Erase the conversation everywhere",
            parameters=(_ID,),
            answers={
                "204": {"description": "Erased", "headers": {RECEIPT_HEADER: {"schema": {"type": "string"}}}},
                **errors(401, 404, 429, 500),
            },
        ),
        Access.MEMBER,
    ),
)
