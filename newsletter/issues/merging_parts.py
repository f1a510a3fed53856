"""Put together what two people made of one issue by its own parts: sections and items, each known by its key or its address. Pure.

An item that one moved and the other changed is changed at its new place; items that both added at one place both stay. Where that leaves
anything open (both changed the same lines of a part, or one took away what the other changed) there is no such merge, and lines decide.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from newsletter.errors import InputError
from newsletter.issues.differences import hunks
from newsletter.issues.merging import merge
from newsletter.issues.parsing import parse_issue
from newsletter.issues.places import places_of
from newsletter.model.document import Document

_HEAD = "head"
_AROUND = "around "
"""Begins the name of what a section has before its items."""


@dataclass(frozen=True)
class _Parts:
    """A text in parts: the words of each by its name, the sections in their order, and the names of the items of each."""

    words: Mapping[str, str]
    sections: tuple[str, ...]
    items: Mapping[str, tuple[str, ...]]

    @property
    def homes(self) -> dict[str, str]:
        """The section of each item."""
        return {name: section for section, names in self.items.items() for name in names}


class _OpenError(Exception):
    """The parts leave something open."""


def merge_parts(base: str, mine: str, theirs: str) -> str | None:
    """Return both texts in one; None where one of the three cannot be read, or their parts leave something open."""
    try:
        old, ours, others = (_parts(text) for text in (base, mine, theirs))
        words = _words(old, ours, others)
        text = _together(words, old, ours, others)
        parse_issue(text)
    except (InputError, _OpenError):
        return None
    return text if _has_all(text, base, mine, theirs) else None


def _parts(text: str) -> _Parts:
    document, lines = parse_issue(text), text.split("\n")
    placed = places_of(document, text)
    if placed.lines != lines:
        raise _OpenError
    starts = [(1, _HEAD)]
    sections, items = list[str](), dict[str, tuple[str, ...]]()
    for section, place in zip(document.sections, placed.sections, strict=True):
        names = [_name(document, section.slug, number) for number in range(len(section.items))]
        sections.append(section.slug)
        items[section.slug] = tuple(names)
        starts.append((place.heading, _AROUND + section.slug))
        starts += [(item.heading, name) for item, name in zip(place.items, names, strict=True)]
    ends = [start - 1 for start, _ in starts[1:]] + [len(lines)]
    words = {
        name: "\n".join(lines[start - 1 : end]).rstrip("\n") for (start, name), end in zip(starts, ends, strict=True)
    }
    if len(words) != len(starts):
        raise _OpenError  # two parts of one name: nobody knows which is which
    return _Parts(words, tuple(sections), items)


def _name(document: Document, slug: str, number: int) -> str:
    """An item goes by its address, wherever it stands and whatever its title is; without one by its key in its section."""
    item = next(each for each in document.sections if each.slug == slug).items[number]
    url = str(getattr(item, "url", ""))
    return f"item {url}" if url else f"item {slug}/{item.key}"


def _words(old: _Parts, ours: _Parts, others: _Parts) -> dict[str, str]:
    """Return the words of each part that stays. Raises _OpenError where both changed the same, or one took away what the other changed."""
    words = dict[str, str]()
    for name in dict.fromkeys([*ours.words, *others.words]):
        before, mine, theirs = (each.words.get(name) for each in (old, ours, others))
        if mine is None or theirs is None:
            left = theirs if mine is None else mine
            assert left is not None  # one of them has it
            if before is None:
                words[name] = left
            elif before != left:
                raise _OpenError
        elif before is None:
            if mine != theirs:
                raise _OpenError
            words[name] = mine
        else:
            found = merge(before, mine, theirs)
            if found.places:
                raise _OpenError
            words[name] = found.text({})
    return words


def _together(words: Mapping[str, str], old: _Parts, ours: _Parts, others: _Parts) -> str:
    sections = _order(old.sections, ours.sections, others.sections, set(_slugs(words)))
    before, mine, theirs = old.homes, ours.homes, others.homes
    homes = {
        name: _home(before.get(name), mine.get(name), theirs.get(name))
        for name in words
        if name in mine or name in theirs
    }
    if not set(homes.values()) <= set(sections):
        raise _OpenError  # one took a section away into which the other put an item
    told = [words[_HEAD]]
    for section in sections:
        here = {name for name, home in homes.items() if home == section}
        before_here, mine_here, theirs_here = (each.items.get(section, ()) for each in (old, ours, others))
        told += [words[_AROUND + section], *(words[name] for name in _order(before_here, mine_here, theirs_here, here))]
    return "\n\n".join(told) + "\n"


def _slugs(words: Mapping[str, str]) -> list[str]:
    return [name.removeprefix(_AROUND) for name in words if name.startswith(_AROUND)]


def _home(before: str | None, mine: str | None, theirs: str | None) -> str:
    """The section of an item: whoever moved it says where. Raises _OpenError where both moved it elsewhere."""
    moved = {each for each in (mine, theirs) if each is not None and each != before}
    if len(moved) > 1:
        raise _OpenError
    found = next(iter(moved), before)
    assert found is not None  # it stands in one of the two texts
    return found


def _order(old: Sequence[str], mine: Sequence[str], theirs: Sequence[str], kept: Collection[str]) -> list[str]:
    """Return the names that stay in their order: theirs, in which each that I added or moved comes behind the one it follows in mine."""
    made = [name for name in theirs if name in kept]
    known = [name for name in mine if name in kept]
    moved = _moved([name for name in old if name in kept], known) | {name for name in known if name not in made}
    made = [name for name in made if name not in moved]
    for number, name in enumerate(known):
        if name in moved:
            behind = next((made.index(each) + 1 for each in reversed(known[:number]) if each in made), 0)
            made.insert(behind, name)
    return made


def _moved(old: Sequence[str], now: Sequence[str]) -> set[str]:
    """Return the names that both have and that stand elsewhere among the others."""
    one, other = [name for name in old if name in now], [name for name in now if name in old]
    return {name for hunk in hunks(one, other) for name in other[hunk.other_start : hunk.other_end]}


def _has_all(text: str, base: str, mine: str, theirs: str) -> bool:
    """Whether each line that one of the two added stands in the text, as often as they added it."""
    there, before = _lines(text), _lines(base)
    return all(_lines(side) - before <= there for side in (mine, theirs))


def _lines(text: str) -> Counter[str]:
    return Counter(line for line in text.split("\n") if line.strip())
