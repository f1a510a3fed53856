"""Reading reports in a process of its own that is killed when one takes too long: hostile mail stops nobody's work."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

import structlog

from newsletter.children import module_command
from newsletter.errors import UnavailableError
from newsletter.feedback.reading_child import MOST_MEMORY, VERIFIES, report_from
from newsletter.guarded_child import ChildDownError, GuardedChild
from newsletter.mail.dkim_verification import Signature
from newsletter.mail.report import Report

log = structlog.get_logger(__name__)

READ_SECONDS = 2.0
"""Longest time one report may take."""
_CHILD = tuple(module_command("newsletter.feedback.reading_child"))


class ReaderDownError(UnavailableError):
    """The reader does not start: no report can be read, and none is to blame."""


class GuardedReader:
    """Reads reports in a child process; safe from several threads, which take turns. One that `verifies` is made ready for it."""

    def __init__(
        self, *, seconds: float = READ_SECONDS, command: Sequence[str] = _CHILD, verifies: bool = False
    ) -> None:
        whole = [*command, VERIFIES] if verifies else command
        self._child = GuardedChild(
            whole, seconds=seconds, memory=MOST_MEMORY, name="the reader of reports", where="report"
        )

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
        self._child.close()

    def _answer(self, content: bytes, keys: bytes) -> list[dict[str, Any]]:
        try:
            answer: list[dict[str, Any]] = self._child.ask(content, keys)
        except ChildDownError as error:
            # It has seen no report yet.
            log.error("the reader of reports does not start", said=error.what)  # noqa: TRY400 - a trace tells no more
            remedy = "reports wait until it does; `newsletter doctor` tries it"
            raise ReaderDownError(error.what, remedy=remedy) from None
        return answer
