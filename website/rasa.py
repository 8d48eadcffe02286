"""Calls to Rasa's site channel."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import aiohttp

from settings import SECRET_HEADER, Settings
from tracing import spans

CONNECT_SECONDS = 3.0
UNDERSTAND_SECONDS = 30.0
MOST_SENTENCES = 500
"""Sentences that one call to `understand` reads."""
MASK_SECONDS = 130.0
"""The first call starts what finds names, which takes a while."""
ERASE_SECONDS = 60.0
"""Rasa may first have to end a message of the conversation that is being played."""


class RasaAwayError(RuntimeError):
    """Rasa, or the action server behind it, gives no answer now; the same call may be made again later."""


class RasaFailedError(RasaAwayError):
    """Rasa runs, but failed on this message (status 500)."""


class RefusedByRasaError(RuntimeError):
    """Rasa refuses this very message: it would refuse it again."""


@dataclass(frozen=True)
class Reading:
    """What the model in service makes of a sentence.

    Attributes:
        ranking: The likeliest subjects and how likely each is, the likeliest first.
        decision: "answer", "choose", "rephrase", "human" or "conversation".
        categories: The subjects that the decision is about.
        place: The place that the sentence names, or None.
    """

    ranking: tuple[tuple[str, float], ...]
    decision: str
    categories: tuple[str, ...] = ()
    place: dict[str, Any] | None = None


@dataclass(frozen=True)
class BotMessage:
    """One message of the bot's.

    Attributes:
        text: May be empty where there is a contact.
        buttons: Each with title and payload, maybe with category.
        contact: The answer with a contact, or None.
        handoff: Whether the conversation goes to an officer.
        handoff_antenna: Slug of the antenna that the bot would hand it to, or None.
        erase: Whether the member asked for erasure.
    """

    text: str
    buttons: tuple[dict[str, str], ...] = ()
    contact: dict[str, Any] | None = None
    handoff: bool = False
    handoff_antenna: str | None = None
    erase: bool = False


@dataclass(frozen=True)
class Reply:
    """All that the bot says to one message, and what was understood of it."""

    messages: tuple[BotMessage, ...]
    understanding: dict[str, Any] | None

    @property
    def hands_off(self) -> bool:
        """Whether the conversation goes to an officer."""
        return any(message.handoff for message in self.messages)


def _storable(text: Any) -> str:
    """A text as every database takes it: no NUL, no lone surrogates."""
    return str(text or "").replace("\0", "").encode("utf-8", "replace").decode("utf-8").strip()


def _button(row: Mapping[str, Any]) -> dict[str, str]:
    return {key: _storable(row[key]) for key in ("title", "payload", "category") if isinstance(row.get(key), str)}


def _bot_message(row: Mapping[str, Any]) -> BotMessage:
    buttons = tuple(_button(button) for button in row.get("buttons") or ())
    handoff = row.get("handoff")
    return BotMessage(
        text=_storable(row.get("text")),
        buttons=tuple(button for button in buttons if {"title", "payload"} <= button.keys()),
        contact=row.get("contact"),
        handoff=handoff is not None,
        handoff_antenna=handoff.get("antenna") if handoff else None,
        erase=bool(row.get("erase")),
    )


def read_reply(body: Any) -> Reply:
    """The channel's answer.

    Raises:
        RasaAwayError: It does not have the agreed form, or says nothing.
    """
    try:
        messages = tuple(_bot_message(row) for row in body["messages"])
        reply = Reply(messages, body.get("understanding"))
    except (TypeError, KeyError, AttributeError) as error:
        raise RasaAwayError(f"answer of an unknown form ({type(error).__name__})") from error
    if not messages:
        raise RasaAwayError("empty answer")
    return reply


def _reading(row: Mapping[str, Any]) -> Reading:
    ranking = tuple((str(slug), float(share)) for slug, share in row["ranking"])
    return Reading(ranking, str(row["decision"]), tuple(map(str, row["categories"])), row.get("place"))


class Rasa:
    """The site channel of one Rasa process.

    Args:
        settings: Give its address, the secret and how long to wait.
        http: The session to call through.
    """

    def __init__(self, settings: Settings, http: aiohttp.ClientSession) -> None:
        self._base = f"{settings.rasa_url}/webhooks/site"
        self._headers = {SECRET_HEADER: settings.shared_secret}
        self._seconds = settings.rasa_timeout
        self._http = http
        self.was_up = False
        """Whether it answered since the site started."""

    async def send(
        self, conversation_id: str, seq: int, *, text: str, payload: str | None, commune: str | None = None
    ) -> Reply:
        """Have a message answered; the same message again is not played twice.

        Args:
            conversation_id: The conversation.
            seq: The message's number.
            text: What was typed, or the button's title.
            payload: What the pressed button carries, or None for a text.
            commune: INSEE code of the commune that the host website declares; counts until the member names a place.

        Raises:
            RasaAwayError: No answer now.
            RefusedByRasaError: Never an answer to this message.
        """
        content = {"text": text} if payload is None else {"payload": payload}
        if commune is not None:
            content["declared_commune"] = commune
        message = {"sender": conversation_id, "message_id": f"{conversation_id}:{seq}", **content}
        status, body = await self._call("POST", "/webhook", self._seconds, message)
        if status in (400, 413, 422):
            raise RefusedByRasaError(f"status {status}")
        if status == 500:
            raise RasaFailedError("status 500")
        if status != 200:
            raise RasaAwayError(f"status {status}")
        self.was_up = True
        return read_reply(body)

    async def erase(self, conversation_id: str) -> None:
        """Have a conversation forgotten.

        Raises:
            RasaAwayError: Not now.
        """
        status, _ = await self._call("DELETE", f"/conversations/{conversation_id}", ERASE_SECONDS)
        if status not in (200, 204, 404):
            raise RasaAwayError(f"status {status}")

    async def understand(self, texts: Sequence[str], seconds: float = UNDERSTAND_SECONDS) -> list[Reading]:
        """What the model in service makes of sentences that belong to no conversation.

        Args:
            texts: The sentences.
            seconds: How long to wait for `MOST_SENTENCES` of them.

        Raises:
            RasaAwayError: No answer now.
        """
        readings: list[Reading] = []
        for start in range(0, len(texts), MOST_SENTENCES):
            some = list(texts[start : start + MOST_SENTENCES])
            status, body = await self._call("POST", "/understand", seconds, {"texts": some})
            if status != 200:
                raise RasaAwayError(f"status {status}")
            try:
                readings += [_reading(row) for row in body["understood"]]
            except (TypeError, KeyError, ValueError, AttributeError) as error:
                raise RasaAwayError(f"answer of an unknown form ({type(error).__name__})") from error
        if len(readings) != len(texts):
            raise RasaAwayError("not every sentence was read")
        return readings

    async def mask(self, texts: Sequence[str], seconds: float = MASK_SECONDS) -> list[str]:
        """Texts with « [nom] » in the place of each person's name; see `website.privacy` for all other masks.

        Args:
            texts: At most 500.
            seconds: How long to wait.

        Raises:
            RasaAwayError: Not now.
        """
        status, body = await self._call("POST", "/mask", seconds, {"texts": list(texts)})
        masked = body.get("texts") if isinstance(body, dict) else None
        if status != 200 or not isinstance(masked, list) or len(masked) != len(texts):
            raise RasaAwayError(f"status {status}")
        return [_storable(text) for text in masked]

    async def ready(self, seconds: float) -> bool:
        """Whether it can answer messages.

        Args:
            seconds: How long to wait for it.
        """
        try:
            status, _ = await self._call("GET", "/", seconds)
        except RasaAwayError:
            return False
        self.was_up = self.was_up or status == 200
        return status == 200

    async def _call(self, method: str, path: str, seconds: float, body: Any = None) -> tuple[int, Any]:
        timeout = aiohttp.ClientTimeout(total=seconds, sock_connect=min(seconds, CONNECT_SECONDS))
        headers = self._headers | spans.carried()
        try:
            async with self._http.request(
                method, self._base + path, json=body, headers=headers, timeout=timeout, allow_redirects=False
            ) as response:
                content = await response.json() if response.status == 200 and method == "POST" else None
                return response.status, content
        except (TimeoutError, asyncio.TimeoutError, aiohttp.ClientError, OSError, ValueError) as error:
            raise RasaAwayError(type(error).__name__) from error
