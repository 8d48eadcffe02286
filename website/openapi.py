"""The OpenAPI document, made of the descriptions that stand beside the views."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from understanding.text import MAX_CHARACTERS
from website.accounts.access import Access
from website.body import MAX_CLIENT_ID
from website.models import Sender, State

Json = Mapping[str, Any]

SESSION_COOKIE = "session"
"""Name of the cookie of whoever is signed in; `__Host-` stands before it over HTTPS."""

_REASONS = {
    400: "Malformed",
    401: "Token or session missing or wrong",
    403: "Not with this role, or sent from elsewhere",
    404: "Unknown or erased",
    409: "client_id reused with another content; not in this state: held by another, not held, closed; another is kept",
    410: "Used or too old",
    413: "Too long or too large",
    422: "Payload never offered, address refused; no such officer, antenna, outcome or message",
    429: "Too many; wait for Retry-After seconds",
    500: "Our fault",
}


@dataclass(frozen=True)
class Operation:
    """What a route does, for the document."""

    summary: str
    parameters: tuple[Json, ...] = ()
    body: Json | None = None
    answers: Json = field(default_factory=dict)

    def as_json(self, name: str, access: Access) -> dict[str, Any]:
        """The OpenAPI operation.

        Args:
            name: Its id.
            access: Who may call.
        """
        result: dict[str, Any] = {"operationId": name, "summary": self.summary, "responses": dict(self.answers)}
        if self.parameters:
            result["parameters"] = list(self.parameters)
        if self.body is not None:
            result["requestBody"] = self.body
        result["security"] = _security(access)
        if access.needs_account:
            result["x-access"] = access.value
        return result


def _security(access: Access) -> list[dict[str, list[str]]]:
    if access is Access.MEMBER:
        return [{"token": []}]
    return [{"session": []}] if access.needs_account else []


@dataclass(frozen=True)
class Route:
    """A method and an address, the view that answers, its description, and who may call.

    `most_bytes` is the largest body, for those who are let in; None where it is the usual one.
    """

    method: str
    path: str
    handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    operation: Operation
    access: Access
    most_bytes: int | None = None


def schema(properties: Json, *optional: str) -> dict[str, Any]:
    """An object schema; properties are required unless named as optional."""
    required = [name for name in properties if name not in optional]
    return {"type": "object", "properties": dict(properties), "required": required}


def json_body(content: Json, description: str) -> dict[str, Any]:
    """A request body in JSON."""
    return {"description": description, "required": True, "content": {"application/json": {"schema": content}}}


def json_answer(content: Json, description: str) -> dict[str, Any]:
    """An answer in JSON."""
    return {"description": description, "content": {"application/json": {"schema": content}}}


def page(description: str) -> dict[str, Any]:
    """An answer that is a page."""
    return {"description": description, "content": {"text/html": {}}}


def redirect(description: str) -> dict[str, Any]:
    """An answer that leads to another page."""
    return {"description": description, "headers": {"Location": {"schema": {"type": "string"}}}}


def csv_table() -> dict[str, Any]:
    """An answer that is a table, as `exports` writes it."""
    return {"description": "UTF-8 with BOM, semicolons", "content": {"text/csv": {}}}


def in_query(*names: str) -> tuple[dict[str, Any], ...]:
    """Parameters behind the question mark, each a text that may be left out."""
    return tuple({"name": name, "in": "query", "schema": {"type": "string"}} for name in names)


def form_body(*names: str, kind: str = "application/x-www-form-urlencoded") -> dict[str, Any]:
    """A request body that a form sends; every form of the staff side carries `csrf` too."""
    content = {"type": "object", "properties": {name: {"type": "string"} for name in ("csrf", *names)}}
    return {"required": True, "content": {kind: {"schema": content}}}


def errors(*statuses: int) -> dict[str, Any]:
    """Refusals with the common error body."""
    reference = {"$ref": "#/components/schemas/Error"}
    answers = {str(status): json_answer(reference, _REASONS[status]) for status in statuses}
    if "429" in answers:
        answers["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer", "minimum": 1}}}
    return answers


def _closed(properties: Json, *optional: str) -> dict[str, Any]:
    return {**schema(properties, *optional), "additionalProperties": False}


_TEXT = {"type": "string"}
_PERSON = _closed(dict.fromkeys(("id", "name", "role", "email", "phone", "antenna"), _TEXT), "antenna")
_NEAR = _closed({"slug": _TEXT, "name": _TEXT, "distance_km": {"type": ["number", "null"]}})

SCHEMAS: Json = {
    "Error": _closed({"error": _closed({"code": _TEXT, "message": _TEXT, "holder": _TEXT}, "holder")}),
    "NewMessage": {
        "type": "object",
        "properties": {
            "text": {"type": "string", "minLength": 1, "maxLength": MAX_CHARACTERS},
            "payload": {"type": "string", "minLength": 1},
            "client_id": {"type": "string", "minLength": 1, "maxLength": MAX_CLIENT_ID},
        },
        "required": ["client_id"],
        "oneOf": [{"required": ["text"]}, {"required": ["payload"]}],
    },
    "Button": _closed({"title": _TEXT, "payload": _TEXT, "category": _TEXT}, "category"),
    "Contact": schema(
        {
            "type": {"const": "contact"},
            "category": _TEXT,
            "category_label": _TEXT,
            "commune": {"anyOf": [_closed({"code": _TEXT, "name": _TEXT}), {"type": "null"}]},
            "antenna": _NEAR,
            "person": _PERSON,
            "front_desk": {"anyOf": [_PERSON, {"type": "null"}]},
            "alternative_antenna": {"anyOf": [_NEAR, {"type": "null"}]},
            "reason": _TEXT,
        }
    ),
    "Message": _closed(
        {
            "seq": {"type": "integer", "minimum": 1},
            "reply_to": {"type": ["integer", "null"]},
            "sender": {"enum": [sender.value for sender in Sender]},
            "text": {"type": "string", "minLength": 1},
            "buttons": {"type": "array", "items": {"$ref": "#/components/schemas/Button"}},
            "contact": {"anyOf": [{"$ref": "#/components/schemas/Contact"}, {"type": "null"}]},
            "created_at": {"type": "string", "format": "date-time"},
        }
    ),
    "Transcript": _closed(
        {
            "state": {"enum": [state.value for state in State]},
            "answered_to": {"type": "integer", "minimum": 0},
            "messages": {"type": "array", "items": {"$ref": "#/components/schemas/Message"}},
        }
    ),
    "Health": _closed(
        {
            "status": {"enum": ["ok", "starting", "degraded"]},
            **{part: {"enum": ["ok", "starting", "down"]} for part in ("bot", "actions", "database")},
        }
    ),
}


def document(routes: Iterable[Route]) -> dict[str, Any]:
    """The OpenAPI 3.1 document of all routes."""
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        operation = route.operation.as_json(route.handler.__name__, route.access)
        paths.setdefault(route.path, {})[route.method.lower()] = operation
    return {
        "openapi": "3.1.0",
        "info": {"title": "Guichet", "version": "1", "description": "The help desk's website; see docs/api.md."},
        "paths": paths,
        "components": {
            "schemas": dict(SCHEMAS),
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": SESSION_COOKIE},
            },
        },
    }
