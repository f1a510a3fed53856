"""listmonk's API read over the network, page by page, into one list on the disk: all of it, or nothing when an answer is broken.

https://listmonk.app/docs/apis/subscribers/: GET /api/subscribers answers pages of people, each with their standing on every list.
"""

from __future__ import annotations

import base64
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

from newsletter import csv_guard, private_files
from newsletter.audience.moving.listmonk_api import API_COLUMNS, person_of, read_answer
from newsletter.audience.moving.opening import MovedFile, read_again
from newsletter.clock import Clock
from newsletter.errors import InputError, UnavailableError
from newsletter.fetch import Ask, Fetcher, Page

SCHEMES = ("listmonk+https://", "listmonk+http://")
PER_PAGE = 1_000
"""People asked for at a time; some versions give fewer."""
MOST_OCTETS = 64 << 20
_TRIES = 5
_PATIENCE = 300.0
"""Seconds that one wait may be asked for."""
_PASSES = 3
_MOST_PAGES = 1_000_000
_REFUSED, _TOO_MANY, _BROKEN = (401, 403), 429, 500


class ListChangedError(UnavailableError):
    """Somebody was taken from the list while it was read, so that a page may have left somebody out."""


@dataclass(frozen=True, slots=True)
class ListmonkAddress:
    """Where a listmonk is, and as whom it is asked."""

    url: str
    user: str


def is_listmonk(given: str) -> bool:
    """Tell whether something is the address of a listmonk, and no path."""
    return given.startswith(SCHEMES)


def read_address(given: str) -> ListmonkAddress:
    """Read `listmonk+https://user@host[:port][/path]`. Raises InputError, which never tells a password that stands in it."""
    try:
        parts = urlsplit(given.removeprefix("listmonk+"))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if not host or not parts.username or parts.query or parts.fragment:
        raise InputError("this is no address of a listmonk", where="PATH", remedy="write listmonk+https://USER@HOST")
    if parts.password is not None:
        raise InputError(
            "a password stands in this address", where="PATH", remedy="give it as NEWSLETTER_LISTMONK_TOKEN"
        )
    shown = f"[{host}]" if ":" in host else host
    return ListmonkAddress(
        f"{parts.scheme}://{shown}{'' if port is None else f':{port}'}{parts.path.rstrip('/')}", parts.username
    )


@dataclass(frozen=True)
class ListmonkReading:
    """The tools of reading a listmonk, put together once per process. What was read lies in `folder` while it is moved in."""

    fetcher: Callable[[], Fetcher]
    clock: Clock
    token: str
    folder: Path

    @contextmanager
    def answers(
        self, given: str, list_id: str, progress: Callable[[int, int], None] = lambda _, __: None
    ) -> Iterator[MovedFile]:
        """Give the people of a list as a file; `progress` is told how many of how many were read.

        Raises InputError for an address that may not be asked, a user who is refused or a list that is not named, UnavailableError when
        an answer stays away, is broken, or the list changes too quickly to be read whole.
        """
        address = read_address(given)
        if not list_id.isascii() or not list_id.isdigit():
            raise InputError("nobody says which list", where="--list", remedy="write its number: --list 3")
        if not self.token:
            raise InputError(
                "there is no token for listmonk", where="NEWSLETTER_LISTMONK_TOKEN", remedy="set it, and run it again"
            )
        private_files.make_folder(self.folder)
        with tempfile.TemporaryFile(dir=self.folder) as file:
            octets = self._read(_Asking(self.fetcher(), self.clock, address, self.token, list_id), file, progress)
            yield MovedFile(f"listmonk-list-{list_id}.csv", octets, lambda: read_again(file), named=True)

    def _read(self, asking: _Asking, file: IO[bytes], progress: Callable[[int, int], None]) -> int:
        for last in range(1, _PASSES + 1):
            file.seek(0)
            file.truncate()
            try:
                for line in csv_guard.lines(API_COLUMNS, asking.rows(progress)):
                    file.write(line.encode())
                return file.tell()
            except ListChangedError:
                if last == _PASSES:
                    raise
        raise AssertionError("unreachable")


class _Asking:
    """Asks for the pages of one list, in the order of their people's numbers."""

    def __init__(self, fetcher: Fetcher, clock: Clock, address: ListmonkAddress, token: str, list_id: str) -> None:
        self._fetcher, self._clock, self._address, self._list_id = fetcher, clock, address, list_id
        proof = base64.b64encode(f"{address.user}:{token}".encode()).decode()
        self._headers = {"Authorization": f"Basic {proof}"}

    def rows(self, progress: Callable[[int, int], None]) -> Iterator[list[str]]:
        """Yield each person once, as a row of API_COLUMNS. Raises ListChangedError, InputError, UnavailableError."""
        seen, newest, least = 0, 0, 0
        for number in range(1, _MOST_PAGES):
            people, total = self._page(number)
            if total < least:
                raise ListChangedError("somebody was deleted while the list was read", where=self._address.url)
            least = total
            for person in people:
                newest = self._next(person, newest)
                found = person_of(person, self._list_id)
                yield [found[name] for name in API_COLUMNS]
            seen += len(people)
            progress(seen, total)
            if seen >= total:
                return
            if not people:
                raise ListChangedError(
                    f"the list ended after {seen:,} of {total:,} people", where=self._address.url, remedy="try again"
                )

    def _next(self, person: Mapping[str, Any], newest: int) -> int:
        number = person.get("id")
        if not isinstance(number, int):
            raise UnavailableError("the answer names people without numbers", where=self._address.url)
        if number <= newest:
            raise ListChangedError("people changed their places while the list was read", where=self._address.url)
        return number

    def _page(self, number: int) -> tuple[list[Mapping[str, Any]], int]:
        query = f"list_id={self._list_id}&page={number}&per_page={PER_PAGE}&order_by=id&order=asc"
        url = f"{self._address.url}/api/subscribers?{query}"
        answer = self._answer(Ask(url, secret_headers=self._headers, octets=MOST_OCTETS))
        try:
            return read_answer(answer.content, self._address.url)
        except InputError as error:
            raise UnavailableError(
                f"page {number} cannot be read: {error.what}", where=self._address.url, remedy="nothing is stored"
            ) from None

    def _answer(self, ask: Ask) -> Page:
        """Return what came, after a few tries where the other side asks for patience or breaks."""
        trouble = ""
        for tried in range(1, _TRIES + 1):
            wait = float(2**tried)
            try:
                page = self._fetcher.ask(ask)
            except UnavailableError as error:
                trouble = error.what
            else:
                if page.status == 200:
                    return page
                self._check(page)
                trouble, wait = f"the answer is {page.status}", page.retry_after or wait
            if wait > _PATIENCE:
                break
            if tried < _TRIES:
                self._clock.sleep(wait)
        raise UnavailableError(
            f"listmonk does not answer as it should: {trouble}", where=self._address.url, remedy="nothing is stored"
        )

    def _check(self, page: Page) -> None:
        if page.status in _REFUSED:
            raise InputError(
                f"listmonk refuses the user {self._address.user!r} ({page.status})",
                where=self._address.url,
                remedy="is NEWSLETTER_LISTMONK_TOKEN right, and may that user get subscribers?",
            )
        if page.status != _TOO_MANY and page.status < _BROKEN:
            raise InputError(
                f"this is no API of listmonk: it answers {page.status}",
                where=self._address.url,
                remedy="is the address right?",
            )
