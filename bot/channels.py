"""The channels of the Rasa process: the site's own, and the usual REST channel behind the same secret."""

from __future__ import annotations

import gc
import hmac
import logging
import os
import uuid
from functools import wraps
from typing import Any, Awaitable, Callable, Dict, List, Optional, Text

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.lock_store import LockError
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

import logs
from bot import answers, calls
from bot.conversation import BotMessage, NoAnswer, UnknownPayload, play, was_offered
from bot.names import MaskingAway, NameMasker
from bot.tracker_store import behind
from bot.understand import BadTexts, checked_texts, find_reader, understand
from bot.warming import warm
from settings import SECRET_HEADER
from tracing import spans

answers.install()
if spans.begin("rasa", os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT", "")):
    calls.install()
if logging.getLogger("rasa").getEffectiveLevel() < logging.INFO:  # below, Rasa writes what members write
    logging.getLogger("rasa").setLevel(logging.INFO)
if os.environ.get("LOG_FORMAT") == logs.JSON:
    logs.take_over("rasa")

View = Callable[..., Awaitable[HTTPResponse]]

COLLECT_AFTER = (700, 10, 10)
"""Python's own thresholds of the garbage collector, once a server is warm (`scripts.quiet_rasa` raises them)."""


def refused(request: Request) -> Optional[HTTPResponse]:
    """The refusal of a call without the shared secret, or None.

    Without a secret in the environment every call is refused, unless DEVELOPMENT=1 says that this is a
    developer's machine.
    """
    secret = os.environ.get("SHARED_SECRET", "")
    if not secret and os.environ.get("DEVELOPMENT") == "1":
        return None
    given = request.headers.get(SECRET_HEADER, "")
    if secret and hmac.compare_digest(given.encode("utf-8", "surrogateescape"), secret.encode()):
        return None
    return response.json({"error": "forbidden"}, status=403)


def _agent(request: Request) -> Optional[Agent]:
    agent: Optional[Agent] = getattr(request.app.ctx, "agent", None)
    return agent if agent is not None and agent.is_ready() else None


def starting() -> HTTPResponse:
    """What is answered while no model is loaded."""
    return response.json({"error": "starting"}, status=503)


def secret_only(view: View) -> View:
    """Let a view be called with the shared secret only."""

    @wraps(view)
    async def checked(request: Request, *arguments: Any, **values: Any) -> HTTPResponse:
        return refused(request) or await view(request, *arguments, **values)

    return checked


def once_ready(view: View) -> View:
    """Give a view the agent after the request; it is not called before there is one."""

    @wraps(view)
    async def ready(request: Request, *arguments: Any, **values: Any) -> HTTPResponse:
        agent = _agent(request)
        return starting() if agent is None else await view(request, agent, *arguments, **values)

    return ready


def _body(request: Request) -> Dict[Text, Any]:
    try:
        body = request.json
    except Exception:  # Sanic raises its own InvalidUsage, a subclass that changed its name over versions
        body = None
    return body if isinstance(body, dict) else {}


def _are_text(*values: Any) -> bool:
    """Whether all values are strings that can be stored (a lone surrogate cannot)."""
    try:
        return all(isinstance(value, str) and value.encode() is not None for value in values)
    except UnicodeEncodeError:
        return False


class SiteInput(InputChannel):
    """The site's channel.

    `POST webhook` plays a message once, `DELETE conversations/<id>` forgets a conversation, `POST understand` reads
    sentences that belong to none, `POST mask` takes names of people out of such, `POST warm` makes the first message as
    quick as the later ones.
    """

    @classmethod
    def name(cls) -> Text:
        """Part of the address: /webhooks/site/."""
        return "site"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes of the channel."""
        blueprint = Blueprint("site_webhook")

        @blueprint.listener("after_server_start")
        async def settle(app: Sanic, loop: Any) -> None:
            """What is loaded by now stays: the garbage collector need not look through it again."""
            gc.collect()
            gc.freeze()
            gc.set_threshold(*COLLECT_AFTER)

        masker = NameMasker()

        @blueprint.route("/", methods=["GET"])
        @secret_only
        async def health(request: Request) -> HTTPResponse:
            ready = _agent(request) is not None
            return response.json({"status": "ok" if ready else "starting"}, status=200 if ready else 503)

        @blueprint.route("/webhook", methods=["POST"])
        @secret_only
        @once_ready
        async def receive(request: Request, agent: Agent) -> HTTPResponse:
            body = _body(request)
            sender, message_id = body.get("sender"), body.get("message_id")
            text, payload = body.get("text"), body.get("payload")
            commune = body.get("declared_commune")
            given = [sender, message_id, payload if text is None else text, *([] if commune is None else [commune])]
            if not sender or not message_id or not _are_text(*given):
                return response.json({"error": "bad_request"}, status=400)
            try:
                with spans.joined("rasa.message", request.headers.get(spans.HEADER, "")) as span:
                    span.note(conversation=sender)
                    messages, understanding = await play(agent, sender, message_id, text, payload, commune)
            except UnknownPayload:
                return response.json({"error": "unknown_payload"}, status=422)
            except (NoAnswer, LockError):
                return response.json({"error": "no_answer"}, status=503)
            return response.json({"messages": messages, "understanding": understanding})

        @blueprint.route("/warm", methods=["POST"])
        @secret_only
        @once_ready
        async def warm_up(request: Request, agent: Agent) -> HTTPResponse:
            await warm(agent)
            return response.json({"status": "ok"})

        @blueprint.route("/understand", methods=["POST"])
        @secret_only
        @once_ready
        async def read(request: Request, agent: Agent) -> HTTPResponse:
            reader = find_reader(agent)
            if reader is None:
                return starting()
            try:
                texts = checked_texts(_body(request).get("texts"))
            except BadTexts:
                return response.json({"error": "bad_request"}, status=400)
            return response.json({"understood": await understand(reader, texts)})

        @blueprint.route("/mask", methods=["POST"])
        @secret_only
        async def mask(request: Request) -> HTTPResponse:
            try:
                return response.json({"texts": await masker.mask(checked_texts(_body(request).get("texts")))})
            except BadTexts:
                return response.json({"error": "bad_request"}, status=400)
            except MaskingAway:
                return response.json({"error": "no_answer"}, status=503)

        @blueprint.listener("before_server_stop")
        async def stop_masking(*_: Any) -> None:
            masker.close()

        @blueprint.route("/conversations/<sender:str>", methods=["DELETE"])
        @secret_only
        @once_ready
        async def erase(request: Request, agent: Agent, sender: Text) -> HTTPResponse:
            store = behind(agent.tracker_store)
            in_memory = getattr(agent.tracker_store, "_fallback_tracker_store", None)
            async with agent.lock_store.lock(sender):
                await store.erase(sender)
                if in_memory is not None:  # what could not be stored once
                    in_memory.store.pop(sender, None)
            return response.empty()

        return blueprint


class RestInput(InputChannel):
    """Rasa's usual REST channel (`/webhooks/rest/webhook`), behind the shared secret, where typed text is only text."""

    @classmethod
    def name(cls) -> Text:
        """Part of the address: /webhooks/rest/."""
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes of the channel."""
        blueprint = Blueprint("rest_webhook")

        @blueprint.route("/", methods=["GET"])
        @secret_only
        async def health(request: Request) -> HTTPResponse:
            return response.json({"status": "ok"})

        @blueprint.route("/webhook", methods=["POST"])
        @secret_only
        @once_ready
        async def receive(request: Request, agent: Agent) -> HTTPResponse:
            body = _body(request)
            text: Any = body.get("message")
            sender = str(body.get("sender") or "default")
            message_id = str(body.get("message_id") or uuid.uuid4().hex)
            if not _are_text(sender, message_id, text):
                return response.json({"error": "bad_request"}, status=400)
            tracker = await agent.tracker_store.retrieve(sender) if text.startswith("/") else None
            payload = text if was_offered(tracker, text) else None
            try:
                messages, _ = await play(agent, sender, message_id, None if payload else text, payload)
            except (NoAnswer, LockError):
                return response.json({"error": "no_answer"}, status=503)
            return response.json(as_rest(sender, messages))

        return blueprint


def as_rest(sender: Text, messages: List[BotMessage]) -> List[Dict[Text, Any]]:
    """Messages in the form of Rasa's REST channel: text and buttons, then JSON under `custom`."""
    rows: List[Dict[Text, Any]] = []
    for message in messages:
        row: Dict[Text, Any] = {"recipient_id": sender, "text": message["text"]}
        if message["buttons"]:
            row["buttons"] = message["buttons"]
        if message["text"]:
            rows.append(row)
        if message["contact"]:
            rows.append({"recipient_id": sender, "custom": message["contact"]})
    return rows
