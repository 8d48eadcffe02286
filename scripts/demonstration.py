"""A database as after half a year of use: people, conversations in every state, figures. For pictures."""

from __future__ import annotations

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from actions.texts import text as bot_text
from database.base import utc_now
from database.storage import Storage
from directory.hours import paris
from directory.lookup import Lookup
from settings import Settings
from understanding.catalogue import load_catalogue
from understanding.places.table import CommuneTable
from website import handoff, handoff_record, supposed, texts
from website.accounts import passwords
from website.accounts.access import Role
from website.accounts.models import Account
from website.accounts.records import create
from website.console import operations
from website.console.officer import Officer
from website.models import Conversation, Handoff, Message, Origin, Outcome, Sender, State, digest
from website.records import Draft, append, locked, set_state
from website.waiting.models import MemberReach, Rating

PASSWORD = "quatre mots sans lien"
PEOPLE = (
    ("lea.martin@exemple.fr", "Léa Martin", Role.OFFICER, ("bordeaux",)),
    ("paul.petit@exemple.fr", "Paul Petit", Role.OFFICER, ("bordeaux", "rochefort")),
    ("ines.garcia@exemple.fr", "Inès Garcia", Role.OFFICER, ("toulouse",)),
    ("hugo.faure@exemple.fr", "Hugo Faure", Role.TRAINER, ()),
    ("anne.cadet@exemple.fr", "Anne Cadet", Role.ADMIN, ()),
)
ANTENNAS = ("toulouse", "bordeaux", "rochefort", "futuroscope", "montpellier")
ABOUT = "https://guichet.exemple.fr/donnees"
MONTHS = 6
PAST = 320


@dataclass(frozen=True)
class Asked:
    """A question, and what the assistant makes of it."""

    text: str
    category: str
    commune: str
    certainty: float
    others: tuple[str, ...] = ()

    def understanding(self, table: CommuneTable) -> dict[str, Any]:
        """As Rasa gives it."""
        categories = [self.category, *self.others]
        rest = (1 - self.certainty) / max(1, len(self.others))
        place = {"kind": "commune", "text": table[self.commune].name, "codes": [self.commune], "certain": True}
        return {
            "ranking": [[self.category, self.certainty], *([other, rest] for other in self.others)],
            "decision": "choose" if self.others else "answer",
            "categories": categories,
            "place": place,
        }


MACHINE = Asked(
    "slt on cherche qq1 pour nous aider a payer un tour 5 axes, on est a Saintes", "financement", "17415", 0.93
)
AUDIT = Asked(
    "Notre audit EN 9100 est en mars, il nous manque un responsable qualité. Libourne",
    "certification_qualite",
    "33243",
    0.96,
)
WORKSHOP = Asked(
    "l’atelier est saturé, il faudrait revoir les flux. Nous sommes à Pessac", "reorganisation_site", "33318", 0.88
)
TITANIUM = Asked("Nos pièces en titane se fissurent après traitement, à Colomiers", "materiau", "31149", 0.91)
WELDING = Asked("on veut embaucher ou former un soudeur, Bègles", "formation", "33039", 0.58, ("emploi_metiers",))
EXPORT = Asked("Qui peut nous aider à vendre au Québec ? Agen", "international", "47001", 0.95)


