"""Which of the chosen candidates come into an issue, where, and whether they are mailed: pure, and the same for the same given.

What stands in the issue is never offered again, whoever wrote it: it is known by its address. Of what says much the same one is mailed.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from newsletter.canonical_url import key_of
from newsletter.model.addition import Addition
from newsletter.model.document import Document, Item, Section, SectionKind, TableItem
from newsletter.model.file_limits import MAX_ITEMS, MAX_LINES, MAX_OCTETS, MAX_SIGNS, weight_of
from newsletter.model.section_plan import SectionPlan
from newsletter.rendering.markdown_file import write_item
from newsletter.sources.wording import Offer, item_of

_SHARE = 0.9
"""Of what an issue file may hold, so much is filled from sources: an editor has the rest."""
_LONGEST_KEY = 110


@dataclass(frozen=True, slots=True)
class ChosenCandidate:
    """A candidate that may come into an issue: its id, what it says, and the cluster of those that say much the same."""

    id: int
    offer: Offer
    cluster: int | None = None


@dataclass(frozen=True, slots=True)
class SectionFill:
    """What may fill a section, best first; tables are mailed before all else."""

    plan: SectionPlan
    candidates: Sequence[ChosenCandidate] = ()
    tables: Sequence[TableItem] = ()


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What comes into an issue, and the candidates that stand in it then; `told` says what was left out, and why."""

    additions: tuple[Addition, ...]
    placed: tuple[int, ...]
    told: tuple[str, ...]

    @property
    def items(self) -> tuple[Item, ...]:
        """Every new item."""
        return tuple(item for each in self.additions for item in each.section.items)

    @property
    def tables(self) -> tuple[str, ...]:
        """The keys of new tables."""
        return tuple(item.key for item in self.items if isinstance(item, TableItem))


def arrange(
    present: Document | None,
    fills: Sequence[SectionFill],
    *,
    text: str = "",
    clusters: AbstractSet[int] = frozenset(),
    tables: AbstractSet[str] = frozenset(),
) -> Arrangement:
    """Return what comes into `present`, whose file is `text`, or into a new issue.

    `clusters` are those of which something stands in it, `tables` the keys of those that were put into it before: what was taken out
    stays out.
    """
    arranging = _Arranging.of(present, text, clusters, tables)
    after = [fill.plan.slug for fill in fills]
    for place, fill in enumerate(fills):
        arranging.fill(fill, tuple(after[place + 1 :]))
    return Arrangement(tuple(arranging.additions), tuple(arranging.placed), tuple(arranging.told))


@dataclass
class _Room:
    """How much an issue file can still take."""

    items: int
    octets: int
    lines: int
    weight: int

    @classmethod
    def beside(cls, present: Document | None, text: str) -> _Room:
        items = sum(len(section.items) for section in present.sections) if present else 0
        return cls(
            int(MAX_ITEMS * _SHARE) - items,
            int(MAX_OCTETS * _SHARE) - len(text.encode("utf-8", "replace")),
            int(MAX_LINES * _SHARE) - text.count("\n"),
            int(MAX_SIGNS * _SHARE) - weight_of(text),
        )

    def take(self, written: str) -> bool:
        """Tell whether there is room for an item, and take it."""
        needs = (1, len(written.encode()) + 2, written.count("\n") + 3, weight_of(written))
        left = tuple(have - need for have, need in zip(self._has(), needs, strict=True))
        if min(left) < 0:
            return False
        self.items, self.octets, self.lines, self.weight = left
        return True

    def _has(self) -> tuple[int, int, int, int]:
        return self.items, self.octets, self.lines, self.weight


