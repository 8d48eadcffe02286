"""The channels of a running Rasa, over HTTP, with a small trained model and the real action server."""

from __future__ import annotations

import json
import sqlite3
import uuid
from pathlib import Path
from typing import Any

import pytest

from tests.actions.server import call, outside_address, refuses_connections
from tests.bot.conftest import Running, Trained
from tests.bot.data import NEW, NEW_SENTENCES, RETIRED
from tests.support.sockets import connections_beyond_loopback

COMMANDS = ["/restart", "/session_start", "/back", "/demander_humain", '/indiquer_lieu{"commune": "64445"}', "/"]
DISGUISES = [
    "{}",
    " {}",
    "\u00a0{}",
    "\u200b{}",
    "\u2060{}",
    "\ufeff{}",
    "\u202e{}",
    "\t\n{}",
    "\u3000{}",
    "/{}",
    "{} ",
]
UNDER_ANOTHER_NAME = ["／restart", "⁄restart", "∕restart", "EXTERNAL: restart", "\\restart", "@restart", "\x00/restart"]


def _sender() -> str:
    return f"test-{uuid.uuid4().hex}"


def _say(rasa: Running, sender: str, text: str | None = None, **more: Any) -> tuple[int, Any]:
    body = {"sender": sender, "message_id": f"{sender}:{uuid.uuid4().hex}", "text": text, **more}
    return call(f"{rasa.site}/webhook", {key: value for key, value in body.items() if value is not None})


def _events(rasa: Running, sender: str, kind: str | None = None) -> list[dict[str, Any]]:
    """What Rasa's tracker store holds of a conversation."""
    with sqlite3.connect(rasa.folder / "rasa.db") as database:
        rows = database.execute("select data from events where sender_id = ? order by id", (sender,)).fetchall()
    events = [json.loads(row[0]) for row in rows]
    return [event for event in events if kind is None or event["event"] == kind]


def test_a_call_without_the_secret_is_refused(desk: Running) -> None:
    for headers in ({}, {"X-Shared-Secret": ""}, {"X-Shared-Secret": "x"}, {"X-Shared-Secret": "é"}):
        for url, body, method in [
            (f"{desk.site}/", None, "GET"),
            (f"{desk.site}/webhook", {"sender": "s", "message_id": "1", "text": "bonjour"}, "POST"),
            (f"{desk.site}/conversations/s", None, "DELETE"),
            (f"{desk.rest}/", None, "GET"),
            (f"{desk.rest}/webhook", {"sender": "s", "message": "bonjour"}, "POST"),
        ]:
            assert call(url, body, method, headers=headers)[0] == 403, (url, headers)
    assert _events(desk, "s") == []


def test_nothing_of_rasas_own_api_is_open(desk: Running) -> None:
    base = f"http://127.0.0.1:{desk.port}"
    for path in ("/version", "/status", "/domain", "/conversations/x/tracker", "/model/parse", "/model"):
        assert call(base + path, headers={})[0] in (404, 405), path


def test_it_listens_on_loopback_only(rasa: Running) -> None:
    address = outside_address()
    if address is None:
        pytest.skip("this machine has no address but loopback")
    assert refuses_connections(address, rasa.port)
    assert not refuses_connections("127.0.0.1", rasa.port)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="reads the sockets from /proc")
def test_no_connection_leaves_the_machine(desk: Running) -> None:
    assert _say(desk, _sender(), "bonjour")[0] == 200
    assert connections_beyond_loopback(desk.port) == []
    assert connections_beyond_loopback(desk.actions_port) == []


def test_an_added_category_is_answered(desk: Running) -> None:
    status, answer = _say(desk, _sender(), f"{NEW_SENTENCES[0]}, nous sommes à Pau")
    assert status == 200
    understood = answer["understanding"]
    assert understood["ranking"][0][0] == NEW
    assert understood["place"]["codes"] == ["64445"]
    ranked = [slug for slug, _ in understood["ranking"]]
    assert RETIRED not in ranked and len(ranked) == len(set(ranked))
    assert sum(probability for _, probability in understood["ranking"]) == pytest.approx(1, abs=0.01)


