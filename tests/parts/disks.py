"""Disks without room."""

from __future__ import annotations

import os
import subprocess
from contextlib import ExitStack
from pathlib import Path

_LITTLE_ROOM = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({0}, {0})); "


def small_disk(folder: Path, stack: ExitStack, *, fallback_octets: int = 100_000) -> str:
    """Put a file system of 64 KB below a folder, or, where that is not allowed, return what leaves a process no more room."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", str(folder)]
    if os.geteuid() == 0 and subprocess.run(mount, check=False, capture_output=True).returncode == 0:
        stack.callback(subprocess.run, ["umount", "-l", str(folder)], check=True)
        return ""
    return _LITTLE_ROOM.format(fallback_octets)


def full_disk(folder: Path, stack: ExitStack) -> str:
    """The same with no room at all left."""
    program = small_disk(folder, stack, fallback_octets=0)
    if not program:
        with (folder / "ballast").open("wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
    return program
