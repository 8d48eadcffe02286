"""Logs as JSON: one object a line, with the conversation that it is about, in each process."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path

import aiohttp

import logs
from supervisor.loopback import free_port
from tests.actions.server import SECRET, call, serving
from tests.support.fake_rasa import FakeRasa
from tests.website.conftest import Member, StartSite


def test_a_record_is_one_line_of_json() -> None:
    formatter = logs.JsonFormatter("site")
    try:
        raise ValueError("erreur")
    except ValueError:
        record = logging.getLogger("a").makeRecord(
            "a", logging.ERROR, "f", 1, "deux\nlignes %s", ("é",), sys.exc_info()
        )
    token = logs.CONVERSATION.set("c" * 32)
    line = formatter.format(record)
    logs.CONVERSATION.reset(token)
    row = json.loads(line)
    assert "\n" not in line
    assert (row["process"], row["level"], row["message"], row["conversation"]) == (
        "site",
        "ERROR",
        "deux\nlignes é",
        "c" * 32,
    )
    assert row["error"].endswith("ValueError: erreur")
    assert "conversation" not in json.loads(formatter.format(record))


async def test_the_site_names_the_conversation_that_waits(
    start_site: StartSite, http: aiohttp.ClientSession, rasa: FakeRasa
) -> None:
    lines: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    handler = Keep()
    handler.setFormatter(logs.JsonFormatter("site"))
    site = await start_site(rasa.port)
    rasa.fault = 500
    logging.getLogger("website.answering").addHandler(handler)
    try:
        member = await Member(http, site.url).open()
        await member.say("un mot secret")
        await member.until(lambda _: lines)
    finally:
        logging.getLogger("website.answering").removeHandler(handler)
    assert json.loads(lines[0])["conversation"] == member.id
    assert "secret" not in lines[0] and member.token not in lines[0]


def test_the_action_server_names_the_conversation_it_is_called_for(stocked_file: Path, tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    environment = {
        "ACTIONS_PORT": str(port),
        "SHARED_SECRET": SECRET,
        "DATABASE_URL": f"sqlite:///{stocked_file}",
        "LOG_FORMAT": "json",
    }
    with serving([sys.executable, "-m", "actions"], environment, f"http://127.0.0.1:{port}/health", log):
        body = {"sender_id": "c" * 32, "next_action": "action_inconnue", "tracker": {}, "domain": {}}
        assert call(f"http://127.0.0.1:{port}/webhook", body)[0] == 404
    rows = [json.loads(line) for line in log.read_text("utf-8").splitlines() if line.startswith("{")]
    assert any(row["process"] == "actions" and row.get("conversation") == "c" * 32 for row in rows)
