"""Verdicts and examples as JSON, for the page's script and for scripts of the staff."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from website.accounts.access import Access
from website.accounts.guard import signed_in
from website.body import parse_object, read_body
from website.console import words
from website.errors import ApiError
from website.openapi import Operation, Route, errors, json_answer, json_body, schema
from website.studio.desk import EXAMPLES
from website.studio.judging import Line
from website.studio.refusals import REFUSALS, RefusedExampleError, refusal_of
from website.studio.sheets import MOST_BYTES, MOST_ROWS
from website.studio.verdicts import Kind, Verdict
from website.studio.writing import squeezed

_VERDICT_SECONDS = 1.0
"""How long a verdict while typing waits for the assistant."""


async def judge_sentence(request: web.Request) -> web.Response:
    """Say what is to be said of a sentence while it is typed."""
    body = parse_object(await read_body(request) or b"{}")
    line = _line(body)
    (verdict,) = await request.app[EXAMPLES].judge([line], seconds=_VERDICT_SECONDS)
    return web.json_response(verdict.as_dict())


async def add_examples(request: web.Request) -> web.Response:
    """Write examples, all of them or none."""
    body = parse_object(await request.read() or b"{}")
    given = body.get("examples", [body])
    if not isinstance(given, list) or not 0 < len(given) <= MOST_ROWS:
        raise ApiError("text_missing")
    lines = [_line(one, number) for number, one in enumerate(given, 1)]
    desk = request.app[EXAMPLES]
    verdicts = await desk.judge(lines)
    for line, verdict in zip(lines, verdicts):
        if verdict.refusal is not None:
            raise _refused(line, verdict, len(lines) > 1)
    try:
        await desk.add(signed_in(request).id, verdicts)
    except REFUSALS as error:
        raise refusal_of(error) from error
    return web.json_response({"examples": [verdict.as_dict() for verdict in verdicts]}, status=201)


def _line(value: Any, number: int = 1) -> Line:
    text, category = (value.get("text"), value.get("category", "")) if isinstance(value, dict) else (None, None)
    if not isinstance(text, str) or not isinstance(category, str):
        raise ApiError("text_missing")
    try:
        (text + category).encode("utf-8")
    except UnicodeEncodeError as error:
        raise ApiError("bad_unicode") from error
    return Line(squeezed(text), category, number)


def _refused(line: Line, verdict: Verdict, many: bool) -> RefusedExampleError:
    refusal = verdict.refusal
    assert refusal is not None
    start = f"Phrase {line.number}{words.NBSP}: " if many else ""
    code = "bad_sentence" if refusal.kind is Kind.UNUSABLE else refusal.kind.value
    return RefusedExampleError(code, start + refusal.sentence)


_TEXT = {"type": "string"}
_VERDICT = schema(
    {
        "text": _TEXT,
        "category": _TEXT,
        "refused": {"type": "boolean"},
        "verdicts": {
            "type": "array",
            "items": schema({"kind": {"enum": [kind.value for kind in Kind]}, "sentence": _TEXT}),
        },
    }
)
_EXAMPLE = schema({"category": _TEXT, "text": _TEXT})

ROUTES = (
    Route(
        "POST",
        "/api/studio/verdict",
        judge_sentence,
        Operation(
            "What is to be said of a sentence before it becomes an example",
            body=json_body(schema({"text": _TEXT, "category": _TEXT}, "category"), "A sentence and its subject"),
            answers={"200": json_answer(_VERDICT, "The verdict"), **errors(400, 401, 403, 413, 429, 500)},
        ),
        Access.TRAINER,
    ),
    Route(
        "POST",
        "/api/studio/examples",
        add_examples,
        Operation(
            "Write one example, or many: all or none",
            body=json_body(
                {"anyOf": [_EXAMPLE, schema({"examples": {"type": "array", "items": _EXAMPLE}})]},
                "One, or a list under `examples`",
            ),
            answers={
                "201": json_answer(schema({"examples": {"type": "array", "items": _VERDICT}}), "Written"),
                **errors(400, 401, 403, 409, 413, 422, 429, 500),
            },
        ),
        Access.TRAINER,
        most_bytes=2 * MOST_BYTES,
    ),
)
