"""Who holds a lease, or gives a sign of life: host, process and thread, so that people can tell, and so that others know that it died.

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
    return _name(threading.get_ident() % 10**6)


def this_process() -> str:
    """Return who this process is, whichever thread asks, in at most 100 characters."""
    return _name(0)


def place_of(name: str) -> tuple[str, int]:
    """Return the host and the process id that a name tells; 0 where it tells none."""
    host, number, *_ = [*name.rsplit(":", 3), ""]
    return host, int(number) if number.isdecimal() else 0


def is_here(name: str) -> bool:
    """Tell whether `name` is that of a process of this host that saw the same process ids, whether or not it has ended."""
    return place_of(name)[0] == _host() and name.rpartition(":")[2].partition(".")[0] == _mark()


def is_gone(name: str) -> bool:
    """Tell whether `name` is that of a process of this machine that has ended; False where that cannot be told."""
    host, _, rest = name.rpartition(":")[0].rpartition(":")[0].rpartition(":")
    mark, _, began = name.rpartition(":")[2].partition(".")
    if host != _host() or not _mark() or mark != _mark() or not rest.isdecimal() or not began.isdecimal():
        return False
    return _began(int(rest)) != int(began)


def may_run(name: str) -> bool:
    """Tell whether a process with the id that a name of this host tells is there; unlike `is_gone` it takes another's id for it."""
    try:
        os.kill(place_of(name)[1] or os.getpid(), 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True


def _name(thread: int) -> str:
    return f"{_host()}:{os.getpid()}:{thread}:{_mark()}.{_began(os.getpid()) or 0}"


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
