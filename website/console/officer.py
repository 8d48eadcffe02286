"""Who acts in the console, and what they may read and do."""

from __future__ import annotations

from dataclasses import dataclass

from website.models import Conversation, State


@dataclass(frozen=True)
class Officer:
    """Somebody who works in the console.

    Attributes:
        id: Of the account.
        name: What members read.
        antennas: Slugs of the antennas where they work, the first being their own.
        admin: Whether they may act everywhere.
    """

    id: str
    name: str
    antennas: tuple[str, ...] = ()
    admin: bool = False


class NotAllowedError(PermissionError):
    """The officer has no right to do this with the conversation."""


class HeldError(RuntimeError):
    """Somebody else holds the conversation.

    Args:
        holder_id: Id of their account.
        holder: Their name.
    """

    def __init__(self, holder_id: str | None, holder: str) -> None:
        super().__init__(holder_id)
        self.holder_id = holder_id
        self.holder = holder


class NotHeldError(RuntimeError):
    """Nobody holds the conversation: it has to be claimed first."""


class ClosedError(RuntimeError):
    """The conversation is closed."""


def may_read(officer: Officer, conversation: Conversation) -> bool:
    """Whether an officer may read a conversation: the assistant's live ones, and all that were handed to a person."""
    return officer.admin or conversation.state is State.BOT or conversation.handed_at is not None


def may_act(officer: Officer, conversation: Conversation) -> bool:
    """Whether an officer may take a conversation, whoever holds it at the moment."""
    return (
        officer.admin
        or conversation.state is State.BOT
        or conversation.officer_account == officer.id
        or conversation.antenna is None
        or conversation.antenna in officer.antennas
    )


def check_holder(officer: Officer, conversation: Conversation) -> None:
    """Let only the holder pass, and an administrator in the place of any holder.

    Raises:
        HeldError: Somebody else holds it.
        NotHeldError: Nobody does.
        ClosedError: It is closed.
    """
    if conversation.state is State.CLOSED:
        raise ClosedError
    if conversation.state is not State.OFFICER:
        raise NotHeldError
    if conversation.officer_account != officer.id and not officer.admin:
        raise HeldError(conversation.officer_account, conversation.officer or "")


def check_hands(officer: Officer, conversation: Conversation) -> None:
    """Let pass whoever may move or close a conversation: its holder, or its antenna while it waits.

    Raises:
        HeldError: Somebody else holds it.
        NotHeldError: The assistant has it.
        ClosedError: It is closed.
        NotAllowedError: It waits at another antenna.
    """
    if conversation.state is not State.WAITING:
        check_holder(officer, conversation)
    elif not may_act(officer, conversation):
        raise NotAllowedError
