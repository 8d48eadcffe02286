"""Trainings, versions and release notes over real HTTP."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from corpus.regressions import PUBLIC, Regression, read_regressions
from database.base import utc_now
from releases.members import MemberSentence
from releases.models import RasaInstance, Release, Training, TrainingCause, TrainingStatus
from releases.serving import report
from releases.wishes import current_trainings
from tests.support.conversations import conversation
from tests.support.staff import Staff, staff
from tests.website.conftest import Site
from tests.website.studio.released import NEW, OLD, add_model, add_note, add_training, reading, release
from understanding import paths
from website.accounts.access import Role
from website.audit.models import AuditEntry
from website.models import Conversation, Message, Sender
from website.staff.moments import moment

TRAINING = "/studio/entrainement"
VERSIONS = "/studio/versions"


@pytest.fixture(autouse=True)
def no_questions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder without regression questions."""
    monkeypatch.setattr(paths, "DATA", tmp_path / "data")
    (tmp_path / "data").mkdir()


@pytest.fixture
async def trainer(any_site: Site) -> AsyncIterator[Staff]:
    """A trainer."""
    async with staff(any_site.storage, any_site.url, Role.TRAINER, name="Luc Ferrand") as somebody:
        yield somebody


@pytest.fixture
async def admin(any_site: Site) -> AsyncIterator[Staff]:
    """An administrator."""
    async with staff(any_site.storage, any_site.url, Role.ADMIN) as somebody:
        yield somebody


@pytest.fixture
async def two_models(any_site: Site, tmp_path: Path) -> Site:
    """The site with a model in service and a newer one."""
    await add_model(any_site.storage, tmp_path, OLD, made_at=utc_now() - timedelta(days=9))
    await release(any_site.storage, OLD)
    await add_model(any_site.storage, tmp_path, NEW)
    return any_site


def ask(*rows: tuple[str, str]) -> tuple[Regression, ...]:
    """Have the file hold these regression questions, each with its category, as one who edits it by hand."""
    file = paths.DATA / PUBLIC
    file.parent.mkdir(exist_ok=True)
    lines = [f"- text: {text}\n  category: {category}\n" for text, category in rows]
    file.write_text("".join(["questions:\n", *lines]), "utf-8")
    return read_regressions(paths.DATA).questions


def words(page: str) -> str:
    """A page's text."""
    return re.sub(r"[\s\u00a0]+", " ", unescape(re.sub(r"<[^>]*>", " ", page))).strip()


async def actions(site: Site) -> list[str]:
    """What the log tells, the latest last."""
    async with site.storage.read() as session:
        return list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


async def served(site: Site) -> str:
    """The model of the latest release."""
    async with site.storage.read() as session:
        found = await session.scalar(select(Release.model_id).order_by(Release.id.desc()).limit(1))
    assert found is not None
    return found


async def test_a_training_is_asked_for_once(trainer: Staff, any_site: Site) -> None:
    _, page = await trainer.get(TRAINING)
    assert "Aucun entraînement n’a encore été demandé" in words(page)
    assert (await trainer.post(TRAINING)).status == 303
    status, again = await trainer.call("/api/studio/train")
    assert status == 202 and again["status"] == "queued"
    async with any_site.storage.read() as session:
        (row,) = await session.scalars(select(Training))
    assert (row.account_id, row.cause, row.go_online) == (trainer.account, TrainingCause.ASKED, False)
    assert await actions(any_site) == ["training.asked"]
    _, page = await trainer.get(TRAINING)
    assert "Va commencer dans un instant." in words(page) and "Demandé par Luc Ferrand" in words(page)


