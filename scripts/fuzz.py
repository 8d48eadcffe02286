"""Throw odd messages at the model: `python -m scripts.fuzz --number 100000 --seed 1` (Rasa's environment).

Messages are example sentences that were mutilated, or made up of awkward characters. Each goes the way of a member's
message through the whole pipeline. Prints how many raised an exception, gave something that is no understanding, or
took more than `SLOW_S` of a processor; exits with 1 where one raised or gave nonsense.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import random
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from settings import ROOT
from understanding.corpus import read_corpus
from understanding.text import MAX_CHARACTERS

SLOW_S = 0.25
"""Seconds of a processor beyond which a parse counts as slow: what else the machine does is not the message's fault."""
TOLD_EVERY = 10_000
"""Messages after which the run says how far it is."""
SHOWN = 20
"""Failures that are printed in full."""
KINDS = ("answer", "choose", "rephrase", "human", "conversation")
AWKWARD = (
    "\u200b\u200d\u2060\u202e\ufeff\u00ad\u0301\u0336\x00\x07\x1b\x7f\u0085\u2028\u2029\u3000\u00a0\t\n\r"
    "\ud800\udfff\ufdfa\ufffd\uffff\U0001f9d1\U0001f3ff\U000e0041ßİıſΣςǅﬁℌ①½＿／＜𝒜ﷺ漢あعब"
    "'\"`\\/<>{}[]()|&;$%#@!?*+=~^-_.,:’«»…"
)
PHRASES = (
    "/restart",
    "／restart",
    '/affirmer{"question": "effacement"}',
    "' OR 1=1; --",
    "{{7*7}}",
    "${jndi:ldap://x}",
    "%s%n",
    "<script>alert(1)</script>",
    "[x](lieu)",
    "- a: [b",
    "null",
    "NaN",
    "1e309",
    "-1",
    "99999",
    "00000",
    "17500",
    "75001",
    "à Saint-",
    "près de",
    "on est à",
    "dans le",
    "64",
    "2A",
    "km",
    "€",
    "http://x.example/?q=1",
    "a@b.example",
    "et puis",
)

Mutation = Callable[[str, random.Random, Sequence[str]], str]


def _insert(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    for _ in range(dice.randint(1, 6)):
        place = dice.randint(0, len(text))
        text = text[:place] + dice.choice(AWKWARD) * dice.choice((1, 1, 1, 3, 40)) + text[place:]
    return text


def _cut(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    start = dice.randint(0, len(text))
    return text[start : dice.randint(start, len(text))]


def _shuffle(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    words = text.split(" ")
    dice.shuffle(words)
    return dice.choice((" ", "", "-", "\u00a0", "\n")).join(words)


def _typos(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    letters = list(text)
    for _ in range(max(1, len(letters) // 12)):
        if letters:
            index = dice.randrange(len(letters))
            letters[index] = dice.choice(("", letters[index] * 2, dice.choice("abcdefghijklmnopqrstuvwxyz")))
    return "".join(letters)


def _repeat(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    return (text + dice.choice(("", " ", "\n"))) * dice.randint(2, 60)


def _shout(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    return dice.choice((str.upper, str.swapcase, str.title))(text)


def _join(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    return text + dice.choice((" ", " ; et puis ", " / ", "\n")) + dice.choice(sentences)


def _phrase(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    place = dice.randint(0, len(text))
    return text[:place] + dice.choice(PHRASES) + text[place:]


def _alone(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    return dice.choice((dice.choice(PHRASES), dice.choice(AWKWARD) * dice.randint(0, 300)))


def _noise(text: str, dice: random.Random, sentences: Sequence[str]) -> str:
    return "".join(chr(dice.randrange(0x110000)) for _ in range(dice.randint(0, 120)))


MUTATIONS: tuple[Mutation, ...] = (
    _insert, _cut, _shuffle, _typos, _repeat, _shout, _join, _phrase, _alone, _noise,
)  # fmt: skip


def message(dice: random.Random, sentences: Sequence[str]) -> str:
    """A sentence after one to three mutations, of a length and of characters that the channels let through."""
    text = dice.choice(sentences)
    for _ in range(dice.randint(1, 3)):
        text = dice.choice(MUTATIONS)(text, dice, sentences)
    return text.encode("utf-8", "ignore").decode()[:MAX_CHARACTERS]


@dataclass
class Tally:
    """What came of the messages.

    Attributes:
        parsed: Messages that were tried.
        failed: Messages with the exception that they raised, or with what is wrong with their understanding.
        slow: Messages with the seconds that they took.
        longest: Seconds of the slowest.
    """

    parsed: int = 0
    failed: list[tuple[str, str]] = field(default_factory=list)
    slow: list[tuple[str, float]] = field(default_factory=list)
    longest: float = 0.0

    def __str__(self) -> str:
        return (
            f"{self.parsed} messages, {len(self.failed)} failed, {len(self.slow)} over {SLOW_S * 1000:.0f} ms, "
            f"the slowest took {self.longest * 1000:.0f} ms of a processor"
        )


def nonsense(understood: Any) -> str:
    """What is wrong with an understanding; empty where nothing is."""
    if not isinstance(understood, dict):
        return "no understanding"
    total = sum(probability for _, probability in understood["ranking"])
    if not 0.95 <= total <= 1.05:
        return f"probabilities sum to {total}"
    if understood["decision"] not in KINDS:
        return f"decision {understood['decision']!r}"
    return ""


async def fuzz(model: Path, number: int, seed: int) -> Tally:
    """Send `number` messages through a model.

    Args:
        model: A trained model's archive.
        number: How many messages.
        seed: The same seed makes the same messages, as long as the examples are the same.
    """
    from rasa.core.agent import Agent
    from rasa.core.channels.channel import UserMessage
    from rasa.utils.log_utils import configure_structlog

    from bot.conversation import UNDERSTANDING, guarded

    configure_structlog(logging.ERROR)
    processor = Agent.load(str(model)).processor
    assert processor is not None
    sentences = [example.text for example in read_corpus()]
    dice = random.Random(seed)
    tally = Tally()
    gc.collect()
    gc.freeze()  # as the site's channel does: no message waits until all that is loaded was looked through
    for _ in range(number):
        text = message(dice, sentences)
        tally.parsed += 1
        started = time.process_time()
        try:
            wrong = nonsense((await processor.parse_message(UserMessage(guarded(text)))).get(UNDERSTANDING))
        except Exception as error:  # whatever it is, it is what is looked for
            wrong = f"{type(error).__name__}: {error}"
        took = time.process_time() - started
        tally.longest = max(tally.longest, took)
        if wrong:
            tally.failed.append((text, wrong))
        if took > SLOW_S:
            tally.slow.append((text, took))
        if tally.parsed % TOLD_EVERY == 0:
            print(tally, file=sys.stderr, flush=True)
    return tally


def main(arguments: Sequence[str] | None = None) -> int:
    """The command."""
    from scripts.evaluate import current_model

    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz", description="Throw odd messages at the model.")
    parser.add_argument("--number", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--model", type=Path, help="a model's archive; the newest one where not given")
    options = parser.parse_args(arguments)
    tally = asyncio.run(fuzz(options.model or current_model(ROOT / "models"), options.number, options.seed))
    for text, wrong in tally.failed[:SHOWN]:
        print(f"failed: {wrong}: {text!a}")
    for text, took in tally.slow[:SHOWN]:
        print(f"slow: {took * 1000:.0f} ms, {len(text)} characters: {text[:100]!a}")
    print(f"{tally} (seed {options.seed}).")
    return 1 if tally.failed else 0


if __name__ == "__main__":
    sys.exit(main())
