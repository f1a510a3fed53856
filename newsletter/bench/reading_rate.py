"""How fast our reader of feeds is beside feedparser alone, on the same octets in the same process."""

from __future__ import annotations

import contextlib
import io
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import feedparser

from newsletter.model.sources import SourceKind
from newsletter.resources import TEMPLATES
from newsletter.sources.found import BrokenAnswerError
from newsletter.sources.kinds import KINDS
from newsletter.sources.kinds.question import Question

ROUNDS = 5
_ENDINGS = (".xml", ".rdf")


def measure_reading(now: datetime, more: Sequence[bytes], folder: Path | None = None) -> dict[str, Any]:
    """Return milliseconds a feed (the mean over the feeds of medians) of our reader, and of feedparser as it comes and without its cleaning.

    The feeds are the XML samples of the package, or those of a folder, and `more`. Each ratio is our time to feedparser's.
    """
    paths = sorted((folder or TEMPLATES / "sample" / "sources").iterdir())
    feeds = [*(path.read_bytes() for path in paths if path.suffix in _ENDINGS), *more]
    question = Question("https://bench.example/feed", now, None)

    def ours(content: bytes) -> None:
        with contextlib.suppress(BrokenAnswerError):  # telling that it is none is measured too
            KINDS[SourceKind.FEED].read(content, question)

    usual = _milliseconds(feeds, lambda content: feedparser.parse(io.BytesIO(content)))
    lean = _milliseconds(
        feeds, lambda content: feedparser.parse(io.BytesIO(content), sanitize_html=False, resolve_relative_uris=False)
    )
    mine = _milliseconds(feeds, ours)
    return {
        "feeds": len(feeds),
        "octets": sum(map(len, feeds)),
        "ours_ms": round(mine, 2),
        "feedparser_ms": round(usual, 2),
        "feedparser_without_cleaning_ms": round(lean, 2),
        "ratio": round(mine / usual, 2),
        "ratio_without_cleaning": round(mine / lean, 2),
    }


def _milliseconds(feeds: Sequence[bytes], read: Callable[[bytes], object]) -> float:
    medians = []
    for content in feeds:
        times = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            read(content)
            times.append(time.perf_counter() - started)
        medians.append(statistics.median(times))
    return statistics.fmean(medians) * 1000
