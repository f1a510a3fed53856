"""Read answers of sources in processes of their own, which are killed when one takes too long: hostile answers stop nobody's work."""

from __future__ import annotations

import json
import queue
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog

from newsletter.children import module_command
from newsletter.guarded_child import ChildDiedError, ChildDownError, ChildRefusedError, ChildSlowError, GuardedChild
from newsletter.model.sources import SourceKind
from newsletter.sources.asking import ReadersBusyError, ReadingTooLongError
from newsletter.sources.found import BrokenAnswerError, LimitedAnswerError, Reading
from newsletter.sources.reading_child import BROKEN, LIMITED, reading_from

log = structlog.get_logger(__name__)

READ_SECONDS = 5.0
"""Longest time one answer may take."""
MOST_MEMORY = 512 << 20
"""Octets of data that a child may use."""
CHILDREN = 2
PATIENCE = 20.0
"""Seconds that an answer waits for its turn."""
_CHILD = tuple(module_command("newsletter.sources.reading_child"))


class AnswerReaders:
    """A few children that read answers of sources; safe from several threads, and started when first needed."""

    def __init__(
        self, *, seconds: float = READ_SECONDS, patience: float = PATIENCE, command: Sequence[str] = _CHILD
    ) -> None:
        self._patience = patience
        limits = {"seconds": seconds, "memory": MOST_MEMORY}
        self._all = [
            GuardedChild(command, name="the reader of sources", where="source", **limits)  # type: ignore[arg-type]
            for _ in range(CHILDREN)
        ]
        self._free: queue.LifoQueue[GuardedChild] = queue.LifoQueue()  # the one that worked last runs already
        for child in self._all:
            self._free.put(child)

    def __call__(
        self, kind: SourceKind, content: bytes, *, address: str, mapping: Mapping[str, Any] | None, now: datetime
    ) -> Reading:
        """Return what an answer offers.

        Raises BrokenAnswerError, LimitedAnswerError, ReadingTooLongError, ReadersBusyError, ChildDownError.
        """
        question = {"kind": kind.value, "address": address, "now": now.isoformat()}
        told = self._ask(question | {"mapping": dict(mapping) if mapping is not None else None}, content)
        if LIMITED in told:
            raise LimitedAnswerError(told[LIMITED], told["seconds"])
        reading = reading_from(told["reading"])
        if BROKEN in told:
            raise BrokenAnswerError(told[BROKEN], reading)
        return reading

    def kind_of(self, content: bytes, address: str) -> SourceKind | None:
        """Return the kind that takes an answer for its own, or None. Raises as reading does."""
        told = self._ask({"kind": None, "address": address}, content)
        return SourceKind(told["kind"]) if told["kind"] else None

    def check(self) -> None:
        """Start a child, and have it look at nothing. Raises ChildDownError."""
        self.kind_of(b"", "")

    def close(self) -> None:
        """End the children."""
        for child in self._all:
            child.close()

    def _ask(self, question: dict[str, Any], content: bytes) -> dict[str, Any]:
        try:
            child = self._free.get(timeout=self._patience)
        except queue.Empty:
            raise ReadersBusyError from None
        try:
            told: dict[str, Any] = child.ask(json.dumps(question).encode(), content)
        except ChildSlowError as error:
            raise ReadingTooLongError(error.what) from None
        except (ChildDiedError, ChildRefusedError) as error:
            raise BrokenAnswerError(error.what) from None
        except ChildDownError as error:
            log.error("the reader of sources does not start", said=error.what)  # noqa: TRY400 - a trace tells no more
            raise
        finally:
            self._free.put(child)
        return told
