"""The other end of a bench: Postfix's `smtp-sink`, or a receiver of our own that costs almost nothing; near or far."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from dataclasses import dataclass

from newsletter.children import module_command
from newsletter.errors import UnavailableError

_ENOUGH_WAITING = 100  # x 0.1 s until a receiver must answer


@dataclass
class Receiver:
    """A running receiver; `process` was started by us and is ended by us."""

    name: str
    port: int
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """End the receiver."""
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)


def start_receiver(kind: str, *, pipelining: bool = True) -> Receiver:
    """Start `smtp-sink` or `cheap`. Raises UnavailableError when it does not come up."""
    port = _free_port()
    if kind == "smtp-sink" and shutil.which("smtp-sink"):
        flags = [] if pipelining else ["-p"]
        user = ["-u", "postfix"] if os.geteuid() == 0 else []
        command = ["smtp-sink", *flags, *user, f"127.0.0.1:{port}", "1000"]
    else:
        kind = "cheap"
        command = _module("cheap_receiver", port, "pipelining" if pipelining else "plain")
    return _started(kind, port, command)


def start_line(target: int, round_trip: float) -> Receiver:
    """Start a line to the loopback port `target`, `round_trip` seconds there and back. Raises UnavailableError."""
    port = _free_port()
    return _started("a long line", port, _module("slow_line", port, target, round_trip))


def _module(name: str, *arguments: object) -> list[str]:
    return module_command(f"newsletter.bench.{name}", *arguments)


def _started(name: str, port: int, command: list[str]) -> Receiver:
    process = subprocess.Popen(  # noqa: S603 - the command is made here
        command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    receiver = Receiver(name, port, process)
    _wait_until_it_answers(receiver)
    return receiver


def smtp_source_rate(port: int, *, octets: int, messages: int, sessions: int = 8) -> float | None:
    """Return messages a second of Postfix's `smtp-source -d` against `port`; None when it is not installed."""
    source = shutil.which("smtp-source")
    if source is None:
        return None
    command = [
        source,
        "-d",
        "-s",
        str(sessions),
        "-l",
        str(octets),
        "-m",
        str(messages),
        "-f",
        "from@news.example",
        "-t",
        "to@readers.example",
        f"127.0.0.1:{port}",
    ]
    started = time.monotonic()
    done = subprocess.run(  # noqa: S603 - the command is made here
        command, check=False, capture_output=True, timeout=600
    )
    if done.returncode:
        raise UnavailableError(f"smtp-source failed: {done.stderr.decode(errors='replace')[:200]}")
    return messages / (time.monotonic() - started)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(receiver: Receiver) -> None:
    for _ in range(_ENOUGH_WAITING):
        try:
            socket.create_connection(("127.0.0.1", receiver.port), timeout=1).close()
            return
        except OSError:
            time.sleep(0.1)
    receiver.stop()
    raise UnavailableError(f"the receiver {receiver.name} did not start")
