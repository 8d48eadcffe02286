"""`/studio/versions/{id}`: the release note of a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from aiohttp import web
from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from corpus.regressions import Regression
from directory.french import typeset
from releases.models import BotModel, Comparison, Release
from releases.notes import holding_back, unasked
from releases.readings import Reading
from releases.registry import online
from website.accounts.access import Access, Role
from website.accounts.guard import signed_in
from website.console.colleagues import names
from website.console.words import subject
from website.keys import RASA, STORAGE
from website.models import Message
from website.openapi import Operation, Route, page
from website.studio import note_words as words
from website.studio.figures import figure_blocks
from website.studio.frame import studio_page
from website.studio.questions import read_questions, without_personal_data
from website.studio.questions import standing as standing_among
from website.studio.serving import LONGEST_REASON, PATH


@dataclass(frozen=True)
class Line:
    """A sentence that is read otherwise, or wrongly.

    Attributes:
        text: The sentence, masked.
        truth: What it is about; empty where nobody said so.
        before: What the version in service does with it; empty where there was none.
        after: What this one does.
        source: « Question témoin » or « Phrase d’un adhérent ».
    """

    text: str
    truth: str
    before: str
    after: str
    source: str


@dataclass(frozen=True)
class Note:
    """A release note in words.

    Attributes:
        sentence: The balance.
        failing: Regression questions that fail.
        worse: Members' sentences that are understood less well.
        better: Those understood better.
        changed: Those read otherwise, nobody knows whether rightly.
        more: How many of each kind are not listed.
        trend: Whether the difference on the examples is certain.
        cross: The same from the cross-validation.
        regressions: How many regression questions there are.
        members: How many members' sentences were read.
        questions_only: Whether it was only asked regression questions, and not compared with another version.
    """

    sentence: str
    failing: Sequence[Line]
    worse: Sequence[Line]
    better: Sequence[Line]
    changed: Sequence[Line]
    more: Mapping[str, int]
    trend: str
    cross: str
    regressions: int
    members: int
    questions_only: bool


Texts = Mapping[tuple[str, int], str]


async def member_texts(session: AsyncSession, content: Mapping[str, Any]) -> dict[tuple[str, int], str]:
    """The sentences that a note names; those erased meanwhile are not there."""
    places = [
        (item["conversation"], item["seq"])
        for kind in ("better", "worse", "changed")
        for item in content["members"][kind]["items"]
    ]
    if not places:
        return {}
    rows = await session.scalars(
        select(Message).where(tuple_(Message.conversation_id, Message.seq).in_(places), Message.payload.is_(None))
    )
    return {(row.conversation_id, row.seq): row.text for row in rows}


def _truth(item: Mapping[str, Any]) -> str:
    slugs = [item.get("truth") or item.get("category"), item.get("second")]
    return typeset(" et ".join(subject(slug) for slug in slugs if slug))


def _line(item: Mapping[str, Any], text: str, source: str) -> Line:
    before = Reading.read(item["before"]) if item["before"] else None
    return Line(
        text, _truth(item), words.does(before) if before else "", words.does(Reading.read(item["after"])), source
    )


def _questions(items: Sequence[Mapping[str, Any]], texts: Mapping[str, str]) -> list[Line]:
    return [
        _line(item, texts.get(item["id"], "Question gardée sur une autre machine"), "Question témoin") for item in items
    ]


def _members(part: Mapping[str, Any], texts: Texts) -> list[Line]:
    found = []
    for item in part["items"]:
        text = texts.get((item["conversation"], item["seq"]))
        if text is not None:
            found.append(_line(item, text, "Phrase d’un adhérent"))
    return found


def read_note(
    content: Mapping[str, Any],
    questions: Mapping[str, str],
    texts: Texts,
    standing: Sequence[Regression] | None = None,
) -> Note:
    """A note in words.

    Args:
        content: Of `Comparison.content`.
        questions: Texts of the regression questions, by id.
        texts: Members' sentences, by their place.
        standing: The regression questions that can hold the version back; any where None.
    """
    part, members = content["regressions"], content["members"]
    failing = part["failing"] if standing is None else holding_back(content, standing)
    newly = sum(bool(item["passed_before"]) for item in failing)
    better = [*_questions(part["mended"], questions), *_members(members["better"], texts)]
    counts = {kind: members[kind]["count"] for kind in ("better", "worse", "changed")}
    more = {kind: counts[kind] - len(members[kind]["items"]) for kind in counts}
    return Note(
        sentence=words.balance(counts["better"] + len(part["mended"]), counts["worse"] + newly, counts["changed"]),
        failing=_questions(failing, questions),
        worse=_members(members["worse"], texts),
        better=better,
        changed=_members(members["changed"], texts),
        more=more,
        trend=words.trend(content["held_out"]),
        cross=words.trend(content["cross"]),
        regressions=part["total"],
        members=members["total"],
        questions_only=content.get("questions_only", False),
    )


async def note_page(request: web.Request) -> web.Response:
    """What a version does otherwise than the one that was in service."""
    model_id = request.match_info["id"]
    async with request.app[STORAGE].read() as session:
        model = await session.get(BotModel, model_id)
        if model is None:
            raise web.HTTPNotFound
        comparison = await session.get(Comparison, model_id)
        against = await session.get(BotModel, comparison.against) if comparison and comparison.against else None
        served = await online(session)
        people = await names(session)
        texts = await member_texts(session, comparison.content) if comparison else {}
        last = await session.scalar(
            select(Release).where(Release.model_id == model_id).order_by(Release.id.desc()).limit(1)
        )
    found = await read_questions(request.app)
    questions, standing = found.questions, standing_among(request.app, found)
    known = {question.id: question.text for question in questions}
    shown = await without_personal_data(request.app[RASA], list(texts.values()))
    texts = dict(zip(texts, shown)) if shown is not None else {}
    return studio_page(
        request,
        "studio/note.html",
        model=model,
        maker=people.get(model.account_id or "", ""),
        served=served is not None and served.id == model_id,
        note=read_note(comparison.content, known, texts, standing) if comparison else None,
        against=against,
        last=last,
        unasked=len(unasked(comparison.content if comparison else None, questions)) if last is None else 0,
        people=people,
        blocks=figure_blocks(model, against, comparison.content if comparison else None),
        hidden=shown is None,
        may_override=signed_in(request).role is Role.ADMIN,
        longest_reason=LONGEST_REASON,
    )


_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}

ROUTES = (
    Route(
        "GET",
        f"{PATH}/{{id}}",
        note_page,
        Operation(
            "The release note of a version",
            parameters=(_ID,),
            answers={"200": page("The note"), "404": page("No such version")},
        ),
        Access.TRAINER,
    ),
)
