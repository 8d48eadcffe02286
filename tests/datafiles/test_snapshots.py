"""Several files replaced as one: new ones, changed ones, deleted ones; conflicts, crashes, full disks."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from datafiles import replacing
from datafiles.snapshots import ChangedMeanwhileError, NotWritableError, replace, take
from settings import ROOT

WRITER = """
    import sys
    from pathlib import Path
    from datafiles.snapshots import replace, take
    folder = Path(sys.argv[1])
    print("ready", flush=True)
    while True:
        before = take(folder, "**/*.yml")
        round = int((before.contents.get("a.yml") or b"0").split()[0]) + 1
        text = f"{round} ".encode() * 200
        others = dict.fromkeys(["sub/b.yml", "sub/deep/c.yml"], text if round % 2 else None)
        replace(before, {"a.yml": text, **others})
"""


def test_files_are_made_changed_and_deleted_together(tmp_path: Path) -> None:
    (tmp_path / "old.yml").write_bytes(b"old")
    (tmp_path / "gone.yml").write_bytes(b"gone")
    (tmp_path / "old.yml").chmod(0o600)
    before = take(tmp_path, "**/*.yml")
    after = replace(before, {"membres/new.yml": b"new", "old.yml": b"changed", "gone.yml": None})
    assert dict(after.contents) == {"membres/new.yml": b"new", "old.yml": b"changed"}
    assert take(tmp_path, "**/*.yml") == after
    assert (tmp_path / "old.yml").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.rglob(".*")] == []


@pytest.mark.parametrize("name", ["a.yml", "b.yml", "new.yml"])
def test_a_file_that_changed_meanwhile_stops_all(tmp_path: Path, name: str) -> None:
    for file in ("a.yml", "b.yml"):
        (tmp_path / file).write_bytes(b"old")
    before = take(tmp_path)
    (tmp_path / name).write_bytes(b"by hand")
    with pytest.raises(ChangedMeanwhileError) as caught:
        replace(before, {"a.yml": b"1", "b.yml": b"2", "new.yml": b"3"})
    assert caught.value.now == take(tmp_path)
    assert take(tmp_path).contents == {**before.contents, name: b"by hand"}


def test_a_change_in_the_last_moment_stops_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody saves between the comparison and the replacement of the second file."""
    for file in ("a.yml", "b.yml"):
        (tmp_path / file).write_bytes(b"old")
    before = take(tmp_path)
    put = replacing._put

    def edit_then_put(path: Path, draft: Path | None) -> None:
        put(path, draft)
        if path.name == "a.yml" and path.read_bytes() == b"1":
            (tmp_path / "b.yml").write_bytes(b"by hand")

    monkeypatch.setattr(replacing, "_put", edit_then_put)
    with pytest.raises(ChangedMeanwhileError):
        replace(before, {"a.yml": b"1", "b.yml": b"2"})
    assert take(tmp_path).contents == {"a.yml": b"old", "b.yml": b"by hand"}


def test_a_failure_in_the_middle_puts_all_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.yml").write_bytes(b"old")
    before = take(tmp_path)
    put = replacing._put

    def fail(path: Path, draft: Path | None) -> None:
        if path.name == "b.yml":
            raise OSError(5, "Input/output error")
        put(path, draft)

    monkeypatch.setattr(replacing, "_put", fail)
    with pytest.raises(NotWritableError):
        replace(before, {"a.yml": b"1", "b.yml": b"2"})
    assert sorted(os.listdir(tmp_path)) == ["a.yml"]
    assert take(tmp_path) == before


def test_killed_at_any_moment_it_leaves_all_old_or_all_new(tmp_path: Path) -> None:
    chance, rounds = random.Random(4), set()
    for _ in range(25):
        child = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(WRITER), str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE
        )
        assert child.stdout is not None and child.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0.0, 0.05))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        contents = take(tmp_path, "**/*.yml").contents
        if not contents:
            continue
        round = int(contents["a.yml"].split()[0])
        text = f"{round} ".encode() * 200
        names = ["a.yml", "sub/b.yml", "sub/deep/c.yml"] if round % 2 else ["a.yml"]
        assert contents == dict.fromkeys(names, text)
        rounds.add(round)
    assert len(rounds) > 5
    replace(take(tmp_path), {})
    assert list(tmp_path.rglob(".*")) == []


def test_what_was_edited_after_a_crash_is_left_alone(tmp_path: Path) -> None:
    for file in ("a.yml", "b.yml", "c.yml"):
        (tmp_path / file).write_bytes(b"old")
    program = """
        import os, sys
        from pathlib import Path
        from datafiles import replacing
        from datafiles.snapshots import replace, take
        put = replacing._put
        def die(path, draft):
            put(path, draft)
            if path.name == "a.yml":
                os._exit(9)
        replacing._put = die
        replace(take(Path(sys.argv[1])), {"a.yml": b"1", "b.yml": b"2", "c.yml": b"3"})
    """
    died = subprocess.run([sys.executable, "-c", textwrap.dedent(program), str(tmp_path)], cwd=ROOT)
    assert died.returncode == 9
    assert [(tmp_path / f"{name}.yml").read_bytes() for name in "abc"] == [b"1", b"old", b"old"]
    (tmp_path / "b.yml").write_bytes(b"by hand")
    assert dict(take(tmp_path).contents) == {"a.yml": b"1", "b.yml": b"by hand", "c.yml": b"3"}
