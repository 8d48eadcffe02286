"""Settings as the environment gives them."""

from __future__ import annotations

import pytest

from settings import SettingError, Settings


@pytest.mark.parametrize(
    ("written", "meant"), [("", True), ("1", True), ("oui", True), ("0", False), ("Non", False), ("false", False)]
)
def test_yes_and_no(written: str, meant: bool) -> None:
    assert Settings.from_environment({"DATA_OWNER": written}).data_owner is meant


def test_neither_yes_nor_no_is_told() -> None:
    with pytest.raises(SettingError, match="DATA_OWNER='peut-être' is not a valid bool"):
        Settings.from_environment({"DATA_OWNER": "peut-être"})