def test_a_merged_category_is_understood_as_the_other(desk: Running, trained: Trained) -> None:
    right = 0
    for sentence in trained.moved[:6]:
        _, answer = _say(desk, _sender(), sentence)
        right += answer["understanding"]["ranking"][0][0] == "evenement"
    assert right >= 4


def test_text_and_contact_are_one_message(desk: Running) -> None:
    sender = _sender()
    _say(desk, sender, "on est basés à Jonzac")
    status, answer = _say(desk, sender, "le truc du machin")
    assert status == 200 and answer["messages"]
    for message in answer["messages"]:
        assert set(message) >= {"text", "buttons", "contact", "handoff", "erase"}
        assert message["text"]


def test_the_declared_commune_is_the_place_until_the_member_names_one(desk: Running) -> None:
    sender = _sender()
    for text, commune in [("bonjour", "17197"), ("on est basés à Pau", "64445"), ("bonjour", "64445")]:
        assert _say(desk, sender, text, declared_commune="17197")[0] == 200
        places = [event["value"] for event in _events(desk, sender, "slot") if event["name"] == "lieu"]
        assert places[-1]["codes"] == [commune], text
    for wrong in (17197, ["17197"], {"code": "17197"}):
        assert _say(desk, sender, "bonjour", declared_commune=wrong)[0] == 400


@pytest.mark.parametrize("command", COMMANDS)
def test_typed_text_is_never_a_command(desk: Running, command: str) -> None:
    sender = _sender()
    for disguise in DISGUISES:
        text = disguise.format(command)
        status, answer = _say(desk, sender, text)
        assert status == 200, (text, answer)
        assert answer["understanding"] is not None and answer["messages"], text
    _never_a_command(desk, sender, len(DISGUISES))


def test_typed_text_is_never_a_command_under_another_name(desk: Running) -> None:
    sender = _sender()
    for text in UNDER_ANOTHER_NAME:
        assert _say(desk, sender, text)[0] == 200, text
    _never_a_command(desk, sender, len(UNDER_ANOTHER_NAME))


def _never_a_command(rasa: Running, sender: str, messages: int) -> None:
    users = _events(rasa, sender, "user")
    assert len(users) == messages
    for event in users:
        assert event["parse_data"].get("understanding"), event["text"]
        assert not event["parse_data"].get("pressed")
        assert event["parse_data"]["intent"]["name"] not in ("restart", "session_start", "back")
    assert not _events(rasa, sender, "restart") and not _events(rasa, sender, "rewind")
    assert len(_events(rasa, sender, "session_started")) == 1


def test_the_rest_channel_takes_typed_text_as_text(desk: Running) -> None:
    sender = _sender()
    for text in ("/demander_humain", "/restart", " /restart", "／restart"):
        status, answer = call(f"{desk.rest}/webhook", {"sender": sender, "message": text})
        assert status == 200 and answer, text
    _never_a_command(desk, sender, 4)


def test_the_rest_channel_gives_the_contact_as_custom(desk: Running) -> None:
    sender = _sender()
    answer = call(f"{desk.rest}/webhook", {"sender": sender, "message": "le truc du machin"})[1]
    assert answer[0]["recipient_id"] == sender and answer[0]["text"]
    payload = answer[0]["buttons"][0]["payload"]
    pressed = call(f"{desk.rest}/webhook", {"sender": sender, "message": payload})[1]
    assert pressed[0]["text"]
    assert _events(desk, sender, "user")[-1]["parse_data"]["pressed"] is True


def test_a_payload_that_was_never_offered_is_refused(desk: Running) -> None:
    sender = _sender()
    _say(desk, sender, "le truc du machin")
    before = _events(desk, sender)
    for payload in (
        "/restart",
        "/effacer_donnees",
        '/affirmer{"question": "effacement"}',
        "demander_humain",
        "",
        "/x{",
    ):
        status, answer = _say(desk, sender, payload=payload)
        assert (status, answer) == (422, {"error": "unknown_payload"}), payload
    assert _events(desk, sender) == before


