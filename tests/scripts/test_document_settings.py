"""docs/settings.md lists every setting."""

from __future__ import annotations

from dataclasses import fields

from scripts.document_settings import TARGET, document
from settings import ROOT, Settings


def test_the_table_is_current() -> None:
    written = (ROOT / TARGET).read_text(encoding="utf-8")
    assert written == document(), "run `make settings`"


def test_every_setting_is_in_it_and_no_path_of_this_machine() -> None:
    for item in fields(Settings):
        assert f"| `{item.metadata['env']}` |" in document()
    assert str(ROOT) not in document()
