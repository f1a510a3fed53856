"""Choose some of a publication's readers: segments by name, each a typed rule, counted and looked at before anything is sent to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience.field_values import folded, read_value
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import FieldKind, Issue, ReaderField, Segment
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.segment import (
    MOST_DEEP,
    MOST_RULES,
    AllOf,
    AnyOf,
    FieldIs,
    HasTag,
    InLanguage,
    NoneOf,
    SegmentRule,
)
from newsletter.model.states import IssueState
from newsletter.store.accounts import audit
from newsletter.store.audience import reader_fields, segment_counts
from newsletter.store.audience import segments as store
from newsletter.store.audience.segment_rules import RuleScope
from newsletter.store.audience.segments import ChosenReader
from newsletter.store.database import Database
from newsletter.store.delivery.old_deliveries import rolled_up
from newsletter.store.publications import publications
from newsletter.zones import zone

MOST_SEGMENTS = 200
MOST_NAME_CHARS = 100
MOST_SAMPLE = 20
MOST_NAMED = 200
_RULE: TypeAdapter[SegmentRule] = TypeAdapter(SegmentRule)


@dataclass(frozen=True, slots=True)
class SegmentLook:
    """How many active readers a rule chooses now, and the first of them."""

    count: int
    sample: Sequence[ChosenReader]


@dataclass(frozen=True, slots=True)
class NamesForRules:
    """What rules may name: `issues` are the ids and dates of those that went out, the newest first; `sections` the slugs of theirs."""

    fields: Sequence[ReaderField]
    tags: Sequence[str]
    issues: Sequence[tuple[int, str]]
    sections: Sequence[str]


def read_rule(told: Any) -> SegmentRule:
    """Read a rule from plain values, as JSON holds it. Raises InputError that names what is wrong and where."""
    try:
        rule = _RULE.validate_python(told)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(
            first["msg"], where=place or "rule", remedy='such as {"rule": "tag", "key": "press"}'
        ) from None
    _check_size(rule)
    return rule


@dataclass(frozen=True)
class Segmenting:
    """The tools of segments, put together once per process."""

    database: Database
    clock: Clock

    def all_of(self, publication_id: int, *, by: Actor) -> Sequence[Segment]:
        """Return the segments of a publication, by name. Raises ForbiddenError."""
        require(by, Right.READ, publication_id)
        with self.database.read() as session:
            return store.of_publication(session, publication_id)

    def look(self, publication_id: int, rule: SegmentRule, *, by: Actor) -> SegmentLook:
        """Count whom a rule chooses now, and return the first of them. Raises ForbiddenError, InputError, NotFoundError."""
        require(by, Right.SEE_PEOPLE, publication_id)
        with self.database.read() as session:
            scope = self._scope(session, publication_id)
            fit = self._fit(session, publication_id, rule)
            count = segment_counts.count(session, fit, scope)
            return SegmentLook(count, store.sample(session, fit, scope, limit=MOST_SAMPLE, among=count))

    def names_for_rules(self, publication_id: int, *, by: Actor) -> NamesForRules:
        """Return what rules may name: fields, the first tags, the newest issues that went out. Raises ForbiddenError."""
        require(by, Right.READ, publication_id)
        with self.database.read() as session:
            return NamesForRules(
                reader_fields.listed(session, publication_id),
                reader_fields.tags_known(session, publication_id, limit=MOST_NAMED),
                store.newest_issues(session, publication_id, limit=MOST_NAMED),
                store.newest_sections(session, publication_id, limit=MOST_NAMED),
            )

    def used_by(self, publication_id: int, *, by: Actor) -> Mapping[int, Sequence[Issue]]:
        """Return the issues that are meant for segments and have not gone out, by segment. Raises ForbiddenError."""
        require(by, Right.READ, publication_id)
        with self.database.read() as session:
            return store.used_by(session, publication_id)

    def find(self, publication_id: int, segment_id: int, *, by: Actor) -> Segment:
        """Return a segment of a publication. Raises NotFoundError, also for one of another; ForbiddenError."""
        require(by, Right.READ, publication_id)
        with self.database.read() as session:
            found = store.by_id(session, segment_id)
        if found.publication_id != publication_id:
            raise NotFoundError(f"there is no segment {segment_id} here", remedy="the list shows those there are")
        return found

    def add(self, publication_id: int, name: str, rule: SegmentRule, *, by: Actor) -> Segment:
        """Keep a rule by a name. Raises InputError; ConflictError for a name that is taken; ForbiddenError, NotFoundError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.write() as session:
            publications.lock(session, publication_id)
            if len(store.of_publication(session, publication_id)) >= MOST_SEGMENTS:
                raise InputError(
                    f"there are {MOST_SEGMENTS} segments already",
                    where="segment",
                    remedy="remove one that nobody needs",
                )
            told = self._told(session, publication_id, name, rule)
            now = self.clock.now()
            made = Segment(publication_id=publication_id, **told, created_at=now, changed_at=now)
            session.add(made)
            session.flush()
            self._note(session, by, "segment.add", made)
        return made

    def change(self, segment_id: int, name: str, rule: SegmentRule, *, by: Actor) -> Segment:
        """Give a segment another name or rule; sends that were planned keep theirs. Raises as `add` does."""
        with self.database.write() as session:
            found = store.by_id(session, segment_id)
            require(by, Right.MANAGE_AUDIENCE, found.publication_id)
            publications.lock(session, found.publication_id)
            told = self._told(session, found.publication_id, name, rule, but=found)
            found.name, found.rule, found.changed_at = told["name"], told["rule"], self.clock.now()
            self._note(session, by, "segment.change", found)
        return found

    def remove(self, segment_id: int, *, by: Actor) -> None:
        """Remove a segment; its readers stay. Raises NotFoundError, ForbiddenError; ConflictError while an issue is on its way to it."""
        with self.database.write() as session:
            found = store.by_id(session, segment_id)
            require(by, Right.MANAGE_AUDIENCE, found.publication_id)
            for issue in store.used_by(session, found.publication_id).get(found.id, ()):
                if issue.state is not IssueState.DRAFT:
                    raise ConflictError(
                        f"{issue.slug!r} is {issue.state} and goes to it",
                        where=found.name,
                        remedy="take that issue back first, or wait until it is sent",
                    )
            self._note(session, by, "segment.remove", found)
            session.delete(found)

    def _told(
        self, session: Session, publication_id: int, name: str, rule: SegmentRule, *, but: Segment | None = None
    ) -> dict[str, Any]:
        called = " ".join(name.split())
        if not 0 < len(called) <= MOST_NAME_CHARS:
            raise InputError(
                f"a segment's name has 1 to {MOST_NAME_CHARS} characters", where="name", remedy="such as Readers in Ulm"
            )
        taken = store.named(session, publication_id, called)
        if taken is not None and taken is not but:
            raise ConflictError("there is such a segment", where=called, remedy="take another name, or change that one")
        return {"name": called, "rule": self._fit(session, publication_id, rule).model_dump(mode="json")}

    def _scope(self, session: Session, publication_id: int) -> RuleScope:
        home = publications.by_id(session, publication_id)
        return RuleScope(publication_id, self.clock.now(), zone(home.time_zone), rolled_up(session, publication_id))

    def _fit(self, session: Session, publication_id: int, rule: SegmentRule) -> SegmentRule:
        """Return a rule whose values are written as they are kept. Raises InputError for a field that is not there, or a value of another kind."""
        kinds, home = reader_fields.fields_of(session, publication_id), publications.by_id(session, publication_id)

        def fitted(each: SegmentRule) -> SegmentRule:
            if isinstance(each, (AllOf, AnyOf, NoneOf)):
                return each.model_copy(update={"of": tuple(fitted(inner) for inner in each.of)})
            if isinstance(each, HasTag):
                return each.model_copy(update={"key": folded(each.key)})
            if isinstance(each, InLanguage):
                return each.model_copy(update={"language": "" if each.language == home.language else each.language})
            return _fit_field(each, kinds.get(each.key)) if isinstance(each, FieldIs) else each

        fit = fitted(rule)
        if missing := store.gone(session, publication_id, fit):
            raise InputError(f"it names {missing}", where="rule", remedy="name what there is")
        return fit

    def _note(self, session: Session, by: Actor, action: str, segment: Segment) -> None:
        subject = audit.Subject("segment", segment.id, segment.name)
        audit.add(session, by, action, subject, at=self.clock.now(), publication_id=segment.publication_id)


def _fit_field(rule: FieldIs, kind: FieldKind | None) -> FieldIs:
    if kind is None:
        raise InputError(
            f"there is no field {rule.key!r}", where="field", remedy="name one of the publication's fields"
        )
    if rule.how == "known":
        return rule
    ordered = kind in store.ORDERED
    if rule.how in ("below", "above"):
        if not ordered:
            raise InputError(
                f"{rule.key} has no order", where="field", remedy="ask whether it is, or begins with, something"
            )
        return rule.model_copy(update={"value": repr(read_value(kind, rule.value).number)})
    if rule.how == "begins":
        return rule.model_copy(update={"value": folded(rule.value)})
    return rule.model_copy(update={"value": read_value(kind, rule.value).folded})


def _check_size(rule: SegmentRule) -> None:
    count, line = 0, [(rule, 1)]
    while line:
        each, deep = line.pop()
        count += 1
        if count > MOST_RULES or deep > MOST_DEEP:
            raise InputError(
                f"a segment holds at most {MOST_RULES} rules, {MOST_DEEP} within each other",
                where="rule",
                remedy="make it simpler",
            )
        if isinstance(each, (AllOf, AnyOf, NoneOf)):
            line += [(inner, deep + 1) for inner in each.of]
