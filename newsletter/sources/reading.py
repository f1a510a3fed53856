"""Reading the answers of sources, in a process of its own that is killed when one takes too long: a hostile feed stops nobody's gathering."""

from __future__ import annotations

from collections.abc import Sequence

from newsletter.children import module_command
from newsletter.guarded_child import GuardedChild
from newsletter.model.sources import SourceKind
from newsletter.sources.found import BrokenAnswerError, Reading
from newsletter.sources.kinds.octets import MOST_OCTETS
from newsletter.sources.kinds.question import Question
from newsletter.sources.reading_child import asked, reading_from

READ_SECONDS = 5.0
"""Longest time one answer may take."""
MOST_MEMORY = 512 << 20
"""Octets that reading it may use; what needs more for 4 MB is an attack."""
_CHILD = tuple(module_command("newsletter.sources.reading_child"))


class Reader:
    """Reads answers in a child process, one at a time; safe from several threads, which take turns."""

    def __init__(self, *, seconds: float = READ_SECONDS, command: Sequence[str] = _CHILD) -> None:
        self._child = GuardedChild(
            command, seconds=seconds, memory=MOST_MEMORY, name="the reader of sources", where="source"
        )

    def read(self, kind: SourceKind, content: bytes, question: Question) -> Reading:
        """Return what a source offers. Raises BrokenAnswerError, LimitedAnswerError as the reader of the kind does.

        Raises ChildSlowError when it takes too long, ChildDiedError when it takes too much, ChildRefusedError when the reader fails,
        and ChildDownError when no child starts.
        """
        if len(content) > MOST_OCTETS:
            raise BrokenAnswerError(f"it is larger than {MOST_OCTETS >> 20} MB")
        return reading_from(self._child.ask(*asked(kind, content, question)))

    def kind_of(self, content: bytes, question: Question) -> SourceKind | None:
        """Return the kind that takes an answer for its own, or None. Raises as `read` does, BrokenAnswerError apart."""
        word = self._child.ask(*asked(None, content, question))["kind"]
        return SourceKind(word) if word else None

    def close(self) -> None:
        """End the child."""
        self._child.close()
