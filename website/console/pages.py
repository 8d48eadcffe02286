"""The console's pages: the lists, and a conversation beside them. Their parts are brought up to date by script."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from database.base import utc_now
from directory.data import AntennaEntry
from directory.french import short_name
from understanding.catalogue import current_catalogue
from website import handoff
from website.accounts.access import Access
from website.accounts.guard import RefusedError, signed_in
from website.audit import record
from website.console import canned, sentences, views, words
from website.console.acts import officer_of
from website.console.colleagues import Colleague, all_colleagues, holder_is_absent, names
from website.console.filters import Box, Filters
from website.console.inbox import Inbox, Line, count, read_inbox
from website.console.keys import OPENINGS, PRESENCE
from website.console.officer import Officer, may_read
from website.console.transcript import Reading, read_conversation, standing
from website.keys import SETTINGS, STORAGE
from website.models import Conversation, State
from website.openapi import Operation, Route, page
from website.staff.pages import render

REFRESH_HEADER = "X-Refresh"
"""Sent by a page that only brings up to date what it shows."""


def _row(line: Line, antennas: dict[str, AntennaEntry], people: dict[str, str], query: str) -> dict[str, Any]:
    """A line of a list in words."""
    conversation, now = line.conversation, utc_now()
    antenna = antennas.get(conversation.antenna or "")
    waits = conversation.waiting_since
    holder = people.get(conversation.officer_account or "", "") if conversation.state is State.OFFICER else ""
    if conversation.state is State.CLOSED and conversation.outcome:
        holder = sentences.OUTCOMES[conversation.outcome]
    return {
        "id": conversation.id,
        "address": f"/console/c/{conversation.id}?{query}",
        "subject": words.topic(conversation),
        "place": conversation.place_name or "",
        "company": line.company,
        "text": " ".join(line.text.split()),
        "excerpt": line.excerpt,
        "antenna": short_name(antenna.name) if antenna else "",
        "state": conversation.state.value,
        "state_label": sentences.STATES[conversation.state],
        "holder": holder,
        "to_take": conversation.state is State.OFFICER and conversation.claimed_at is None,
        "since": waits.isoformat() if waits else "",
        "waits": words.waits(waits, now) if waits else "",
        "when": words.when(conversation.closed_at or conversation.last_message_at, now),
    }


async def _lists(session: AsyncSession, officer: Officer, filters: Filters, people: dict[str, str]) -> dict[str, Any]:
    inbox: Inbox = await read_inbox(session, filters, officer)
    counts = await count(session, officer)
    data = await handoff.directory(session)
    antennas = {antenna.slug: antenna for antenna in data.antennas} if data else {}
    return {
        "filters": filters,
        "boxes": [(box, counts.boxes.get(box)) for box in Box],
        "addresses": {box: Filters(box).query for box in Box},
        "urgent": counts.urgent,
        "rows": [_row(line, antennas, people, filters.query) for line in inbox.lines],
        "previous": filters.at(filters.page - 1).query if filters.page > 1 else "",
        "next": filters.at(filters.page + 1).query if inbox.more else "",
        "antennas": antennas,
        "categories": current_catalogue().categories,
        "people": people,
        "saved": await views.of(session, officer.id),
        "without_words": replace(filters, words="", page=1).query,
        "officer": officer,
    }


async def show_inbox(request: web.Request) -> web.Response:
    """The lists; no conversation is open."""
    officer, filters = officer_of(request), Filters.read(request.query)
    async with request.app[STORAGE].read() as session:
        context = await _lists(session, officer, filters, await names(session))
    return render(request, "console/console.html", reading=None, **context)


async def show_conversation(request: web.Request) -> web.Response:
    """A conversation beside the lists; that it was opened is logged."""
    officer, filters = officer_of(request), Filters.read(request.query)
    conversation_id, now = request.match_info["id"], utc_now()
    async with request.app[STORAGE].read() as session:
        conversation = await session.get(Conversation, conversation_id)
        if conversation is None:
            raise web.HTTPNotFound
        if not may_read(officer, conversation):
            raise RefusedError("forbidden")
        people = await names(session)
        context = await _lists(session, officer, filters, people)
        absent = conversation.state is State.OFFICER and await holder_is_absent(session, conversation)
        reading = await read_conversation(session, officer, conversation, people, now, holder_absent=absent)
        context |= await _conversation(session, officer, reading, context["antennas"])
        context["mail_is_sent"] = bool(request.app[SETTINGS].smtp_url)
    await _log_opening(request, officer, conversation_id)
    looking = [one for one in request.app[PRESENCE].who(conversation_id) if one.id != officer.id]
    return render(request, "console/console.html", reading=reading, looking=looking, **context)


async def _conversation(
    session: AsyncSession, officer: Officer, reading: Reading, antennas: dict[str, AntennaEntry]
) -> dict[str, Any]:
    conversation = reading.conversation
    antenna = antennas.get(conversation.antenna or next(iter(officer.antennas), ""))
    left = reading.reach.email or reading.reach.phone or ""
    values = canned.values_for(officer, conversation, antenna, left)
    colleagues: list[Colleague] = await all_colleagues(session) if reading.powers.move else []
    return {
        "conversation": conversation,
        "title": words.topic(conversation),
        "standing": standing(conversation, antennas, utc_now()),
        "state_label": sentences.STATES[conversation.state],
        "antenna": antenna if conversation.antenna else None,
        "begun": f"{words.day(conversation.created_at, utc_now())} à {words.clock(conversation.created_at)}",
        "texts": await canned.ready_texts(session, officer, values) if reading.powers.holds else [],
        "colleagues": [one for one in colleagues if one.officer.id != conversation.officer_account],
        "outcomes": [(outcome.value, sentences.OUTCOMES[outcome]) for outcome in sentences.CHOSEN_OUTCOMES],
        "outcome": sentences.OUTCOMES[conversation.outcome] if conversation.outcome else "",
        "other_intents": {slug: words.subject(slug) for slug in current_catalogue().conversation},
        "subject": words.subject,
    }


async def _log_opening(request: web.Request, officer: Officer, conversation_id: str) -> None:
    refresh = REFRESH_HEADER in request.headers
    if request.app[OPENINGS].is_new(signed_in(request).session, conversation_id, refresh=refresh):
        async with request.app[STORAGE].write() as session:
            await record(session, officer.id, "conversation.read", conversation_id)


_QUERY = tuple(
    {"name": name, "in": "query", "schema": {"type": "string"}, "description": meaning}
    for name, meaning in {
        "liste": "attente, miennes, antenne, assistant, closes or toutes",
        "q": "Words searched for; accents and case do not count",
        "categorie": "Slug of a category",
        "antenne": "Slug of the antenna that it belongs to",
        "proche": "Slug of the antenna nearest to the member",
        "suite": "assistant, transmise or sans-suite",
        "officier": "Id of an account",
        "du": "First day",
        "au": "Last day",
        "avis": "utile or inutile",
        "page": "From 1 on",
    }.items()
)
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}

ROUTES = (
    Route(
        "GET",
        "/console",
        show_inbox,
        Operation("The officers' lists", parameters=_QUERY, answers={"200": page("The lists")}),
        Access.OFFICER,
    ),
    Route(
        "GET",
        "/console/c/{id}",
        show_conversation,
        Operation(
            "A conversation beside the lists",
            parameters=(_ID, *_QUERY),
            answers={"200": page("The conversation"), "403": page("Not theirs to read"), "404": page("Erased")},
        ),
        Access.OFFICER,
    ),
)
