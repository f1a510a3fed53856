"""Work on hostile input in a process of its own, which is killed when it takes too long: such input stops nobody's work.

A thread could not be stopped: a regular expression that runs away holds the interpreter. A child works on one thing at a time, is started
when first needed and again after it ended, and ends with its parent: when its input does, or, in the midst of work, by its own alarm.

A child is a module that calls `serve` with a function from pieces of octets to what JSON can say. A question is the lengths of its
pieces, four octets each, as many as both sides know of, and then the pieces. An answer is its length and JSON; a text alone says why there is no other.

    if __name__ == "__main__":  # newsletter/room/child.py
        serve(answer, pieces=2)

    child = GuardedChild(module_command("newsletter.room.child"), seconds=5.0, memory=512 << 20)
    found = child.ask(content, hints)
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from typing import IO, Any

from newsletter.errors import InputError, UnavailableError

READY = b"ready\n"
START_SECONDS = 30.0
"""Longest time a child may take to start, on a busy machine."""
MOST_ANSWER = 64 << 20
"""Octets of an answer; what is made of 10 MB and says more than that is an attack."""
MOST_SAID = 2000
"""Octets of its standard error that are kept: the last ones, which tell what went wrong."""
_LENGTH = struct.Struct(">I")
_PIECE = 1 << 16
"""Octets that are read or written at once."""
_MOST_PIECES = 16
"""Of its standard error at once: it may write faster than it is heard."""
_LIMITS = "--limits="
_SHARED = 1 << 30
"""Octets of addresses beside its own data: libraries and files that are mapped."""
_ALARM_AFTER = 5.0
"""Seconds after its time in which a parent would have killed it, if there were one."""


class ChildDownError(UnavailableError):
    """The child does not start: nothing can be read, and no input is to blame."""


class ChildSlowError(InputError):
    """The input takes longer than it may; the child was killed."""


class ChildDiedError(InputError):
    """The input ended the child (it took all of its memory, say), or made it answer what is no answer; it was killed."""


class ChildRefusedError(InputError):
    """The child says in words why it has no answer; it lives on."""


class GuardedChild:
    """A child that answers questions, each within `seconds` and `memory` (octets of its data; Linux keeps it to that).

    Safe from several threads, which take turns: one child uses one core, and whoever asks waits for those before, `seconds` each at
    worst. A start, also the one after a kill, takes as long as its modules take to import (0.1 to 0.5 s), on nobody's `seconds`.
    """

    def __init__(
        self, command: Sequence[str], *, seconds: float, memory: int, name: str = "the reader", where: str = ""
    ) -> None:
        self._command = [*command, f"{_LIMITS}{memory},{seconds}"]
        self._seconds = seconds
        self._name = name
        self._where = where
        self._child: subprocess.Popen[bytes] | None = None
        self._said = b""
        self._lock = threading.Lock()

    def ask(self, *pieces: bytes) -> Any:
        """Return the answer. Raises ChildSlowError, ChildDiedError, ChildRefusedError (all InputError), and ChildDownError."""
        with self._lock:
            child = self._child if self._child is not None and self._child.poll() is None else self._start()
            try:
                answer = self._asked(child, pieces)
            except TimeoutError:
                raise self._fault(ChildSlowError, f"reading it took more than {self._seconds:g} seconds") from None
            except (OSError, EOFError):
                raise self._fault(ChildDiedError, "reading it ended the reader") from None
            except (ValueError, RecursionError):
                raise self._fault(ChildDiedError, "reading it gave no answer that can be used") from None
            self._hear(child)
        if isinstance(answer, str):
            raise ChildRefusedError(answer, where=self._where)
        return answer

    def close(self) -> None:
        """End the child, after the question that it works on. A further question starts another."""
        with self._lock:
            self._end()

    def _fault(self, kind: type[InputError], what: str) -> InputError:
        said = self._end()
        return kind(f"{what}{said and ': '}{said}", where=self._where)

    def _start(self) -> subprocess.Popen[bytes]:
        self._end()
        self._child = child = subprocess.Popen(  # noqa: S603 - our own module
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, bufsize=0
        )
        for pipe in (child.stdin, child.stdout, child.stderr):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        try:
            greeting = self._take(child, len(READY), time.monotonic() + START_SECONDS)
        except (OSError, EOFError, TimeoutError):
            greeting = b""
        if greeting != READY:
            said = self._end()
            raise ChildDownError(f"{self._name} does not start{said and ': '}{said}", where=self._where)
        return child

    def _asked(self, child: subprocess.Popen[bytes], pieces: Sequence[bytes]) -> Any:
        deadline = time.monotonic() + self._seconds
        self._give(child, [b"".join(_LENGTH.pack(len(piece)) for piece in pieces), *pieces], deadline)
        (length,) = _LENGTH.unpack(self._take(child, _LENGTH.size, deadline))
        if length > MOST_ANSWER:
            raise ValueError("longer than an answer may be")
        return json.loads(self._take(child, length, deadline))

    def _give(self, child: subprocess.Popen[bytes], pieces: Iterable[bytes], deadline: float) -> None:
        """Write all before the deadline. Raises TimeoutError, OSError."""
        assert child.stdin is not None
        for piece in pieces:
            rest = memoryview(piece)
            while rest:
                self._wait(child, child.stdin, select.POLLOUT, deadline)
                with contextlib.suppress(BlockingIOError):  # less room than a pipe promises at once
                    rest = rest[os.write(child.stdin.fileno(), rest[:_PIECE]) :]

    def _take(self, child: subprocess.Popen[bytes], length: int, deadline: float) -> bytes:
        """Read exactly so many octets before the deadline. Raises TimeoutError, EOFError."""
        assert child.stdout is not None
        found = bytearray()
        while len(found) < length:
            self._wait(child, child.stdout, select.POLLIN, deadline)
            octets = os.read(child.stdout.fileno(), min(length - len(found), 16 * _PIECE))
            if not octets:
                raise EOFError
            found += octets
        return bytes(found)

    def _wait(self, child: subprocess.Popen[bytes], pipe: IO[bytes], event: int, deadline: float) -> None:
        """Wait until a pipe is ready, and hear meanwhile what the child complains of. Raises TimeoutError."""
        assert child.stderr is not None
        poll, complaints = select.poll(), child.stderr.fileno()  # not `select`, which knows no more than 1,024 files
        poll.register(pipe, event)
        poll.register(complaints, select.POLLIN)
        while True:
            left = deadline - time.monotonic()
            ready = dict(poll.poll(max(left, 0) * 1000))
            if pipe.fileno() in ready:
                return
            if not ready or left <= 0:  # whoever complains without end is late, too
                raise TimeoutError
            if not self._hear(child):
                poll.unregister(complaints)  # closed, though the child may work on

    def _hear(self, child: subprocess.Popen[bytes]) -> bool:
        """Take what stands in its standard error, so that it never waits for somebody to read it; False when that has ended."""
        assert child.stderr is not None
        try:
            for _ in range(_MOST_PIECES):
                octets = os.read(child.stderr.fileno(), _PIECE)
                if not octets:
                    return False
                self._said = (self._said + octets)[-MOST_SAID:]
        except BlockingIOError:
            pass
        return True

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
                pipe.close()
        said, self._said = self._said, b""
        return said.decode("utf-8", "replace").replace("\0", "").strip()


def serve(answer: Callable[[list[bytes]], object], *, pieces: int) -> None:
    """Answer questions of so many pieces, until standard input ends: all that a child does, after it has imported what it needs.

    Whatever `answer` raises is told by its name and costs nothing more; memory that is used up ends the child.
    """
    seconds = _keep_to_limits(sys.argv)
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is a complaint, and no answer
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        sink.write(READY)
        sink.flush()
        heads = struct.Struct(f">{pieces}I")
        while len(head := source.read(heads.size)) == heads.size:
            question = [source.read(length) for length in heads.unpack(head)]
            _set_alarm(seconds)
            told = _told(answer, question)
            _set_alarm(0)
            sink.write(_LENGTH.pack(len(told)) + told)
            sink.flush()


def _told(answer: Callable[[list[bytes]], object], question: list[bytes]) -> bytes:
    try:
        told = json.dumps(answer(question)).encode()
    except MemoryError:
        sys.exit("no more memory")
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it is told to the parent
        told = json.dumps(f"reading it failed: {type(error).__name__}").encode()
    if len(told) > MOST_ANSWER:
        told = json.dumps(f"what was read of it is more than {MOST_ANSWER >> 20} MB").encode()
    return told


def _keep_to_limits(arguments: Sequence[str]) -> float:
    """Limit what this process may use to what its parent says; return the seconds of a question, or 0 when it says nothing."""
    said = next((each.removeprefix(_LIMITS) for each in arguments if each.startswith(_LIMITS)), "")
    if not said:
        return 0.0
    memory, _, seconds = said.partition(",")
    with contextlib.suppress(ImportError, ValueError, OSError):  # not every system knows limits
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # what it held is nobody's to keep
        resource.setrlimit(resource.RLIMIT_DATA, (int(memory), int(memory)))
        resource.setrlimit(resource.RLIMIT_AS, (int(memory) + _SHARED, int(memory) + _SHARED))
    return float(seconds)


def _set_alarm(seconds: float) -> None:
    """End this process a while after its time, by a signal that interrupts everything: a parent that was killed kills nobody."""
    if hasattr(signal, "setitimer"):
        signal.setitimer(signal.ITIMER_REAL, seconds and seconds + _ALARM_AFTER)
