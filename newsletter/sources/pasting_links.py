"""A link that was pasted becomes an item: what arXiv, GitHub or the page itself says of it, fetched by the guarded way. Nothing is stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from newsletter.canonical_url import key_of
from newsletter.clock import Clock
from newsletter.errors import InputError, UnavailableError
from newsletter.fetch.fetcher import Fetcher
from newsletter.fetch.values import Ask, Page
from newsletter.model.document import SectionKind
from newsletter.model.sources import SourceKind
from newsletter.rendering.markdown_file import write_item
from newsletter.sources.asking import ReadersBusyError, ReadingTooLongError, Reads
from newsletter.sources.completing import API as ARXIV_API
from newsletter.sources.found import BrokenAnswerError, FoundCandidate, LimitedAnswerError
from newsletter.sources.page_facts import page_facts
from newsletter.sources.wording import OfferedItem, item_of, web_address
from newsletter.store.database import Database
from newsletter.store.sources import used
from newsletter.store.sources.used import Use

GITHUB_API = "https://api.github.com/repos"
SECONDS = 5.0
"""Whoever writes waits for no longer."""
OCTETS = 2 * 1024 * 1024
KINDS = (SectionKind.LINKS, SectionKind.PAPERS, SectionKind.REPOSITORIES, SectionKind.TEXT)
"""Kinds of sections whose items a link can become."""
_ARXIV = re.compile(
    r"/(?:abs|pdf|html)/((?:\d{4}\.\d{4,5})|(?:[a-z.-]{2,20}/\d{7}))(?:v\d{1,3})?(?:\.pdf)?/?", re.IGNORECASE
)
_REPOSITORY = re.compile(r"/([\w.-]{1,100})/([\w.-]{1,100})/?")
_OK = 200


@dataclass(frozen=True, slots=True)
class PastedLink:
    """The item that a link became, in Markdown, and the newest issue that has such an item already, by the canonical address."""

    markdown: str
    before: Use | None


@dataclass(frozen=True)
class PastingLinks:
    """The tools of turning links into items, put together once per process."""

    database: Database
    clock: Clock
    fetcher: Callable[[], Fetcher]
    read: Callable[[], Reads]
    arxiv: str = ARXIV_API
    github: str = GITHUB_API
    schemes: tuple[str, ...] = ("https", "http")

    def item(self, publication_id: int, address: str, kind: SectionKind) -> PastedLink:
        """Return a link as an item of a section of this kind, and where the publication had it before.

        Raises InputError for what is no address, or no item of such a section; UnavailableError when its page cannot be had.
        """
        url = web_address(address)
        if not url:
            raise InputError(
                "this is no address of the web", where="address", remedy="paste one that begins with https://"
            )
        offer = self._of_arxiv(url) or self._of_github(url) or self._of_page(url)
        item = item_of(offer, kind) if kind in KINDS else None
        if item is None:
            raise InputError("an item of this section is not made of a link", where="kind", remedy="write it by hand")
        return PastedLink(write_item(item), self._before(publication_id, {url, offer.url}))

    def _before(self, publication_id: int, addresses: set[str]) -> Use | None:
        with self.database.read() as session:
            return used.newest_with(session, publication_id, {key_of(each) for each in addresses})

    def _of_arxiv(self, url: str) -> OfferedItem | None:
        parts = urlsplit(url)
        number = _ARXIV.fullmatch(parts.path)
        if number is None or (parts.hostname or "").removeprefix("www.").removeprefix("export.") != "arxiv.org":
            return None
        found = self._found(f"{self.arxiv}?id_list={quote(number[1], safe='/')}&max_results=1", SourceKind.ARXIV)
        return None if found is None else _offered(found, f"https://arxiv.org/abs/{number[1]}", "arXiv")

    def _of_github(self, url: str) -> OfferedItem | None:
        parts = urlsplit(url)
        name = _REPOSITORY.fullmatch(parts.path)
        if name is None or (parts.hostname or "").removeprefix("www.") != "github.com":
            return None
        found = self._found(f"{self.github}/{name[1]}/{name[2].removesuffix('.git')}", SourceKind.GITHUB)
        return None if found is None else _offered(found, found.url or url, "GitHub")

    def _found(self, address: str, kind: SourceKind) -> FoundCandidate | None:
        """Return what an API tells; None where it tells nothing: then the page itself is asked."""
        wanted = {"archived": True, "fork": True} if kind is SourceKind.GITHUB else None
        try:
            page = self._get(address)
            read = self.read()
            reading = read(kind, page.content, address=page.url, mapping=wanted, now=self.clock.now())
        except (UnavailableError, BrokenAnswerError, LimitedAnswerError, ReadingTooLongError, ReadersBusyError):
            return None
        return reading.candidates[0] if reading.candidates else None

    def _of_page(self, url: str) -> OfferedItem:
        page = self._get(url)
        facts = page_facts(page.content)
        host = (urlsplit(page.url).hostname or "").removeprefix("www.")
        day = facts.published.date() if facts.published is not None else None
        return OfferedItem(facts.title or host, url, facts.summary, facts.site or host, day)

    def _get(self, url: str) -> Page:
        with self.fetcher().keeping() as visits:
            page = visits.ask(Ask(url, schemes=self.schemes, octets=OCTETS, seconds=SECONDS))
        if page.status != _OK:
            raise UnavailableError(f"the page answers {page.status}", where=urlsplit(url).hostname or "")
        return page


def _offered(found: FoundCandidate, url: str, source: str) -> OfferedItem:
    day = found.published.date() if found.published is not None else None
    return OfferedItem(found.title, url, found.text, source, day, found.attributes)
