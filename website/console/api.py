"""What officers do with conversations, as JSON."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from understanding.catalogue import current_catalogue
from website.accounts.access import Access
from website.body import parse_object, read_body, read_message
from website.console import operations
from website.console.acts import officer_of, perform
from website.console.colleagues import find_colleague
from website.console.keys import BOARD, PRESENCE
from website.console.officer import Officer, may_read
from website.console.proposals import propose
from website.console.sentences import CHOSEN_OUTCOMES
from website.errors import ApiError
from website.events import News
from website.keys import HUB, STORAGE
from website.models import Conversation, Outcome, State
from website.openapi import Operation, Route, errors, json_answer, json_body, schema

MAX_CLIENT_ID = 60


async def _body(request: web.Request) -> dict[str, Any]:
    return parse_object(await read_body(request) or b"{}")


async def _standing(session: AsyncSession, conversation_id: str) -> dict[str, Any]:
    conversation = await session.get_one(Conversation, conversation_id)
    holder = None
    if conversation.officer_account:
        holder = {"id": conversation.officer_account, "name": conversation.officer}
    return {"state": conversation.state.value, "antenna": conversation.antenna, "officer": holder}


async def _act(request: web.Request, act: Callable[[AsyncSession, Officer, str], Awaitable[News]]) -> web.Response:
    """Do something with the conversation in the address, and say who has it then."""
    officer, conversation_id = officer_of(request), request.match_info["id"]

    async def operation(session: AsyncSession) -> tuple[dict[str, Any], News]:
        news = await act(session, officer, conversation_id)
        return await _standing(session, conversation_id), news

    return web.json_response(await perform(request, operation))


async def claim(request: web.Request) -> web.Response:
    """Take a conversation."""
    await _body(request)
    return await _act(request, operations.claim)


def read_words(body: dict[str, Any]) -> tuple[str, str]:
    """The text and the client's id of what an officer wrote.

    Raises:
        ApiError: One is missing or cannot be stored.
    """
    message = read_message({"text": body.get("text"), "client_id": body.get("client_id")})
    if message.text is None or len(message.client_id) > MAX_CLIENT_ID:
        raise ApiError("bad_client_id")
    return message.client_id, message.text


async def reply(request: web.Request) -> web.Response:
    """Answer the member."""
    client_id, text = read_words(await _body(request))
    officer, conversation_id = officer_of(request), request.match_info["id"]

    async def operation(session: AsyncSession) -> tuple[int, News]:
        return await operations.reply(session, officer, conversation_id, client_id, text)

    seq = await perform(request, operation)
    mark(request, officer, here=True, typing=False)
    return web.json_response({"seq": seq}, status=202)


async def write_note(request: web.Request) -> web.Response:
    """Keep a note for the staff."""
    client_id, text = read_words(await _body(request))
    officer, conversation_id = officer_of(request), request.match_info["id"]

    async def operation(session: AsyncSession) -> tuple[int, News]:
        note = await operations.add_note(session, officer, conversation_id, client_id, text)
        return note.id, News()

    return web.json_response({"id": await perform(request, operation)}, status=201)


async def move(session: AsyncSession, officer: Officer, conversation_id: str, to: dict[str, Any]) -> News:
    """Transfer to `to["officer"]` (an account's id or address) or `to["antenna"]` (a slug)."""
    target, antenna = to.get("officer"), to.get("antenna")
    if isinstance(target, str) and target:
        colleague = await find_colleague(session, target)
        return await operations.transfer_to_officer(session, officer, conversation_id, colleague)
    return await operations.transfer_to_antenna(session, officer, conversation_id, str(antenna or ""))


async def transfer(request: web.Request) -> web.Response:
    """Give a conversation to another officer or antenna."""
    to = await _body(request)
    return await _act(request, lambda session, officer, id_: move(session, officer, id_, to))


async def release(request: web.Request) -> web.Response:
    """Give a conversation back to the assistant."""
    await _body(request)
    return await _act(request, operations.release)


def read_closing(body: dict[str, Any]) -> tuple[Outcome, tuple[int, str] | None]:
    """The outcome, and what should have been understood: the message's `seq` and a slug.

    Raises:
        ApiError: There is no such outcome, or the proposal has another form.
    """
    value = body.get("outcome") or Outcome.RESOLVED
    if value not in [outcome.value for outcome in CHOSEN_OUTCOMES]:
        raise ApiError("bad_outcome")
    proposal = body.get("proposal")
    if not proposal:
        return Outcome(value), None
    seq, category = (proposal.get("seq"), proposal.get("category")) if isinstance(proposal, dict) else (None, None)
    if not isinstance(seq, int) or not 0 < seq < 2**31 or not isinstance(category, str):
        raise ApiError("nothing_to_learn")
    return Outcome(value), (seq, category)


async def close_with(
    session: AsyncSession, officer: Officer, conversation_id: str, outcome: Outcome, lesson: tuple[int, str] | None
) -> News:
    """Close a conversation and keep what it teaches, both or neither."""
    news = await operations.close(session, officer, conversation_id, outcome)
    if lesson is not None:
        await propose(session, officer, conversation_id, *lesson, current_catalogue())
    return news


async def close(request: web.Request) -> web.Response:
    """Close a conversation."""
    outcome, lesson = read_closing(await _body(request))
    return await _act(request, lambda session, officer, id_: close_with(session, officer, id_, outcome, lesson))


def mark(request: web.Request, officer: Officer, *, here: bool, typing: bool) -> None:
    """Note that an officer looks at the conversation in the address, or types; tell the others."""
    conversation_id = request.match_info["id"]
    if request.app[PRESENCE].mark(conversation_id, officer.id, officer.name, here=here, typing=typing):
        request.app[BOARD].people(conversation_id)


async def show_presence(request: web.Request) -> web.Response:
    """Say that one looks at a conversation, and whether one types."""
    body = await _body(request)
    officer, conversation_id = officer_of(request), request.match_info["id"]
    here, typing = body.get("here", True) is True, body.get("typing") is True
    async with request.app[STORAGE].read() as session:
        conversation = await session.get(Conversation, conversation_id)
    if conversation is None:
        raise ApiError("unknown_conversation")
    if not may_read(officer, conversation):
        raise ApiError("not_your_antenna")
    mark(request, officer, here=here, typing=typing)
    if conversation.state is State.OFFICER and conversation.officer_account == officer.id:
        request.app[HUB].publish(conversation_id, News(officer_typing=here and typing))
    return web.Response(status=204)


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
_TEXT = {"type": "string"}
_STANDING = json_answer(
    schema(
        {
            "state": {"enum": [state.value for state in State]},
            "antenna": {"type": ["string", "null"]},
            "officer": {"anyOf": [schema({"id": _TEXT, "name": _TEXT}), {"type": "null"}]},
        }
    ),
    "Who has it now",
)
_WORDS = json_body(schema({"text": _TEXT, "client_id": _TEXT}), "The same client_id again stores nothing again")
_NOTHING = json_body(schema({}), "An empty object")


def _route(
    name: str, handler: Any, summary: str, body: dict[str, Any], answers: dict[str, Any], *refused: int
) -> Route:
    operation = Operation(
        summary,
        parameters=(_ID,),
        body=body,
        answers={**answers, **errors(400, 401, 403, 404, 413, 429, 500, *refused)},
    )
    return Route("POST", f"/api/officer/conversations/{{id}}/{name}", handler, operation, Access.OFFICER)


ROUTES = (
    _route("claim", claim, "Take a conversation", _NOTHING, {"200": _STANDING}, 409),
    _route(
        "messages",
        reply,
        "Answer the member",
        _WORDS,
        {"202": json_answer(schema({"seq": {"type": "integer"}}), "Stored")},
        409,
    ),
    _route(
        "notes",
        write_note,
        "Keep a note that members never see",
        _WORDS,
        {"201": json_answer(schema({"id": {"type": "integer"}}), "Kept")},
        409,
    ),
    _route(
        "transfer",
        transfer,
        "Give a conversation to another officer or antenna",
        json_body(schema({"officer": _TEXT, "antenna": _TEXT}, "officer", "antenna"), "One of the two"),
        {"200": _STANDING},
        409,
        422,
    ),
    _route("release", release, "Give a conversation back to the assistant", _NOTHING, {"200": _STANDING}, 409),
    _route(
        "close",
        close,
        "Close a conversation, and say what the assistant should have understood",
        json_body(
            schema(
                {
                    "outcome": {"enum": [outcome.value for outcome in CHOSEN_OUTCOMES]},
                    "proposal": schema({"seq": {"type": "integer"}, "category": _TEXT}),
                },
                "outcome",
                "proposal",
            ),
            "The outcome (`resolved` where none is given)",
        ),
        {"200": _STANDING},
        409,
        422,
    ),
    _route(
        "typing",
        show_presence,
        "Say that one looks at a conversation, and whether one types",
        json_body(schema({"here": {"type": "boolean"}, "typing": {"type": "boolean"}}, "here", "typing"), "Now"),
        {"204": {"description": "Noted"}},
    ),
)
