"""The links of plain text: numbered where they stand, their addresses listed once a section."""

from __future__ import annotations

from collections.abc import Callable
from itertools import chain, pairwise

from newsletter.rendering.plain_width import NO_BREAK
from newsletter.rendering.slots_in_content import BROKEN, OPENING


class LinkNumbers:
    """Numbers the links of one mail; `flush` lists those that were used since it was last called."""

    def __init__(self, target: Callable[[str], str]) -> None:
        self._target = target
        self._numbers: dict[str, int] = {}
        self._used: set[str] = set()  # since the last list: a number is looked up where it is read
        self._before: set[str] = set()  # the slot of an address that stands for itself
        self._behind: set[str] = set()
        self._lengths: set[int] = set()

    def mark(self, words: str, url: str) -> str:
        """Return the words of a link with its number; an address that stands for itself needs none."""
        if url in {words, f"mailto:{words}", f"{words}/"}:
            return self._standing(self._target(url))
        number = self._numbers.setdefault(url, len(self._numbers) + 1)
        self._used.add(url)
        return f"{words}{NO_BREAK}[{number}]".lstrip(NO_BREAK)

    def restore(self, line: str) -> str:
        """Return a defused line whose own addresses hold their slots again."""
        if BROKEN not in line:
            return line
        pieces = line.split(BROKEN)
        marks = [OPENING if self._is_ours(*pair) else BROKEN for pair in pairwise(pieces)]
        return "".join(chain.from_iterable(zip(pieces, [*marks, ""], strict=True)))

    def _standing(self, address: str) -> str:
        before, mark, behind = address.partition(OPENING)
        if mark:
            self._before.add(before)
            self._behind.add(behind)
            self._lengths.add(len(behind))
        return address

    def _is_ours(self, before: str, behind: str) -> bool:
        """Tell whether the mark between these two belongs to an address that `mark` returned."""
        return before.endswith(tuple(self._before)) and any(behind[:n] in self._behind for n in self._lengths)

    def flush(self) -> list[str]:
        """Return the lines of the links used since the last call, by their numbers."""
        used = sorted((self._numbers[url], url) for url in self._used)
        self._used.clear()
        return [f"[{number}] {self._target(url)}" for number, url in used]


class NotedLinks(LinkNumbers):
    """Numbers by another's numbers, and notes what was asked and answered, so that it can be asked again."""

    def __init__(self, links: LinkNumbers) -> None:
        self._links = links
        self.marks: list[tuple[str, str, str]] = []
        """Words, address and what `mark` said to them."""

    def mark(self, words: str, url: str) -> str:
        """Return what the numbers say."""
        said = self._links.mark(words, url)
        self.marks.append((words, url, said))
        return said
