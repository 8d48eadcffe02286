"""Rasa away, slow or failing, and the site itself killed: nothing lost, nothing answered twice."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from releases.serving import report
from supervisor.loopback import free_port
from tests.support.fake_rasa import SECRET, Answer, FakeRasa, said
from tests.website.conftest import Member, Site, StartSite
from website.texts import STARTING, UNANSWERABLE, UNAVAILABLE, UNREACHABLE

ROOT = Path(__file__).resolve().parents[2]


def systems(transcript: dict[str, Any]) -> list[str]:
    """What the system said after the first notice."""
    return [message["text"] for message in transcript["messages"][1:] if message["sender"] == "system"]


def answers(transcript: dict[str, Any]) -> list[int]:
    """The messages that were answered, in the order of the answers."""
    return [message["reply_to"] for message in transcript["messages"] if message["sender"] == "bot"]


async def test_before_rasa_is_up(database_url: str, start_site: StartSite, http: aiohttp.ClientSession) -> None:
    port = free_port()
    site = await start_site(port, database_url=database_url)
    member = await Member(http, site.url).open()
    sent = [await member.say(f"message {number}") for number in range(3)]
    transcript = await member.until(systems)
    assert systems(transcript) == [STARTING]
    (notice,) = [message for message in transcript["messages"] if message["text"] == STARTING]
    assert [button["title"] for button in notice["buttons"]] == ["Parler à un chargé de mission"]
    assert transcript["answered_to"] == 0
    with FakeRasa(port) as rasa:
        transcript = await member.answered(sent[-1])
        assert answers(transcript) == sent
        assert systems(transcript) == [STARTING]
        assert len(rasa.calls) == 3


async def test_without_a_model_to_serve_the_member_is_told_so(
    start_site: StartSite, http: aiohttp.ClientSession
) -> None:
    port = free_port()
    site = await start_site(port)
    async with site.storage.write() as session:
        await report(session, "ici:5005", None, None, "Rien à servir.")
    member = await Member(http, site.url).open()
    seq = await member.say("message")
    transcript = await member.until(systems)
    assert systems(transcript) == [UNAVAILABLE]
    with FakeRasa(port):
        assert answers(await member.answered(seq)) == [seq]


async def test_each_outage_is_told_once(member: Member, rasa: FakeRasa) -> None:
    for outage in (1, 2):
        await member.ask("tout va bien")
        rasa.away = True
        sent = [await member.say("un"), await member.say("deux")]
        expected = [UNREACHABLE] * outage

        def told(transcript: dict[str, Any], expected: list[str] = expected) -> bool:
            return systems(transcript) == expected

        await member.until(told)
        await asyncio.sleep(1.5)
        assert systems(await member.read()) == expected
        rasa.away = False
        transcript = await member.answered(sent[-1])
        assert answers(transcript)[-2:] == sent


@pytest.mark.parametrize("status", [403, 404, 429, 502, 503])
async def test_any_refusal_of_service_is_tried_again(member: Member, rasa: FakeRasa, status: int) -> None:
    rasa.fault = status
    seq = await member.say("bonjour")
    await member.until(systems)
    rasa.fault = 0
    assert answers(await member.answered(seq)) == [seq]


@pytest.mark.parametrize("body", [[], {}, {"messages": []}, {"messages": [1]}, {"messages": None}, "a"])
async def test_answer_of_an_unknown_form_is_tried_again(member: Member, rasa: FakeRasa, body: Any) -> None:
    replies: list[Any] = [body, body]

    def script(text: str) -> list[Answer]:
        return [said("compris")]

    rasa.script = script
    rasa.bodies = replies
    seq = await member.say("bonjour")
    transcript = await member.answered(seq)
    assert answers(transcript) == [seq]
    assert replies == []


async def test_message_that_rasa_refuses_for_ever_does_not_block_the_next(member: Member, rasa: FakeRasa) -> None:
    await member.ask("un choix")
    rasa.fault = 422
    seq = await member.press('/choisir{"category": "formation"}')
    transcript = await member.answered(seq)
    assert systems(transcript) == [UNANSWERABLE]
    rasa.fault = 0
    assert answers(await member.ask("bonjour"))[-1] == seq + 2


async def test_button_of_which_rasa_lost_the_memory_is_played_as_its_title(member: Member, rasa: FakeRasa) -> None:
    await member.ask("un choix")
    rasa.forgetful = True
    transcript = await member.answered(await member.press('/choisir{"category": "formation"}'))
    assert transcript["messages"][-1]["text"].endswith("Formation")
    assert rasa.calls[-1]["text"] == "Formation"


async def test_slow_answer_is_not_played_twice(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    site = await start_site(rasa.port, rasa_timeout=0.5)
    member = await Member(http, site.url).open()
    rasa.delay = 1.5
    seq = await member.say("bonjour")
    await member.until(systems)
    rasa.delay = 0.0
    transcript = await member.answered(seq)
    assert answers(transcript) == [seq]
    assert len(rasa.calls) == 1


async def test_one_conversation_does_not_wait_for_another(
    site: Site, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    stuck, other = await Member(http, site.url).open(), await Member(http, site.url).open()

    def script(text: str) -> list[Answer]:
        if text == "coincé":
            raise ValueError(text)
        return [said("libre")]

    rasa.script = script
    await stuck.say("coincé")
    assert (await other.ask("bonjour"))["messages"][-1]["text"] == "libre"
    assert (await stuck.read())["answered_to"] == 0


async def test_client_that_leaves_while_sending(member: Member, site: Site, caplog: pytest.LogCaptureFixture) -> None:
    body = b'{"text": "bonjour", "client_id": "a"}'
    head = (
        f"POST /api/conversations/{member.id}/messages HTTP/1.1\r\nHost: a\r\n"
        f"Authorization: Bearer {member.token}\r\nContent-Length: {len(body)}\r\n\r\n"
    ).encode()
    _, half = await asyncio.open_connection("127.0.0.1", site.settings.port)
    half.write(head + body[:10])
    await half.drain()
    half.transport.abort()
    _, whole = await asyncio.open_connection("127.0.0.1", site.settings.port)
    whole.write(head + body)
    await whole.drain()
    whole.close()
    assert await member.post({"text": "bonjour", "client_id": "a"}) == (202, {"seq": 2})
    assert answers(await member.answered(2)) == [2]
    assert [record for record in caplog.records if record.levelname == "ERROR"] == []


@pytest.mark.services
async def test_database_away_for_a_while(
    postgres_url: str,
    postgres_server: Any,
    start_site: StartSite,
    http: aiohttp.ClientSession,
    rasa: FakeRasa,
    caplog: pytest.LogCaptureFixture,
) -> None:
    site = await start_site(rasa.port, database_url=postgres_url)
    member = await Member(http, site.url).open()
    name = postgres_url.rpartition("/")[2].partition("?")[0]

    def away() -> None:
        postgres_server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
        postgres_server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))

    rasa.delay = 0.5
    body = {"text": "question-confidentielle", "client_id": "a"}
    assert (await member.post(body))[0] == 202
    await asyncio.sleep(0.2)
    away()  # while the answer is on its way
    status, error = await member.post({"text": "pendant la panne", "client_id": "b"})
    assert (status, error["error"]["code"]) == (500, "internal")
    await asyncio.sleep(1)
    postgres_server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    assert await member.post(body) == (202, {"seq": 2})
    transcript = await member.answered(2)
    assert answers(transcript) == [2]
    assert len(rasa.calls) == 1
    rasa.away = True
    await member.say("encore une")
    away()
    await site.stop()
    assert "confidentielle" not in caplog.text


class Process:
    """`python -m website`, to be killed."""

    def __init__(self, rasa_port: int, address: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._environment = {
            **os.environ,
            "PORT": str(self.port),
            "RASA_PORT": str(rasa_port),
            "ACTIONS_PORT": str(rasa_port),
            "DATABASE_URL": address,
            "SHARED_SECRET": SECRET,
            "LIMIT_ADDRESS": "0",
        }
        self._process: subprocess.Popen[bytes] | None = None

    async def start(self, http: aiohttp.ClientSession) -> None:
        self._process = subprocess.Popen(  # noqa: ASYNC220
            [sys.executable, "-m", "website"], cwd=ROOT, env=self._environment
        )
        async with asyncio.timeout(30):
            while True:
                assert self._process.poll() is None
                try:
                    async with http.get(f"{self.url}/health"):
                        return
                except aiohttp.ClientError:
                    await asyncio.sleep(0.1)

    def kill(self) -> None:
        assert self._process is not None
        self._process.kill()

    def wait(self) -> int:
        """Wait for the end, and give the exit status."""
        assert self._process is not None
        return self._process.wait(20)

    def end(self, how: signal.Signals) -> int:
        """Send a signal, wait for the end, and give the exit status."""
        assert self._process is not None
        self._process.send_signal(how)
        return self.wait()


@pytest.fixture
def process(rasa: FakeRasa, database_url: str) -> Iterator[Process]:
    running = Process(rasa.port, database_url)
    yield running
    if running._process is not None:
        running._process.kill()
        running._process.wait()


@pytest.fixture
async def customer(process: Process, http: aiohttp.ClientSession) -> AsyncIterator[Member]:
    await process.start(http)
    yield await Member(http, process.url).open()


async def test_killed_between_answer_and_storing(
    process: Process, customer: Member, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    def script(text: str) -> list[Answer]:
        process.kill()  # Rasa has played the message; the site never hears of it
        return [said("joué une fois")]

    rasa.script = script
    seq = await customer.say("bonjour")
    assert await asyncio.to_thread(process.wait) == -signal.SIGKILL
    rasa.script = lambda text: [said("joué encore")]
    await process.start(http)
    transcript = await customer.answered(seq)
    assert [message["text"] for message in transcript["messages"][2:]] == ["joué une fois"]
    assert len(rasa.calls) == 1


async def test_killed_in_the_middle_of_many_messages(
    process: Process, customer: Member, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    rasa.delay = 0.1
    bodies = [{"text": f"message {number}", "client_id": uuid.uuid4().hex} for number in range(10)]
    numbers = [(await customer.post(body))[1]["seq"] for body in bodies]
    await customer.answered(numbers[3])
    assert process.end(signal.SIGKILL) == -signal.SIGKILL
    await process.start(http)
    assert [(await customer.post(body))[1]["seq"] for body in bodies] == numbers
    transcript = await customer.answered(numbers[-1])
    assert answers(transcript) == numbers
    assert [message["seq"] for message in transcript["messages"]] == list(range(1, 22))


async def test_ends_at_once_with_open_streams_and_waiting_messages(
    process: Process, customer: Member, rasa: FakeRasa
) -> None:
    rasa.away = True
    await customer.say("bonjour")
    async with customer.events() as events:
        assert (await anext(events)).id == 1
        assert process.end(signal.SIGTERM) == 0
        assert [event async for event in events if event.id == 1] == []


def test_taken_port_is_named_in_one_sentence(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        environment = {**os.environ, "PORT": str(port), "DATABASE_URL": f"sqlite:///{tmp_path / 'a.db'}"}
        run = subprocess.run(
            [sys.executable, "-m", "website"], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60
        )
    assert run.returncode == 1
    assert run.stderr.strip().splitlines()[-1].startswith(f"Le port {port} est déjà pris")
    assert "Traceback" not in run.stderr


async def test_no_text_of_a_message_is_logged(member: Member, rasa: FakeRasa, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG")
    rasa.script = lambda text: [said("réponse-confidentielle")]
    rasa.fault = 500
    seq = await member.say("question-confidentielle")
    await member.until(systems)
    rasa.fault = 0
    await member.answered(seq)
    assert caplog.records
    assert "confidentielle" not in "".join(record.getMessage() for record in caplog.records)