async def test_a_running_training_says_how_far_it_is(trainer: Staff, any_site: Site) -> None:
    await add_training(
        any_site.storage, TrainingStatus.RUNNING, stage="apprentissage", progress=0.43, seconds_left=130.0, log="ligne"
    )
    await add_training(any_site.storage, TrainingStatus.QUEUED)
    status, text = await trainer.get("/api/studio/trainings")
    assert status == 200
    _, page = await trainer.get(TRAINING)
    said = words(page)
    assert "43 %" in said and "encore 2 minutes environ" in said and "Attend la fin de l’entraînement en cours." in said
    assert '"progress": 0.43' in text and '"text": "Apprentissage"' in text
    assert re.search(r'data-stage="current"[^>]*>Apprentissage', page)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"seconds_left": 5.0}, "presque terminé"),
        ({"seconds_left": 40.0}, "encore moins d’une minute"),
        ({"seconds_left": 90.0, "overdue": True}, "plus long que d’habitude"),
        ({"seconds_left": 90.0, "heartbeat_at": timedelta(minutes=3)}, "sans nouvelles depuis 3 minutes"),
        ({"seconds_left": 90.0, "cancel_asked": True}, ""),
    ],
)
async def test_what_is_said_of_the_time_that_is_left(
    trainer: Staff, any_site: Site, fields: dict[str, Any], said: str
) -> None:
    if "heartbeat_at" in fields:
        fields = {**fields, "heartbeat_at": utc_now() - fields["heartbeat_at"]}
    await add_training(any_site.storage, TrainingStatus.RUNNING, stage="apprentissage", **fields)
    _, text = await trainer.get("/api/studio/trainings")
    (told,) = json.loads(text)["trainings"]
    assert told["left"].replace("\u00a0", " ") == said and told["overdue"] == fields.get("overdue", False)
    _, page = await trainer.get(TRAINING)
    shown = re.search("data-left>([^<]*)<", page)
    assert shown and unescape(shown[1]) == told["left"]


async def test_a_training_is_cancelled(trainer: Staff, any_site: Site) -> None:
    running = await add_training(any_site.storage, TrainingStatus.RUNNING, stage="lecture")
    queued = await add_training(any_site.storage, TrainingStatus.QUEUED)
    for one in (running, queued):
        assert (await trainer.post(f"{TRAINING}/{one.id}/annuler")).status == 303
    async with any_site.storage.read() as session:
        assert (await session.get_one(Training, running.id)).cancel_asked
        assert (await session.get_one(Training, queued.id)).status is TrainingStatus.CANCELLED
    _, page = await trainer.get(TRAINING)
    assert "Annulation en cours…" in words(page)
    for unknown in ("999", "rien"):
        assert (await trainer.post(f"{TRAINING}/{unknown}/annuler")).status == 404


async def test_a_training_that_waits_after_a_failure_says_until_when_and_is_hastened(
    trainer: Staff, any_site: Site
) -> None:
    due = utc_now() + timedelta(minutes=20)
    waiting = await add_training(
        any_site.storage, TrainingStatus.QUEUED, cause=TrainingCause.ERASURE, failures=2, due_at=due
    )
    other = await add_training(any_site.storage, TrainingStatus.QUEUED, when=utc_now())
    _, page = await trainer.get(TRAINING)
    said = words(page)
    assert f"Nouvel essai de lui-même après 2 échecs, le {words(moment(due))}." in said
    assert said.index("Va commencer dans un instant.") < said.index("Nouvel essai"), "the other one comes first"
    assert (await trainer.post(f"{TRAINING}/{waiting.id}/maintenant")).status == 303
    assert (await trainer.post(f"{TRAINING}/99/maintenant")).status == 404
    _, page = await trainer.get(TRAINING)
    assert "Nouvel essai" not in words(page) and "Essayer maintenant" not in words(page)
    async with any_site.storage.read() as session:
        assert [one.id for one in await current_trainings(session)] == [waiting.id, other.id]
    assert await actions(any_site) == ["training.hastened"]


async def test_a_failed_training_says_why(trainer: Staff, any_site: Site) -> None:
    await add_training(any_site.storage, TrainingStatus.FAILED, message="Le disque est plein.", log="dernière <ligne>")
    _, page = await trainer.get(TRAINING)
    assert "Échoué" in words(page) and "Le disque est plein." in words(page)
    assert "dernière &lt;ligne&gt;" in page


async def test_versions_tell_which_answers_and_where(trainer: Staff, two_models: Site, tmp_path: Path) -> None:
    retired = await add_model(two_models.storage, tmp_path, "modele-3", retired_at=utc_now())
    old_code = await add_model(two_models.storage, tmp_path, "modele-4", code_hash="0" * 64)
    now = utc_now()
    async with two_models.storage.write() as session:
        session.add(RasaInstance(name="un:5005", model_id=OLD, next_model_id=NEW, heartbeat_at=now))
        session.add(RasaInstance(name="deux:5005", model_id=OLD, heartbeat_at=now))
        session.add(RasaInstance(name="mort:5005", model_id=OLD, heartbeat_at=now - timedelta(hours=1)))
    _, page = await trainer.get(VERSIONS)
    cards = {part.split('"')[0]: words(part) for part in page.split('data-model="')[1:]}
    assert "en service" in cards[OLD] and "deux:5005 : répond aux adhérents" in cards[OLD]
    assert "Mettre en service" not in cards[OLD] and "mort" not in page
    assert "un:5005 : se prépare à répondre" in cards[NEW] and "Mettre en service" in cards[NEW]
    assert "Comprend 94 phrases sur 100" in cards[NEW]
    assert "retirée" in cards[retired.id] and "effacée à la demande" in cards[retired.id]
    assert "mise à jour du programme" in cards[old_code.id]
    assert "Mettre en service" not in cards[retired.id] + cards[old_code.id]


