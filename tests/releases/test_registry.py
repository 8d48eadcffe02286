"""Which model is in service, who may be, and what happens to those that hold an erased sentence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from corpus.regressions import Regression
from database.storage import Storage
from releases import notes, registry
from releases.archives import KEPT, fetch_archive
from releases.errors import (
    ArchiveGoneError,
    DamagedArchiveError,
    ErasedSourceError,
    OtherCodeError,
    RegressionError,
    RetiredModelError,
    UnaskedError,
    UnknownModelError,
)
from releases.models import BotModel, BotModelPart, BotModelSource, Release
from releases.readings import Reading
from tests.releases.conftest import CODE, KEY, Workshop

ACCOUNT = "a" * 32


async def _register(storage: Storage, made: registry.MadeModel) -> None:
    async with storage.write() as session:
        await registry.register_model(session, made, KEY)


async def _put_online(
    storage: Storage,
    model_id: str,
    account_id: str | None = ACCOUNT,
    reason: str = "",
    questions: Sequence[Regression] = (),
) -> None:
    async with storage.write() as session:
        await registry.put_online(session, model_id, account_id, reason, code=CODE, questions=questions)


async def _failing(storage: Storage, model_id: str, *ids: str) -> list[Regression]:
    """Regression questions that a model gets wrong."""
    questions = [Regression(one, f"question {one}", "formation") for one in ids]
    wrong = Reading((("juridique", 0.9),), "answer", ("juridique",))
    async with storage.write() as session:
        await notes.add_answers(session, model_id, questions, [wrong] * len(questions))
    return questions


async def _online(storage: Storage, code: str = CODE) -> str | None:
    async with storage.read() as session:
        model = await registry.online(session, code)
    return model.id if model else None


async def test_the_latest_release_serves_and_going_back_is_another(storage: Storage, workshop: Workshop) -> None:
    for _ in range(2):
        await _register(storage, workshop.model())
    assert await _online(storage) is None
    for model_id in ("modele-1", "modele-2", "modele-1"):
        await _put_online(storage, model_id)
        assert await _online(storage) == model_id


async def test_a_model_of_other_code_serves_nowhere(storage: Storage, workshop: Workshop) -> None:
    await _register(storage, workshop.model())
    await _register(storage, workshop.model(code_hash="d" * 64))
    await _put_online(storage, "modele-1")
    assert await _online(storage, "d" * 64) is None
    with pytest.raises(OtherCodeError):
        await _put_online(storage, "modele-2")
    assert await _online(storage) == "modele-1"


@pytest.mark.parametrize("model_id", ["modele-9", "../modele-1", "modele-1\n", "", "x" * 81, "MODELE-1", "a\0b"])
async def test_an_unknown_id_is_refused_before_any_file_is_named(
    storage: Storage, workshop: Workshop, tmp_path: Path, model_id: str
) -> None:
    await _register(storage, workshop.model())
    with pytest.raises(UnknownModelError):
        await _put_online(storage, model_id)
    async with storage.read() as session:
        with pytest.raises(UnknownModelError):
            await fetch_archive(session, model_id, tmp_path / "models", KEY)


async def test_an_unsafe_id_is_never_registered(storage: Storage, workshop: Workshop) -> None:
    with pytest.raises(UnknownModelError):
        await _register(storage, workshop.model(id="../elsewhere"))


async def test_failing_regression_questions_ask_for_a_reason(storage: Storage, workshop: Workshop) -> None:
    await _register(storage, workshop.model())
    questions = await _failing(storage, "modele-1", "a", "b")
    with pytest.raises(RegressionError, match="2 questions témoins"):
        await _put_online(storage, "modele-1", reason="  ", questions=questions)
    await _put_online(storage, "modele-1", reason="La question n’a plus cours.")
    await _put_online(storage, "modele-1")  # going back to it asks nothing more
    async with storage.read() as session:
        reasons = list(await session.scalars(select(Release.reason).order_by(Release.id)))
    assert reasons == ["La question n’a plus cours.", ""]


async def test_only_questions_that_still_stand_hold_a_model_back(storage: Storage, workshop: Workshop) -> None:
    await _register(storage, workshop.model())
    one, other = await _failing(storage, "modele-1", "a", "b")
    with pytest.raises(RegressionError, match="se trompe sur une question témoin"):
        await _put_online(storage, "modele-1", questions=[other])
    with pytest.raises(UnaskedError):  # another truth: what was read of it says nothing
        await _put_online(storage, "modele-1", questions=[replace(one, category="juridique")])
    await _put_online(storage, "modele-1")
    assert await _online(storage) == "modele-1"


async def test_a_question_that_was_not_put_to_a_model_holds_it_back(storage: Storage, workshop: Workshop) -> None:
    await _register(storage, workshop.model())
    await _register(storage, workshop.model())
    question = Regression("a", "x", "formation")

    async def decide(model_id: str, reason: str = "") -> None:
        async with storage.write() as session:
            await registry.put_online(session, model_id, ACCOUNT, reason, code=CODE, questions=[question])

    with pytest.raises(UnaskedError):
        await decide("modele-1")
    async with storage.write() as session:
        reading = Reading((("formation", 0.9),), "answer", ("formation",))
        await notes.add_answers(session, "modele-1", [question], [reading])
    await decide("modele-1")
    await decide("modele-2", "La machine qui lit est en panne.")
    assert await _online(storage) == "modele-2"
    await decide("modele-2")  # it was online


async def test_erasing_a_conversation_retires_what_has_learnt_of_it(storage: Storage, workshop: Workshop) -> None:
    await _register(storage, workshop.model("c1"))
    await _register(storage, workshop.model("c1", "c2"))
    await _register(storage, workshop.model("c2"))
    await _put_online(storage, "modele-3")
    await _put_online(storage, "modele-2")
    async with storage.write() as session:
        assert await registry.retire_holding(session, "c1") == ["modele-1", "modele-2"]
        assert await registry.retire_holding(session, "c1") == []
    assert await _online(storage) == "modele-3"
    with pytest.raises(RetiredModelError):
        await _put_online(storage, "modele-1")
    async with storage.read() as session:
        assert set(await session.scalars(select(BotModelPart.model_id))) == {"modele-3"}
        assert set(await session.scalars(select(BotModelSource.conversation_id))) == {"c2"}
        assert await registry.retired_among(session, ["modele-1", "modele-3", "x"]) == {"modele-1"}


async def test_a_training_that_outlived_an_erasure_leaves_no_model(storage: Storage, workshop: Workshop) -> None:
    async with storage.write() as session:
        await registry.retire_holding(session, "c1")
    with pytest.raises(ErasedSourceError):
        await _register(storage, workshop.model("c0", "c1"))
    async with storage.read() as session:
        assert await registry.models(session) == []


async def test_another_machine_gets_the_same_bytes(storage: Storage, workshop: Workshop, tmp_path: Path) -> None:
    made = workshop.model()
    await _register(storage, made)
    async with storage.read() as session:
        path = await fetch_archive(session, made.id, tmp_path / "models", KEY)
        assert path.read_bytes() == made.archive.read_bytes()
        assert path.stat().st_mtime == made.made_at.timestamp()
        path.write_bytes(b"damaged on the disk")
        again = await fetch_archive(session, made.id, tmp_path / "models", KEY)
    assert again.read_bytes() == made.archive.read_bytes()
    assert [file.name for file in path.parent.iterdir()] == [path.name]


async def test_bytes_that_were_changed_are_not_used(storage: Storage, workshop: Workshop, tmp_path: Path) -> None:
    await _register(storage, workshop.model())
    async with storage.write() as session:
        part = await session.get_one(BotModelPart, ("modele-1", 1))
        part.content = b"x" + part.content[1:]
    async with storage.read() as session:
        with pytest.raises(DamagedArchiveError):
            await fetch_archive(session, "modele-1", tmp_path / "models", KEY)
    assert list((tmp_path / "models").iterdir()) == []


@pytest.mark.parametrize("column", ["sha256", "code_hash", "data_hash", "signature"])
async def test_a_record_that_was_changed_is_not_believed(
    storage: Storage, workshop: Workshop, tmp_path: Path, column: str
) -> None:
    made = workshop.model()
    await _register(storage, made)
    async with storage.write() as session:
        setattr(await session.get_one(BotModel, made.id), column, "0" * 64)
    async with storage.read() as session:
        with pytest.raises(DamagedArchiveError):
            await fetch_archive(session, made.id, made.archive.parent, KEY)


async def test_another_key_opens_nothing(storage: Storage, workshop: Workshop, tmp_path: Path) -> None:
    await _register(storage, workshop.model())
    async with storage.read() as session:
        with pytest.raises(DamagedArchiveError):
            await fetch_archive(session, "modele-1", tmp_path, b"other" * 8)


async def test_the_newest_archives_and_the_last_released_are_kept(storage: Storage, workshop: Workshop) -> None:
    await _register(storage, workshop.model(size=10))
    await _register(storage, workshop.model(size=10))
    await _put_online(storage, "modele-2")
    for _ in range(KEPT):
        await _register(storage, workshop.model(size=10))
    async with storage.read() as session:
        kept = set(await session.scalars(select(BotModelPart.model_id)))
        assert len(await registry.models(session)) == KEPT + 2
    assert kept == {f"modele-{number}" for number in range(2, KEPT + 3)}
    with pytest.raises(ArchiveGoneError):
        await _put_online(storage, "modele-1")


async def test_a_model_is_registered_once(storage: Storage, workshop: Workshop) -> None:
    made = workshop.model()
    await _register(storage, made)
    made.archive.write_bytes(b"other")
    await _register(storage, made)
    async with storage.read() as session:
        assert [model.size for model in await registry.models(session)] == [2_500_000]
