"""The action server: rasa-sdk's application behind the shared secret."""

from __future__ import annotations

import hmac

from rasa_sdk.endpoint import create_app
from rasa_sdk.executor import ActionExecutor
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, json

from actions.actions import ACTIONS
from actions.desk import open_desk
from logs import CONVERSATION
from settings import SECRET_HEADER, Settings
from tracing import spans

OPEN_PATHS = ("/health",)
WEBHOOK = "/webhook"


def build(settings: Settings) -> Sanic:
    """The application with all actions.

    Args:
        settings: Gives the shared secret; where it is empty every call but the health check is refused.
    """
    executor = ActionExecutor()
    for action in ACTIONS:
        executor.register_action(action)
    app = create_app(executor, cors_origins="")
    secret = settings.shared_secret.encode()

    @app.on_request
    async def check_secret(request: Request) -> HTTPResponse | None:
        given = request.headers.get(SECRET_HEADER, "").encode("utf-8", "surrogateescape")
        if request.path in OPEN_PATHS or secret and hmac.compare_digest(given, secret):
            return None
        return json({"error": "forbidden"}, status=403)

    @app.on_request
    async def name_conversation(request: Request) -> None:
        if request.path == WEBHOOK:
            CONVERSATION.set(_sender(request))
            spans.CALLER.set(request.headers.get(spans.HEADER, ""))

    @app.before_server_start
    async def warm(_: Sanic) -> None:
        open_desk()

    return app


def _sender(request: Request) -> str:
    """The conversation that Rasa calls for; Sanic keeps what it parsed, so nothing is read twice.

    Nameless where the call is compressed: rasa-sdk unpacks it later.
    """
    if request.headers.get("Content-Encoding"):
        return ""
    body = request.json
    return str(body.get("sender_id") or "") if isinstance(body, dict) else ""
