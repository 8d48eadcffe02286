"""Processes are restarted when they die and ended together, whatever happens to the supervisor."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from settings import ROOT
from supervisor.journal import Journal
from supervisor.processes import Backoff, Control, Process, Supervisor
from tests.supervisor.stage import Stage, alive, eventually

SLEEPER = "time.sleep(600)\n"
STUBBORN = "signal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('deaf', flush=True)\ntime.sleep(600)\n"
PARENT = """
child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])
open(os.path.splitext(__file__)[0] + '-child.pids', 'w').write(str(child.pid))
time.sleep(600)
"""
DYING = """
import asyncio, os, signal, sys, time
from supervisor.processes import Process, Supervisor

command, notes = sys.argv[1:]
start = asyncio.create_subprocess_exec

async def start_and_die(*arguments, **options):
    await start(*arguments, **options)
    while not (os.path.exists(notes) and os.path.getsize(notes)):
        time.sleep(0.01)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.create_subprocess_exec = start_and_die
asyncio.run(Supervisor([Process("p", [sys.executable, command])]).run())
"""


def test_a_process_that_dies_is_started_again(stage: Stage) -> None:
    supervisor = stage.supervise(stage.command("mortal", SLEEPER))
    assert eventually(lambda: len(stage.pids("mortal")) == 1)
    os.kill(stage.pids("mortal")[0], signal.SIGKILL)
    assert eventually(lambda: len(stage.pids("mortal")) == 2)
    supervisor.send_signal(signal.SIGINT)
    output, _ = supervisor.communicate()
    assert "«\u00a0p0\u00a0» s’est arrêté (signal SIGKILL)\u00a0; nouveau départ dans 0.05\u00a0s." in output
    assert not any(map(alive, stage.pids("mortal")))


def test_the_waiting_time_doubles_up_to_the_most() -> None:
    async def run() -> str:
        out = io.StringIO()
        supervisor = Supervisor(
            [Process("x", [sys.executable, "-c", "raise SystemExit(3)"])],
            journal=Journal(out, colour=False),
            backoff=Backoff(0.01, 0.04, 60),
        )
        running = asyncio.create_task(supervisor.run())
        while out.getvalue().count("nouveau départ") < 4:
            await asyncio.sleep(0.01)
        supervisor.stop()
        await running
        return out.getvalue()

    said = asyncio.run(run())
    waits = [line.rpartition("dans ")[2] for line in said.splitlines() if "nouveau départ" in line]
    assert waits[:4] == ["0.01\u00a0s.", "0.02\u00a0s.", "0.04\u00a0s.", "0.04\u00a0s."]
    assert "(code 3)" in said


def test_temporary_files_are_gone_even_when_a_process_is_killed(tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    (scratch / "left.txt").write_text("by an earlier one", "utf-8")
    program = (
        "import os, pathlib, tempfile; here = pathlib.Path(tempfile.gettempdir());"
        "print(here.name, len(list(here.iterdir())), flush=True);"
        "(here / 'secret.txt').write_text('x'); os.kill(os.getpid(), 9)"
    )

    async def run() -> tuple[int, str]:
        out = io.StringIO()
        supervisor = Supervisor([], journal=Journal(out, colour=False))
        process = Process("x", [sys.executable, "-c", program], scratch=scratch)
        return await supervisor.run_once(process), out.getvalue()

    code, said = asyncio.run(run())
    assert code == -signal.SIGKILL
    assert "scratch 0" in said, "it finds its folder empty"
    assert not scratch.exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_everything(stage: Stage, number: signal.Signals) -> None:
    supervisor = stage.supervise(stage.command("plain", SLEEPER), stage.command("parent", PARENT))
    assert eventually(lambda: bool(stage.pids("plain")) and bool(stage.pids("parent-child")))
    supervisor.send_signal(number)
    supervisor.communicate()
    assert supervisor.returncode == 0
    for name in ("plain", "parent", "parent-child"):
        assert not any(map(alive, stage.pids(name))), name


def test_a_process_that_ignores_the_signal_is_killed(stage: Stage) -> None:
    supervisor = stage.supervise(stage.command("deaf", STUBBORN))
    assert supervisor.stdout is not None
    assert supervisor.stdout.readline() == "p0      | deaf\n"
    supervisor.send_signal(signal.SIGTERM)
    supervisor.communicate()
    assert not alive(stage.pids("deaf")[0])


def test_a_killed_supervisor_leaves_no_orphan(stage: Stage) -> None:
    supervisor = stage.supervise(stage.command("plain", SLEEPER), stage.command("parent", PARENT))
    assert eventually(lambda: bool(stage.pids("plain")) and bool(stage.pids("parent-child")))
    supervisor.kill()
    supervisor.wait()
    left = stage.pids("plain") + stage.pids("parent") + stage.pids("parent-child")
    assert eventually(lambda: not any(map(alive, left)))


def test_a_supervisor_killed_while_it_starts_a_process_leaves_no_orphan(stage: Stage) -> None:
    command = stage.command("plain", SLEEPER)
    driver = subprocess.run([sys.executable, "-c", DYING, command, stage.folder / "plain.pids"], cwd=ROOT)
    assert driver.returncode == -signal.SIGKILL
    (left,) = stage.pids("plain")
    assert eventually(lambda: not alive(left))


def test_what_a_dead_process_leaves_is_ended_before_the_next_start(stage: Stage) -> None:
    supervisor = stage.supervise(stage.command("parent", PARENT))
    assert eventually(lambda: bool(stage.pids("parent-child")))
    first = stage.pids("parent-child")[0]
    os.kill(stage.pids("parent")[0], signal.SIGKILL)
    assert eventually(lambda: len(stage.pids("parent")) == 2)
    assert not alive(first)
    supervisor.send_signal(signal.SIGINT)
    supervisor.communicate()


def test_lines_are_prefixed_and_a_progress_bar_shows_its_last_state() -> None:
    said = "un\\n10 %\\r100 %\\nde l’été\\n"
    body = f"import sys; sys.stdout.buffer.write('{said}'.encode() + b'\\xff sans fin'); print(file=sys.stderr)"

    async def run() -> tuple[int, str]:
        out = io.StringIO()
        code = await Supervisor(journal=Journal(out, colour=False)).run_once(
            Process("site", [sys.executable, "-X", "utf8", "-c", body])
        )
        return code, out.getvalue()

    code, printed = asyncio.run(run())
    assert code == 0
    assert printed == "site    | un\nsite    | 100 %\nsite    | de l’été\nsite    | \ufffd sans fin\n"


def test_a_command_that_does_not_exist_is_said_not_raised() -> None:
    async def run() -> tuple[int, str]:
        out = io.StringIO()
        code = await Supervisor(journal=Journal(out, colour=False)).run_once(Process("site", ["./no-such-command"]))
        return code, out.getvalue()

    code, said = asyncio.run(run())
    assert code == 127
    assert "«\u00a0site\u00a0» ne peut pas démarrer" in said


def test_colours_only_on_a_terminal() -> None:
    out = io.StringIO()
    Journal(out).line("site", "a")
    Journal(out, colour=True).line("site", "b")
    assert out.getvalue() == "site    | a\n\x1b[34msite    |\x1b[0m b\n"


def test_one_process_can_be_ended_alone_with_its_children(stage: Stage) -> None:
    async def run() -> tuple[int, bool]:
        supervisor = Supervisor(journal=Journal(io.StringIO(), colour=False), grace=5)
        mine, other = Control(), Control()
        parent = Process("mine", [sys.executable, str(stage.command("parent", PARENT))])
        plain = Process("other", [sys.executable, str(stage.command("plain", SLEEPER))])
        first = asyncio.create_task(supervisor.run_once(parent, mine))
        beside = asyncio.create_task(supervisor.run_once(plain, other))
        assert await asyncio.to_thread(eventually, lambda: bool(stage.pids("parent-child") and stage.pids("plain")))
        assert mine.pid == stage.pids("parent")[0]
        mine.end()
        code = await first
        still = alive(stage.pids("plain")[0])
        other.end()
        await beside
        return code, still

    code, still = asyncio.run(run())
    assert (code, still) == (-signal.SIGTERM, True)
    assert not any(map(alive, stage.pids("parent-child") + stage.pids("plain")))
