"""What members read: French typography, length, no words of ours, and nothing missing or left over."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest

from actions import utterance
from actions.texts import UnknownTextError, text, texts
from directory.french import typeset
from tests.actions.talk import ROOT, RULES
from understanding.catalogue import load_catalogue
from understanding.paths import TEXTS

ALL = texts()
JARGON = (
    "intent", "intention", "entité", "entite", "fallback", "score", "slot", "catégorie", "classif", "confiance",
    "ticket", "requête", "erreur", "bot", "chatbot", "utilisateur", "handoff", "probabilité", "null", "undefined",
)  # fmt: skip
LONGEST = 300
"""Characters of a text before its {names} are filled in; the emergency's is the longest."""


def _strings() -> Iterator[str]:
    for path in (ROOT / "actions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def _called_with() -> Iterator[tuple[Path, str]]:
    """Constant first arguments of `Utterance(…)` and `text(…)`."""
    for path in (ROOT / "actions").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            if node.func.id in ("Utterance", "text"):
                for constant in ast.walk(node.args[0]):
                    if isinstance(constant, ast.Constant) and isinstance(constant.value, str):
                        yield path, constant.value


def _dynamic() -> set[str]:
    """Texts that are named by a conversation intent or a language."""
    plain = set(load_catalogue().conversation) - set(RULES["CONVERSATION_ACTIONS"])
    return plain | {"langue_en", "langue_es"}


def test_every_text_that_the_code_names_exists() -> None:
    used = list(_called_with())
    assert len(used) > 20
    for path, key in used:
        assert key in ALL or key == "langue_", f"{path.name} names {key!r}"
    assert _dynamic() <= set(ALL)


def test_every_text_is_used() -> None:
    assert set(ALL) - set(_strings()) - _dynamic() == set()


def test_a_text_that_is_missing_or_lacks_a_value_is_named() -> None:
    with pytest.raises(UnknownTextError, match="absent"):
        text("absent")
    with pytest.raises(UnknownTextError, match="person"):
        text("contact", label="x")


def test_an_edited_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "textes.yml"
    path.write_text("bien: Parfait.", "utf-8")
    assert texts(path) == {"bien": "Parfait."}
    path.write_text("bien: Très bien.", "utf-8")
    assert texts(path) == {"bien": "Très bien."}


@pytest.mark.parametrize("key", sorted(ALL))
def test_typography(key: str) -> None:
    written = ALL[key]
    names = [name for _, name, _, _ in Formatter().parse(written) if name is not None]
    assert all(re.fullmatch(r"[a-z]+", name) for name in names)
    shown = typeset(written.format_map(dict.fromkeys(names, "Nom")))  # as the actions say it
    assert shown == shown.strip()
    assert "'" not in shown and '"' not in shown, "« » and ’ are written"
    if not key.startswith("langue_"):
        assert not re.search(r"[^\u00a0][:;?!»]", shown), "a no-break space stands before : ; ? ! »"
        assert not re.search(r"«[^\u00a0]", shown), "a no-break space stands behind «"
    assert "..." not in shown and "  " not in shown
    assert shown.count("\n") <= 2 and len(written) <= LONGEST
    assert shown[-1] in ".?!:…)»" or written.endswith(("{reason}", "{opening}")), "a sentence is closed"


@pytest.mark.parametrize("key", sorted(ALL))
def test_no_jargon(key: str) -> None:
    words = set(re.findall(r"\w+", re.sub(r"\{\w+\}", "", ALL[key]).lower()))
    assert not {word for word in words if word in JARGON}


def test_members_are_addressed_as_vous() -> None:
    for key, written in ALL.items():
        assert not re.search(r"\b(?:tu|te|toi|ton|ta|tes)\b|\bt’", written.lower()), key


def test_button_titles() -> None:
    titles = [value.title for value in vars(utterance).values() if isinstance(value, utterance.Button)]
    assert "Parler à un chargé de mission" in titles
    for title in titles:
        assert "'" not in title and len(title) <= 40


def test_labels_with_straight_apostrophes_are_shown_with_curved_ones() -> None:
    assert utterance.Button("Installation d'une machine", "/x").as_dict()["title"] == "Installation d’une machine"


def test_the_file_keeps_its_keys_unique() -> None:
    keys = re.findall(r"^(\w+):", Path(TEXTS).read_text("utf-8"), re.MULTILINE)
    assert len(keys) == len(set(keys)) == len(ALL)
