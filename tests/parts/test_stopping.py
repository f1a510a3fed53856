"""Servers of the tests that stop while somebody comes in: what they left open would fail some other test, later."""

from __future__ import annotations

import gc
import socket

import pytest

from tests.parts.faulty_smtp import Faults, FaultySmtp
from tests.parts.smtp import SmtpSink


@pytest.mark.parametrize("server", [lambda: FaultySmtp(Faults()), SmtpSink], ids=["faulty", "sink"])
def test_a_server_that_stops_leaves_no_socket_open_whoever_comes_in_that_moment(server) -> None:
    for _ in range(15):
        running = server()
        callers = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(3)]
        running.stop()
        for caller in callers:
            caller.close()
    gc.collect()  # a socket that was left open warns now, and warnings are errors
