"""Models, trainings and release notes in a database, for tests of the studio."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from corpus.regressions import Regression
from database.base import utc_now
from database.storage import Storage
from releases import notes
from releases.figures import figures
from releases.hashes import present_code
from releases.members import MemberSentence
from releases.models import BotModel, Training, TrainingStatus
from releases.readings import Reading
from releases.registry import MadeModel, put_online, register_model
from understanding.catalogue import load_catalogue
from understanding.intents.held_out import HeldOut

KEY = b"k" * 32
OLD = "modele-20261101-080000-aaaaaaaaaaaa"
NEW = "modele-20261126-091500-bbbbbbbbbbbb"


def reading(category: str, certainty: float = 0.9, decision: str = "answer", *more: str) -> Reading:
    """What a model makes of a sentence."""
    others = [(slug, round((1 - certainty) / (len(more) + 1), 2)) for slug in more]
    return Reading(((category, certainty), *others), decision, (category, *more))


def examples(wrong_every: int) -> list[HeldOut]:
    """Examples of all intents; one in so many is taken for the next intent."""
    intents = load_catalogue().intents
    found = []
    for place, intent in enumerate(intents):
        for number in range(40):
            wrong = (number + place) % wrong_every == 0
            first = intents[(place + 1) % len(intents)] if wrong else intent
            certainty = 0.42 + (number * 7 % 23) / 40 if wrong else 0.7 + (number * 11 % 30) / 100
            ranking = ((first, certainty), (intent if wrong else intents[place - 1], 0.1))
            found.append(HeldOut(f"phrase {number} de {intent}", intent, "", ranking))
    return found


async def add_model(
    storage: Storage, folder: Path, model_id: str, account: str | None = None, key: bytes = KEY, **changes: Any
) -> BotModel:
    """A registered model, with an archive of a few bytes. Keyword arguments change its row."""
    archive = folder / f"{model_id}.tar.gz"
    archive.write_bytes(model_id.encode())
    categories = load_catalogue().categories
    made = MadeModel(model_id, archive, model_id[-1] * 64, present_code(), changes.pop("made_at", utc_now()))
    async with storage.write() as session:
        model = await register_model(
            session,
            made,
            key,
            account_id=account,
            figures=figures(examples(9 if model_id == OLD else 17), categories),
        )
        for name, value in changes.items():
            setattr(model, name, value)
    return model


async def release(storage: Storage, model_id: str, account: str | None = None, reason: str = "") -> None:
    """Put a model into service."""
    async with storage.write() as session:
        await put_online(session, model_id, account, reason)


async def add_note(
    storage: Storage,
    model_id: str = NEW,
    against: str | None = OLD,
    questions: list[tuple[Regression, Reading, Reading]] | None = None,
    sentences: list[tuple[MemberSentence, Reading, Reading]] | None = None,
    *,
    examples_too: bool = True,
) -> None:
    """A release note of some questions and sentences, each with both readings."""
    asked, said = questions or [], sentences or []
    content: dict[str, Any] = {
        "regressions": notes.regressions(
            [row[0] for row in asked], [row[1] for row in asked], [row[2] for row in asked]
        ),
        "members": notes.members([row[0] for row in said], [row[1] for row in said], [row[2] for row in said]),
        "held_out": notes.held_out(examples(9), examples(17)) if examples_too else None,
        "cross": notes.cross(_crossed()) if examples_too else None,
    }
    async with storage.write() as session:
        await notes.store(session, model_id, against, content)


def _crossed() -> dict[str, Any]:
    intents = [intent for intent in load_catalogue().intents for _ in range(20)]
    old = [[number % 5 != 0 for number in range(len(intents))], [number % 4 != 0 for number in range(len(intents))]]
    new = [[number % 6 != 0 for number in range(len(intents))], [number % 4 != 0 for number in range(len(intents))]]
    return {"folds": 5, "repeats": 2, "intents": intents, "old": old, "new": new}


async def add_training(
    storage: Storage, status: TrainingStatus, account: str | None = None, when: datetime | None = None, **fields: Any
) -> Training:
    """A training in some state."""
    asked = when or utc_now() - timedelta(minutes=5)
    row = Training(status=status, account_id=account, asked_at=asked, **fields)
    if status is not TrainingStatus.QUEUED:
        row.started_at = asked
    if status in (TrainingStatus.DONE, TrainingStatus.FAILED, TrainingStatus.CANCELLED):
        row.ended_at = asked + timedelta(minutes=3)
    async with storage.write() as session:
        session.add(row)
    return row
