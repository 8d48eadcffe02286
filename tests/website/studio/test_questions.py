"""Regression questions over real HTTP: real files, a stand-in for Rasa that reads and masks."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import AsyncIterator
from html import unescape
from pathlib import Path

import pytest
from sqlalchemy import select

from corpus.edition import Origin
from corpus.regressions import Regression, RegressionWriter
from database.base import utc_now
from releases import rasa_side
from releases.hashes import present_code
from releases.models import Comparison, Release
from releases.rasa_side import PYTHON
from releases.registry import MadeModel, register_model
from releases.signing import model_key
from scripts.evaluate import current_model
from settings import ROOT
from tests.support.conversations import conversation
from tests.support.fake_rasa import FakeRasa, read_as
from tests.support.staff import Staff, staff
from tests.website.conftest import Site, StartSite
from tests.website.studio.released import NEW, OLD, add_model, add_note, reading, release
from understanding import paths
from website.accounts.access import Role
from website.audit.models import AuditEntry
from website.console.models import ProposalStatus
from website.models import Conversation, Message, Sender
from website.studio import serving
from website.studio.models import QuestionProposal

PAGE = "/studio/temoins"
ID = f"{1:032x}"


@pytest.fixture
def writer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> RegressionWriter:
    """The files of a data folder of its own, without any question yet."""
    folder = tmp_path / "data"
    folder.mkdir()
    for file in (paths.CATEGORIES, paths.CONVERSATION):
        shutil.copy(file, folder)
    monkeypatch.setattr(paths, "DATA", folder)
    return RegressionWriter(folder)


@pytest.fixture
async def trainer(writer: RegressionWriter, site: Site) -> AsyncIterator[Staff]:
    """A trainer."""
    async with staff(site.storage, site.url, Role.TRAINER) as somebody:
        yield somebody


@pytest.fixture
async def officer(site: Site) -> AsyncIterator[Staff]:
    """An officer."""
    async with staff(site.storage, site.url, Role.OFFICER, name="Mme Roy") as somebody:
        yield somebody


def words(page: str) -> str:
    """A page's text."""
    return re.sub(r"[\s\u00a0]+", " ", unescape(re.sub(r"<[^>]*>", " ", page))).strip()


async def proposals(site: Site) -> list[QuestionProposal]:
    """What officers proposed."""
    async with site.storage.read() as session:
        return list(await session.scalars(select(QuestionProposal)))


async def said(site: Site, text: str) -> None:
    """A conversation in which a member wrote something, handed to an officer of Rochefort."""
    async with site.storage.write() as session:
        session.add(conversation(1, utc_now(), handed_at=utc_now(), antenna="rochefort"))
        await session.flush()
        session.add(Message(conversation_id=ID, seq=1, sender=Sender.MEMBER, text=text))


