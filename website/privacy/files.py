"""The trainers' files, as far as erasures are concerned."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Removed:
    """How much was taken out of the files."""

    examples: int = 0
    questions: int = 0


class TrainersFiles:
    """Takes out of the files what comes from conversations; nothing of any gets there yet."""

    def forget(self, conversation_id: str) -> Removed:
        """Take out all that comes from a conversation."""
        return Removed()
