"""Read the rows of one list by the table of its product: who it is, where they stand, how they agreed, and what is known of them besides."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from itertools import count

from newsletter.audience import own_list
from newsletter.audience.column_names import plain_name
from newsletter.audience.list_file import EMAIL
from newsletter.audience.moving.cells import of_parts, read_moment, tags_of
from newsletter.audience.moving.mapping import title_of
from newsletter.audience.moving.product import ERROR_COLUMNS, Product
from newsletter.audience.moving.read_row import STATES, ReadRow, RowState
from newsletter.audience.moving.wrappings import fit_name, unwrapped
from newsletter.audience.reader import read_reader
from newsletter.audience.standings import REASONS, RowVerdict, Standings
from newsletter.errors import InputError
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.audience.staged import StagedRecord, StagedRow, StagedRule, Standing

MOST_FIELD_CHARS = 4000
_REASONS = {"bounced there": "bounced", "imported": "suppressed there"}
"""How reasons of suppressions are told; others as they are stored."""
_ACTIONS = {
    Standing.ACTIVE: ConsentAction.IMPORTED,
    Standing.PENDING: ConsentAction.IMPORTED,
    Standing.UNKNOWN: ConsentAction.UNEXPLAINED,
    Standing.UNSUBSCRIBED: ConsentAction.UNSUBSCRIBED,
    Standing.ABSENT: ConsentAction.UNSUBSCRIBED,
}


@dataclass
class ListReader:
    """Reads the rows of one list. `numbers` counts the rows of all lists of an import; `confirmed`: whoever runs it says that they agreed."""

    source: str
    product: Product
    columns: Sequence[str]
    standings: Standings
    now: datetime
    confirmed: bool
    wording: str
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    everywhere: bool = False
    """Whoever runs it may rule out addresses for every publication."""

    def __post_init__(self) -> None:
        product, self._plain = self.product, {plain_name(name): name for name in reversed(self.columns) if name}
        self._whole, self._first = self._one(product.name), self._one(product.first)
        self._last, self._since = self._one(product.last), self._all(product.since)
        self._asked, self._asked_ip = self._all(product.asked_at), self._all(product.asked_ip)
        self._tags, self._asked_words = self._all(product.tags), self._all(product.asked_words)
        self._unpacked = {self._plain[name]: take for name, take in product.unpacked.items() if name in self._plain}
        taken = {
            *self._since,
            *self._asked,
            *self._asked_ip,
            *self._asked_words,
            *self._tags,
            *self._unpacked,
            *self._all(product.left_behind),
        }
        taken |= {
            EMAIL,
            "",
            self._whole,
            self._first,
            self._last,
            *self.standings.columns,
            *self.standings.moments,
        }
        taken |= {*self.standings.clues, *ERROR_COLUMNS}
        if EMAIL not in self.columns:
            taken.add("address")
        self._titles = {
            name: title_of(product.by_hand.get(plain_name(name), ""), name)
            for name in self.columns
            if name not in taken
        }
        self.fields = list(dict.fromkeys(self._titles.values()))
        self.left_behind = self._all(product.left_behind)
        self._place = f"{product.title}: {self.source}"[:200]

    def read(self, rows: Iterable[Mapping[str, str]]) -> Iterator[ReadRow]:
        """Yield what each row says. Raises InputError for a list that breaks off, and for words that must be explained first."""
        for here, row in enumerate(rows, start=1):
            number, line = next(self.numbers), getattr(row, "line", here)
            try:
                yield self._read(number, line, row)
            except InputError as error:
                if error.where == "--state":
                    raise
                address = (row.get(EMAIL) or row.get("address") or "")[:400]
                found = ReadRow(self.source, line, number, RowState.INVALID, error.what, address, cells=row)
                found.column = "name" if error.where == "name" else EMAIL
                yield found

    def _read(self, number: int, line: int, row: Mapping[str, str]) -> ReadRow:
        verdict = self.standings.read(row)
        if verdict.skipped and verdict.standing in (None, Standing.ACTIVE, Standing.PENDING):
            address = unwrapped(row.get(EMAIL) or row.get("address") or "", "")[0]
            return ReadRow(
                self.source, line, number, RowState.LEFT_OUT, verdict.because, address, because=verdict.because
            )
        found = ReadRow(self.source, line, number, RowState.ACTIVE, cells=row)
        self._known_of(found, row)
        address, name = unwrapped(row.get(EMAIL) or row.get("address") or "", self._name(row) or found.name)
        name, found.changed = fit_name(name)
        person = read_reader(address, name)
        found.address, found.name = person.address, person.name
        self._agreed(found, row)
        standing = self._standing(verdict, found)
        found.state, found.reason = STATES[standing], _reason(verdict, standing)
        found.because = verdict.because
        whom = (number, person.address, person.address_hash, person.domain, person.name)
        if standing is Standing.SUPPRESSED:
            found.staged, found.rules = StagedRow(*whom, standing), [self._rule(number, verdict)]
            return found
        since = self._since_of(row)
        found.staged = StagedRow(
            *whom,
            standing,
            verdict.left_at,
            created_at=since,
            changed_at=verdict.left_at or found.consent_at or since,
            proven=found.consent_at is not None,
        )
        words = next((text for name in self._asked_words if (text := row.get(name, "").strip())), "")
        if found.consent_at or words or self.product.signs:
            found.records = [self._record(number, standing, verdict, found, words)]
        return found

    def _rule(self, number: int, verdict: RowVerdict) -> StagedRule:
        """An address that is dead for one is dead for all; who complained, or was blocked, was so by one publication."""
        dead = self.everywhere and verdict.reason == REASONS["bounced"]
        return StagedRule(number, dead, verdict.reason, min(verdict.left_at or self.now, self.now))

    def _standing(self, verdict: RowVerdict, found: ReadRow) -> Standing:
        if self.product.only_named:
            return Standing.ABSENT
        if verdict.standing not in (None, Standing.ACTIVE):
            return verdict.standing
        proven = self.product.proves and found.consent_at is not None
        found.unproven = self.confirmed and not proven
        return Standing.ACTIVE if self.confirmed or proven else Standing.PENDING

    def _agreed(self, found: ReadRow, row: Mapping[str, str]) -> None:
        """Note when and where the person agreed; an address of the network only beside a moment."""
        for column in self._asked:
            if moment := read_moment(row.get(column, "")):
                found.consent_at = min(moment, self.now)
                break
        beside = next((ip for name in self._asked_ip if (ip := _ip(row.get(name, "")))), found.consent_ip)
        found.consent_ip = beside if found.consent_at else ""

    def _known_of(self, found: ReadRow, row: Mapping[str, str]) -> None:
        if not (self._tags or self._titles or self._unpacked):
            return
        tags = [tag for column in self._tags for tag in tags_of(row.get(column, ""))]
        values: dict[str, str] = {}
        for name, title in self._titles.items():
            if text := row.get(name, "").strip():
                values.setdefault(title, text)
        for column, take in self._unpacked.items():
            for key, text in take(row.get(column, "")).items():
                if plain_name(key) == "tags":
                    tags += tags_of(text)
                elif plain_name(key) in ("name", "firstname") and not found.name:
                    found.name = text
                elif plain_name(key) in self.product.asked_ip:
                    found.consent_ip = found.consent_ip or _ip(text)
                else:
                    values.setdefault(key, text)
        found.tags = [tag for tag in dict.fromkeys(tags) if tag.lower() not in self.product.no_tags]
        found.fields = {key[:100]: text[:MOST_FIELD_CHARS] for key, text in values.items()}

    def _record(
        self, number: int, standing: Standing, verdict: RowVerdict, found: ReadRow, agreed_to: str
    ) -> StagedRecord:
        left = standing in (Standing.UNSUBSCRIBED, Standing.ABSENT)
        at = (verdict.left_at if left else found.consent_at) or self.now
        words = agreed_to[:MOST_FIELD_CHARS] or self.wording or f"As {self.product.title} tells"
        if found.consent_at and not left:
            words += f" ({', '.join(self._asked)})"
        return StagedRecord(
            number, _ACTIONS[standing], min(at, self.now), self._place, "" if left else found.consent_ip, words
        )

    def _since_of(self, row: Mapping[str, str]) -> datetime | None:
        if len(self.product.since) == 6:
            found = of_parts(row.get(name, "") for name in self._since) if len(self._since) == 6 else None
        else:
            found = next((moment for name in self._since if (moment := read_moment(row.get(name, "")))), None)
        return min(found, self.now) if found else None

    def _name(self, row: Mapping[str, str]) -> str:
        whole, first, last = ((row.get(n) or "").strip() if n else "" for n in (self._whole, self._first, self._last))
        if whole and (not first or not last) and (first or last) not in whole:
            return (
                f"{first} {whole} {last}".strip()
            )  # beside a first name alone, `Name` is the family's, and the other way round
        return whole or f"{first} {last}".strip()

    def _one(self, names: Sequence[str]) -> str:
        return next(iter(self._all(names)), "")

    def _all(self, names: Sequence[str]) -> list[str]:
        return [self._plain[name] for name in names if name in self._plain]


@dataclass
class OwnListReader:
    """Reads a list that we wrote ourselves: it tells everything as it was."""

    source: str
    columns: Sequence[str]
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def read(self, rows: Iterable[Mapping[str, str]]) -> Iterator[ReadRow]:
        """Yield what each row says. Raises InputError for a row that breaks off."""
        for here, row in enumerate(rows, start=1):
            number, line = next(self.numbers), getattr(row, "line", here)
            if len(row) < len(self.columns):
                raise InputError("this row breaks off", where=f"{self.source}:{line}", remedy="export the list anew")
            try:
                staged, records, rules = own_list.read_row(number, row)
                tags, fields = own_list.known_of(row)
            except InputError as error:
                yield ReadRow(self.source, line, number, RowState.INVALID, error.what, row.get(EMAIL, ""), cells=row)
                continue
            state = STATES[staged.standing]
            found = ReadRow(
                self.source,
                line,
                number,
                state,
                "",
                staged.address,
                staged.name,
                staged=staged,
                records=records,
                rules=rules,
            )
            found.tags, found.fields, found.cells = tags, fields, row
            yield found


def _reason(verdict: RowVerdict, standing: Standing) -> str:
    if standing is Standing.SUPPRESSED:
        word = _REASONS.get(verdict.reason, verdict.reason)
        return f"{word} ({verdict.because})" if verdict.because else word
    if standing is Standing.UNSUBSCRIBED and verdict.left_at:
        return f"unsubscribed {verdict.left_at:%Y-%m-%dT%H:%M:%SZ}"
    if standing is Standing.ABSENT:
        return "was sent a post, and is not in the list"
    return verdict.because if standing is not Standing.ACTIVE else ""


def _ip(cell: str) -> str:
    try:
        return str(ip_address(cell.strip())) if cell.strip() else ""
    except ValueError:
        return ""
