"""CPU seconds and memory of processes and their children, from /proc (proc(5)); zeros where there is none."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

_TICK = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096
_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Usage:
    """CPU seconds used so far, and the peak resident memory in octets of the largest process."""

    cpu_seconds: float
    peak_octets: int


def usage(root: int | None) -> Usage:
    """Return what process `root` and all below it have used."""
    if root is None or not _PROC.is_dir():
        return Usage(0.0, 0)
    found = [_one(pid) for pid in family(root)]
    return Usage(sum(u.cpu_seconds for u in found), max((u.peak_octets for u in found), default=0))


def server_of(pid: int | None, name: str) -> int | None:
    """Return the process that process `pid` works for, when both run on this machine under `name`."""
    parent = _stat(pid)[1:2] if pid is not None and _name(pid) == name else []
    return int(parent[0]) if parent and _name(int(parent[0])) == name else None


def family(root: int) -> list[int]:
    """Return process `root` and all below it."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if entry.name.isdigit():
            fields = _stat(int(entry.name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(entry.name))
    family, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        family.append(pid)
        waiting += children.get(pid, [])
    return family


def resident(pid: int) -> int:
    """Return the octets of process `pid` that are in memory now; 0 when it is gone."""
    fields = _told(pid, "statm").split()
    return int(fields[1]) * _PAGE if fields else 0


def share(pid: int) -> int:
    """Return the octets of process `pid` that are in memory now, of what it has together with others its part; 0 when it is gone."""
    lines = [line for line in _told(pid, "smaps_rollup").splitlines() if line.startswith("Pss:")]
    return int(lines[0].split()[1]) * 1024 if lines else 0


def says(pid: int, words: str) -> bool:
    """Tell whether the command line of process `pid` holds `words`."""
    return words in _told(pid, "cmdline")


def _one(pid: int) -> Usage:
    fields = _stat(pid)
    if not fields:
        return Usage(0.0, 0)
    # Fields 14 to 17 of proc(5); two were cut off with the name: user, system, and those of children already waited for.
    own, waited_for = int(fields[11]) + int(fields[12]), int(fields[13]) + int(fields[14])
    return Usage(max(own / _TICK, _running_threads(pid)) + waited_for / _TICK, _peak(pid))


def _running_threads(pid: int) -> float:
    """CPU seconds of the threads that still run, to the nanosecond: ticks forget up to a hundredth of a second each."""
    told = [_told(pid, f"task/{thread.name}/schedstat").split() for thread in _threads(pid)]
    return sum(int(fields[0]) for fields in told if fields) / 1e9


def _threads(pid: int) -> list[Path]:
    try:
        return list((_PROC / str(pid) / "task").iterdir())
    except OSError:
        return []


def _stat(pid: int) -> list[str]:
    return _told(pid, "stat").rpartition(")")[2].split()


def _name(pid: int) -> str:
    return _told(pid, "comm").strip()


def _told(pid: int, what: str) -> str:
    try:
        return (_PROC / str(pid) / what).read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def _peak(pid: int) -> int:
    lines = [line for line in _told(pid, "status").splitlines() if line.startswith("VmHWM:")]
    return int(lines[0].split()[1]) * 1024 if lines else 0
