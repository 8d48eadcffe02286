"""What processes take, and who is who among them."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from bench.load.processes import Usage, busy_seconds, family, usage

WORKING = "import time\nblock = b'x' * 60_000_000\nend = time.process_time() + 0.3\n"
WORKING += "while time.process_time() < end: pass\nprint('worked', flush=True)\ntime.sleep(60)"


def test_time_and_memory_are_counted() -> None:
    with subprocess.Popen([sys.executable, "-c", WORKING], stdout=subprocess.PIPE) as working:
        assert working.stdout is not None
        working.stdout.readline()
        found = usage([working.pid])
        assert 0.3 <= found.cpu < 30 and 60 < found.pss <= found.rss < 200
        assert usage([working.pid, os.getpid()]).rss > found.rss
        working.kill()
    assert usage([working.pid]) == Usage()


def test_a_family_is_known_by_the_modules_that_run(tmp_path: object) -> None:
    folder = str(tmp_path)
    for name in ("website", "helper"):
        with open(f"{folder}/{name}.py", "w") as file:
            child = "subprocess.Popen([sys.executable, '-m', 'helper'])\n" if name == "website" else ""
            file.write(f"import subprocess, sys, time\n{child}print('up', flush=True)\ntime.sleep(60)\n")
    command = [sys.executable, "-c", "import subprocess, sys; subprocess.run([sys.executable, '-m', 'website'])"]
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, start_new_session=True) as root:
        assert root.stdout is not None
        lines = [root.stdout.readline(), root.stdout.readline()]
        found = family(root.pid, "other")
        os.killpg(root.pid, 9)
    assert lines == [b"up\n", b"up\n"]
    assert found["other"] == [root.pid]
    assert len(found["site"]) == 2, "a process that runs no module of ours counts for who started it"


def test_the_machine_is_busy_while_somebody_works() -> None:
    before, end = busy_seconds(), time.process_time() + 0.2
    while time.process_time() < end:
        pass
    assert busy_seconds() - before >= 0.15
