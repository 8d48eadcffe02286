"""Erasure follows the sentence into models: retired, deleted, replaced; only then is the receipt closed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import aiohttp
import pytest
from sqlalchemy import select

from corpus.edition import Origin
from corpus.regressions import RegressionWriter
from corpus.writer import CorpusWriter
from database.base import utc_now
from releases.models import BotModel, BotModelPart, BotModelSource, RasaInstance, Release, Training, TrainingStatus
from releases.queue import retry_later
from settings import Settings
from tests.support.fake_rasa import SECRET, FakeRasa
from tests.website.console.desk import Desk
from understanding import paths
from understanding.catalogue import load_catalogue
from website.conversations import erase_rows
from website.privacy.eraser import Eraser
from website.privacy.files import TrainersFiles
from website.privacy.models import Erasure, Kind
from website.privacy.objection import set_objection
from website.rasa import Rasa
from website.records import locked

WORD = "zinguerie"


def data_folder(folder: Path) -> Path:
    """Data files with one example in each category, as trainers change them."""
    for name in ("categories.yml", "conversation.yml"):
        (folder / name).write_bytes((paths.DATA / name).read_bytes())
    (folder / "nlu").mkdir()
    for slug in load_catalogue().intents:
        text = f"version: '3.1'\nnlu:\n- intent: {slug}\n  examples: |\n    - une phrase sur {slug}\n"
        (folder / "nlu" / f"{slug}.yml").write_text(text, encoding="utf-8")
    return folder


@dataclass
class Scene:
    """A desk whose erasures are carried out step by step, at a moment that the test sets."""

    desk: Desk
    eraser: Eraser
    data: Path
    folder: Path
    now: list[datetime]

    def teach(self, conversation_id: str) -> CorpusWriter:
        """Two examples and a regression question that come from a conversation."""
        writer = CorpusWriter(self.data)
        origin = Origin("member", conversation_id=conversation_id)
        writer.add("formation", [(f"la {WORD} de {conversation_id}", origin)], private=True)
        writer.add("financement", [(f"embaucher en {WORD} pour {conversation_id}", origin)], private=True)
        RegressionWriter(self.data).add(f"où apprendre la {WORD} ({conversation_id})", "formation", origin=origin)
        return writer

    def holding(self) -> list[str]:
        """The data files that hold the word."""
        return sorted(file.name for file in self.data.rglob("*") if file.is_file() and WORD in file.read_text("utf-8"))

    async def look(self) -> bool:
        """One step on, as if long after the one before."""
        self.eraser._next_scrub = self.eraser._next_sweep = 0.0
        return await self.eraser.look()

    async def add_model(self, model_id: str, *sources: str) -> None:
        """A model that has learnt of conversations, with its archive here and in the database."""
        (self.folder / f"{model_id}.tar.gz").write_text(WORD)
        (self.folder / f"{model_id}.json").write_text("{}")
        hashes = dict.fromkeys(("data_hash", "code_hash", "sha256", "signature"), "0" * 64)
        async with self.desk.storage.write() as session:
            session.add(BotModel(id=model_id, size=1, figures={"confusions": [WORD]}, **hashes))
            await session.flush()
            session.add(BotModelPart(model_id=model_id, number=0, content=WORD.encode()))
            session.add_all(BotModelSource(model_id=model_id, conversation_id=source) for source in sources)

    async def release(self, model_id: str) -> None:
        """It goes online, and is served."""
        async with self.desk.storage.write() as session:
            session.add(Release(model_id=model_id))
        await self.serve(model_id)

    async def serve(self, model_id: str, at: datetime | None = None) -> None:
        """What the one instance serves."""
        async with self.desk.storage.write() as session:
            await session.merge(RasaInstance(name="ici", model_id=model_id, heartbeat_at=at or self.now[0], trouble=""))

    async def erase(self, conversation_id: str, kind: Kind = Kind.ASKED) -> str:
        """Erase a conversation."""
        async with self.desk.storage.write() as session:
            return await erase_rows(session, await locked(session, conversation_id), kind)

    async def receipt(self, number: str) -> Erasure:
        """As it is now."""
        async with self.desk.storage.read() as session:
            return await session.get_one(Erasure, number)

    async def model(self, model_id: str) -> BotModel:
        """As it is now."""
        async with self.desk.storage.read() as session:
            return await session.get_one(BotModel, model_id)

    async def trainings(self) -> list[Training]:
        """All of them."""
        async with self.desk.storage.read() as session:
            return list(await session.scalars(select(Training).order_by(Training.id)))


@pytest.fixture
async def scene(desk: Desk, rasa: FakeRasa, http: aiohttp.ClientSession, tmp_path: Path) -> AsyncIterator[Scene]:
    """The scene on SQLite, then on PostgreSQL."""
    now = [utc_now()]
    data = tmp_path / "data"
    data.mkdir()
    files = TrainersFiles(data_folder(data))
    folder = tmp_path / "models"
    folder.mkdir()

    async def settled(_: str) -> None:
        return None

    client = Rasa(Settings(rasa_port=rasa.port, shared_secret=SECRET), http)
    eraser = Eraser(desk.storage, client, settled, tmp_path / "backups", files, folder, now=lambda: now[0])
    yield Scene(desk, eraser, data, folder, now)


async def test_without_models_it_is_done_at_once(scene: Scene) -> None:
    conversation_id, other = await scene.desk.open(WORD), await scene.desk.open("autre chose")
    before = sorted(file.name for file in scene.data.rglob("*") if file.is_file())
    scene.teach(conversation_id)
    assert len(scene.holding()) == 3
    number = await scene.erase(conversation_id)
    assert await scene.look() is False
    done = await scene.receipt(number)
    assert done.closed_at is not None
    assert (done.examples, done.questions, done.models) == (2, 1, 0)
    assert scene.holding() == [] and set(before) <= {file.name for file in scene.data.rglob("*")}
    assert await scene.trainings() == []
    scene.teach(other)
    assert len(scene.holding()) == 3


async def test_a_sentence_that_comes_back_is_taken_out_again(scene: Scene) -> None:
    conversation_id, objecting, kept = [await scene.desk.open(WORD) for _ in range(3)]
    await scene.erase(conversation_id)
    async with scene.desk.storage.write() as session:
        await set_objection(session, await locked(session, objecting), True)
    assert await scene.look() is False
    for late in (conversation_id, objecting):
        scene.teach(late)
    CorpusWriter(scene.data).add("formation", [("gardée", Origin("member", conversation_id=kept))], private=True)
    assert await scene.look() is False
    assert scene.holding() == []
    assert "gardée" in {one.text for one in CorpusWriter(scene.data).read().sentences}
    await scene.look()
    async with scene.desk.storage.read() as session:
        assert len(list(await session.scalars(select(Erasure)))) == 4


async def test_a_model_that_does_not_serve_is_retired_and_deleted(scene: Scene) -> None:
    conversation_id, other = await scene.desk.open(WORD), await scene.desk.open("autre chose")
    await scene.add_model("modele-1", conversation_id)
    await scene.add_model("modele-2", other)
    await scene.release("modele-2")
    number = await scene.erase(conversation_id)
    assert await scene.look() is False
    assert (await scene.receipt(number)).models == 1
    old, kept = await scene.model("modele-1"), await scene.model("modele-2")
    assert old.retired_at is not None and old.figures is None and kept.retired_at is None
    assert sorted(file.name for file in scene.folder.iterdir()) == ["modele-2.json", "modele-2.tar.gz"]
    async with scene.desk.storage.read() as session:
        assert await session.get(BotModelPart, ("modele-1", 0)) is None
        assert await session.get(BotModelPart, ("modele-2", 0)) is not None
    assert await scene.trainings() == []


async def test_the_receipt_stays_open_until_another_model_serves(scene: Scene) -> None:
    conversation_id = await scene.desk.open(WORD)
    await scene.add_model("modele-1", conversation_id)
    await scene.release("modele-1")
    number = await scene.erase(conversation_id)
    for _ in range(3):
        assert await scene.look() is True
    (training,) = await scene.trainings()
    assert training.go_online and training.cause == "erasure" and training.status is TrainingStatus.QUEUED
    assert (await scene.model("modele-1")).retired_at is not None
    assert (scene.folder / "modele-1.tar.gz").exists(), "what serves must be able to start again"
    await scene.add_model("modele-2")
    async with scene.desk.storage.write() as session:
        session.add(Release(model_id="modele-2"))
    assert await scene.look() is True
    assert (await scene.receipt(number)).closed_at is None, "decided, not served yet"
    await scene.serve("modele-2")
    assert await scene.look() is False
    done = await scene.receipt(number)
    assert done.closed_at is not None and done.models == 1 and done.training_id == training.id
    assert not (scene.folder / "modele-1.tar.gz").exists()


async def test_an_instance_that_is_gone_does_not_keep_it_open(scene: Scene) -> None:
    conversation_id = await scene.desk.open(WORD)
    await scene.add_model("modele-1", conversation_id)
    await scene.add_model("modele-2")
    await scene.release("modele-1")
    await scene.release("modele-2")
    await scene.serve("modele-1", scene.now[0] - timedelta(minutes=5))
    await scene.erase(conversation_id)
    assert await scene.look() is False


async def test_a_failed_training_is_queued_again_after_a_while(scene: Scene) -> None:
    conversation_id = await scene.desk.open(WORD)
    await scene.add_model("modele-1", conversation_id)
    await scene.release("modele-1")
    await scene.erase(conversation_id)
    await scene.look()
    async with scene.desk.storage.write() as session:
        training = await session.get_one(Training, (await scene.trainings())[0].id)
        training.status, training.ended_at = TrainingStatus.FAILED, scene.now[0]
    await scene.look()
    assert len(await scene.trainings()) == 1
    scene.now[0] += timedelta(minutes=11)
    await scene.look()
    assert [one.status for one in await scene.trainings()] == [TrainingStatus.FAILED, TrainingStatus.QUEUED]


async def test_a_training_that_waits_to_be_tried_again_is_followed(scene: Scene) -> None:
    conversation_id = await scene.desk.open(WORD)
    await scene.add_model("modele-1", conversation_id)
    await scene.release("modele-1")
    number = await scene.erase(conversation_id)
    await scene.look()
    async with scene.desk.storage.write() as session:
        training = await session.get_one(Training, (await scene.trainings())[0].id)
        training.status, training.ended_at = TrainingStatus.FAILED, scene.now[0]
        again = await retry_later(session, training, scene.now[0])
    assert again is not None
    for _ in range(2):
        scene.now[0] += timedelta(minutes=11)
        await scene.serve("modele-1")
        assert await scene.look() is True
    assert (await scene.receipt(number)).training_id == again.id
    assert len(await scene.trainings()) == 2


async def test_a_training_that_copied_the_files_before_keeps_it_open(scene: Scene) -> None:
    async with scene.desk.storage.write() as session:
        session.add(Training(status=TrainingStatus.RUNNING, started_at=scene.now[0] - timedelta(minutes=1)))
    number = await scene.erase(await scene.desk.open(WORD))
    assert await scene.look() is True
    async with scene.desk.storage.write() as session:
        (training,) = await scene.trainings()
        (await session.get_one(Training, training.id)).status = TrainingStatus.DONE
    assert await scene.look() is False
    assert (await scene.receipt(number)).closed_at is not None


async def test_what_has_merely_expired_waits_for_the_trainers(scene: Scene) -> None:
    conversation_id = await scene.desk.open(WORD)
    await scene.add_model("modele-1", conversation_id)
    await scene.release("modele-1")
    scene.teach(conversation_id)
    number = await scene.erase(conversation_id, Kind.EXPIRED)
    assert await scene.look() is True
    assert scene.holding() == []
    assert (await scene.model("modele-1")).retired_at is None and await scene.trainings() == []
    assert (await scene.receipt(number)).examples == 2, "the files lose it at once"
    scene.now[0] += timedelta(days=31)
    await scene.serve("modele-1")
    assert await scene.look() is True
    assert (await scene.model("modele-1")).retired_at is not None and len(await scene.trainings()) == 1


async def test_only_the_instance_that_owns_the_files_takes_it_out(scene: Scene, tmp_path: Path) -> None:
    number = await scene.erase(await scene.desk.open(WORD))
    files, scene.eraser._files = scene.eraser._files, None
    assert await scene.look() is True
    assert (await scene.receipt(number)).closed_at is None
    scene.eraser._files = files
    assert await scene.look() is False
