"""What a change of the examples did, by which it can be taken back."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from corpus.edition import Sentence


@dataclass(frozen=True)
class Patch:
    """What became of a file: the lines that differ, and one line on each side.

    Attributes:
        file: Path from the data folder.
        old: The lines that were there; None where there was no file.
        new: The lines that took their place; None where the file went.
        start: Where they begin, in bytes.
        before: The line before them.
        after: The line after them.
        hash: SHA-256 of the whole file after the change.
    """

    file: str
    old: bytes | None
    new: bytes | None
    start: int
    before: bytes
    after: bytes
    hash: bytes

    @classmethod
    def between(cls, file: str, old: bytes | None, new: bytes | None) -> Patch:
        """The patch that makes one content of a file out of another."""
        if old is None or new is None:
            return cls(file, old, new, 0, b"", b"", _hash(new))
        ours, theirs = old.splitlines(keepends=True), new.splitlines(keepends=True)
        head = _common(ours, theirs)
        tail = _common(ours[head:][::-1], theirs[head:][::-1])
        return cls(
            file=file,
            old=b"".join(ours[head : len(ours) - tail]),
            new=b"".join(theirs[head : len(theirs) - tail]),
            start=sum(map(len, ours[:head])),
            before=b"".join(ours[max(head - 1, 0) : head]),
            after=b"".join(ours[len(ours) - tail :][:1]),
            hash=_hash(new),
        )

    def undone(self, content: bytes | None) -> tuple[bool, bytes | None]:
        """Whether the patch can be taken back in a file as it is now, and what the file then holds."""
        if _hash(content) == self.hash:
            if self.old is None or self.new is None or content is None:
                return True, self.old
            return True, content[: self.start] + self.old + content[self.start + len(self.new) :]
        if content is None or self.old is None or self.new is None:
            return False, None
        there = self.before + self.new + self.after
        if not there.strip() or content.count(there) != 1:
            return False, None
        return True, content.replace(there, self.before + self.old + self.after)


@dataclass(frozen=True)
class Change:
    """What a change did. It holds what members wrote: where it is kept (`corpus.kept`), an erasure must find it.

    Attributes:
        added: Sentences that are new, or new in this place or form.
        removed: Sentences that are no longer there in this place or form.
        patches: What became of the files.
    """

    added: tuple[Sentence, ...] = ()
    removed: tuple[Sentence, ...] = ()
    patches: tuple[Patch, ...] = ()

    @classmethod
    def of(
        cls,
        removed: tuple[Sentence, ...],
        added: tuple[Sentence, ...],
        before: Mapping[str, bytes],
        changed: Mapping[str, bytes | None],
    ) -> Change:
        """A change of files.

        Args:
            removed: See above.
            added: See above.
            before: What the files held.
            changed: What they hold now.
        """
        patches = tuple(Patch.between(name, before.get(name), content) for name, content in changed.items())
        return cls(added, removed, patches)


def _common(ours: Sequence[bytes], theirs: Sequence[bytes]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(ours, theirs))
    return next((number for number, (one, other) in pairs if one != other), min(len(ours), len(theirs)))


def _hash(content: bytes | None) -> bytes:
    return b"" if content is None else hashlib.sha256(content).digest()
