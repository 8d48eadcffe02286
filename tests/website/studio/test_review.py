"""« À relire » over HTTP: pages and JSON, the files that decisions write, the log, what trainers never see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from corpus.edition import Origin
from corpus.writer import CorpusWriter
from tests.support.fake_rasa import FakeRasa
from tests.support.staff import Staff, staff
from tests.support.studio_data import KNOWN, small_data
from tests.website.conftest import PATIENCE_SECONDS, Site, StartSite
from tests.website.console.desk import ROCHEFORT, Desk
from tests.website.studio.conversations import UNSURE, count, queued, typed
from understanding import paths
from understanding.catalogue import load_catalogue
from understanding.corpus import read_corpus
from website.accounts.access import Role
from website.audit.models import AuditEntry
from website.console.proposals import propose
from website.models import Conversation, State
from website.studio.review_models import ReviewGroup, ReviewItem, Status

UNUSUAL = "Qui paie la bécane, Marie Martin ? 05 36 49 00 22"
MASKED = "Qui paie la bécane, [nom] ? [téléphone]"


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Files of the site's own."""
    folder = small_data(tmp_path / "data")
    monkeypatch.setattr(paths, "DATA", folder)
    monkeypatch.setattr("website.studio.review_gather.POLL_SECONDS", 0.05)
    return folder


@pytest.fixture
async def studio(data: Path, rasa: FakeRasa, start_site: StartSite, stocked_url: str) -> Site:
    """The site over SQLite, then PostgreSQL."""
    return await start_site(rasa.port, database_url=stocked_url)


@pytest.fixture
async def trainers(studio: Site) -> AsyncIterator[tuple[Staff, Staff]]:
    """Two trainers."""
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(staff(studio.storage, studio.url, Role.TRAINER, email="a@exemple.fr"))
        other = await stack.enter_async_context(staff(studio.storage, studio.url, Role.TRAINER, email="b@exemple.fr"))
        yield one, other


@pytest.fixture
def trainer(trainers: tuple[Staff, Staff]) -> Staff:
    """One of them."""
    return trainers[0]


async def heard(studio: Site, *sentences: str) -> str:
    """Members write, each in a conversation of their own, and the site's own task queues what they wrote.

    Returns:
        The last conversation.
    """
    desk = Desk(studio.storage)
    talk = ""
    before = await count(desk, ReviewItem)
    for sentence in sentences:
        talk = await desk.open(state=State.BOT)
        await typed(desk, talk, sentence, UNSURE)
    async with asyncio.timeout(PATIENCE_SECONDS):
        while await count(desk, ReviewItem) < before + len(sentences):
            await asyncio.sleep(0.05)
    return talk


async def following(trainer: Staff) -> dict[str, Any]:
    """The next sentence, as JSON."""
    async with trainer.http.get(f"{trainer.url}/api/studio/review/next") as response:
        assert response.status == 200
        body: dict[str, Any] = await response.json()
        return body


def private(data: Path, subject: str) -> str:
    """The file of members' sentences of a subject."""
    file = data / "nlu" / "membres" / f"{subject}.yml"
    return file.read_text("utf-8") if file.exists() else ""


async def test_nothing_to_review(trainer: Staff) -> None:
    status, text = await trainer.get("/studio")
    assert status == 200 and "Il n’y a rien à relire" in text
    assert await following(trainer) == {"item": None, "left": 0}


async def test_a_trainer_sees_the_masked_sentence_and_nothing_of_its_conversation(studio: Site, trainer: Staff) -> None:
    talk = await heard(studio, UNUSUAL)
    status, text = await trainer.get("/studio")
    assert status == 200 and MASKED in text
    for words in ("hésitant", "Financement et aides", "41\u00a0%", "a proposé un choix", "C’est la dernière"):
        assert words in text, words
    answer = await following(trainer)
    for shown in (text, str(answer)):
        assert talk not in shown and "Martin" not in shown and "49 00" not in shown
    assert answer["item"]["sentence"] == MASKED and answer["item"]["suggested"] == "financement"


