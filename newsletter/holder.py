"""Who holds a lease: host, process and thread, so that people can tell, and so that a process that starts anew knows that it died.

    <host>:<process id>:<thread>:<mark of this start of the machine and its process ids>.<moment the process began, in ticks>

A process id comes back; together with the moment at which its process began (proc(5): stat, field 22) it does not. What another machine,
or a container with process ids of its own, wrote says nothing here: such a lease runs out by itself.
"""

from __future__ import annotations

import os
import platform
import threading
from functools import cache
from hashlib import sha256
from pathlib import Path

_PROC = Path("/proc")
_MOST_OF_HOST = 60


def holder() -> str:
    """Return who this thread is, in at most 100 characters."""
    mine = f"{_mark()}.{_began(os.getpid()) or 0}"
    return f"{_host()}:{os.getpid()}:{threading.get_ident() % 10**6}:{mine}"


def is_gone(name: str) -> bool:
    """Tell whether `name` is that of a process of this machine that has ended; False where that cannot be told."""
    host, _, rest = name.rpartition(":")[0].rpartition(":")[0].rpartition(":")
    mark, _, began = name.rpartition(":")[2].partition(".")
    if host != _host() or not _mark() or mark != _mark() or not rest.isdecimal() or not began.isdecimal():
        return False
    return _began(int(rest)) != int(began)


def _host() -> str:
    return platform.node()[:_MOST_OF_HOST]


def _began(process: int) -> int | None:
    """When a process began, in ticks since the machine did; None when there is no such process, or no way to know."""
    try:
        # The name of the program stands in brackets, and may hold anything.
        state, *fields = (_PROC / str(process) / "stat").read_bytes().rpartition(b")")[2].split()
        return None if state in b"ZX" else int(fields[18])  # a zombie does nothing more
    except (OSError, IndexError, ValueError):
        return None


@cache
def _mark() -> str:
    """What tells this start of the machine, and its process ids, from any other; empty where nothing does."""
    try:
        boot = (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii")
        return sha256(f"{boot} {(_PROC / 'self/ns/pid').readlink()}".encode()).hexdigest()[:8]
    except OSError:
        return ""
