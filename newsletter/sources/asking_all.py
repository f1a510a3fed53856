"""Ask the sources of a run: 32 threads, one source of a host at a time, within a minute and 50 MB. What is left over is left."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import structlog

from newsletter.clock import Clock
from newsletter.errors import NewsletterError
from newsletter.model.sources import GatherResult, SourceKind
from newsletter.networks import url_parts
from newsletter.sources.asking import SECONDS, AskOne
from newsletter.sources.completing import Complete, incomplete
from newsletter.sources.outcomes import AskedSource, Outcome
from newsletter.sources.turns import ARXIV, ArxivTurns, NoTurnError

log = structlog.get_logger(__name__)

THREADS = 32
RUN_SECONDS, RUN_OCTETS = 60.0, 50_000_000
_LOOK_SECONDS = 0.5
"""Whoever waits looks so often whether it is all over."""
STOPPED = "the process that asked it was stopped before it answered"
LEAST_SECONDS = 0.5
"""With less time than this left nobody is asked any more."""
AT_ONCE = 8
"""So many answers wait to be recorded, and are recorded together; the threads that found others hold one each."""

Found: TypeAlias = tuple[AskedSource, Outcome]
"""A source, and what came of asking it."""


@dataclass(frozen=True)
class AskingAll:
    """What a run asks by. `arxiv` gives turns at a service that all processes ask one by one."""

    clock: Clock
    arxiv: ArxivTurns
    threads: int = THREADS
    seconds: float = RUN_SECONDS
    octets: int = RUN_OCTETS

    def outcomes(
        self, asked: Sequence[AskedSource], ask: AskOne, complete: Complete, stop: threading.Event | None = None
    ) -> Generator[list[Found]]:
        """Yield what came of the sources, as it comes, those together that wait: first those that stand first, each once.

        `complete` is asked in a turn of its own for what an answer of arXiv left out. When `stop` is set, what has not come is left over
        at once. When nobody takes them any more (the generator is closed) nothing further is asked.
        """
        round_ = _Round(self, ask, complete, by_host(asked))
        round_.begin()
        left = {source.source_id: source for source in asked}
        try:
            while left:
                found = round_.next(stop or round_.ending)
                for source, _ in found:
                    del left[source.source_id]
                yield found or [(source, Outcome(GatherResult.LEFT, STOPPED)) for source in left.values()]
                if not found:
                    return
        finally:
            round_.ending.set()


class _Round:
    """One run's threads, and the line in which they put what they found."""

    def __init__(
        self, by: AskingAll, ask: AskOne, complete: Complete, groups: Sequence[tuple[str, Sequence[AskedSource]]]
    ) -> None:
        self._by = by
        self._ask = ask
        self._complete = complete
        self._groups = deque(groups)
        self._end = by.clock.monotonic() + by.seconds
        self._octets = by.octets
        self._lock = threading.Lock()
        self._found: queue.Queue[Found] = queue.Queue(maxsize=AT_ONCE)
        self.ending = threading.Event()

    def begin(self) -> None:
        """Start as many threads as there is work for; they end by themselves, and hold no process up that ends."""
        for number in range(min(self._by.threads, len(self._groups))):
            threading.Thread(target=self._work, name=f"asking-{number}", daemon=True).start()

    def next(self, stop: threading.Event) -> list[Found]:
        """Return the outcomes that wait, one at least; none when none waits and it is to stop.

        Every source has one, within the run's time and that of the asks that were begun in it.
        """
        found: list[Found] = []
        while not found and not stop.is_set():
            with contextlib.suppress(queue.Empty):
                found.append(self._found.get(timeout=_LOOK_SECONDS))
        with contextlib.suppress(queue.Empty):
            while len(found) < AT_ONCE:
                found.append(self._found.get_nowait())
        return found

    def _work(self) -> None:
        while (group := self._take()) is not None:
            host, sources = group
            for source in sources:
                self._put((source, self._outcome(host, source)))

    def _take(self) -> tuple[str, Sequence[AskedSource]] | None:
        with self._lock:
            return self._groups.popleft() if self._groups and not self.ending.is_set() else None

    def _outcome(self, host: str, source: AskedSource) -> Outcome:
        try:
            return self._asked(host, source)
        except (NoTurnError, NewsletterError) as error:
            return Outcome(GatherResult.LEFT, str(error))
        except Exception as error:
            log.exception("a source was left over for a reason nobody foresaw", source_id=source.source_id)
            return Outcome(GatherResult.LEFT, f"asking it failed: {type(error).__name__}")

    def _asked(self, host: str, source: AskedSource) -> Outcome:
        left = self._end - self._by.clock.monotonic()
        if left < LEAST_SECONDS or self._octets <= 0 or self.ending.is_set():
            return Outcome(GatherResult.LEFT, f"there was no {'room' if self._octets <= 0 else 'time'} left for it")
        if host == ARXIV:
            with self._by.arxiv.turn(self._end - LEAST_SECONDS):
                outcome = self._ask(source, SECONDS)
            return self._counted(self._completed(source, outcome))
        outcome = self._counted(self._ask(source, min(left, SECONDS)))
        if outcome.result is GatherResult.SLOW and left < SECONDS:  # it had less time than it may take
            return replace(outcome, result=GatherResult.LEFT, words="there was too little time left for it")
        return outcome

    def _completed(self, source: AskedSource, outcome: Outcome) -> Outcome:
        if not incomplete(source, outcome) or self.ending.is_set():
            return outcome
        # Whatever keeps a turn away, what was read is there.
        with contextlib.suppress(NoTurnError, NewsletterError), self._by.arxiv.turn(self._end - LEAST_SECONDS):
            outcome = self._complete(source, outcome, SECONDS)
        return outcome

    def _counted(self, outcome: Outcome) -> Outcome:
        with self._lock:
            self._octets -= outcome.octets
        return outcome

    def _put(self, found: Found) -> None:
        while not self.ending.is_set():
            try:
                self._found.put(found, timeout=_LOOK_SECONDS)
            except queue.Full:
                continue
            return


def by_host(asked: Sequence[AskedSource]) -> list[tuple[str, list[AskedSource]]]:
    """Part sources by the host that they are asked at, in the order of the first of each; all of arXiv is one."""
    groups: dict[str, list[AskedSource]] = {}
    for source in asked:
        groups.setdefault(host_of(source), []).append(source)
    return list(groups.items())


def host_of(source: AskedSource) -> str:
    """Return the host that a source is asked at, or the one word for all hosts of arXiv."""
    parts = url_parts(source.address)
    host = ((parts.hostname or "") if parts is not None else "").lower().rstrip(".")
    is_arxiv = source.kind is SourceKind.ARXIV or host == "arxiv.org" or host.endswith(".arxiv.org")
    return ARXIV if is_arxiv else host
