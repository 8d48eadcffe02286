"""Reading a data file as YAML nodes; what is wrong with its text is told by line, for people."""

from __future__ import annotations

import re

import yaml
from yaml.nodes import Node

try:
    from yaml import CSafeLoader as QuickLoader
except ImportError:  # a PyYAML built without libyaml
    from yaml import SafeLoader as QuickLoader  # type: ignore[assignment]

_SYNTAX = {
    "found unexpected end of stream": "guillemet ouvert ici et jamais fermé",
    "mapping values are not allowed": "deux-points inattendu ; mettez le texte entre guillemets",
    "found character '\\t'": "tabulation ; le retrait se fait avec des espaces",
    "found undefined alias": "un texte qui commence par « * » se met entre guillemets",
    "expected <block end>": "retrait inattendu, ou ligne sans « clé: »",
    "could not find expected ':'": "ligne sans « clé: »",
    "expected ',' or": "virgule, « ] » ou « } » manquant",
}
"""What the YAML parser says, by how it begins, for people."""

_DEEPEST = 300
"""Levels beyond which the quick parser, which may crash there, is not asked."""
_DASHES = re.compile(rf"(?:[?-]\s+){{{_DEEPEST}}}")
_BRACKETS = re.compile(r"[\[\]{}]")


class SyntaxFaultError(ValueError):
    """A file's text is no YAML.

    Attributes:
        line: Where, from 1.
        sentence: What is wrong, in French; spaces are plain.
    """

    def __init__(self, line: int, sentence: str) -> None:
        super().__init__(f"{line}: {sentence}")
        self.line = line
        self.sentence = sentence


def decoded(content: bytes) -> str:
    """A file's text, without a byte order mark.

    Raises:
        SyntaxFaultError: It is not in UTF-8.
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise SyntaxFaultError(line, "le fichier n’est pas en UTF-8") from error


def compose(text: str) -> Node:
    """The outermost node of a text. The marks of nodes count characters of it.

    Raises:
        SyntaxFaultError: It is no YAML, or empty.
    """
    root: Node | None
    try:
        root = _compose_slowly(text) if _is_deep(text) else yaml.compose(text, Loader=QuickLoader)
    except (yaml.YAMLError, RecursionError):
        root = _compose_slowly(text)
    if root is None:
        raise SyntaxFaultError(1, "le fichier est vide")
    return root


def _is_deep(text: str) -> bool:
    depth = deepest = 0
    for bracket in _BRACKETS.finditer(text):
        depth = max(0, depth + (1 if bracket[0] in "[{" else -1))
        deepest = max(deepest, depth)
    return deepest > _DEEPEST or _DASHES.search(text) is not None


def _compose_slowly(text: str) -> Node | None:
    """The same by PyYAML's own parser, whose messages are better."""
    try:
        root: Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
        return root
    except yaml.MarkedYAMLError as error:
        raise _fault(error) from error
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        raise SyntaxFaultError(line, "le fichier contient un caractère interdit en YAML") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise SyntaxFaultError(1, "le YAML est mal formé : trop de niveaux") from error


def _fault(error: yaml.MarkedYAMLError) -> SyntaxFaultError:
    problem = error.problem or ""
    # What is never closed is noticed at the end of the file only, but begins where the context says.
    unclosed = problem.startswith("found unexpected end of stream")
    mark = (error.context_mark if unclosed else error.problem_mark) or error.problem_mark
    words = next((words for start, words in _SYNTAX.items() if problem.startswith(start)), problem)
    return SyntaxFaultError(mark.line + 1 if mark else 1, f"le YAML est mal formé : {words}")
