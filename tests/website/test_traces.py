"""What the site tells a collector of a message, when all goes well and when it does not."""

from __future__ import annotations

import asyncio
import re

import aiohttp
import pytest

from supervisor.loopback import free_port
from tests.support.collector import Collector, Exported
from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Member, Site, take
from tracing import spans
from tracing.otlp import OtlpRecorder

TEXT = "un financement pour Jeanne Dupontel, jeanne.dupontel@example.org"


async def until(collector: Collector, name: str, number: int = 1) -> list[Exported]:
    """The spans, once there are so many of that name."""

    def enough(found: list[Exported]) -> bool:
        return sum(span.name == name for span in found) >= number

    return await asyncio.to_thread(collector.until, enough)


async def test_two_messages_are_two_traces(collector: Collector, member: Member) -> None:
    async with member.events() as events:
        for number in (1, 2):
            await member.say(TEXT)
            await take(events, lambda event: event.name == "message" and event.data["sender"] == "bot")
            await until(collector, "answer.stream", number)
    exported = await until(collector, "message.answer", 2)
    by_trace: dict[str, list[str]] = {}
    for span in sorted(exported, key=lambda span: span.begun):
        by_trace.setdefault(span.trace, []).append(span.name)
    assert len(by_trace) == 2
    for names in by_trace.values():
        assert sorted(names) == [
            "answer.store", "answer.stream", "message.answer", "message.receive", "message.store", "message.wait",
            "rasa.call",
        ]  # fmt: skip
    assert {span.attributes["guichet.message"] for span in exported if span.name == "message.receive"} == {2, 4}


async def test_a_header_from_outside_is_not_followed(collector: Collector, member: Member) -> None:
    headers = {**member.headers, "traceparent": f"00-{'a' * 32}-{'b' * 16}-01"}
    body = {"text": TEXT, "client_id": "a"}
    async with member.http.post(f"{member.address}/messages", json=body, headers=headers) as response:
        assert response.status == 202
    exported = await until(collector, "message.receive")
    assert all(span.trace != "a" * 32 and span.parent != "b" * 16 for span in exported)


async def test_each_attempt_is_told_with_its_error(collector: Collector, member: Member, rasa: FakeRasa) -> None:
    rasa.fault = 500
    seq = await member.say(TEXT)
    await until(collector, "message.answer", 2)
    rasa.fault = 0
    await member.answered(seq)
    exported = await until(collector, "answer.store")
    attempts = [span for span in exported if span.name == "message.answer"]
    calls = [span for span in exported if span.name == "rasa.call"]
    assert {span.attributes.get("error.type") for span in calls} == {"RasaFailedError", None}
    assert [span.failed for span in attempts] == [True] * (len(attempts) - 1) + [False]
    assert {span.parent for span in attempts} == {span.id for span in exported if span.name == "message.receive"}
    first, second = attempts[:2]
    assert first.ended <= second.begun
    assert {span.parent for span in calls} == {span.id for span in attempts}


async def test_a_message_of_an_earlier_process_begins_a_trace_of_its_own(
    collector: Collector, member: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("website.journeys.MOST", 0)  # what is forgotten at once was as good as another's
    await member.ask(TEXT)
    exported = await until(collector, "message.answer")
    (answer,) = [span for span in exported if span.name == "message.answer"]
    (received,) = [span for span in exported if span.name == "message.receive"]
    assert answer.parent == "" and answer.trace != received.trace
    assert answer.attributes == {"guichet.conversation": member.id, "guichet.message": 2}


async def test_nothing_that_was_written_is_told(collector: Collector, member: Member, site: Site) -> None:
    async with member.events() as events:
        await member.say(TEXT)
        await take(events, lambda event: event.name == "answered" and event.data["answered_to"])
        await until(collector, "answer.stream")
    told = b"".join(collector.raw).lower()
    assert member.id.encode() in told
    words = [word for word in re.findall(r"[\w.@-]+", TEXT) if len(word) > 4]
    for secret in (*words, "Aubron", "Rochefort", "interlocuteur", member.token, site.settings.shared_secret):
        assert secret.encode().lower() not in told, secret


async def test_a_collector_that_is_away_holds_up_nobody(
    monkeypatch: pytest.MonkeyPatch, site: Site, http: aiohttp.ClientSession
) -> None:
    monkeypatch.setattr(spans, "_recorder", OtlpRecorder("site", f"http://127.0.0.1:{free_port()}"))
    member = await Member(http, site.url).open()
    transcript = await member.ask(TEXT)
    assert [message["sender"] for message in transcript["messages"]] == ["system", "member", "bot"]
