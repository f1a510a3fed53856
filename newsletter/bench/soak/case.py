"""What is soaked: how many deliveries over how many hosts, and which faults in what order."""

from __future__ import annotations

from dataclasses import dataclass

PROCESSES = 2
"""Worker processes of a host."""
THREADS = 2
CONNECTIONS = 8
LEASE_SECONDS = 10
SLUG = "soak"
"""Of the publication, and of its issue."""


@dataclass(frozen=True)
class SoakCase:
    """`database_url` and `redis_url` empty: of our own, which can be killed; `seed` deals the faults, 0 in the order of the table."""

    deliveries: int = 1_000_000
    hosts: int = 2
    faults: tuple[str, ...] = ()
    seed: int = 0
    database_url: str = ""
    redis_url: str = ""
    logs: str = ""  # a folder that keeps what each process said

    @property
    def batch_size(self) -> int:
        """So many readers that all hosts together hold a small part of the issue, and see soon what keeps them from the next one."""
        lanes = self.hosts * PROCESSES * THREADS
        return max(10, min(1000, self.deliveries // (lanes * 40)))