async def test_confirming_writes_one_example_that_undoing_takes_out(studio: Site, trainer: Staff, data: Path) -> None:
    before = (data / "nlu" / "financement.yml").read_bytes()
    talk = await heard(studio, UNUSUAL)
    group = (await following(trainer))["item"]["id"]
    done = await trainer.post(f"/studio/relire/{group}", geste="confirmer")
    assert (done.status, done.headers["Location"]) == (303, "/studio?suite")
    example = next(one for one in read_corpus(data / "nlu" / "membres"))
    assert (example.text, example.intent, example.origin) == (
        "Qui paie la bécane, X ? téléphone", "financement", talk,
    )  # fmt: skip
    assert (data / "nlu" / "financement.yml").read_bytes() == before
    text = (await trainer.get("/studio?suite"))[1]
    assert "Tout est relu" in text and "confirmée" in text and "Annuler" in text
    assert (await trainer.post(f"/studio/relire/{group}", geste="annuler")).status == 303
    assert read_corpus(data / "nlu" / "membres") == []
    assert (await following(trainer))["item"]["id"] == group
    async with studio.storage.read() as session:
        entries = await session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("review.%")))
        assert list(entries) == ["review.confirmed", "review.undone"]


async def test_correcting_mending_discarding_and_putting_off(studio: Site, trainer: Staff, data: Path) -> None:
    await heard(studio, "Le premier bidule", "Un deuxième machin chose", "Cette troisième phrase-là")
    seen = []
    for wish in (
        {"action": "correct", "category": "formation", "text": "Le premier bidule mieux dit, a@b.fr"},
        {"action": "discard"},
        {"action": "later"},
    ):
        item = (await following(trainer))["item"]
        seen.append(item["sentence"])
        status, answer = await trainer.call(f"/api/studio/review/{item['id']}", wish)
        assert status == 200, answer
        assert answer["left"] == 3 - len(seen)
    assert "Le premier bidule mieux dit, courriel" in private(data, "formation")
    assert private(data, "financement") == ""
    async with studio.storage.read() as session:
        statuses = set(await session.scalars(select(ReviewGroup.status)))
    assert statuses == {Status.CORRECTED, Status.DISCARDED, Status.LATER}
    assert "Une phrase remise à plus tard" in (await trainer.get("/studio"))[1]


async def test_what_an_officer_proposes_is_what_confirming_means(studio: Site, trainer: Staff, data: Path) -> None:
    desk = Desk(studio.storage)
    talk = await desk.open()
    seq = await typed(desk, talk, "Et pour les apprentis de mai ?", None)
    await desk.do(propose, ROCHEFORT, talk, seq, "formation", load_catalogue())
    async with asyncio.timeout(PATIENCE_SECONDS):
        while not await queued(desk):
            await asyncio.sleep(0.05)
    text = (await trainer.get("/studio"))[1]
    assert "Un chargé de mission propose" in text and "n’a pas lu cette phrase" in text
    item = (await following(trainer))["item"]
    assert (await trainer.call(f"/api/studio/review/{item['id']}", {"action": "confirm"}))[1]["category"] == "formation"
    assert "Et pour les apprentis de mai ?" in private(data, "formation")


async def test_a_contradiction_is_refused_with_its_reason(studio: Site, trainer: Staff, data: Path) -> None:
    before = (data / "nlu" / "formation.yml").read_bytes()
    await heard(studio, KNOWN.lower())
    item = (await following(trainer))["item"]
    status, answer = await trainer.call(f"/api/studio/review/{item['id']}", {"action": "confirm"})
    assert status == 409 and "existe déjà dans « Formation" in answer["error"]["message"].replace("\u00a0", " ")
    assert (await following(trainer))["item"]["id"] == item["id"]
    await trainer.post(f"/studio/relire/{item['id']}", geste="confirmer")
    wish = {"action": "correct", "category": "formation"}  # the same sentence in the same subject: nothing to write
    assert (await trainer.call(f"/api/studio/review/{item['id']}", wish))[0] == 200
    assert (data / "nlu" / "formation.yml").read_bytes() == before and private(data, "formation") == ""
    assert (await trainer.call(f"/api/studio/review/{item['id']}", {"action": "undo"}))[0] == 200


