"""Tag, untag or unsubscribe all readers whom a filter matches: looked at before, made range by range, and taken back exactly.

A change is a row. Whoever carries it on (`newsletter.audience.change_rounds`) locks it, looks at one range of readers, changes those
who are meant, notes whom it changed, and moves on: all in one transaction. So a kill loses nothing, and two who work at it alternate.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.audience.field_values import tag_key
from newsletter.audience.reader_lists import ReaderLists
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import ReaderChange
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.reader_change import ReaderChangeKind, ReaderChangeState
from newsletter.model.reader_filter import ReaderFilter
from newsletter.model.rights import Right
from newsletter.model.segment import HasTag, NoneOf
from newsletter.model.states import SubscriptionState
from newsletter.store.accounts import audit
from newsletter.store.accounts.audit import Subject
from newsletter.store.audience import reader_changes as store
from newsletter.store.audience import reader_search
from newsletter.store.audience.reader_drivers import asked
from newsletter.store.audience.reader_search import ReaderPage
from newsletter.store.database import Database

UNDO = timedelta(days=3)
"""How long a change can be taken back."""
MOST_AT_ONCE = 5
"""Changes of a publication that may be at work together."""
_STEPS_AT_ONCE = 3
"""Ranges that are done before the page answers, so that a small list is done at once."""
_SAMPLE = 10


class WantedChange(NamedTuple):
    """What is to be done to whom; `tag` as it is typed."""

    kind: ReaderChangeKind
    whom: ReaderFilter
    tag: str = ""


class ChangePreview(NamedTuple):
    """Whom a change would meet: the first of them, how many where that is known, and how many of those it leaves out, by why."""

    page: ReaderPage
    left_out: dict[str, int]

    @property
    def to_change(self) -> int | None:
        """How many it would change, where that is known."""
        known = self.page.known
        return None if known is None or self.page.is_more else known - sum(self.left_out.values())


@dataclass(frozen=True)
class ChangingReaders:
    """The tools of changing many readers, put together once per process."""

    database: Database
    clock: Clock

    def preview(self, publication_id: int, wanted: WantedChange, *, by: Actor) -> ChangePreview:
        """Say whom a change would meet; changes nothing. Raises ForbiddenError, InputError."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.read() as session:
            scope = ReaderLists(self.database, self.clock).scope(session, publication_id)
            page = reader_search.page(session, wanted.whom, scope, after=None, limit=_SAMPLE)
            left_out: dict[str, int] = {}
            for why, among in _left_out(wanted).items():
                whom = wanted.whom.model_copy(update={"rules": (*wanted.whom.rules, *among.rules)})
                if among.state is not None:
                    if whom.state not in (None, among.state):
                        continue
                    whom = whom.model_copy(update={"state": among.state})
                found = reader_search.page(session, whom, scope, after=None, limit=1)
                if found.known and not found.is_more and not page.is_more:
                    left_out[why] = found.known
        return ChangePreview(page, left_out)

    def begin(self, publication_id: int, wanted: WantedChange, *, by: Actor) -> ReaderChange:
        """Begin a change, and finish a small one. Raises ForbiddenError; InputError for a tag; ConflictError while too many are at work."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        now = self.clock.now()
        with self.database.write() as session:
            _see_room(session, publication_id)
            change = ReaderChange(
                publication_id=publication_id,
                kind=wanted.kind,
                filter=wanted.whom.model_dump(mode="json"),
                state=ReaderChangeState.RUNNING,
                last=reader_search.last_id(session),
                created_at=now,
                undo_until=now + UNDO,
                **_acting(by),
                **_tag_of(session, publication_id, wanted),
            )
            if wanted.whom.ids:
                change.upto, change.last = min(wanted.whom.ids) - 1, max(wanted.whom.ids)
            session.add(change)
            session.flush()
            self._note(session, by, f"readers.{wanted.kind.value}", change, "begun")
        self.carry_on(change.id, steps=_STEPS_AT_ONCE)
        return self.show(publication_id, change.id, by=by)

    def undo(self, publication_id: int, change_id: int, *, by: Actor) -> ReaderChange:
        """Take a change back, whether it is done or at work. Raises NotFoundError, ForbiddenError; ConflictError when it is too late."""
        require(by, Right.MANAGE_AUDIENCE, publication_id)
        with self.database.write() as session:
            change = _of(store.lock(session, change_id), publication_id)
            if change.state not in (ReaderChangeState.RUNNING, ReaderChangeState.DONE):
                raise ConflictError("it is taken back already", where=f"change {change_id}")
            if self.clock.now() >= change.undo_until:
                raise ConflictError(
                    "it is too late to take this back",
                    where=f"change {change_id}",
                    remedy=f"a change can be taken back for {UNDO.days} days",
                )
            change.state, change.upto = ReaderChangeState.UNDOING, 0
            self._note(session, by, f"readers.{change.kind.value}.undo", change, "begun")
        self.carry_on(change_id, steps=_STEPS_AT_ONCE)
        return self.show(publication_id, change_id, by=by)

    def show(self, publication_id: int, change_id: int, *, by: Actor) -> ReaderChange:
        """Return a change. Raises NotFoundError, ForbiddenError."""
        require(by, Right.SEE_PEOPLE, publication_id)
        with self.database.read() as session:
            found = session.get(ReaderChange, change_id)
        if found is None:
            raise NotFoundError(
                f"there is no change {change_id}", remedy="the list of readers shows the newest changes"
            )
        return _of(found, publication_id)

    def newest(self, publication_id: int, *, by: Actor, limit: int = 10) -> Sequence[ReaderChange]:
        """Return the newest changes of a publication. Raises ForbiddenError."""
        require(by, Right.SEE_PEOPLE, publication_id)
        with self.database.read() as session:
            return store.of_publication(session, publication_id, limit=limit)

    def carry_on(self, change_id: int, *, steps: int) -> bool:
        """Do the next ranges of a change; return whether nothing is left to do. Safe to call any number of times, by anybody at once."""
        return any(self._step(change_id) for _ in range(steps))

    def _step(self, change_id: int) -> bool:
        with self.database.write() as session:
            change = store.lock(session, change_id)
            if change.state is ReaderChangeState.RUNNING:
                return self._change_some(session, change)
            if change.state is ReaderChangeState.UNDOING:
                return self._undo_some(session, change)
        return True

    def _change_some(self, session: Session, change: ReaderChange) -> bool:
        now, first = self.clock.now(), change.upto + 1
        upto = min(change.upto + store.RANGE, change.last)
        # days and bounces are those of the moment when somebody pressed, whatever a kill delayed
        scope = (
            ReaderLists(self.database, self.clock).scope(session, change.publication_id)._replace(now=change.created_at)
        )
        parts = asked(session, ReaderFilter.model_validate(change.filter), scope)
        ids = reader_search.ids_within(session, parts, scope, first, upto, locked=True)
        change.matched += len(ids)
        change.changed += store.apply(session, change, ids, now)
        change.upto = upto
        if upto >= change.last:
            self._end(session, change, ReaderChangeState.DONE, f"{change.changed:,} changed of {change.matched:,}")
        return upto >= change.last

    def _undo_some(self, session: Session, change: ReaderChange) -> bool:
        looked, back = store.undo_some(session, change, self.clock.now())
        change.undone += back
        change.left_alone += looked - back
        if not looked:
            told = f"{change.undone:,} put back, {change.left_alone:,} left alone"
            self._end(session, change, ReaderChangeState.UNDONE, told)
        return not looked

    def _end(self, session: Session, change: ReaderChange, state: ReaderChangeState, told: str) -> None:
        change.state, change.ended_at, change.filter = state, self.clock.now(), {}  # the filter may hold an address
        by = Actor(ActorKind(change.actor), change.actor_id, change.actor_name, change.place)
        self._note(session, by, f"readers.{change.kind.value}.{state.value}", change, told)

    def _note(self, session: Session, by: Actor, action: str, change: ReaderChange, told: str) -> None:
        words = f"{told}; tag {change.tag}" if change.tag else told
        subject = Subject("reader change", change.id)
        audit.add(session, by, action, subject, at=self.clock.now(), publication_id=change.publication_id, new=words)


def _acting(by: Actor) -> dict[str, object]:
    return {"actor": by.kind.value, "actor_id": by.id, "actor_name": by.name[:200], "place": by.place[:200]}


def _tag_of(session: Session, publication_id: int, wanted: WantedChange) -> dict[str, object]:
    if wanted.kind is ReaderChangeKind.UNSUBSCRIBE:
        return {}
    name = " ".join(wanted.tag.split())
    key = tag_key(name)
    if wanted.kind is ReaderChangeKind.TAG:
        return {"tag": name, "tag_id": store.ensure_tag(session, publication_id, key, name)}
    found = store.find_tag(session, publication_id, key)
    if found is None:
        raise InputError("no reader bears this tag", where="tag", remedy="choose one of the list")
    return {"tag": name, "tag_id": found}


def _left_out(wanted: WantedChange) -> dict[str, ReaderFilter]:
    """Return whom a change meets and does not change, by why."""
    if wanted.kind is ReaderChangeKind.UNSUBSCRIBE:
        return {"unsubscribed already": ReaderFilter(state=SubscriptionState.UNSUBSCRIBED)}
    bears = HasTag(key=tag_key(wanted.tag))
    if wanted.kind is ReaderChangeKind.TAG:
        return {"bear the tag already": ReaderFilter(rules=(bears,))}
    return {"do not bear the tag": ReaderFilter(rules=(NoneOf(of=(bears,)),))}


def _see_room(session: Session, publication_id: int) -> None:
    newest = store.of_publication(session, publication_id, limit=50)
    at_work = [each for each in newest if each.state in (ReaderChangeState.RUNNING, ReaderChangeState.UNDOING)]
    if len(at_work) >= MOST_AT_ONCE:
        raise ConflictError(
            f"{MOST_AT_ONCE} changes are at work already", where="readers", remedy="wait until one of them is done"
        )


def _of(change: ReaderChange, publication_id: int) -> ReaderChange:
    if change.publication_id != publication_id:
        raise NotFoundError("there is no such change here", remedy="the list of readers shows the newest changes")
    return change
