"""What trainers find after some weeks of use: versions, trainings, sentences to review, questions. For pictures."""

from __future__ import annotations

import io
import math
import shutil
import tarfile
import tempfile
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from corpus.edition import Origin
from corpus.regressions import Regression, RegressionWriter
from corpus.writer import CorpusWriter
from releases import notes
from releases.figures import figures
from releases.hashes import data_hash, present_code
from releases.members import MemberSentence
from releases.models import RasaInstance, Training, TrainingStatus
from releases.readings import Reading
from releases.registry import MadeModel, put_online, register_model
from releases.signing import model_key
from scripts.demonstration import Asked, Demonstration
from settings import Settings
from understanding.catalogue import Catalogue, load_catalogue
from understanding.corpus import Example, read_corpus
from understanding.intents.held_out import HELD_OUT_FILE, HeldOut, write_held_out
from understanding.text import words
from website.console.proposals import propose
from website.studio.models import QuestionProposal

CONTRADICTION = "Recyclage habilitation électrique où ?"
"""An example of « Formation » that is to be written into another subject."""
MENDED, BROKEN = "notre trésorerie est tendue, bpifrance peut faire quoi", "mise en service d'un cobot de perçage"
"""How two regression questions begin: the first is misread by the version in service, the second by the new one."""
WRITTEN = {
    "formation": (
        "Nos caristes doivent repasser leurs titres avant l’été, qui organise ça près d’Agen ?",
        "former deux régleurs sur commande numérique, en interne si possible",
        "Y a-t-il un stage de contrôle non destructif pour nos ajusteurs ?",
    ),
    "transition_ecologique": (
        "Un client nous demande notre bilan carbone pour janvier, par où commencer",
        "que faire de nos bains de chromage, on veut passer au sans rejet",
    ),
    "numerique_cyber": ("Notre donneur d’ordres exige un questionnaire cyber de 80 lignes, au secours",),
}
"""Sentences that were written since the version in service was trained."""
CORRECTED = (
    Asked("il nous faudrait qqun pour apprendre Catia à deux jeunes, Mérignac", "numerique_cyber", "33281", 0.71),
    "formation",
)
WITNESSED = Asked("On part au Maroc pour livrer un client, quels papiers ? Tarbes", "juridique", "65440", 0.64)
SAID = (
    ("un prêt pour remplacer le vieux tour", "financement", ("nouvelle_machine", 0.66), ("financement", 0.88)),
    ("qui forme au collage des composites", "formation", ("materiau", 0.74), ("formation", 0.83)),
    ("on cherche un alternant ajusteur", "emploi_metiers", ("formation", 0.61), ("emploi_metiers", 0.79)),
    (
        "notre audit est reporté, que dire au client",
        "certification_qualite",
        ("certification_qualite", 0.69),
        ("juridique", 0.62),
    ),
    ("les déchets de fraisage, qui les reprend", None, ("materiau", 0.63), ("transition_ecologique", 0.77)),
)
"""What members wrote, what it was about, and how either version reads it."""
LEARNT_OLD, LEARNT_NEW, READ = 6, 3, 12
"""The reader of the older version has learnt one sentence in so many; one in so many is read."""
SOFTEN = 0.64
"""By what its certainty is lessened: words that come together count as if each came alone."""


@dataclass
class Reader:
    """Tells subjects by their words: a stand-in for a model whose errors look like those of one."""

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    vocabulary: set[str] = field(default_factory=set)
    totals: dict[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, examples: Sequence[Example]) -> Reader:
        """One that has learnt some sentences."""
        reader = cls()
        for example in examples:
            found = _words(example.text)
            reader.counts[example.intent].update(found)
            reader.vocabulary.update(found)
        reader.totals = {intent: counts.total() + len(reader.vocabulary) for intent, counts in reader.counts.items()}
        return reader

    def ranking(self, text: str) -> tuple[tuple[str, float], ...]:
        """The first three subjects, with how sure it is."""
        found = _words(text)
        scores = {
            intent: SOFTEN * sum(math.log((counts[word] + 1) / self.totals[intent]) for word in found)
            for intent, counts in self.counts.items()
        }
        most = max(scores.values())
        weights = {intent: math.exp(score - most) for intent, score in scores.items()}
        whole = sum(weights.values())
        best = sorted(weights.items(), key=lambda pair: -pair[1])[:3]
        return tuple((intent, weight / whole) for intent, weight in best)