async def test_what_has_nothing_to_serve_is_said(trainer: Staff, two_models: Site) -> None:
    async with two_models.storage.write() as session:
        await report(session, "un:5005", None, None, "Aucune version ne peut être servie.")
    _, page = await trainer.get(VERSIONS)
    assert "L’assistant est indisponible. Aucune version ne peut être servie." in words(page)
    async with two_models.storage.write() as session:
        await report(session, "deux:5005", OLD, None, "")
    _, page = await trainer.get(VERSIONS)
    assert "indisponible" not in words(page)


async def test_going_online_and_back(trainer: Staff, two_models: Site) -> None:
    answer = await trainer.post(f"{VERSIONS}/{NEW}/service")
    assert answer.status == 303 and await served(two_models) == NEW
    _, page = await trainer.get(VERSIONS)
    assert "Revenir à cette version" in words(page)
    status, body = await trainer.call(f"/api/studio/models/{OLD}/online")
    assert (status, body["model"]) == (200, OLD) and await served(two_models) == OLD
    assert await actions(two_models) == ["model.online", "model.online"]


async def test_what_cannot_go_online_is_refused(trainer: Staff, two_models: Site, tmp_path: Path) -> None:
    await add_model(two_models.storage, tmp_path, "modele-3", retired_at=utc_now())
    await add_model(two_models.storage, tmp_path, "modele-4", code_hash="0" * 64)
    codes = {}
    for name in ("rien", "modele-3", "modele-4"):
        status, body = await trainer.call(f"/api/studio/models/{name}/online")
        codes[name] = (status, body["error"]["code"])
    assert codes == {
        "rien": (404, "unknown_model"),
        "modele-3": (409, "model_retired"),
        "modele-4": (409, "model_outdated"),
    }
    assert (await trainer.post(f"{VERSIONS}/rien/service")).status == 404
    answer = await trainer.post(f"{VERSIONS}/modele-3/service")
    assert answer.headers["Location"] == f"{VERSIONS}/modele-3"
    assert await served(two_models) == OLD and await actions(two_models) == []


async def test_a_failing_question_blocks_but_for_an_administrator_with_a_reason(
    trainer: Staff, admin: Staff, two_models: Site
) -> None:
    (money,) = ask(("Qui m’aide à payer un four ?", "financement"))
    await add_note(two_models.storage, questions=[(money, reading("financement"), reading("formation", 0.8))])
    path, call = f"{VERSIONS}/{NEW}/service", f"/api/studio/models/{NEW}/online"
    _, page = await trainer.get(f"{VERSIONS}/{NEW}")
    assert "Une question témoin n’est pas comprise" in words(page) and 'data-testid="online"' not in page
    _, page = await trainer.get(VERSIONS)
    assert "Une question témoin n’est plus comprise" in words(page) and 'data-testid="online"' not in page
    await trainer.post(path, raison="je veux")
    status, body = await trainer.call(call, {"reason": "je veux"})
    assert (status, body["error"]["code"]) == (409, "regressions_fail")
    assert (await admin.call(call))[0] == 409
    assert await served(two_models) == OLD
    _, page = await admin.get(f"{VERSIONS}/{NEW}")
    assert 'name="raison"' in page
    assert (await admin.post(path, raison=" Salon demain,\n on corrige après ")).status == 303
    assert await served(two_models) == NEW
    async with two_models.storage.read() as session:
        entry = (await session.scalars(select(AuditEntry).where(AuditEntry.action == "model.online"))).one()
        kept = (await session.scalars(select(Release.reason).where(Release.model_id == NEW))).one()
    assert kept == entry.details["reason"] == "Salon demain, on corrige après"
    assert entry.details["failing"] == "1" and entry.account_id == admin.account
    _, page = await trainer.get(f"{VERSIONS}/{NEW}")
    assert "malgré des questions témoins mal comprises. Motif : Salon demain" in words(page)


