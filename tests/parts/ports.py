"""Ports for servers that tests start."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket

PORTS = range(20_000, 30_000)
"""Linux lends 32,768 and above (ip(7), ip_local_port_range)."""
MOST_PORTS = 100


def free_port() -> int:
    """Return a free loopback port that nobody else takes meanwhile: none that a kernel lends to clients, nor another test process."""
    own = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    share = PORTS[own :: int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))]
    for _ in range(MOST_PORTS):
        port = secrets.choice(share)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError(f"no port of {share} is free")