def _words(text: str) -> list[str]:
    return [word for word in words(text) if len(word) > 2]


@dataclass
class StudioDemonstration:
    """Fills database and files.

    Args:
        demonstration: The conversations, filled.
        settings: The database.
        data: A copy of the data files, for the site to change.
        models: Where the site looks for archives.
    """

    demonstration: Demonstration
    settings: Settings
    data: Path
    models: Path
    archives: list[Path] = field(default_factory=list)

    @property
    def _now(self) -> datetime:
        return self.demonstration.now

    async def fill(self) -> tuple[str, str]:
        """Do all of it.

        Returns:
            The ids of the version in service and of the new one.
        """
        intents = set(load_catalogue().intents)
        learnt = [one for one in read_corpus(self.data / "nlu") if one.intent in intents]
        examples = sorted(learnt, key=lambda one: hash_of(one.text))
        asked = [one for number, one in enumerate(examples) if number % READ == 0]
        before, after = (_held_out(examples, asked, every) for every in (LEARNT_OLD, LEARNT_NEW))
        hugo = self.demonstration.officers["Hugo Faure"].id
        everything = [HeldOut(one.text, one.intent, "", ()) for one in learnt]
        older = await self._version(self._now - timedelta(days=24), None, before, [])
        old = await self._version(self._now - timedelta(days=9), hugo, before, everything)
        self._write(hugo)
        new = await self._version(self._now - timedelta(hours=3), hugo, after, [])
        await self._note(old, new, before, after)
        await self._trainings(hugo, older, old, new)
        await self._proposals()
        return old, new

    async def _version(self, made: datetime, by: str | None, read: list[HeldOut], learnt: list[HeldOut]) -> str:
        digest = data_hash(self.data)
        model_id = f"modele-{made:%Y%m%d-%H%M%S}-{digest[:12]}"
        archive = self.models / f"{model_id}.tar.gz"
        self.archives.append(archive)
        _pack(archive, learnt or read[:1])
        categories = load_catalogue().categories
        async with self.demonstration.storage.write() as session:
            made_model = MadeModel(model_id, archive, digest, present_code(), made)
            figured = figures(read, categories)
            await register_model(session, made_model, model_key(self.settings), account_id=by, figures=figured)
            if not learnt:
                return model_id
            await put_online(session, model_id, by, "")
            session.add(
                RasaInstance(name="guichet:5005", model_id=model_id, heartbeat_at=self._now + timedelta(hours=2))
            )
        return model_id

    def _write(self, account: str) -> None:
        """What a trainer wrote since."""
        writer, origin = CorpusWriter(self.data), Origin("studio", account=account, at=self._now)
        writer.add_all({slug: [(text, origin) for text in texts] for slug, texts in WRITTEN.items()})

    async def _note(self, old: str, new: str, before: list[HeldOut], after: list[HeldOut]) -> None:
        questions = RegressionWriter(self.data).read().questions
        catalogue = load_catalogue()
        reads = [[_question_read(one, wrong, catalogue) for one in questions] for wrong in (MENDED, BROKEN)]
        said: list[tuple[MemberSentence, Reading, Reading]] = []
        for text, truth, first, second in SAID:
            asked = Asked(text, truth or first[0], "33281", 0.9)
            conversation = await self.demonstration.open_conversation(600, asked)
            said.append((MemberSentence(conversation, 2, text, truth), _reading(*first), _reading(*second)))
        sentences, firsts, seconds = map(list, zip(*said))
        content: dict[str, Any] = {
            "regressions": notes.regressions(questions, *reads),
            "members": {**notes.members(sentences, firsts, seconds), "total": 214},
            "held_out": notes.held_out(before, after),
            "cross": None,
        }
        async with self.demonstration.storage.write() as session:
            await notes.store(session, new, old, content)

    async def _trainings(self, hugo: str, older: str, old: str, new: str) -> None:
        rows = (
            (TrainingStatus.DONE, 24 * 60, {"model_id": older, "account_id": None}),
            (TrainingStatus.DONE, 9 * 24 * 60, {"model_id": old}),
            (TrainingStatus.FAILED, 2 * 24 * 60, {"message": "Il n’y a plus assez de place sur le disque."}),
            (TrainingStatus.DONE, 180, {"model_id": new}),
        )
        async with self.demonstration.storage.write() as session:
            for status, minutes, more in rows:
                at = self._now - timedelta(minutes=minutes if more.get("model_id") != older else 24 * 24 * 60)
                row = Training(status=status, asked_at=at, started_at=at, ended_at=at + timedelta(minutes=4))
                for name, value in {"account_id": hugo, **more}.items():
                    setattr(row, name, value)
                session.add(row)

    async def begin_training(self) -> None:
        """A training that is half done."""
        hugo, at = self.demonstration.officers["Hugo Faure"].id, self._now - timedelta(minutes=2)
        async with self.demonstration.storage.write() as session:
            row = Training(status=TrainingStatus.RUNNING, account_id=hugo, asked_at=at, started_at=at, worker="guichet")
            row.stage, row.progress, row.seconds_left = "apprentissage", 0.47, 150.0
            row.heartbeat_at = self._now + timedelta(hours=1)
            session.add(row)

    def tidy(self) -> None:
        """Remove the archives."""
        for archive in self.archives:
            archive.unlink(missing_ok=True)

    async def _proposals(self) -> None:
        """What officers ask trainers to look at."""
        lea, catalogue = self.demonstration.officers["Léa Martin"], load_catalogue()
        asked, truth = CORRECTED
        corrected = await self.demonstration.open_conversation(75, asked)
        witnessed = await self.demonstration.open_conversation(130, WITNESSED)
        async with self.demonstration.storage.write() as session:
            await propose(session, lea, corrected, 2, truth, catalogue)
            session.add(
                QuestionProposal(
                    conversation_id=witnessed,
                    seq=2,
                    sentence=WITNESSED.text,
                    category="international",
                    account_id=lea.id,
                    created_at=self._now - timedelta(minutes=70),
                )
            )