async def test_a_question_that_was_deleted_by_hand_holds_no_version_back(trainer: Staff, two_models: Site) -> None:
    payer, former = ("Qui m’aide à payer un four ?", "financement"), ("Qui m’aide à former un soudeur ?", "formation")
    wrong = [(one, reading(one.category), reading("juridique")) for one in ask(payer, former)]
    await add_note(two_models.storage, questions=wrong)
    _, page = await trainer.get(f"{VERSIONS}/{NEW}")
    assert "2 questions témoins ne sont pas comprises" in words(page)
    ask(payer)
    _, page = await trainer.get(f"{VERSIONS}/{NEW}")
    assert "Une question témoin n’est pas comprise" in words(page) and "soudeur" not in words(page)
    status, body = await trainer.call(f"/api/studio/models/{NEW}/online")
    assert (status, body["error"]["code"]) == (409, "regressions_fail")
    file = paths.DATA / PUBLIC
    file.write_text("questions: [", "utf-8")  # a broken file does not say that a question is gone
    _, page = await trainer.get(VERSIONS)
    assert "2 questions témoins ne sont plus comprises" in words(page)
    assert (await trainer.call(f"/api/studio/models/{NEW}/online"))[0] == 409
    file.unlink()
    for address in (VERSIONS, f"{VERSIONS}/{NEW}"):
        _, page = await trainer.get(address)
        assert "ne sont p" not in words(page) and "n’est p" not in words(page) and 'data-testid="online"' in page
    assert (await trainer.call(f"/api/studio/models/{NEW}/online"))[0] == 200


async def _sentences(site: Site) -> list[MemberSentence]:
    texts = ("un prêt pour un tour, 05 45 12 33 44", "on part au Maroc", "un accord de confidentialité")
    async with site.storage.write() as session:
        session.add(conversation(1, utc_now()))
        await session.flush()
        for seq, text in enumerate(texts, 1):
            session.add(Message(conversation_id=f"{1:032x}", seq=seq, sender=Sender.MEMBER, text=text))
    truths = ("financement", "international", None)
    return [MemberSentence(f"{1:032x}", seq, "", truth) for seq, truth in enumerate(truths, 1)]


async def test_a_note_says_what_changes_and_quotes_masked_sentences(trainer: Staff, two_models: Site) -> None:
    better, worse, changed = await _sentences(two_models)
    await add_note(
        two_models.storage,
        sentences=[
            (better, reading("formation"), reading("financement")),
            (worse, reading("international"), reading("evenement")),
            (changed, reading("juridique", 0.3, "rephrase"), reading("juridique")),
        ],
    )
    _, page = await trainer.get(f"{VERSIONS}/{NEW}")
    said = words(page)
    assert "1 question mieux comprise, 1 moins bien : la voici." in said
    assert "un prêt pour un tour, [téléphone]" in said and "05 45" not in page
    assert "Avant Formation (90 %) Après Financement et aides (90 %)" in said
    assert "Avant demande de reformuler Après" in said
    assert "Le progrès est net" in said and "Vérification répétée sur un échantillon" in said
    assert said.index("on part au Maroc") < said.index("un prêt pour un tour")


async def test_an_erased_sentence_is_gone_from_the_note(trainer: Staff, two_models: Site) -> None:
    (better, *_) = await _sentences(two_models)
    await add_note(two_models.storage, sentences=[(better, reading("formation"), reading("financement"))])
    async with two_models.storage.write() as session:
        await session.delete(await session.get_one(Conversation, f"{1:032x}"))
    status, page = await trainer.get(f"{VERSIONS}/{NEW}")
    assert status == 200 and "un prêt pour un tour" not in page


async def test_a_note_without_comparison(trainer: Staff, two_models: Site) -> None:
    _, page = await trainer.get(f"{VERSIONS}/{NEW}")
    assert "n’a pas été comparée" in words(page) and "Confusions" in words(page)
    assert (await trainer.get(f"{VERSIONS}/rien"))[0] == 404


async def test_the_matrix_can_be_read_without_colours(trainer: Staff, two_models: Site) -> None:
    await add_note(two_models.storage)
    _, page = await trainer.get(f"{VERSIONS}/{NEW}")
    assert re.search(
        r'<td class="h4" title="\d+\u00a0phrases «\u00a0Formation\u00a0» lues comme «\u00a0Formation\u00a0»">\d+</td>',
        page,
    )
    assert page.count('<th scope="row">') > 20