@dataclass
class Demonstration:
    """Fills a database.

    Args:
        storage: The database, with all tables and the directory.
        now: The moment that it looks like.
    """

    storage: Storage
    now: datetime = field(default_factory=utc_now)
    table: CommuneTable = field(default_factory=CommuneTable)
    chance: random.Random = field(default_factory=lambda: random.Random(9))
    officers: dict[str, Officer] = field(default_factory=dict)

    async def fill(self) -> None:
        """Do all of it."""
        await self._people()
        async with self.storage.read() as session:
            data = await handoff.directory(session)
        if data is None:
            raise RuntimeError("the database holds no directory")
        self.lookup = Lookup(data, self.table)
        lea, paul = self.officers["Léa Martin"], self.officers["Paul Petit"]
        await self._handed(TITANIUM, 34)
        first = await self._handed(MACHINE, 12)
        await self._handed(AUDIT, 3)
        async with self.storage.write() as session:
            session.add(MemberReach(conversation_id=first, email="contact@atelier-exemple.fr", phone="06 12 34 56 78"))
        held = await self._handed(WORKSHOP, 47)
        await self._held(held, lea, "Bonjour, ici Léa Martin. Quelle surface occupe l’atelier aujourd’hui ?", 41)
        await self._member(held, "Environ 800 m², dont un tiers d’en-cours.", 2)
        async with self.storage.write() as session:
            await operations.add_note(session, paul, held, "note-1", "Déjà venus au club Flux en mai : voir avec Inès.")
        await self._with_assistant(WELDING, 6)
        await self._closed(await self._handed(EXPORT, 190), self.officers["Inès Garcia"])
        await self._past()

    async def _people(self) -> None:
        async with self.storage.write() as session:
            for email, name, role, antennas in PEOPLE:
                account = await create(session, email, name, role, antennas)
                account.password_hash = await passwords.hashed(PASSWORD)
                self.officers[name] = Officer(account.id, name, antennas, role is Role.ADMIN)
            hugo = await session.get_one(Account, self.officers["Hugo Faure"].id)
            hugo.away_until = paris(self.now).date() + timedelta(days=5)

    async def open_conversation(self, minutes: float, asked: Asked) -> str:
        """A conversation with its first notice and a question that the assistant has read."""
        conversation_id = secrets.token_hex(16)
        async with self.storage.write() as session:
            session.add(
                Conversation(
                    id=conversation_id,
                    token_sha256=digest(secrets.token_hex(16)),
                    state=State.BOT,
                    last_seq=0,
                    last_member_seq=0,
                    answered_to=0,
                    created_at=self._ago(minutes),
                )
            )
            await session.flush()
            conversation = await locked(session, conversation_id)
            notice = texts.NOTICE.format(site=Settings().site_name, address=ABOUT)
            await self._say(session, conversation, minutes, Draft(Sender.SYSTEM, notice, (texts.HANDOFF_BUTTON,)))
            seq = await self._say(session, conversation, minutes, Draft(Sender.MEMBER, asked.text))
            understanding = asked.understanding(self.table)
            (await session.get_one(Message, (conversation_id, seq))).understanding = understanding
            supposed.read(understanding).note(conversation)
            await self._say(session, conversation, minutes, self._answer(asked))
            conversation.answered_to = seq
        return conversation_id

    def _ago(self, minutes: float) -> datetime:
        return self.now - timedelta(minutes=minutes)

    async def _say(self, session: AsyncSession, conversation: Conversation, minutes: float, draft: Draft) -> int:
        seq = await append(session, conversation, draft)
        await session.flush()
        where = (Message.conversation_id == conversation.id, Message.seq == seq)
        await session.execute(update(Message).where(*where).values(created_at=self._ago(minutes)))
        conversation.last_message_at = self._ago(minutes)
        return seq

    def _answer(self, asked: Asked) -> Draft:
        if asked.others:
            labels = load_catalogue().categories
            buttons = tuple(
                {"title": labels[slug].label, "payload": f"/{slug}", "category": slug}
                for slug in (asked.category, *asked.others)
            )
            return Draft(Sender.BOT, bot_text("choisir"), buttons)
        answer = self.lookup.for_commune(asked.category, asked.commune, paris(self.now).date())
        words = {"label": answer.category_label, "person": answer.person.name, "role": answer.person.role.lower()}
        return Draft(Sender.BOT, bot_text("contact", **words), contact=answer.as_json())

    async def _handed(self, asked: Asked, minutes: float) -> str:
        """A conversation that waits for a person."""
        conversation_id = await self.open_conversation(minutes + 1, asked)
        async with self.storage.write() as session:
            conversation = await locked(session, conversation_id)
            pressed = Draft(Sender.MEMBER, texts.HANDOFF_BUTTON["title"], payload=texts.HANDOFF_PAYLOAD)
            conversation.answered_to = await self._say(session, conversation, minutes, pressed)
            data = await handoff.directory(session)
            contacts = [message.contact for message in await _bot_messages(session, conversation_id) if message.contact]
            antenna = handoff.responsible(data, contacts, None)
            set_state(conversation, State.WAITING, antenna=antenna.slug if antenna else None)
            handoff_record.begin(session, conversation, Origin.MEMBER, self._ago(minutes))
            told = handoff.explanation(antenna, self._ago(minutes))
            await self._say(session, conversation, minutes, Draft(Sender.SYSTEM, told, (texts.CONTINUE_BUTTON,)))
        return conversation_id

    async def _held(self, conversation_id: str, officer: Officer, words: str, minutes: float) -> None:
        async with self.storage.write() as session:
            await operations.claim(session, officer, conversation_id, self._ago(minutes))
            await operations.reply(session, officer, conversation_id, "demo", words, self._ago(minutes))
            later = (Message.conversation_id == conversation_id, Message.created_at > self._ago(minutes))
            await session.execute(update(Message).where(*later).values(created_at=self._ago(minutes)))

    async def _member(self, conversation_id: str, words: str, minutes: float) -> None:
        async with self.storage.write() as session:
            conversation = await locked(session, conversation_id)
            conversation.answered_to = await self._say(session, conversation, minutes, Draft(Sender.MEMBER, words))
            conversation.waiting_since = self._ago(minutes)

    async def _with_assistant(self, asked: Asked, minutes: float) -> None:
        await self.open_conversation(minutes, asked)

    async def _closed(self, conversation_id: str, officer: Officer) -> None:
        await self._held(conversation_id, officer, "Voici le calendrier des salons et notre référent.", 180)
        async with self.storage.write() as session:
            await operations.close(session, officer, conversation_id, Outcome.RESOLVED)

    async def _past(self) -> None:
        """Conversations of the last months, for the figures: their rows only."""
        categories = list(load_catalogue().categories)
        weights = [1 / (number + 2) for number in range(len(categories))]
        async with self.storage.write() as session:
            for _ in range(PAST):
                category = self.chance.choices(categories, weights)[0]
                await self._past_one(session, category, self._ago(1440 * self.chance.uniform(1, 30 * MONTHS)))

    async def _past_one(self, session: AsyncSession, category: str, begun: datetime) -> None:
        antenna = self.chance.choices(ANTENNAS, (5, 4, 3, 2, 2))[0]
        handed, named = self.chance.random() < 0.3, self.chance.random() < 0.92
        conversation = Conversation(
            id=secrets.token_hex(16),
            token_sha256="0" * 64,
            state=State.CLOSED if handed else State.BOT,
            last_seq=3,
            last_member_seq=2,
            answered_to=2,
            category=category if named else None,
            near_antenna=antenna,
            home_antenna=antenna,
            antenna=antenna if handed else None,
            handed_at=begun if handed else None,
            closed_at=begun if handed else None,
            closed_by=self.officers["Léa Martin"].id if handed else None,
            outcome=Outcome.RESOLVED if handed else None,
            last_message_at=begun,
            created_at=begun,
        )
        session.add(conversation)
        await session.flush()
        if handed:
            await self._past_handoff(session, conversation)

    async def _past_handoff(self, session: AsyncSession, conversation: Conversation) -> None:
        begun, seconds = conversation.created_at, int(self.chance.expovariate(1 / 1500)) + 60
        row = Handoff(
            conversation_id=conversation.id,
            origin=Origin.MEMBER,
            antenna=conversation.antenna,
            category=conversation.category,
            handed_at=begun,
            claimed_at=begun,
            first_answer_at=begun + timedelta(seconds=seconds),
            answer_seconds=seconds,
            closed_at=begun + timedelta(hours=1),
            outcome=Outcome.RESOLVED,
            account_id=conversation.closed_by,
        )
        session.add(row)
        await session.flush()
        if self.chance.random() < 0.6:
            useful = self.chance.random() < 0.86
            session.add(
                Rating(
                    conversation_id=conversation.id, handoff_id=row.id, asked_at=begun, useful=useful, rated_at=begun
                )
            )


async def _bot_messages(session: AsyncSession, conversation_id: str) -> Sequence[Message]:
    found = await session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.sender == Sender.BOT)
        .order_by(Message.seq.desc())
    )
    return found.all()