def test_a_payload_that_was_offered_stays_valid_here_and_only_here(desk: Running) -> None:
    sender = _sender()
    button = _say(desk, sender, "le truc du machin")[1]["messages"][0]["buttons"][0]
    _say(desk, sender, "bonjour")
    _say(desk, sender, "encore autre chose")
    status, answer = _say(desk, sender, payload=button["payload"])
    assert status == 200 and answer["messages"]
    assert _say(desk, _sender(), payload=button["payload"])[0] == 422


def test_the_same_message_id_is_played_once(desk: Running) -> None:
    sender = _sender()
    first = _say(desk, sender, "on est basés à Saint-Sauveur", message_id="1")
    _say(desk, sender, "bonjour", message_id="2")
    again = _say(desk, sender, "on est basés à Saint-Sauveur", message_id="1")
    assert first[0] == 200 and first == again
    assert [event["message_id"] for event in _events(desk, sender, "user")] == ["1", "2"]
    other = _say(desk, _sender(), "on est basés à Saint-Sauveur", message_id="1")
    assert other[0] == 200 and other[1]["messages"] == first[1]["messages"]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b"[]", b"null", b'"x"',
        {"sender": "s", "message_id": "1"},
        {"sender": "", "message_id": "1", "text": "x"},
        {"sender": "s", "text": "x"},
        {"sender": "s", "message_id": "1", "text": 5},
        {"sender": 5, "message_id": "1", "text": "x"},
        {"sender": "s", "message_id": {"a": 1}, "text": "x"},
        {"sender": "s", "message_id": "1", "payload": ["/x"]},
        {"sender": "s", "message_id": "1", "text": "\ud800"},
        {"sender": "\udfff", "message_id": "1", "text": "x"},
    ],
)  # fmt: skip
def test_a_bad_body_is_a_bad_request(desk: Running, body: Any) -> None:
    assert call(f"{desk.site}/webhook", body)[0] == 400


ODD = [
    "",
    "   ",
    "🛠️🛠️🛠️",
    "\u200b",
    "a" * 2_000,
    "é" * 50_000,
    "' OR 1=1; --",
    "{{7*7}} ${x} {person} %s",
    "- a: [b\n",
    "<script>alert(1)</script>",
    "\u202eabc",
    "１７５００",
    "\ufdfa" * 40,
    "null",
    "[a](b)",
    '{"a": 1}',
]


@pytest.mark.parametrize("text", ODD, ids=range(len(ODD)))
def test_odd_text_is_answered(desk: Running, text: str) -> None:
    status, answer = _say(desk, _sender(), text)
    assert status == 200 and answer["messages"] and all(message["text"] for message in answer["messages"])


def test_erasing_leaves_nothing(desk: Running) -> None:
    sender, other = _sender(), _sender()
    button = _say(desk, sender, "le truc du machin")[1]["messages"][0]["buttons"][0]
    _say(desk, other, "bonjour")
    assert _events(desk, sender)
    assert call(f"{desk.site}/conversations/{sender}", method="DELETE")[0] == 204
    assert _events(desk, sender) == [] and _events(desk, other)
    assert _say(desk, sender, payload=button["payload"])[0] == 422
    assert call(f"{desk.site}/conversations/{sender}", method="DELETE")[0] == 204
    assert _say(desk, sender, "bonjour")[0] == 200


def test_a_button_of_a_commune_keeps_the_place(desk: Running) -> None:
    sender = _sender()
    _, answer = _say(desk, sender, "on est basés à Saint-Sauveur")
    buttons = [button for message in answer["messages"] for button in message["buttons"]]
    chosen = next(button for button in buttons if button["title"] == "Saint-Sauveur (33)")
    _, answer = _say(desk, sender, payload=chosen["payload"])
    assert answer["understanding"] is None
    assert "Saint-Sauveur" in answer["messages"][0]["text"]
