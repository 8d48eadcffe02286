"""The trace of a message goes on in the action server: its header stands in Rasa's calls of the actions."""

from __future__ import annotations

from functools import wraps
from typing import Any, Optional

from rasa.utils.endpoints import EndpointConfig

from tracing import spans


def install() -> None:
    """Have all calls of this process carry it. Rasa calls the action server this way, and nobody else here."""
    ask = EndpointConfig.request

    @wraps(ask)
    async def traced(endpoint: EndpointConfig, *arguments: Any, **values: Any) -> Optional[Any]:
        with spans.step("action.call", spans.Kind.CLIENT):
            headers = {**values.pop("headers", {}), **spans.carried()}
            return await ask(endpoint, *arguments, headers=headers, **values)

    EndpointConfig.request = traced
