"""The process that reads reports: `python -m newsletter.feedback.reading_child`, see `newsletter.guarded_child`.

A question is a message and the public keys by their names in DNS (as JSON); without keys the message is read, with them its DKIM
signatures are verified. An answer is a list of reports or of signatures.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import Any

from newsletter.guarded_child import serve
from newsletter.mail.report import Reason, Report, ReportKind

VERIFIES = "--verifies"
"""Argument of a child that will be asked to verify signatures."""
MOST_MEMORY = 1 << 30
"""Octets this process may use; what needs more than that for 10 MB of mail is an attack."""
PIECES = 2


def report_from(fields: dict[str, Any]) -> Report:
    """Return the report that `asdict` took apart."""
    return Report(**{**fields, "kind": ReportKind(fields["kind"]), "reason": Reason(fields["reason"])})


def answer(question: list[bytes]) -> list[dict[str, Any]]:
    """Return what is said of one message."""
    content, keys = question
    return _vouched(content, keys) if keys else _read(content)


def _read(content: bytes) -> list[dict[str, Any]]:
    from newsletter.feedback.reading import read

    return [asdict(report) for report in read(content)]


def _vouched(content: bytes, keys: bytes) -> list[dict[str, Any]]:
    from newsletter.mail.dkim_verification import as_fields, verified

    return [as_fields(signature) for signature in verified(content, json.loads(keys))]


if __name__ == "__main__":
    answer([b"", b""])  # what is imported late is imported now, not on the first report's time
    if VERIFIES in sys.argv:
        answer([b"", b"{}"])
    serve(answer, pieces=PIECES)
