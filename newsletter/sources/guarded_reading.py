"""A few readers of answers for the threads of a run, each a child of its own that is killed when one takes too long."""

from __future__ import annotations

import queue
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import structlog

from newsletter.guarded_child import ChildDiedError, ChildDownError, ChildRefusedError, ChildSlowError
from newsletter.model.sources import SourceKind
from newsletter.sources.asking import ReadersBusyError, ReadingTooLongError
from newsletter.sources.found import BrokenAnswerError, Reading
from newsletter.sources.kinds.question import Question
from newsletter.sources.reading import Reader

log = structlog.get_logger(__name__)
T = TypeVar("T")

CHILDREN = 2
PATIENCE = 60.0
"""Seconds that an answer waits for its turn: a child may take half a minute to start, where a machine is busy."""


class AnswerReaders:
    """Reads answers of sources; safe from several threads. A child is started when it is first needed."""

    def __init__(self, readers: Sequence[Reader] | None = None, *, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._all = list(readers) if readers is not None else [Reader() for _ in range(CHILDREN)]
        self._free: queue.LifoQueue[Reader] = queue.LifoQueue()  # the one that worked last runs already
        for reader in self._all:
            self._free.put(reader)

    def __call__(
        self, kind: SourceKind, content: bytes, *, address: str, mapping: Mapping[str, Any] | None, now: datetime
    ) -> Reading:
        """Return what an answer offers.

        Raises BrokenAnswerError, LimitedAnswerError, ReadingTooLongError, ReadersBusyError, ChildDownError.
        """
        return self._by_one(lambda reader: reader.read(kind, content, Question(address, now, mapping)))

    def kind_of(self, content: bytes, address: str, now: datetime) -> SourceKind | None:
        """Return the kind that takes an answer for its own, or None. Raises as reading does."""
        return self._by_one(lambda reader: reader.kind_of(content, Question(address, now)))

    def check(self, now: datetime) -> None:
        """Start a child, and have it look at nothing. Raises ChildDownError."""
        self.kind_of(b"", "", now)

    def close(self) -> None:
        """End the children."""
        for reader in self._all:
            reader.close()

    def _by_one(self, work: Callable[[Reader], T]) -> T:
        try:
            reader = self._free.get(timeout=self._patience)
        except queue.Empty:
            raise ReadersBusyError from None
        try:
            return work(reader)
        except ChildSlowError as error:
            raise ReadingTooLongError(error.what) from None
        except (ChildDiedError, ChildRefusedError) as error:
            raise BrokenAnswerError(error.what) from None
        except ChildDownError as error:
            log.error("the reader of sources does not start", said=error.what)  # noqa: TRY400 - a trace tells no more
            raise
        finally:
            self._free.put(reader)
