"""The models that came out of trainings, and which one is in service.

Each function works inside the caller's transaction. Wishes for trainings are in `releases.wishes`, the bytes of models
in `releases.archives`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import Select, delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from corpus.regressions import Regression
from database.base import utc_now
from database.engine import lock_until_commit
from releases import notes
from releases.archives import KEPT, file_sha256, has_archive, is_model_id, store_archive
from releases.errors import (
    ArchiveGoneError,
    ErasedSourceError,
    OtherCodeError,
    RegressionError,
    RetiredModelError,
    UnaskedError,
    UnknownModelError,
)
from releases.hashes import present_code
from releases.models import (
    BotModel,
    BotModelPart,
    BotModelSource,
    Comparison,
    ForgottenSource,
    Release,
    Training,
    TrainingStatus,
)
from releases.signing import signature

_LOCK = 7_301_005
LAST_RELEASES = 3
"""The archives of so many models that went online last are kept, however old they are."""


@dataclass(frozen=True)
class MadeModel:
    """A model as it comes out of a training.

    Attributes:
        id: Name of its archive without ending.
        archive: The file.
        data_hash: Of the data that it learnt.
        code_hash: Of the code that made it.
        made_at: When.
        sources: Conversations of which it has learnt a sentence.
    """

    id: str
    archive: Path
    data_hash: str
    code_hash: str
    made_at: datetime
    sources: tuple[str, ...] = ()


async def alone(session: AsyncSession) -> None:
    """Until the transaction ends, nobody else changes trainings, models and releases."""
    await session.run_sync(lambda inner: lock_until_commit(inner.connection(), _LOCK))


async def models(session: AsyncSession) -> list[BotModel]:
    """All models that were ever registered, the newest first."""
    return list(await session.scalars(select(BotModel).order_by(BotModel.made_at.desc(), BotModel.id)))


async def register_model(
    session: AsyncSession,
    made: MadeModel,
    key: bytes,
    *,
    account_id: str | None = None,
    figures: dict[str, Any] | None = None,
) -> BotModel:
    """Sign a model and keep it with its archive; the archives of the oldest ones go away. Known already: as it is.

    Args:
        session: The caller's transaction.
        made: The model.
        key: From `releases.signing.model_key`.
        account_id: Who asked for it.
        figures: How well it understands held-out examples.

    Raises:
        UnknownModelError: The id is no safe file name.
        ErasedSourceError: A conversation that it has learnt of was erased.
    """
    if not is_model_id(made.id):
        raise UnknownModelError
    await alone(session)
    known = await session.get(BotModel, made.id)
    if known is not None:
        return known
    hashes = [_source_hash(conversation_id) for conversation_id in made.sources]
    for start in range(0, len(hashes), 500):
        some = hashes[start : start + 500]
        if await session.scalar(select(exists().where(ForgottenSource.conversation_sha256.in_(some)))):
            raise ErasedSourceError
    sha256 = file_sha256(made.archive)
    model = BotModel(
        id=made.id,
        data_hash=made.data_hash,
        code_hash=made.code_hash,
        sha256=sha256,
        signature=signature(key, made.id, sha256, made.data_hash, made.code_hash),
        size=made.archive.stat().st_size,
        made_at=made.made_at,
        account_id=account_id,
        figures=figures,
    )
    session.add(model)
    await session.flush()
    sources = set(made.sources)
    session.add_all(BotModelSource(model_id=made.id, conversation_id=source) for source in sources)
    await session.flush()
    await store_archive(session, made.id, made.archive)
    await forget_old_archives(session)
    return await session.get_one(BotModel, made.id)


async def forget_old_archives(session: AsyncSession) -> None:
    """Keep the bytes of the newest models and of those that went online last."""
    newest = await session.scalars(
        select(BotModel.id)
        .where(BotModel.retired_at.is_(None))
        .order_by(BotModel.made_at.desc(), BotModel.id)
        .limit(KEPT)
    )
    released: list[str] = []
    for model in await session.scalars(_released().where(BotModel.retired_at.is_(None)).limit(100)):
        if model.id not in released:
            released.append(model.id)
    kept = {*newest, *released[:LAST_RELEASES]}
    await session.execute(delete(BotModelPart).where(BotModelPart.model_id.not_in(kept)))


def _released() -> Select[BotModel]:
    """Models in the order of their releases, the latest first; one that was released twice comes twice."""
    return select(BotModel).join(Release, Release.model_id == BotModel.id).order_by(Release.id.desc())


async def latest_release(session: AsyncSession) -> BotModel | None:
    """The model of the latest decision, whether it can still be used or not."""
    return (await session.scalars(_released().limit(1))).first()


async def online(session: AsyncSession, code: str | None = None) -> BotModel | None:
    """The model that is to serve: that of the latest release which still can be used.

    Args:
        session: Reading suffices.
        code: Hash of the code that serves; that of this checkout where None.
    """
    usable = (BotModel.retired_at.is_(None), BotModel.code_hash == (code or present_code()))
    return (await session.scalars(_released().where(*usable).limit(1))).first()


async def is_decided(session: AsyncSession) -> bool:
    """Whether people decide what serves: one of them has put a model online or had one trained.

    Until then it is the data files that decide.
    """
    released = exists().where(Release.account_id.is_not(None))
    trained = exists().where(Training.account_id.is_not(None), Training.status == TrainingStatus.DONE)
    return bool(await session.scalar(select(released | trained)))


async def put_online(
    session: AsyncSession,
    model_id: str,
    account_id: str | None,
    reason: str = "",
    code: str | None = None,
    questions: Iterable[Regression] = (),
) -> Release:
    """Decide that a model be in service.

    Args:
        session: The caller's transaction.
        model_id: Which model.
        account_id: Who decides; None where the system does.
        reason: Why it goes online although regression questions fail; who may give one is for the caller to check.
        code: Hash of the code that serves; that of this checkout where None.
        questions: The regression questions as they are now: where a person decides they must have been put to it, and
            none of them may fail.

    Raises:
        UnknownModelError: There is no such model.
        RetiredModelError: It holds an erased sentence.
        OtherCodeError: The present code cannot serve it.
        ArchiveGoneError: Its bytes are not kept any more.
        RegressionError: Regression questions fail, a person decides, gives no reason, and it never was online.
        UnaskedError: The same, but some of them were not put to it.
    """
    await alone(session)
    model = await session.get(BotModel, model_id, populate_existing=True) if is_model_id(model_id) else None
    if model is None:
        raise UnknownModelError
    if model.retired_at is not None:
        raise RetiredModelError
    if model.code_hash != (code or present_code()):
        raise OtherCodeError
    if not await has_archive(session, model_id):
        raise ArchiveGoneError
    if account_id is not None and not reason.strip() and not await was_online(session, model_id):
        comparison = await session.get(Comparison, model_id, populate_existing=True)
        content, now = (comparison.content if comparison is not None else None), list(questions)
        failing = notes.holding_back(content, now)
        if failing:
            raise RegressionError(len(failing))
        if notes.unasked(content, now):
            raise UnaskedError
    release = Release(model_id=model_id, account_id=account_id, reason=reason.strip())
    session.add(release)
    await session.flush()
    return release


async def was_online(session: AsyncSession, model_id: str) -> bool:
    """Whether a model is or was in service: going back to it asks nothing of it."""
    return bool(await session.scalar(select(exists().where(Release.model_id == model_id))))


async def retire_holding(session: AsyncSession, conversation_id: str) -> list[str]:
    """Retire all models that have learnt of a conversation, now and in times to come, and delete their bytes.

    The files on disk are removed by each machine's supervisor.

    Returns:
        The ids of the models that were retired just now.
    """
    await alone(session)
    await session.merge(ForgottenSource(conversation_sha256=_source_hash(conversation_id)))
    holding = select(BotModelSource.model_id).where(BotModelSource.conversation_id == conversation_id)
    ids = list(
        await session.scalars(select(BotModel.id).where(BotModel.id.in_(holding), BotModel.retired_at.is_(None)))
    )
    if ids:
        await session.execute(update(BotModel).where(BotModel.id.in_(ids)).values(retired_at=utc_now(), figures=None))
        await session.execute(delete(BotModelPart).where(BotModelPart.model_id.in_(ids)))
        await session.execute(delete(Comparison).where(Comparison.model_id.in_(ids)))
    await session.execute(delete(BotModelSource).where(BotModelSource.conversation_id == conversation_id))
    return sorted(ids)


async def retired_among(session: AsyncSession, ids: Collection[str]) -> set[str]:
    """Which of some models may not be used any more."""
    found = await session.scalars(select(BotModel.id).where(BotModel.id.in_(ids), BotModel.retired_at.is_not(None)))
    return set(found)


def _source_hash(conversation_id: str) -> str:
    return hashlib.sha256(conversation_id.encode()).hexdigest()
