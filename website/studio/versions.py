"""`/studio/versions`: all versions of the assistant, which one answers and where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from corpus.regressions import Regression
from database.base import utc_now
from directory.french import typeset
from releases.hashes import present_code
from releases.models import BotModel, BotModelPart, Comparison, RasaInstance, Release
from releases.notes import holding_back
from releases.registry import models, online
from releases.serving import outage
from website.accounts.access import Access
from website.console.colleagues import names
from website.keys import STORAGE
from website.openapi import Operation, Route, page
from website.staff.moments import moment
from website.studio import note_words as words
from website.studio.figures import overall
from website.studio.frame import studio_page
from website.studio.questions import read_questions, standing
from website.studio.serving import PATH

SILENT_SECONDS = 60
"""An instance that said nothing for so long is not shown."""
MOST = 60
"""Versions listed, the latest."""


@dataclass(frozen=True)
class Version:
    """A version as its line says it.

    Attributes:
        id: Of the model.
        made: When and by whom.
        data: The first digits of the hash of its data.
        quality: How well it understands, in a sentence; empty where nobody knows.
        state: Its mark: text and colour; empty where there is none.
        instances: Where it answers, or starts.
        note: Why it cannot serve any more, or what stands in its way.
        usable: Whether it can be put into service.
        again: Whether it was in service before.
        blocked: How many regression questions fail.
    """

    id: str
    made: str
    data: str
    quality: str
    state: tuple[str, str]
    instances: Sequence[str]
    note: str
    usable: bool
    again: bool
    blocked: int


async def read_versions(session: AsyncSession, questions: Sequence[Regression] | None) -> list[Version]:
    """All versions, the newest first.

    Args:
        session: Reading suffices.
        questions: The regression questions that can hold a version back; any where None.
    """
    found = (await models(session))[:MOST]
    served = await online(session)
    people = await names(session)
    kept = set(await session.scalars(select(BotModelPart.model_id).distinct()))
    released = set(await session.scalars(select(Release.model_id).distinct()))
    comparisons = {row.model_id: row for row in await session.scalars(select(Comparison))}
    instances = await _instances(session)
    return [
        _version(
            model,
            served.id if served else "",
            people,
            instances,
            _blocked(comparisons.get(model.id), questions) if model.id not in released else 0,
            kept=model.id in kept,
            released=model.id in released,
        )
        for model in found
    ]


async def _instances(session: AsyncSession) -> list[RasaInstance]:
    now = utc_now()
    rows = await session.scalars(select(RasaInstance).order_by(RasaInstance.name))
    return [row for row in rows if (now - row.heartbeat_at).total_seconds() < SILENT_SECONDS]


def _version(
    model: BotModel,
    served: str,
    people: Mapping[str, str],
    instances: Sequence[RasaInstance],
    blocked: int,
    *,
    kept: bool,
    released: bool,
) -> Version:
    by = f" par {people.get(model.account_id, 'une personne qui a quitté le guichet')}" if model.account_id else ""
    note = _hindrance(model, kept=kept)
    share = overall(model)
    state = ("en service", "ok") if model.id == served else ("retirée", "bad") if model.retired_at else ("", "")
    return Version(
        id=model.id,
        made=f"Entraînée le {moment(model.made_at)}{by}",
        data=model.data_hash[:7],
        quality=words.quality(share) if share is not None else "",
        state=state,
        instances=[typeset(one) for one in _where(model.id, instances)],
        note=note,
        usable=not note and model.id != served,
        again=released,
        blocked=blocked,
    )


def _blocked(comparison: Comparison | None, questions: Sequence[Regression] | None) -> int:
    """How many regression questions hold a version back."""
    if comparison is None:
        return 0
    return comparison.blocked if questions is None else len(holding_back(comparison.content, questions))


def _hindrance(model: BotModel, *, kept: bool) -> str:
    if model.retired_at is not None:
        return "Elle contient une phrase effacée à la demande d’un adhérent : elle ne sera plus jamais mise en service."
    if model.code_hash != present_code():
        return "Elle date d’avant une mise à jour du programme et ne peut plus être mise en service."
    return "" if kept else "Ses fichiers ne sont plus conservés."


def _where(model_id: str, instances: Sequence[RasaInstance]) -> list[str]:
    said = []
    for one in instances:
        if one.next_model_id == model_id:
            said.append(
                f"{one.name} : n’a pas démarré. {one.trouble}" if one.trouble else f"{one.name} : se prépare à répondre"
            )
        elif one.model_id == model_id:
            said.append(f"{one.name} : répond aux adhérents")
    return said


async def versions_page(request: web.Request) -> web.Response:
    """All versions."""
    questions = standing(request.app, await read_questions(request.app))
    async with request.app[STORAGE].read() as session:
        found = await read_versions(session, questions)
        trouble = await outage(session)
    return studio_page(request, "studio/versions.html", versions=found, outage=trouble)


ROUTES = (
    Route(
        "GET",
        PATH,
        versions_page,
        Operation("All versions of the assistant", answers={"200": page("The page")}),
        Access.TRAINER,
    ),
)
