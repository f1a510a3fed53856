"""Try many addresses at once, and never for long: a few at a time, fewer of one host, and all of them within one bound.

An address is asked for by HEAD and, where a server does not take that well, by GET. What it answers is a value. Whoever answers
late is told as not reached; the threads that wait for them end by themselves.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from newsletter.clock import Clock
from newsletter.errors import InputError, NewsletterError
from newsletter.rendering.addresses import on_the_wire

if TYPE_CHECKING:
    from newsletter.fetch import Page

_REFUSED_HEAD = 400
_MOST_OCTETS = 256 * 1024
"""Of an image: what is larger is heavy in any case."""


class Glance(Protocol):
    """What looks at an address: `newsletter.fetch.Fetcher.glance`."""

    def __call__(self, url: str, *, method: str = "GET", octets: int = 0, seconds: float | None = None) -> Page:
        """Return what stands there. Raises InputError for what may not be fetched, UnavailableError for what cannot be had."""
        ...


@dataclass(frozen=True, slots=True)
class LinkLimits:
    """How much is tried: seconds for all and for each, addresses at once and of one host at once, and how many at all."""

    seconds: float = 20.0
    each: float = 8.0
    at_once: int = 16
    of_host: int = 2
    most: int = 500


@dataclass(frozen=True, slots=True)
class LinkAnswer:
    """What came of trying an address: a page, or the trouble; `is_private`: it leads to where only this machine can go."""

    page: Page | None = None
    trouble: str = ""
    is_refused: bool = False
    is_private: bool = False


class _Never(InputError):  # noqa: N818 - nobody raises it
    """Stands for no error."""


@dataclass(frozen=True)
class LinkChecker:
    """Tries addresses with what looks at one."""

    glance: Glance
    clock: Clock
    limits: LinkLimits = LinkLimits()
    private: type[InputError] = _Never
    """What the guard raises for an address of a private network."""

    def check(self, urls: Iterable[str], images: Iterable[str] = ()) -> dict[str, LinkAnswer]:
        """Return what came of each address; of images the first octets are read, too. It takes `limits.seconds` at most."""
        pictures = set(images)
        wanted = list(dict.fromkeys([*urls, *pictures]))
        tried = wanted[: self.limits.most]
        run = _Run(
            self,
            self.clock.monotonic() + self.limits.seconds,
            frozenset(pictures),
            deque(_lanes(tried, self.limits.of_host)),
        )
        threads = [
            threading.Thread(target=run.work, daemon=True, name=f"link-{number}")
            for number in range(min(self.limits.at_once, len(run.lanes)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(run.end - self.clock.monotonic(), 0))
        answers = run.so_far()
        late = LinkAnswer(trouble=f"no answer in time: all of it may take {self.limits.seconds:g} s")
        many = LinkAnswer(trouble=f"not tried: no more than {self.limits.most:,} are")
        return {url: answers.get(url, late) for url in tried} | dict.fromkeys(wanted[self.limits.most :], many)

    def one(self, url: str, end: float, *, is_image: bool) -> LinkAnswer:
        """Try one address until the moment `end`."""
        asked = on_the_wire(url)
        answer = LinkAnswer()
        for method in ("GET",) if is_image else ("HEAD", "GET"):
            left = min(self.limits.each, end - self.clock.monotonic())
            if left <= 0:
                return answer if answer.trouble else LinkAnswer(trouble="no answer in time")
            answer = self._asked(asked, method, left, octets=_MOST_OCTETS if is_image else 0)
            if answer.is_refused or (answer.page is not None and answer.page.status < _REFUSED_HEAD):
                break
        return answer

    def _asked(self, url: str, method: str, seconds: float, *, octets: int) -> LinkAnswer:
        try:
            return LinkAnswer(page=self.glance(url, method=method, octets=octets, seconds=seconds))
        except InputError as error:
            return LinkAnswer(trouble=error.what, is_refused=True, is_private=isinstance(error, self.private))
        except NewsletterError as error:
            return LinkAnswer(trouble=error.what)


@dataclass
class _Run:
    """What the threads of one check share."""

    checker: LinkChecker
    end: float
    images: frozenset[str]
    lanes: deque[list[str]]
    answers: dict[str, LinkAnswer] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def work(self) -> None:
        """Take a lane and try its addresses one after the other, until none is left or the time is over."""
        while self.checker.clock.monotonic() < self.end:
            try:
                lane = self.lanes.popleft()
            except IndexError:
                return
            for url in lane:
                if self.checker.clock.monotonic() >= self.end:
                    return
                answer = self.checker.one(url, self.end, is_image=url in self.images)
                with self.lock:
                    self.answers[url] = answer

    def so_far(self) -> dict[str, LinkAnswer]:
        """Return the answers that have come."""
        with self.lock:
            return dict(self.answers)


def _lanes(urls: Iterable[str], of_host: int) -> list[list[str]]:
    """Part addresses so that no more than `of_host` lanes have one host: what stands in a lane is tried one after the other."""
    by_host: dict[str, list[str]] = defaultdict(list)
    for url in urls:
        by_host[urlsplit(on_the_wire(url)).hostname or ""].append(url)
    lanes = [found[start::of_host] for found in by_host.values() for start in range(min(of_host, len(found)))]
    return sorted(lanes, key=len, reverse=True)