def hash_of(text: str) -> int:
    """A number that scatters sentences the same way each time."""
    return sum((place + 1) * ord(sign) for place, sign in enumerate(text)) % 9973


def _held_out(examples: Sequence[Example], asked: Sequence[Example], every: int) -> list[HeldOut]:
    read = {one.text for one in asked}
    kept = [one for number, one in enumerate(examples) if number % every == 0 and one.text not in read]
    reader = Reader.of(kept)
    return [HeldOut(one.text, one.intent, "", _as_a_model(one, reader.ranking(one.text))) for one in asked]


def _as_a_model(example: Example, ranking: tuple[tuple[str, float], ...]) -> tuple[tuple[str, float], ...]:
    """A ranking that is wrong as seldom as a model's is: of the near misses every third stays."""
    (first, share), (second, _), *_ = ranking
    if first != example.intent and (second != example.intent or hash_of(example.text) % 3):
        first, second = example.intent, first
    certainty = share**0.25 if first == example.intent else share**0.6
    return (first, certainty), (second, (1 - certainty) / 2)


def _pack(archive: Path, rows: Sequence[HeldOut]) -> None:
    """An archive that holds nothing but which sentences it was made from."""
    with tempfile.TemporaryDirectory() as folder, tarfile.open(archive, "w:gz") as content:
        write_held_out(rows, Path(folder))
        packed = (Path(folder) / HELD_OUT_FILE).read_bytes()
        entry = tarfile.TarInfo(HELD_OUT_FILE)
        entry.size = len(packed)
        content.addfile(entry, io.BytesIO(packed))


def _reading(slug: str, certainty: float) -> Reading:
    return Reading(((slug, certainty),), "answer", (slug,))


def _question_read(question: Regression, wrong: str, catalogue: Catalogue) -> Reading:
    """How a version reads a regression question: rightly, but for one."""
    if question.text.startswith(wrong):
        return _reading("appel_a_projets" if wrong == MENDED else "formation", 0.68)
    slugs = tuple(slug for slug in (question.category, question.second) if slug)
    decision = "answer" if question.category in catalogue.categories else "conversation"
    return Reading(tuple((slug, 0.93 / len(slugs)) for slug in slugs), decision, slugs)


def reads(data: Path) -> Mapping[str, dict[str, Any]]:
    """How the version in service reads the regression questions, by text, as Rasa says it."""
    answers, catalogue = {}, load_catalogue()
    for question in RegressionWriter(data).read().questions:
        read = _question_read(question, MENDED, catalogue)
        answers[question.text] = {
            "ranking": [list(one) for one in read.top],
            "decision": read.decision,
            "categories": list(read.categories),
            "place": None,
            "language": "fr",
        }
    return answers


def copy_data(source: Path, folder: Path) -> Path:
    """A copy of the data files without what members wrote here."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("membres*"))
    return folder
