"""The outgoing links of an issue, numbered once: the same number in HTML, in text and in every form of tracking."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape, unescape

from newsletter.model.brand import Brand

PAID = "sponsored:"
"""Stands before the address of a link that was paid for, so that it has a number of its own."""
_PAID_ANCHOR = ' rel="sponsored"'
_ANCHOR = re.compile(r"(<a(?: [a-z-]+=\"[^\"]*\")*? href=\")([^\"]*)\"")

Track = Callable[[str, int], str]
"""Address and number of a link -> the address that the mail carries."""


class LinkBook:
    """Numbers links in order of first appearance, from 1. Links to the publication's own pages have no number.

    The whole document counts, folded items too, so a link's number depends neither on the budget nor on the form.
    """

    def __init__(self, brand: Brand) -> None:
        self._home = brand.home
        self._numbers: dict[str, int] = {}

    @property
    def links(self) -> tuple[str, ...]:
        """Every outgoing link; number n is links[n - 1]."""
        return tuple(url.removeprefix(PAID) for url in self._numbers)

    @property
    def paid(self) -> frozenset[int]:
        """The numbers of links that were paid for."""
        return frozenset(number for url, number in self._numbers.items() if url.startswith(PAID))

    def collect(self, fragments: Iterable[str]) -> None:
        """Number the links of HTML fragments."""
        for fragment in fragments:
            for found in _ANCHOR.finditer(fragment):
                url = _address(found)
                if self._is_outgoing(url.removeprefix(PAID)):
                    self._numbers.setdefault(url, len(self._numbers) + 1)

    def target(self, url: str, track: Track | None) -> str:
        """Return the address a mail carries for `url`, which begins with PAID where it was paid for."""
        number, plain = self._numbers.get(url), url.removeprefix(PAID)
        return plain if track is None or number is None else track(plain, number)

    def rewrite(self, fragment: str, track: Track | None) -> str:
        """Return an HTML fragment whose links carry their target."""
        if track is None:
            return fragment
        return _ANCHOR.sub(lambda found: f'{found[1]}{escape(self.target(_address(found), track))}"', fragment)

    def _is_outgoing(self, url: str) -> bool:
        own = url == self._home or url.startswith((f"{self._home}/", f"{self._home}#", f"{self._home}?"))
        return url.lower().startswith(("http://", "https://")) and not own


def _address(found: re.Match[str]) -> str:
    return (PAID if _PAID_ANCHOR in found[1] else "") + unescape(found[2])
