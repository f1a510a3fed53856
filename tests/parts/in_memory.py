"""Where tests put their files: in memory where there is room, because most of what a test does to a disk is to wait for it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

MEMORY = Path("/dev/shm")
ROOM = 3 * 1024**3
"""Octets that must be free: a run takes a tenth of it, the rest is for what else the machine does."""


def folder_in_memory(memory: Path = MEMORY, room: int = ROOM) -> Path | None:
    """Return a folder in memory that is large enough and may hold programs; None where there is none."""
    try:
        if not os.access(memory, os.W_OK | os.X_OK) or os.statvfs(memory).f_flag & os.ST_NOEXEC:
            return None
        return memory if shutil.disk_usage(memory).free >= room and _available() >= room else None
    except (OSError, AttributeError):
        return None


def _available() -> int:
    """Octets of memory that programs can still have (MemAvailable of proc_meminfo(5))."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
