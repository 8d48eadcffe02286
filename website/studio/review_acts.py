"""What a trainer does with a sentence: decided, written and logged together, or not at all."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from corpus.errors import CorpusChangeError, DuplicateSentenceError
from database.base import utc_now
from database.storage import Storage
from datafiles.snapshots import NotWritableError
from directory.french import typeset
from directory.writer import NotOwnerError
from understanding.catalogue import current_catalogue
from website.console.words import subject
from website.errors import ApiError
from website.privacy import masked
from website.studio import queue
from website.studio.review_lessons import Lessons, as_example
from website.studio.review_models import ReviewItem, Status

CONFIRM, CORRECT, DISCARD, LATER, UNDO, RENEW = "confirm", "correct", "discard", "later", "undo", "renew"
ACTIONS = (CONFIRM, CORRECT, DISCARD, LATER, UNDO, RENEW)
_WITHOUT_EXAMPLE = {DISCARD: Status.DISCARDED, LATER: Status.LATER}
_CODES: dict[type[Exception], str] = {
    queue.UnknownGroupError: "review_gone",
    queue.TakenError: "review_taken",
    queue.DecidedError: "review_decided",
    NotOwnerError: "review_elsewhere",
    NotWritableError: "review_unwritten",
}


class UnwrittenError(ApiError):
    """The example cannot be written, for a reason that its files give.

    Args:
        sentence: The reason, fit to show.
    """

    def __init__(self, sentence: str) -> None:
        super().__init__("review_unwritten")
        self._sentence = sentence

    @property
    def message(self) -> str:
        """What people may be shown."""
        return self._sentence


@dataclass(frozen=True)
class Wish:
    """What a trainer asks for.

    Attributes:
        action: One of `ACTIONS`.
        category: Slug, where the sentence is corrected.
        text: The sentence as the trainer mended it; empty where it stays as it is.
    """

    action: str
    category: str = ""
    text: str = ""


def suggested(item: ReviewItem) -> str | None:
    """The subject that confirming means: what an officer proposes, else what the assistant understood."""
    ranking = item.understood.get("ranking") or [[None]]
    slug = item.proposed or ranking[0][0]
    return slug if slug in current_catalogue().intents else None


class Reviews:
    """Trainers' decisions.

    Args:
        storage: Where the queue is.
        lessons: Where examples are written.
    """

    def __init__(self, storage: Storage, lessons: Lessons) -> None:
        self._storage = storage
        self._lessons = lessons

    async def act(self, account_id: str, group_id: int, wish: Wish) -> str | None:
        """Do what a trainer asks for.

        Returns:
            The slug of the subject that was decided, or None.

        Raises:
            ApiError: It is refused; nothing was changed.
        """
        written: list[str] = []
        try:
            async with self._storage.write() as session:
                return await self._act(session, account_id, group_id, wish, written)
        except tuple(_CODES) as error:
            raise ApiError(_CODES[type(error)]) from error
        except DuplicateSentenceError as error:
            raise UnwrittenError(_contradiction(error)) from error
        except CorpusChangeError as error:
            raise UnwrittenError(str(error)) from error
        except BaseException:
            for example in written:  # the files were changed, the database was not
                await self._lessons.remove(example)
            raise

    async def _act(
        self, session: AsyncSession, account_id: str, group_id: int, wish: Wish, written: list[str]
    ) -> str | None:
        now = utc_now()
        if wish.action == RENEW:
            await queue.renew(session, account_id, group_id, now)
            return None
        if wish.action == UNDO:
            group = await queue.undo(session, account_id, group_id, now)
            if group.example is not None:
                await self._lessons.remove(group.example)
                group.example = None
            return None
        task = await queue.shown(session, await queue.held(session, account_id, group_id, now))
        if wish.action in _WITHOUT_EXAMPLE:
            await queue.settle(session, account_id, task, _WITHOUT_EXAMPLE[wish.action], None, now)
            return None
        category = suggested(task.item) if wish.action == CONFIRM else wish.category
        if category is None or category not in current_catalogue().intents:
            raise ApiError("review_subject")
        understood = (task.item.understood.get("ranking") or [[None]])[0][0]
        status = Status.CONFIRMED if category == understood else Status.CORRECTED
        await queue.settle(session, account_id, task, status, category, now)
        text = masked(wish.text.strip()) or task.item.sentence
        example = await self._lessons.add(category, as_example(text), task.item.conversation_id, account_id, now)
        task.group.example = example
        written += [example] if example else []
        await session.flush()
        return category


def _contradiction(error: DuplicateSentenceError) -> str:
    if error.sentence is None:
        return str(error)
    where = subject(error.sentence.intent)
    return typeset(
        f"Cette phrase existe déjà dans « {where} » : elle ne peut pas dire deux choses. "
        "Choisissez ce sujet, ou écartez la phrase. Rien n’a été changé."
    )
