"""The outgoing links of an issue, numbered once: the same number in HTML, in text and in every form of tracking."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from html import escape, unescape

from newsletter.model.brand import Brand

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
        return tuple(self._numbers)

    def collect(self, fragments: Iterable[str]) -> None:
        """Number the links of HTML fragments."""
        for fragment in fragments:
            for _, address in _ANCHOR.findall(fragment):
                url = unescape(address)
                if self._is_outgoing(url):
                    self._numbers.setdefault(url, len(self._numbers) + 1)

    def target(self, url: str, track: Track | None) -> str:
        """Return the address a mail carries for `url`."""
        number = self._numbers.get(url)
        return url if track is None or number is None else track(url, number)

    def rewrite(self, fragment: str, track: Track | None) -> str:
        """Return an HTML fragment whose links carry their target."""
        if track is None:
            return fragment
        return _ANCHOR.sub(lambda found: f'{found[1]}{escape(self.target(unescape(found[2]), track))}"', fragment)

    def _is_outgoing(self, url: str) -> bool:
        own = url == self._home or url.startswith((f"{self._home}/", f"{self._home}#", f"{self._home}?"))
        return url.lower().startswith(("http://", "https://")) and not own
