"""What a process started is found, generation by generation."""

from __future__ import annotations

import os
import subprocess
import sys

from supervisor.descent import children, descendants

GENERATIONS = r"""
import os, subprocess, sys
left = int(sys.argv[1])
os.write(1, b"%d\n" % os.getpid())
started = [subprocess.Popen([sys.executable, "-c", sys.argv[2], str(left - 1), sys.argv[2]]) for _ in range(left)]
sys.stdin.read()
"""


def test_all_that_a_process_started_is_found() -> None:
    command = [sys.executable, "-c", GENERATIONS, "2", GENERATIONS]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True) as root:
        assert root.stdout is not None
        told = {int(root.stdout.readline()) for _ in range(5)}
        try:
            first, found = children(root.pid), list(descendants(root.pid))
            assert len(first) == 2 and {root.pid, *found} == told
            assert [pid for pid in found if pid in first] == first
            assert all(children(pid) == [found[found.index(pid) + 1]] for pid in first)
        finally:
            os.killpg(root.pid, 9)
    assert children(root.pid) == [] and list(descendants(root.pid)) == []
