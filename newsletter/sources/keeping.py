"""The sources of a publication: add, change, switch off and on, take away, and accept an address that a source moved to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError
from newsletter.model import Publication, Source
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.sources import SourceKind
from newsletter.model.states import SourceState, check_source_move
from newsletter.sources.checking import checked, kind_by_address, name_of
from newsletter.sources.section_keeping import see_section
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Values
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.store.sources import sources as store

ANEW = frozenset({"address", "kind", "mapping", "header", "secret", "section", "most", "wished", "keep_days"})
"""Fields after whose change an answer is read again, though it is the same."""
_CHECKED = (
    *("address", "name", "kind", "mapping", "header", "secret", "plain_http"),
    *("weight", "most", "keep_days", "every_minutes", "wished"),
)
"""Fields that are checked together."""


@dataclass(frozen=True, slots=True)
class NewSource:
    """What a source is made of; an empty `name` or `kind` is chosen for it."""

    section: str
    kind: SourceKind | str = ""
    address: str = ""
    name: str = ""
    mapping: dict[str, Any] | None = None
    header: str = ""
    secret: str = ""
    plain_http: bool = False
    weight: int = 3
    most: int = 50
    keep_days: int = 7
    every_minutes: int = 0
    wished: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SourceChange:
    """What a source shall have from now on; None where it stays as it is."""

    section: str | None = None
    kind: SourceKind | str | None = None
    address: str | None = None
    name: str | None = None
    mapping: dict[str, Any] | None = None
    header: str | None = None
    secret: str | None = None
    plain_http: bool | None = None
    weight: int | None = None
    most: int | None = None
    keep_days: int | None = None
    every_minutes: int | None = None
    wished: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class AddedSources:
    """What came of a list of sources: those that were added, and what is to be said of the others."""

    added: tuple[Source, ...]
    told: tuple[str, ...] = ()


@dataclass(frozen=True)
class Keeping:
    """The tools of keeping sources, put together once per process."""

    database: Database
    clock: Clock

    def add(self, publication_id: int, new: NewSource, *, by: Actor) -> Source:
        """Add a source. Raises InputError that names the field, ConflictError when it is there, ForbiddenError, NotFoundError."""
        with self.database.write() as session:
            home = self._open(session, publication_id, by)
            known = store.names_and_addresses(session, home.id)
            added = self._added(session, home, new, known, by)
            _note(session, by, "source.add", added, Values(new=f"{added.kind}: {added.address}"), at=self.clock.now())
        return added

    def add_all(self, publication_id: int, wanted: Sequence[NewSource], *, by: Actor) -> AddedSources:
        """Add those of a list that are not there and that can be asked, all in one step; say what was left out.

        Raises ForbiddenError, NotFoundError.
        """
        added: list[Source] = []
        told: list[str] = []
        with self.database.write() as session:
            home = self._open(session, publication_id, by)
            known = store.names_and_addresses(session, home.id)
            for new in wanted:
                try:
                    source = self._added(session, home, new, known, by)
                except (InputError, ConflictError) as error:
                    told.append(f"{new.name or new.address or 'one without a name'}: {error}")
                    continue
                known.append((source.name, source.address, source.section))
                added.append(source)
            subject = audit.Subject("publication", home.id, home.slug)
            now, words = self.clock.now(), f"{len(added)} of {len(wanted)}"
            audit.add(session, by, "source.import", subject, at=now, publication_id=home.id, new=words)
        return AddedSources(tuple(added), tuple(told))

    def change(self, source_id: int, wanted: SourceChange, *, by: Actor) -> Source:
        """Change what is named of a source. Raises InputError, ConflictError, ForbiddenError, NotFoundError."""
        given = {field: value for field, value in asdict(wanted).items() if value is not None}
        with self.database.write() as session:
            source, home = self._opened(session, source_id, by)
            old = {field: getattr(source, field) for field in given}
            _put(source, _kept(_values_of(source) | given))
            if "section" in given or "kind" in given:
                see_section(home, given.get("section", source.section), source.kind)
                source.section = given.get("section", source.section)
            changed = [field for field in given if old[field] != getattr(source, field)]
            if ANEW & set(changed):
                forget_answers(source)
            store.keep(session, source)
            now = {field: getattr(source, field) for field in changed}
            words = Values(_told({field: old[field] for field in changed}), _told(now))
            _note(session, by, "source.change", source, words, at=self.clock.now())
        return source

    def remove(self, source_id: int, *, by: Actor) -> Source:
        """Take a source away with its history; what it offered stays. Raises ForbiddenError, NotFoundError."""
        with self.database.write() as session:
            source, _ = self._opened(session, source_id, by)
            _note(session, by, "source.remove", source, Values(old=source.address), at=self.clock.now())
            store.remove(session, source)
        return source

    def switch_off(self, source_id: int, *, by: Actor) -> Source:
        """Ask a source no more. Raises ConflictError when it is off, ForbiddenError, NotFoundError."""
        return self._switched(source_id, SourceState.OFF, by)

    def switch_on(self, source_id: int, *, by: Actor) -> Source:
        """Ask a source again that is off or rests, from the next run on. Raises ConflictError, ForbiddenError, NotFoundError."""
        return self._switched(source_id, SourceState.ACTIVE, by)

    def accept_address(self, source_id: int, *, by: Actor) -> Source:
        """Ask a source from now on where it said that it has moved. Raises ConflictError when it said no such thing, InputError, ForbiddenError, NotFoundError."""
        with self.database.write() as session:
            source, _ = self._opened(session, source_id, by)
            old, new = source.address, proposed_by(source)
            if not new:
                raise ConflictError("no other address is proposed", remedy="`newsletter source show` tells when one is")
            _put(source, _kept(_values_of(source) | {"address": new, "plain_http": new.startswith("http:")}))
            forget_answers(source)
            store.keep(session, source)
            _note(session, by, "source.accept-address", source, Values(old, new), at=self.clock.now())
        return source

    def _switched(self, source_id: int, wanted: SourceState, by: Actor) -> Source:
        with self.database.write() as session:
            source, _ = self._opened(session, source_id, by)
            old = source.state
            check_source_move(old, wanted)
            source.state, source.failures, source.told_at, source.next_at = wanted, 0, None, None
            action = "source.off" if wanted is SourceState.OFF else "source.on"
            _note(session, by, action, source, Values(old.value, wanted.value), at=self.clock.now())
        return source

    def _open(self, session: Session, publication_id: int, by: Actor) -> Publication:
        home = publications.lock(session, publication_id)
        require(by, Right.WRITE, home.id)
        return home

    def _opened(self, session: Session, source_id: int, by: Actor) -> tuple[Source, Publication]:
        home = self._open(session, store.by_id(session, source_id).publication_id, by)
        return store.lock(session, source_id), home

    def _added(
        self, session: Session, home: Publication, new: NewSource, known: Sequence[tuple[str, str, str]], by: Actor
    ) -> Source:
        if len(known) >= store.MOST:
            raise InputError(
                f"a publication has at most {store.MOST:,} sources", where="sources", remedy="take some away"
            )
        wanted = asdict(new)
        section = wanted.pop("section").strip()
        names = {name for name, _, _ in known}
        wanted["name"] = new.name.strip() or _free_name(new.address, names)
        wanted["kind"] = new.kind or _usual_kind(new)
        values = checked(wanted)
        for name, address, slug in known:
            if address and (address, slug) == (values["address"], section):
                raise ConflictError(f"this address fills {slug!r} already, as {name!r}", where="address")
        if values["name"] in names:
            raise ConflictError(
                f"the publication has a source {values['name']!r} already", where="name", remedy="give another name"
            )
        see_section(home, section, values["kind"])
        facts = {"section": section, "created_at": self.clock.now(), "created_by": by.person}
        return store.add(session, Source(publication_id=home.id, state=SourceState.ACTIVE, **facts, **values))


RUNS_THAT_AGREE = 3
"""So many runs in a row must have been led to the same address for good before it is proposed."""


def proposed_by(source: Source) -> str:
    """Return the address that a source has moved to for good, as enough runs agree; empty where none is proposed."""
    return source.proposed_address if source.proposed_runs >= RUNS_THAT_AGREE else ""


def forget_answers(source: Source) -> None:
    """Let the next answer of a source be read whatever it is, and ask it as if it had never failed."""
    source.etag = source.last_modified = source.validators_of = source.digest = ""
    source.validators_at = None
    source.proposed_address, source.proposed_runs = "", 0
    source.failures, source.next_at, source.told_at = 0, None, None
    if source.state is SourceState.RESTING:
        source.state = SourceState.ACTIVE


def _usual_kind(new: NewSource) -> SourceKind:
    """A table where a file is uploaded; else what usually stands at the address, which a mapping may say more of."""
    address = new.address.strip()
    return kind_by_address(address, is_mapped=bool(new.mapping)) if address else SourceKind.TABLE


def _free_name(address: str, taken: set[str]) -> str:
    """The host, with a number behind it where another source is called so."""
    name, number = name_of(address.strip()), 2
    free = name
    while free in taken:
        free, number = f"{name} {number}", number + 1
    return free


def _values_of(source: Source) -> dict[str, Any]:
    return {field: getattr(source, field) for field in _CHECKED}


def _kept(values: Mapping[str, Any]) -> dict[str, Any]:
    return checked({field: values[field] for field in _CHECKED})


def _put(source: Source, values: Mapping[str, Any]) -> None:
    for field, value in values.items():
        if getattr(source, field) != value:
            setattr(source, field, value)


def _told(values: Mapping[str, Any]) -> str:
    room = audit.MOST_CHARS // max(1, len(values)) - 24
    return "; ".join(f"{field.replace('_', ' ')}: {str(value)[: max(room, 8)]}" for field, value in values.items())


def _note(session: Session, by: Actor, action: str, source: Source, words: Values, *, at: datetime) -> None:
    subject = audit.Subject("source", source.id, source.name)
    home = source.publication_id
    audit.add(session, by, action, subject, at=at, publication_id=home, old=words.old, new=words.new)
