"""A small disk of its own for the data, to be filled to the last byte."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path


class Disk:
    """A tmpfs of limited size, where one may be mounted; else a plain folder that is never filled.

    Args:
        folder: Where it is; made here.
        megabytes: Its size.

    Attributes:
        is_small: Whether it can be filled.
    """

    def __init__(self, folder: Path, megabytes: int) -> None:
        self.folder = folder
        folder.mkdir()
        self.is_small = self._mount(megabytes)
        folder.chmod(0o711)
        self._filler = folder / "filler"

    def _mount(self, megabytes: int) -> bool:
        program = shutil.which("mount")
        if program is None or os.geteuid() != 0:
            return False
        command = [program, "-t", "tmpfs", "-o", f"size={megabytes}m,mode=711", "tmpfs", str(self.folder)]
        return subprocess.run(command, capture_output=True).returncode == 0

    def fill(self) -> None:
        """Leave no room."""
        block = b"\0" * 4096
        with self._filler.open("ab", buffering=0) as file:
            try:
                while file.write(block * 256):
                    pass
            except OSError:
                pass
            try:
                while file.write(block):
                    pass
            except OSError:
                pass

    def free(self) -> None:
        """Give the room back."""
        self._filler.unlink(missing_ok=True)

    def close(self) -> None:
        """Take it away, with all that is on it."""
        if self.is_small:
            subprocess.run(["umount", "--lazy", str(self.folder)], check=True)
