"""Reading what a client sent, or refusing it with a reason."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from aiohttp import web

from understanding.text import MAX_CHARACTERS, clean
from website.errors import ApiError

MAX_BODY_BYTES = 64 * 1024
MAX_CLIENT_ID = 100
MAX_PAYLOAD = 8_000
"""Longest payload that is looked up, in code points; ours are shorter."""


@dataclass(frozen=True)
class NewMessage:
    """What a client wants to send: a text or a payload."""

    client_id: str
    text: str | None
    payload: str | None


async def read_body(request: web.Request) -> bytes:
    """The whole body. A view reads it first of all, so that a message counts whose client leaves while it is handled.

    Raises:
        ApiError: It is too large, or the client left before its end.
    """
    if (request.content_length or 0) > MAX_BODY_BYTES:
        raise ApiError("body_too_large")
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge as error:
        raise ApiError("body_too_large") from error
    except (ConnectionError, web.RequestPayloadError) as error:  # nobody is there to read the refusal
        raise ApiError("not_json") from error


def parse_object(raw: bytes) -> dict[str, Any]:
    """Bytes as a JSON object.

    Raises:
        ApiError: They are not JSON in UTF-8, or no object, or hold a lone surrogate.
    """
    try:
        text = raw.decode("utf-8")
        body = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise ApiError("not_json") from error
    if not isinstance(body, dict):
        raise ApiError("not_an_object")
    try:
        for key, value in body.items():
            for part in (key, value):
                if isinstance(part, str):
                    part.encode("utf-8")
    except UnicodeEncodeError as error:
        raise ApiError("bad_unicode") from error
    return body


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def read_number(text: str) -> int | None:
    """A number as it stands in an address or a form, of at most nine digits; None where the text is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def read_message(body: dict[str, Any]) -> NewMessage:
    """A message to send.

    Raises:
        ApiError: A field is missing, of the wrong type, too long or empty.
    """
    text, payload, client_id = body.get("text"), body.get("payload"), body.get("client_id")
    if text is not None and payload is not None:
        raise ApiError("text_or_payload")
    if payload is None:
        text = _text(text)
    elif not isinstance(payload, str) or not 0 < len(payload) <= MAX_PAYLOAD:
        raise ApiError("bad_payload")
    if not isinstance(client_id, str) or not 0 < len(client_id) <= MAX_CLIENT_ID or not client_id.isprintable():
        raise ApiError("bad_client_id")
    return NewMessage(client_id, text, payload)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ApiError("text_missing")
    if len(value) > MAX_CHARACTERS:
        raise ApiError("text_too_long")
    text = value.replace("\0", "")  # no database column takes it
    if not clean(text):
        raise ApiError("text_empty")
    return text
