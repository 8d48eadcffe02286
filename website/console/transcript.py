"""A conversation as an officer reads it: every word, what was understood of it, who can do what with it now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from directory.data import AntennaEntry
from directory.french import typeset
from website.console import words
from website.console.models import Note, Proposal
from website.console.officer import Officer, may_act
from website.identity.models import DeclaredIdentity
from website.models import Conversation, Message, Sender, State
from website.waiting.models import Rating
from website.waiting.reach import Reach
from website.waiting.reach import read as read_reach


@dataclass(frozen=True)
class Shown:
    """A message on the screen.

    Attributes:
        message: It.
        author: Who wrote it, in words.
        own: Whether the officer who looks wrote it.
        day: The day, where it is another than the message's before.
        clock: The time.
        understood: What the assistant understood of it.
    """

    message: Message
    author: str
    own: bool
    day: str
    clock: str
    understood: words.Understood | None

    @property
    def offered(self) -> tuple[str, ...]:
        """What the assistant let the member choose from; what stands under every answer is left out."""
        buttons = self.message.buttons if self.message.sender is Sender.BOT else []
        return tuple(button["title"] for button in buttons if button.get("category"))

    @property
    def pressed(self) -> bool:
        """Whether the member pressed a button instead of typing."""
        return self.message.payload is not None


@dataclass(frozen=True)
class Written:
    """A note on the screen."""

    note: Note
    author: str
    when: str


@dataclass(frozen=True)
class Powers:
    """What the officer can do with the conversation at the moment.

    Attributes:
        holds: It is in their hands: they answer.
        claim: They can take it; the button's word, or empty.
        move: They can transfer or close it.
        release: They can give it back to the assistant.
    """

    holds: bool
    claim: str
    move: bool
    release: bool


@dataclass(frozen=True)
class Reading:
    """All that the conversation's pane and the context's pane show."""

    conversation: Conversation
    messages: tuple[Shown, ...]
    notes: tuple[Written, ...]
    contacts: tuple[Mapping[str, Any], ...]
    powers: Powers
    proposed: Proposal | None
    reach: Reach
    rating: Rating | None
    declared: DeclaredIdentity | None

    @property
    def teachable(self) -> tuple[Shown, ...]:
        """The member's own sentences: what the assistant may have misunderstood; none where the member objects."""
        if self.conversation.objected_at is not None:
            return ()
        return tuple(one for one in self.messages if one.message.sender is Sender.MEMBER and not one.pressed)

    @property
    def misread(self) -> Shown | None:
        """The sentence that the assistant was least sure of: the one to ask about first."""
        with_doubt = [one for one in self.teachable if one.understood is not None]
        return min(with_doubt, key=_certainty, default=next(iter(self.teachable), None))


def _certainty(one: Shown) -> float:
    ranking = (one.message.understanding or {}).get("ranking") or [["", 1.0]]
    return float(ranking[0][1])


_AUTHORS = {
    Sender.MEMBER: "Adhérent",
    Sender.BOT: "Assistant automatique",
    Sender.SYSTEM: "Guichet",
    Sender.OFFICER: "Chargé de mission",
}


def powers(officer: Officer, conversation: Conversation, *, holder_absent: bool) -> Powers:
    """What an officer can do with a conversation at the moment.

    Args:
        officer: Who looks.
        conversation: It.
        holder_absent: Whether whoever holds it cannot answer today.
    """
    state, able = conversation.state, may_act(officer, conversation)
    holds = state is State.OFFICER and conversation.officer_account == officer.id
    claim = {
        State.WAITING: "Prendre",
        State.BOT: "Prendre la main",
        State.CLOSED: "Rouvrir",
        State.OFFICER: "Reprendre" if holder_absent and not holds else "",
    }[state]
    move = holds or (state is State.WAITING and able) or (state is State.OFFICER and officer.admin)
    return Powers(holds, claim if able else "", move, holds or (state is State.OFFICER and officer.admin))


async def read_conversation(
    session: AsyncSession,
    officer: Officer,
    conversation: Conversation,
    names: Mapping[str, str],
    now: datetime,
    *,
    holder_absent: bool,
) -> Reading:
    """All about a conversation.

    Args:
        session: A session for reading.
        officer: Who looks.
        conversation: It.
        names: Names of accounts, by id.
        now: The moment.
        holder_absent: Whether whoever holds it cannot answer today.
    """
    messages = (
        await session.scalars(select(Message).where(Message.conversation_id == conversation.id).order_by(Message.seq))
    ).all()
    notes = await session.scalars(select(Note).where(Note.conversation_id == conversation.id).order_by(Note.id))
    proposed = await session.scalar(
        select(Proposal).where(Proposal.conversation_id == conversation.id).order_by(Proposal.id.desc()).limit(1)
    )
    rating = await session.scalar(
        select(Rating)
        .where(Rating.conversation_id == conversation.id, Rating.useful.is_not(None))
        .order_by(Rating.id.desc())
        .limit(1)
    )
    return Reading(
        conversation,
        tuple(_shown(messages, officer, names, now)),
        tuple(_written(note, names, now) for note in notes),
        tuple(_contacts(messages)),
        powers(officer, conversation, holder_absent=holder_absent),
        proposed,
        await read_reach(session, conversation.id),
        rating,
        await session.get(DeclaredIdentity, conversation.id),
    )


def _shown(messages: Sequence[Message], officer: Officer, names: Mapping[str, str], now: datetime) -> list[Shown]:
    shown: list[Shown] = []
    before = None
    for message in messages:
        day = words.local_day(message.created_at)
        shown.append(
            Shown(
                message,
                names.get(message.account or "", _AUTHORS[message.sender]),
                message.account == officer.id,
                words.day(message.created_at, now) if day != before else "",
                words.clock(message.created_at),
                words.understood(message.understanding) if message.payload is None else None,
            )
        )
        before = day
    return shown


def _written(note: Note, names: Mapping[str, str], now: datetime) -> Written:
    moment = f"{words.day(note.created_at, now)} à {words.clock(note.created_at)}"
    return Written(note, names.get(note.account_id, "Un ancien collègue"), typeset(moment))


def _contacts(messages: Sequence[Message]) -> list[Mapping[str, Any]]:
    """Those whom the assistant named, the latest first, each once."""
    named: dict[tuple[str, str], Mapping[str, Any]] = {}
    for message in reversed(messages):
        if message.contact:
            person = message.contact.get("person") or {}
            named.setdefault((str(person.get("id")), str(message.contact.get("category"))), message.contact)
    return list(named.values())


def standing(conversation: Conversation, antennas: Mapping[str, AntennaEntry], now: datetime) -> str:
    """Who has the conversation and since when, in a few words."""
    antenna = antennas.get(conversation.antenna or "")
    place = antenna.name if antenna else "notre équipe"
    if conversation.state is State.WAITING:
        waits = conversation.waiting_since or conversation.updated_at
        return typeset(f"Attend {place} depuis {words.duration(waits, now)}")
    if conversation.state is State.OFFICER:
        if conversation.waiting_since:
            waited = words.duration(conversation.waiting_since, now)
            return typeset(f"Avec {conversation.officer} ; l’adhérent attend depuis {waited}")
        return typeset(f"Avec {conversation.officer} ; à l’adhérent de répondre")
    if conversation.state is State.CLOSED and conversation.closed_at:
        return typeset(f"Close {words.when(conversation.closed_at, now)}")
    return typeset(f"Dernier message : {words.when(conversation.last_message_at, now)}")