async def test_two_trainers(studio: Site, trainers: tuple[Staff, Staff]) -> None:
    one, other = trainers
    await heard(studio, "Le premier bidule", "Un deuxième machin chose")
    mine, theirs = (await following(one))["item"]["id"], (await following(other))["item"]["id"]
    assert mine != theirs
    status, answer = await other.call(f"/api/studio/review/{mine}", {"action": "discard"})
    assert (status, answer["error"]["code"]) == (409, "review_taken")
    assert (await one.call(f"/api/studio/review/{mine}", {"action": "renew"}))[0] == 200
    assert (await one.call(f"/api/studio/review/{mine}", {"action": "discard"}))[0] == 200
    assert (await other.call(f"/api/studio/review/{mine}", {"action": "discard"}))[1]["error"][
        "code"
    ] == "review_decided"
    assert (await other.call(f"/api/studio/review/{mine}", {"action": "undo"}))[1]["error"]["code"] == "review_decided"


@pytest.mark.parametrize(
    ("wish", "status"),
    [
        ({}, 400),
        ({"action": "explode"}, 400),
        ({"action": ["confirm"]}, 400),
        ({"action": "correct"}, 422),
        ({"action": "correct", "category": "rien"}, 422),
        ({"action": "correct", "category": "formation", "text": "?!"}, 409),
    ],
)
async def test_what_is_refused_changes_nothing(
    studio: Site, trainer: Staff, data: Path, wish: dict[str, Any], status: int
) -> None:
    await heard(studio, "Le premier bidule")
    item = (await following(trainer))["item"]
    assert (await trainer.call(f"/api/studio/review/{item['id']}", wish))[0] == status
    assert (await following(trainer))["item"]["id"] == item["id"]
    assert not (data / "nlu" / "membres").exists() or read_corpus(data / "nlu" / "membres") == []
    assert (await trainer.call("/api/studio/review/999", {"action": "discard"}))[0] == 404
    assert (await trainer.call("/api/studio/review/x", {"action": "discard"}))[0] == 404
    assert (await trainer.post("/studio/relire/x", geste="confirmer")).status == 404
    assert (await trainer.post(f"/studio/relire/{item['id']}", geste="?")).status == 404


async def test_where_the_files_belong_to_another_site(data: Path, rasa: FakeRasa, start_site: StartSite) -> None:
    studio = await start_site(rasa.port, data_owner=False)
    await heard(studio, "Le premier bidule")
    async with staff(studio.storage, studio.url, Role.TRAINER) as trainer:
        item = (await following(trainer))["item"]
        status, answer = await trainer.call(f"/api/studio/review/{item['id']}", {"action": "confirm"})
        assert (status, answer["error"]["code"]) == (409, "review_elsewhere")
        assert (await trainer.call(f"/api/studio/review/{item['id']}", {"action": "discard"}))[0] == 200


async def test_what_is_written_is_taken_back_where_the_database_fails(
    studio: Site, trainer: Staff, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await heard(studio, "Le premier bidule")
    item = (await following(trainer))["item"]
    before = {(example.text, example.intent) for example in read_corpus(data / "nlu")}
    written = []
    add = CorpusWriter.add

    def add_and_break(self: CorpusWriter, intent: str, rows: list[tuple[str, Origin]], private: bool = False) -> Any:
        change = add(self, intent, rows, private)
        written.append(change.added)
        monkeypatch.setattr(AsyncSession, "flush", _broken)
        return change

    flush = AsyncSession.flush
    monkeypatch.setattr(CorpusWriter, "add", add_and_break)
    status, _ = await trainer.call(f"/api/studio/review/{item['id']}", {"action": "confirm"})
    monkeypatch.setattr(AsyncSession, "flush", flush)
    assert status == 500 and len(written) == 1
    assert {(example.text, example.intent) for example in read_corpus(data / "nlu")} == before
    assert (await following(trainer))["item"]["id"] == item["id"]


async def _broken(*_: object) -> None:
    raise RuntimeError


async def test_an_erased_sentence_leaves_the_page(studio: Site, trainer: Staff) -> None:
    talk = await heard(studio, "Le premier bidule")
    item = (await following(trainer))["item"]
    async with studio.storage.write() as session:
        await session.delete(await session.get_one(Conversation, talk))
    status, answer = await trainer.call(f"/api/studio/review/{item['id']}", {"action": "confirm"})
    assert (status, answer["error"]["code"]) == (404, "review_gone")
    assert (await following(trainer))["item"] is None
