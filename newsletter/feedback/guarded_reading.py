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
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import IO, Any

from newsletter.errors import InputError
from newsletter.feedback.reading_child import ANSWER, QUESTION, READY, VERIFIES, report_from
from newsletter.mail.dkim_verification import Signature
from newsletter.mail.report import Report

READ_SECONDS = 2.0
"""Longest time one report may take."""
START_SECONDS = 30.0
"""Longest time the child may take to start, on a busy machine."""
_CHILD = (sys.executable, "-m", "newsletter.feedback.reading_child")


class GuardedReader:
    """Reads reports in a child process; safe from several threads, which take turns. One that `verifies` is made ready for it."""

    def __init__(
        self, *, seconds: float = READ_SECONDS, command: Sequence[str] = _CHILD, verifies: bool = False
    ) -> None:
        self._seconds = seconds
        self._command = [*command, VERIFIES] if verifies else [*command]
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def read(self, content: bytes) -> list[Report]:
        """Return the reports in a message. Raises InputError when it takes too long or ends the reader."""
        return [report_from(fields) for fields in self._answer(content, b"")]

    def verify(self, content: bytes, keys: Mapping[str, str]) -> list[Signature]:
        """Return the DKIM signatures of a message that hold by these keys. Raises InputError as `read` does."""
        return [Signature(**fields) for fields in self._answer(content, json.dumps(dict(keys)).encode())]

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
                self._end()
                raise InputError(_said(error, self._seconds), where="report") from None
        if isinstance(answer, str):
            raise InputError(answer, where="report")
        return answer

    def _start(self) -> subprocess.Popen[bytes]:
        self._end()
        self._child = subprocess.Popen(  # noqa: S603 - our own module
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        assert self._child.stdout is not None
        try:
            greeting = _take(self._child.stdout, len(READY), time.monotonic() + START_SECONDS)
        except (OSError, EOFError, TimeoutError):
            greeting = b""
        if greeting != READY:
            self._end()
            raise InputError(
                "the reader does not start", where="report", remedy="it is tried again with the next report"
            )
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

    def _end(self) -> None:
        if self._child is None:
            return
        child, self._child = self._child, None
        child.kill()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                with contextlib.suppress(OSError):  # unsent bytes of a child that is gone
                    pipe.close()
        child.wait()


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


def _said(error: Exception, seconds: float) -> str:
    if isinstance(error, TimeoutError):
        return f"reading it took more than {seconds:g} seconds"
    return "reading it ended the reader"
