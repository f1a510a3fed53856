"""The process that reads reports: `python -m newsletter.feedback.reading_child`, octets in, JSON out, until its input ends.

A question is two lengths of four octets each, that of the message and that of the public keys by their names in DNS (as
JSON), and then both; without keys the message is read, with them its DKIM signatures are verified. An answer is its length
and a list of reports or of signatures, or a text that says why there is none.
"""

from __future__ import annotations

import contextlib
import json
import struct
import sys
from dataclasses import asdict
from typing import IO, Any

from newsletter.mail.report import Reason, Report, ReportKind

READY = b"ready\n"
VERIFIES = "--verifies"
"""Argument of a child that will be asked to verify signatures."""
MOST_MEMORY = 1 << 30
"""Octets this process may use; what needs more than that for 10 MB of mail is an attack."""
QUESTION, ANSWER = struct.Struct(">II"), struct.Struct(">I")
"""Lengths before each question and each answer."""


def report_from(fields: dict[str, Any]) -> Report:
    """Return the report that `asdict` took apart."""
    return Report(**{**fields, "kind": ReportKind(fields["kind"]), "reason": Reason(fields["reason"])})


def answer(content: bytes) -> bytes:
    """Return what is said of one message, as JSON."""
    from newsletter.feedback.reading import read

    try:
        found: object = [asdict(report) for report in read(content)]
    except Exception as error:  # noqa: BLE001 - whatever is wrong with it is told to the parent
        found = f"reading it failed: {type(error).__name__}"
    return json.dumps(found).encode()


def vouched(content: bytes, keys: bytes) -> bytes:
    """Return the signatures of one message that hold, as JSON."""
    from newsletter.mail.dkim_verification import as_fields, verified

    try:
        found: object = [as_fields(signature) for signature in verified(content, json.loads(keys))]
    except Exception as error:  # noqa: BLE001 - the same
        found = f"verifying it failed: {type(error).__name__}"
    return json.dumps(found).encode()


def serve(source: IO[bytes], sink: IO[bytes], *, verifies: bool) -> None:
    """Answer until the source ends."""
    answer(b"")  # what is imported late is imported now, not on the first report's time
    if verifies:
        vouched(b"", b"{}")
    sink.write(READY)
    sink.flush()
    while len(head := source.read(QUESTION.size)) == QUESTION.size:
        content, keys = (source.read(length) for length in QUESTION.unpack(head))
        told = vouched(content, keys) if keys else answer(content)
        sink.write(ANSWER.pack(len(told)) + told)
        sink.flush()


def _limit_memory() -> None:
    with contextlib.suppress(ImportError, ValueError, OSError):  # not every system knows limits
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))


if __name__ == "__main__":
    _limit_memory()
    with contextlib.suppress(KeyboardInterrupt, BrokenPipeError):
        serve(sys.stdin.buffer, sys.stdout.buffer, verifies=VERIFIES in sys.argv)
