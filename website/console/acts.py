"""What views do with a conversation: an operation in one transaction, its news, its refusals in words."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from website.accounts.guard import signed_in
from website.console.colleagues import UnknownOfficerError, as_officer
from website.console.officer import ClosedError, HeldError, NotAllowedError, NotHeldError, Officer
from website.console.operations import OutcomeError, UnknownAntennaError
from website.console.proposals import MemberObjectsError, ProposalError
from website.conversations import ClientIdReusedError
from website.errors import ApiError
from website.events import News
from website.keys import HUB, STORAGE, WORKER
from website.records import UnknownConversationError

T = TypeVar("T")

_CODES: dict[type[Exception], str] = {
    UnknownConversationError: "unknown_conversation",
    NotAllowedError: "not_your_antenna",
    NotHeldError: "not_held",
    ClosedError: "conversation_closed",
    ClientIdReusedError: "client_id_reused",
    UnknownOfficerError: "unknown_officer",
    UnknownAntennaError: "unknown_antenna",
    OutcomeError: "bad_outcome",
    ProposalError: "nothing_to_learn",
    MemberObjectsError: "member_objects",
}


def officer_of(request: web.Request) -> Officer:
    """Who calls."""
    return as_officer(signed_in(request))


@contextmanager
def refusals() -> Iterator[None]:
    """Turn what an operation refuses into the error that the caller is shown."""
    try:
        yield
    except HeldError as error:
        raise ApiError("held", holder=error.holder) from error
    except tuple(_CODES) as error:
        raise ApiError(_CODES[type(error)]) from error


async def perform(request: web.Request, operation: Callable[[AsyncSession], Awaitable[tuple[T, News]]]) -> T:
    """Do something with the conversation in the address, tell everybody, wake the assistant.

    Args:
        request: The call.
        operation: What to do inside a transaction; gives a result and the news.

    Raises:
        ApiError: It is refused.
    """
    conversation_id = request.match_info["id"]
    with refusals():
        async with request.app[STORAGE].write() as session:
            result, news = await operation(session)
    request.app[HUB].publish(conversation_id, news.then(News(staff=True)))
    request.app[WORKER].wake(conversation_id)
    return result
