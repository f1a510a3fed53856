"""Reading in a process of its own that is killed when a report takes too long: hostile mail stops nobody's work.

A thread could not be stopped: a regular expression that runs away holds the interpreter. The child reads one report at
a time, is started when first needed and again after it died, and ends with its parent.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, Any

import structlog

from newsletter.children import module_command
from newsletter.errors import InputError, UnavailableError
from newsletter.feedback.reading_child import ANSWER, QUESTION, READY, VERIFIES, report_from
from newsletter.mail.dkim_verification import Signature
from newsletter.mail.report import Report

log = structlog.get_logger(__name__)

READ_SECONDS = 2.0
"""Longest time one report may take."""
START_SECONDS = 30.0
"""Longest time the child may take to start, on a busy machine."""
MOST_SAID = 2000
"""Octets of its standard error that are kept: the last ones, which tell what went wrong."""
_CHILD = tuple(module_command("newsletter.feedback.reading_child"))


class ReaderDownError(UnavailableError):
    """The reader does not start: no report can be read, and none is to blame."""


class GuardedReader:
    """Reads reports in a child process; safe from several threads, which take turns. One that `verifies` is made ready for it."""

    def __init__(
        self, *, seconds: float = READ_SECONDS, command: Sequence[str] = _CHILD, verifies: bool = False
    ) -> None:
        self._seconds = seconds
        self._command = [*command, VERIFIES] if verifies else [*command]
        self._child: subprocess.Popen[bytes] | None = None
        self._said = b""
        self._lock = threading.Lock()

    def read(self, content: bytes) -> list[Report]:
        """Return the reports in a message. Raises InputError when it takes too long or ends the reader, ReaderDownError."""
        return [report_from(fields) for fields in self._answer(content, b"")]

    def verify(self, content: bytes, keys: Mapping[str, str]) -> list[Signature]:
        """Return the DKIM signatures of a message that hold by these keys. Raises InputError as `read` does."""
        return [Signature(**fields) for fields in self._answer(content, json.dumps(dict(keys)).encode())]

    def check(self) -> None:
        """Start the reader unless it runs, and have it read a message without anything in it. Raises as `read` does."""
        self.read(b"")

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def _answer(self, content: bytes, keys: bytes) -> list[dict[str, Any]]:
        with self._lock:
            child = self._child if self._child is not None and self._child.poll() is None else self._start()
            try:
                answer = self._ask(child, content, keys)
            except (OSError, EOFError, TimeoutError) as error:
                raise InputError(_told(error, self._seconds, self._end()), where="report") from None
            self._hear(child)
        if isinstance(answer, str):
            raise InputError(answer, where="report")
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        self._end()
        self._child = subprocess.Popen(  # noqa: S603 - our own module
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        assert self._child.stdout is not None
        assert self._child.stderr is not None
        os.set_blocking(self._child.stderr.fileno(), False)
        try:
            greeting = _take(self._child.stdout, len(READY), time.monotonic() + START_SECONDS)
        except (OSError, EOFError, TimeoutError):
            greeting = b""
        if greeting != READY:
            said = self._end()
            log.error("the reader of reports does not start", said=said)  # it has seen no report yet
            what = f"the reader of reports does not start{said and ': '}{said}"
            raise ReaderDownError(what, remedy="reports wait until it does; `newsletter doctor` tries it")
        return self._child

    def _ask(self, child: subprocess.Popen[bytes], content: bytes, keys: bytes) -> list[dict[str, Any]] | str:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(QUESTION.pack(len(content), len(keys)) + content + keys)
        child.stdin.flush()
        deadline = time.monotonic() + self._seconds
        (length,) = ANSWER.unpack(_take(child.stdout, ANSWER.size, deadline))
        answer: list[dict[str, Any]] | str = json.loads(_take(child.stdout, length, deadline))
        return answer

    def _hear(self, child: subprocess.Popen[bytes]) -> None:
        """Take what stands in its standard error, so that it never waits for somebody to read it."""
        assert child.stderr is not None
        while octets := child.stderr.read(65_536):  # None, or nothing, when there is no more
            self._said = (self._said + octets)[-MOST_SAID:]

    def _end(self) -> str:
        """End the child and return the last of what it said on standard error."""
        if self._child is None:
            return ""
        child, self._child = self._child, None
        child.kill()
        child.wait()
        self._hear(child)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):  # unsent bytes of a child that is gone
                    pipe.close()
        said, self._said = self._said, b""
        return said.decode("utf-8", "replace").replace("\0", "").strip()


def _take(pipe: IO[bytes], length: int, deadline: float) -> bytes:
    """Read exactly so many octets before the deadline. Raises TimeoutError, EOFError."""
    found = bytearray()
    while len(found) < length:
        ready, _, _ = select.select([pipe], [], [], max(deadline - time.monotonic(), 0))
        if not ready:
            raise TimeoutError
        octets = os.read(pipe.fileno(), length - len(found))
        if not octets:
            raise EOFError
        found += octets
    return bytes(found)


def _told(error: Exception, seconds: float, said: str) -> str:
    what = "reading it ended the reader"
    if isinstance(error, TimeoutError):
        what = f"reading it took more than {seconds:g} seconds"
    return f"{what}{said and ': '}{said}"
