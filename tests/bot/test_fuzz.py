"""A short seeded run of the fuzzer over the small model."""

from __future__ import annotations

import random
import re
import subprocess
import sys

from scripts.fuzz import message, nonsense
from tests.actions.server import ROOT
from tests.bot.conftest import Trained, rasa_environment
from understanding.text import MAX_CHARACTERS

NUMBER = 600


def test_messages_are_odd_and_the_same_for_a_seed() -> None:
    sentences = ["une aide pour un tour", "on est à Pau et on cherche un fraiseur"]
    first = [message(random.Random(seed), sentences) for seed in range(300)]
    assert first == [message(random.Random(seed), sentences) for seed in range(300)]
    assert len(set(first)) > 250 and max(map(len, first)) <= MAX_CHARACTERS
    assert any("\u202e" in text or "\u200b" in text for text in first)


def test_nonsense_is_told() -> None:
    assert nonsense(None) == "no understanding"
    assert nonsense({"ranking": [["a", 0.2]], "decision": "answer"})
    assert nonsense({"ranking": [["a", 1.0]], "decision": "guess"})
    assert nonsense({"ranking": [["a", 1.0]], "decision": "answer"}) == ""


def test_no_message_fails(trained: Trained) -> None:
    options = ["--number", str(NUMBER), "--seed", "7", "--model", str(trained.archive)]
    done = subprocess.run(
        [sys.executable, "-m", "scripts.fuzz", *options],
        cwd=ROOT, env=rasa_environment(trained.data), capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    told = re.search(r"(\d+) messages, (\d+) failed", done.stdout)
    assert told is not None and told.groups() == (str(NUMBER), "0")
