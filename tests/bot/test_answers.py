"""What the action server answers is checked as Rasa checks it."""

from __future__ import annotations

from typing import Any

import pytest

GOOD: list[dict[str, Any]] = [
    {"events": [], "responses": []},
    {"events": [{"event": "slot", "timestamp": None, "name": "lieu", "value": {"code": "17415"}}]},
    {"responses": [{"text": "bonjour", "custom": {"type": "contact"}}]},
    {"events": [{"event": "bot", "text": "bonjour"}, {"event": "followup", "name": "action_listen"}]},
]
BAD: list[Any] = [
    {"events": {}},
    {"events": [{"event": "slot", "value": 3}]},
    {"events": [{"event": "unknown"}]},
    {"events": [{"event": "slot", "name": "lieu"}, {"event": 3}]},
    {"events": [{"event": "slot", "name": "lieu", "timestamp": "hier"}]},
    {"events": [{"event": "user", "text": 3}]},
    {"events": [{"event": "bot", "metadata": []}]},
    {"events": [{"name": "lieu"}]},
    {"events": ["slot"]},
    {"responses": ["bonjour"]},
    [],
]


@pytest.mark.parametrize("result", [*GOOD, *BAD])
def test_it_accepts_and_refuses_what_rasa_does(result: Any) -> None:
    from jsonschema import ValidationError, validate
    from rasa.core.actions.action import RemoteAction

    from bot import answers

    action = RemoteAction("action_orienter", None)
    try:
        validate(result, RemoteAction.action_response_format_spec())
    except ValidationError:
        assert result in BAD
        with pytest.raises(ValidationError):
            answers.validate_action_result(action, result)
    else:
        assert result in GOOD
        assert answers.validate_action_result(action, result) is True


def test_every_action_of_the_process_uses_it() -> None:
    from rasa.core.actions.action import RemoteAction

    from bot import answers, channels

    assert channels.SiteInput.name() == "site"
    assert RemoteAction._validate_action_result is answers.validate_action_result