@dataclass
class _Arranging:
    present: Document | None
    room: _Room
    addresses: set[str]
    clusters: set[int]
    tables: AbstractSet[str]
    additions: list[Addition] = field(default_factory=list)
    placed: list[int] = field(default_factory=list)
    told: list[str] = field(default_factory=list)

    @classmethod
    def of(
        cls, present: Document | None, text: str, clusters: AbstractSet[int], tables: AbstractSet[str]
    ) -> _Arranging:
        items = [item for section in present.sections for item in section.items] if present else []
        addresses = {key for item in items if (key := key_of(item.url))}
        return cls(present, _Room.beside(present, text), addresses, set(clusters), tables)

    def fill(self, fill: SectionFill, before: tuple[str, ...]) -> None:
        """Put into a section what fits, the best first."""
        section = self._section(fill.plan)
        pile = _Pile(fill.plan, section, {item.key for item in section.items})
        self._add_tables(pile, fill)
        for candidate in fill.candidates:
            if pile.is_full:
                break
            if not self._add(pile, candidate):
                break
        if pile.unworded:
            self.told.append(f"{fill.plan.title}: {pile.unworded} left out, with neither words nor an address to show")
        is_new = self.present is None
        if pile.new or (is_new and not fill.plan.drops_empty):
            items = tuple(sorted(pile.new, key=lambda item: not item.mailed))
            self.additions.append(Addition(section.model_copy(update={"items": items}), before))

    def _section(self, plan: SectionPlan) -> Section:
        """Return the section as the issue has it, or as it is planned."""
        sections = self.present.sections if self.present else ()
        planned = Section(title=plan.title, slug=plan.slug, kind=plan.kind, all_title=plan.all_title)
        return next((section for section in sections if section.slug == plan.slug), planned)

    def _add_tables(self, pile: _Pile, fill: SectionFill) -> None:
        for table in fill.tables:
            if table.key in pile.keys or table.key in self.tables:
                continue
            if pile.section.kind is not SectionKind.TABLES:
                self.told.append(f"{fill.plan.title}: the section holds no tables, so “{table.title}” is left out")
            elif self.room.take(write_item(table)):
                pile.put(table)
            else:
                self.told.append(f"{fill.plan.title}: no room for “{table.title}”; the file would be too large")

    def _add(self, pile: _Pile, candidate: ChosenCandidate) -> bool:
        """Put a candidate in, unless it stands in the issue, or nothing can be shown of it. False when the issue has no more room."""
        address = key_of(candidate.offer.url)
        if address and address in self.addresses:
            self.placed.append(candidate.id)
            return True
        is_mailed = pile.mailed < pile.plan.mailed and candidate.cluster not in self.clusters
        if not is_mailed and pile.kept >= pile.plan.kept:
            return True
        item = item_of(candidate.offer, pile.section.kind, mailed=is_mailed)
        if item is None:
            pile.unworded += 1
            return True
        if not item.url and item.key in pile.keys:  # the same words, and no address that could tell them apart
            self.placed.append(candidate.id)
            return True
        item = _with_key(item, pile.keys)
        if not self.room.take(write_item(item)):
            self.told.append(f"{pile.plan.title}: no room for more; the file would be too large")
            return False
        pile.put(item)
        self.placed.append(candidate.id)
        self.addresses |= {address} - {""}
        if is_mailed and candidate.cluster is not None:
            self.clusters.add(candidate.cluster)
        return True


@dataclass
class _Pile:
    """What one section gets."""

    plan: SectionPlan
    section: Section
    keys: set[str]
    new: list[Item] = field(default_factory=list)
    unworded: int = 0

    @property
    def mailed(self) -> int:
        return len(self.section.mailed_items) + sum(item.mailed for item in self.new)

    @property
    def kept(self) -> int:
        return len(self.section.items) + len(self.new) - self.mailed

    @property
    def is_full(self) -> bool:
        return self.mailed >= self.plan.mailed and self.kept >= self.plan.kept

    def put(self, item: Item) -> None:
        self.new.append(item)
        self.keys.add(item.key)


def _with_key(item: Item, taken: AbstractSet[str]) -> Item:
    """Return an item whose key no other item of its section has."""
    if item.key not in taken:
        return item
    base = item.key[:_LONGEST_KEY].strip("-")
    key = next(key for number in range(2, len(taken) + 3) if (key := f"{base}-{number}") not in taken)
    return item.model_copy(update={"key": key, "explicit_key": True})
