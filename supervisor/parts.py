"""What a machine or container runs of the help desk."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum


class Part(StrEnum):
    """A kind of process, as the command line names it."""

    SITE = "site"
    RASA = "rasa"
    ACTIONS = "actions"
    TRAININGS = "trainings"


ALL = frozenset(Part)


class UnknownPartError(ValueError):
    """There is no such part; the message is one French sentence."""


def read_parts(words: Sequence[str]) -> frozenset[Part]:
    """The parts that a command line asks for: all where it names none.

    Raises:
        UnknownPartError: It names something else.
    """
    try:
        return frozenset(map(Part, words)) or ALL
    except ValueError as error:
        known = ", ".join(Part)
        raise UnknownPartError(f"Usage\u00a0: python -m supervisor [partie…]\u00a0; parties\u00a0: {known}.") from error