async def test_a_question_is_added_changed_and_deleted(trainer: Staff, site: Site, writer: RegressionWriter) -> None:
    answer = await trainer.post(PAGE, phrase="Qui paie mon four ?", sujet="financement", note="salon")
    assert answer.status == 303
    (made,) = writer.read().questions
    assert (made.text, made.category, made.note, made.private) == ("Qui paie mon four ?", "financement", "salon", False)
    assert made.origin and made.origin.kind == "studio" and made.origin.account == trainer.account
    path = f"{PAGE}/{made.id}"
    await trainer.post(path, phrase="Qui paie mon four et forme ?", sujet="financement", second="formation", note="")
    (changed,) = writer.read().questions
    assert (changed.text, changed.second) == ("Qui paie mon four et forme ?", "formation")
    assert (await trainer.post(f"{PAGE}/{changed.id}/supprimer")).status == 303
    assert writer.read().questions == ()
    async with site.storage.read() as session:
        actions = list(await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["question.added", "question.changed", "question.removed"]


async def test_what_cannot_be_a_question_is_refused_and_kept_in_the_form(
    trainer: Staff, writer: RegressionWriter
) -> None:
    writer.add("Qui paie mon four ?", "financement")
    for fields, reason in (
        ({"phrase": "qui paie mon FOUR", "sujet": "formation"}, "existe déjà"),
        ({"phrase": "Un labo pour des essais", "sujet": "n_existe_pas"}, "n’existe pas"),
    ):
        async with trainer.http.post(trainer.url + PAGE, data={"csrf": trainer.csrf, **fields}) as response:
            page = await response.text()
        assert response.status == 422 and reason in words(page) and fields["phrase"] in page
    assert len(writer.read().questions) == 1


async def test_a_question_changed_meanwhile_is_not_overwritten(trainer: Staff, writer: RegressionWriter) -> None:
    made = writer.add("Qui paie mon four ?", "financement")
    writer.edit(made.id, "Qui paie notre four ?", "financement")
    await trainer.post(f"{PAGE}/{made.id}", phrase="Autre chose", sujet="formation", second="", note="")
    await trainer.post(f"{PAGE}/{made.id}/supprimer")
    assert [one.text for one in writer.read().questions] == ["Qui paie notre four ?"]


async def test_the_page_says_how_the_version_in_service_reads_each(
    trainer: Staff, writer: RegressionWriter, rasa: FakeRasa
) -> None:
    writer.add("Qui paie mon four ?", "financement")
    writer.add("Former deux soudeurs", "formation")
    rasa.reads = lambda text: read_as("financement", 0.9)
    _, page = await trainer.get(PAGE)
    said = words(page)
    assert "La version en service comprend 1 de ces 2 questions." in said
    assert said.index("mal comprise") < said.index("bien comprise")
    assert "L’assistant a lu : Financement et aides (90 %)" in said
    rasa.away = True
    _, page = await trainer.get(PAGE)
    assert "L’assistant ne répond pas pour l’instant" in words(page) and "Former deux soudeurs" in page


async def test_a_changed_or_deleted_question_holds_no_version_back(
    trainer: Staff, site: Site, writer: RegressionWriter, tmp_path: Path
) -> None:
    made = writer.add("Qui paie mon four ?", "financement")
    await add_model(site.storage, tmp_path, OLD)
    await release(site.storage, OLD)
    await add_model(site.storage, tmp_path, NEW)
    wrong = (Regression(made.id, made.text, "financement"), reading("financement"), reading("formation"))
    await add_note(site.storage, questions=[wrong], examples_too=False)
    _, page = await trainer.get(f"/studio/versions/{NEW}")
    assert "Une question témoin n’est pas comprise" in words(page) and "Qui paie mon four ?" in words(page)
    await trainer.post(f"{PAGE}/{made.id}/supprimer")
    async with site.storage.read() as session:
        assert (await session.get_one(Comparison, NEW)).blocked == 0
    assert (await trainer.call(f"/api/studio/models/{NEW}/online"))[0] == 200


@pytest.fixture
async def new_model(site: Site, writer: RegressionWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A real model that was never compared, beside one in service."""
    if not os.access(PYTHON, os.X_OK) or not list((ROOT / "models").glob("*.tar.gz")):
        pytest.skip("Rasa's environment or a model is missing")
    monkeypatch.setattr(serving, "ARCHIVES", tmp_path / "models")
    await add_model(site.storage, tmp_path, OLD)
    await release(site.storage, OLD)
    made = MadeModel(NEW, current_model(ROOT / "models"), "0" * 64, present_code(), utc_now())
    async with site.storage.write() as session:
        await register_model(session, made, model_key(site.settings))
    return NEW


@pytest.mark.rasa
async def test_a_question_added_later_is_put_to_a_version_before_it_goes_online(
    trainer: Staff, site: Site, writer: RegressionWriter, new_model: str
) -> None:
    known = writer.add("Quelle aide pour acheter un tour à Pau ?", "financement")
    asked = (Regression(known.id, known.text, "financement"), reading("financement"), reading("financement"))
    await add_note(site.storage, questions=[asked], examples_too=False)
    call = f"/api/studio/models/{new_model}/online"
    wrong = writer.add("Quelle subvention pour un robot de soudage ?", "evenement")
    _, page = await trainer.get(f"/studio/versions/{new_model}")
    assert "Une question témoin n’a pas encore été posée à cette version" in words(page)
    status, body = await trainer.call(call)
    assert (status, body["error"]["code"]) == (409, "regressions_fail")
    async with site.storage.read() as session:
        note = await session.get_one(Comparison, new_model)
    assert (note.against, note.blocked) == (OLD, 1) and note.content["regressions"]["total"] == 2
    _, page = await trainer.get(f"/studio/versions/{new_model}")
    assert "Une question témoin n’est pas comprise" in words(page) and wrong.text in words(page)
    assert "pas encore été posée" not in words(page)
    await trainer.post(f"{PAGE}/{wrong.id}", phrase=wrong.text, sujet="financement", second="", note="")
    assert (await trainer.call(call))[0] == 200
    writer.add("Former deux soudeurs à Pau", "evenement")
    assert (await trainer.call(f"/api/studio/models/{OLD}/online"))[0] == 200
    assert (await trainer.call(call))[0] == 200, "going back asks nothing"


@pytest.mark.rasa
async def test_a_version_that_was_never_compared_is_asked_all_questions(
    trainer: Staff, site: Site, writer: RegressionWriter, new_model: str
) -> None:
    writer.add("Quelle subvention pour un robot de soudage ?", "evenement")
    answer = await trainer.post(f"/studio/versions/{new_model}/service")
    assert answer.headers["Location"] == f"/studio/versions/{new_model}"
    _, page = await trainer.get(f"/studio/versions/{new_model}")
    assert "n’a pas été comparée" in words(page) and "Une question témoin n’est pas comprise" in words(page)


async def test_a_version_that_cannot_be_asked_waits_or_goes_online_with_a_reason(
    trainer: Staff, site: Site, writer: RegressionWriter, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "ARCHIVES", tmp_path / "models")
    monkeypatch.setattr(rasa_side, "PYTHON", tmp_path / "no-environment")
    await add_model(site.storage, tmp_path, NEW, key=model_key(site.settings))
    writer.add("Qui paie mon four ?", "financement")
    call = f"/api/studio/models/{NEW}/online"
    status, body = await trainer.call(call)
    assert (status, body["error"]["code"]) == (409, "regressions_unasked")
    async with staff(site.storage, site.url, Role.ADMIN) as admin:
        _, page = await admin.get(f"/studio/versions/{NEW}")
        assert 'name="raison"' in page
        assert (await admin.call(call, {"reason": "Salon demain"}))[0] == 200
    async with site.storage.read() as session:
        assert list(await session.scalars(select(Release.reason))) == ["Salon demain"]


async def test_questions_that_cannot_be_read_hold_a_version_back(
    trainer: Staff, site: Site, writer: RegressionWriter, tmp_path: Path
) -> None:
    await add_model(site.storage, tmp_path, NEW)
    writer.add("Qui paie mon four ?", "financement")
    (writer.folder / "temoins/temoins.yml").write_text("questions: [")
    status, body = await trainer.call(f"/api/studio/models/{NEW}/online")
    assert (status, body["error"]["code"]) == (409, "regressions_unasked")


async def test_another_instance_decides_for_no_new_version(
    writer: RegressionWriter, rasa: FakeRasa, start_site: StartSite, tmp_path: Path
) -> None:
    elsewhere = await start_site(rasa.port, data_owner=False)
    await add_model(elsewhere.storage, tmp_path, OLD)
    await release(elsewhere.storage, OLD)
    await add_model(elsewhere.storage, tmp_path, NEW)
    async with staff(elsewhere.storage, elsewhere.url, Role.TRAINER) as somebody:
        status, body = await somebody.call(f"/api/studio/models/{NEW}/online")
        assert (status, body["error"]["code"]) == (409, "regressions_unasked")
        assert (await somebody.call(f"/api/studio/models/{OLD}/online"))[0] == 200


async def test_an_officer_proposes_and_a_trainer_takes(
    trainer: Staff, officer: Staff, site: Site, writer: RegressionWriter, rasa: FakeRasa
) -> None:
    await said(site, "Martin veut un four, 05 45 12 33 44")
    rasa.names = ("Martin",)
    answer = await officer.post(f"/console/c/{ID}/temoin", phrase="1", sujet="formation", vue="")
    assert answer.status == 303
    (proposal,) = await proposals(site)
    assert proposal.sentence == "Martin veut un four, [téléphone]"
    _, page = await trainer.get(PAGE)
    assert "« [nom] veut un four, [téléphone] »" in words(page) and "Par Mme Roy" in words(page)
    await trainer.post(f"{PAGE}/propositions/{proposal.id}", choix="garder", sujet="financement")
    (made,) = writer.read().questions
    assert (made.text, made.category, made.private) == ("[nom] veut un four, [téléphone]", "financement", True)
    assert made.origin == Origin("officer", ID, officer.account, made.origin.at if made.origin else None)
    assert [one.status for one in await proposals(site)] == [ProposalStatus.ACCEPTED]
    await trainer.post(f"{PAGE}/propositions/{proposal.id}", choix="ecarter")
    assert [one.status for one in await proposals(site)] == [ProposalStatus.ACCEPTED]


async def test_a_proposal_is_left(trainer: Staff, officer: Staff, site: Site, writer: RegressionWriter) -> None:
    await said(site, "un four")
    await officer.post(f"/console/c/{ID}/temoin", phrase="1", sujet="formation", vue="")
    (proposal,) = await proposals(site)
    await trainer.post(f"{PAGE}/propositions/{proposal.id}", choix="ecarter", sujet="formation")
    assert [one.status for one in await proposals(site)] == [ProposalStatus.REFUSED]
    assert writer.read().questions == ()
    assert (await trainer.post(f"{PAGE}/propositions/77", choix="ecarter")).status == 404


async def test_names_are_never_shown_while_they_cannot_be_masked(
    trainer: Staff, officer: Staff, site: Site, writer: RegressionWriter, rasa: FakeRasa
) -> None:
    await said(site, "Martin veut un four")
    await officer.post(f"/console/c/{ID}/temoin", phrase="1", sujet="formation", vue="")
    rasa.away = True
    _, page = await trainer.get(PAGE)
    assert "Martin" not in page and "1 proposition de chargés de mission attend." in words(page)
    (proposal,) = await proposals(site)
    await trainer.post(f"{PAGE}/propositions/{proposal.id}", choix="garder", sujet="formation")
    assert writer.read().questions == ()
    assert [one.status for one in await proposals(site)] == [ProposalStatus.OPEN]


async def test_a_proposal_goes_away_with_its_conversation(officer: Staff, site: Site) -> None:
    await said(site, "un four")
    for fields in ({"phrase": "9", "sujet": "formation"}, {"phrase": "1", "sujet": "rien"}, {"phrase": "x"}):
        await officer.post(f"/console/c/{ID}/temoin", vue="", **fields)
    assert await proposals(site) == []
    await officer.post(f"/console/c/{ID}/temoin", phrase="1", sujet="formation", vue="")
    async with site.storage.write() as session:
        await session.delete(await session.get_one(Conversation, ID))
    assert await proposals(site) == []
