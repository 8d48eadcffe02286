"""The OpenAPI document tells the truth about the application."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from aiohttp import web
from jsonschema import Draft202012Validator, FormatChecker

from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Member, Site
from website.errors import MESSAGES, STATUS, ApiError


@pytest.fixture
async def document(site: Site, http: aiohttp.ClientSession) -> dict[str, Any]:
    async with http.get(f"{site.url}/api/openapi.json") as response:
        body: dict[str, Any] = await response.json()
        return body


def validate(document: dict[str, Any], path: str, method: str, status: int, body: Any) -> None:
    answer = document["paths"][path][method]["responses"][str(status)]
    schema = {**answer["content"]["application/json"]["schema"], "components": document["components"]}
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(body)


async def test_every_route_is_described_and_exists(site: Site, document: dict[str, Any]) -> None:
    described = {(path, method) for path, methods in document["paths"].items() for method in methods}
    existing = {
        (route.resource.canonical, route.method.lower())
        for route in site.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }
    assert described == existing


async def test_document_is_well_formed(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    names = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(names) == len(set(names))
    for path, methods in document["paths"].items():
        for operation in methods.values():
            inside = {row["name"] for row in operation.get("parameters", ()) if row["in"] == "path"}
            assert inside == {part[1:-1] for part in path.split("/") if part.startswith("{")}
            assert operation["summary"] and operation["responses"]


async def test_real_answers_fit(
    site: Site, http: aiohttp.ClientSession, document: dict[str, Any], rasa: FakeRasa
) -> None:
    base = "/api/conversations"
    async with http.post(site.url + base, json={}) as response:
        body = await response.json()
        validate(document, base, "post", response.status, body)
    member = Member(http, site.url, body["id"], body["token"])
    validate(document, f"{base}/{{id}}/messages", "post", *await member.post({"text": "payer", "client_id": "a"}))
    await member.answered(2)
    await member.ask("un choix")
    transcript = await member.read()
    assert any(message["contact"] for message in transcript["messages"])
    assert any(message["buttons"] for message in transcript["messages"])
    validate(document, f"{base}/{{id}}/messages", "get", 200, transcript)
    for wrong in (
        {},
        {"text": "x" * 2001, "client_id": "b"},
        {"text": "b", "client_id": "a"},
        {"payload": "/x", "client_id": "c"},
    ):
        validate(document, f"{base}/{{id}}/messages", "post", *await member.post(wrong))
    async with http.post(f"{member.address}/end", json={}, headers=member.headers) as response:
        validate(document, f"{base}/{{id}}/end", "post", response.status, await response.json())
    async with http.get(f"{site.url}/health") as response:
        validate(document, "/health", "get", response.status, await response.json())


async def test_strangers_do_not_fit(document: dict[str, Any]) -> None:
    schema = {"$ref": "#/components/schemas/Message", "components": document["components"]}
    assert not Draft202012Validator(schema).is_valid({"seq": 1, "text": ""})


def test_every_error_has_a_message_in_french_and_a_status() -> None:
    for code, message in MESSAGES.items():
        response = ApiError(code).response()
        assert isinstance(response, web.Response)
        assert 400 <= response.status <= 500
        assert message.endswith(".")
        assert " ;" not in message and " :" not in message and "'" not in message
    assert set(STATUS) <= set(MESSAGES)
