"""Many at once, in threads and in processes; killed at any moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import textwrap
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from corpus.edition import Origin
from corpus.writer import CorpusWriter
from settings import ROOT
from tests.corpus.files import texts
from understanding.corpus import read_corpus

STUDIO = Origin("studio")
ADDER = """
    import sys
    from pathlib import Path
    from corpus.edition import Origin
    from corpus.writer import CorpusWriter
    writer = CorpusWriter(Path(sys.argv[1]))
    for number in range(10):
        writer.add("formation", [(f"phrase {number} du processus {sys.argv[2]}", Origin("studio"))])
"""
MOVER = """
    import sys
    from pathlib import Path
    from corpus.writer import CorpusWriter
    writer = CorpusWriter(Path(sys.argv[1]))
    print("ready", flush=True)
    while True:
        for intent in ("emploi", "formation", "saluer"):
            writer.move([one.id for one in writer.read().sentences], intent)
"""


def _start(program: str, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-c", textwrap.dedent(program), *arguments]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE)


def test_of_many_who_add_at_once_nobody_loses_anything(writer: CorpusWriter, folder: Path) -> None:
    """Threads with one writer, others with their own, two more processes, and an editor."""
    before = texts(folder)
    others = [_start(ADDER, str(folder), name) for name in "ab"]
    own = CorpusWriter(folder)

    def work(number: int) -> None:
        one = (writer, own)[number % 2]
        for part in range(8):
            one.add("emploi" if part % 2 else "formation", [(f"phrase {part} du fil {number}", STUDIO)])

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(work, range(4)))
    for other in others:
        other.communicate()
    assert [other.returncode for other in others] == [0, 0]
    new = {text for _, text, _ in texts(folder)} - {text for _, text, _ in before}
    assert new == {f"phrase {part} du fil {number}" for part in range(8) for number in range(4)} | {
        f"phrase {number} du processus {name}" for number in range(10) for name in "ab"
    }
    assert len(texts(folder)) == len(before) + 52


def test_killed_at_any_moment_no_sentence_is_lost_or_doubled(writer: CorpusWriter, folder: Path) -> None:
    writer.add("emploi", [(f"privée {number}", Origin("member", f"c{number}")) for number in range(5)], private=True)
    spoken = Counter(text for _, text, _ in texts(folder))
    chance, intents = random.Random(7), set()
    for _ in range(12):
        child = _start(MOVER, str(folder))
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.08))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        edition = writer.read()
        assert not edition.faults
        assert Counter(one.text for one in edition.sentences) == spoken
        assert Counter(one.text for one in read_corpus(folder / "nlu")) == spoken
        intents |= set(edition.by_intent)
        assert sum(one.private for one in edition.sentences) == 5
    assert len(intents) > 1
    writer.add("formation", [("et après", STUDIO)])
    assert list(folder.rglob(".*")) == []
