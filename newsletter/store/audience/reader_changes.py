"""Change many readers, a range of their ids in one transaction, and put back what a change changed: exactly that, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session, aliased

from newsletter.errors import NotFoundError
from newsletter.model import (
    ChangedReader,
    ConsentRecord,
    ReaderChange,
    Subscriber,
    Subscription,
    Suppression,
    Tag,
    Tagging,
)
from newsletter.model.reader_change import ReaderChangeKind, ReaderChangeState
from newsletter.model.states import SubscriptionState
from newsletter.store import plans
from newsletter.store.audience import consents
from newsletter.store.audience.consents import WITHDRAWALS, ConsentAction
from newsletter.store.inserting import batches, insert_new

RANGE = 10_000
"""Ids that one transaction looks at."""
_OPTIONS = {"synchronize_session": False}
_AT_WORK = (ReaderChangeState.RUNNING, ReaderChangeState.UNDOING)
_OWN_GOODBYES = sorted(WITHDRAWALS - {ConsentAction.ENDED})


FOUND_SO = "found so"
"""Stands where a change did nothing to a reader, whom an earlier one of the same kind had changed: undoing that one leaves them alone."""


class ChangedState(NamedTuple):
    """A reader whom a change changed, with what stood there before."""

    subscription_id: int
    was: str


def lock(session: Session, change_id: int) -> ReaderChange:
    """Return a change, locked until the transaction ends: whoever carries it on takes one range after another. Raises NotFoundError."""
    found = session.scalar(select(ReaderChange).where(ReaderChange.id == change_id).with_for_update())
    if found is None:
        raise NotFoundError(f"there is no change {change_id}", remedy="the list of readers shows the newest changes")
    return found


def of_publication(session: Session, publication_id: int, *, limit: int) -> Sequence[ReaderChange]:
    """Return the newest changes of a publication."""
    ours = select(ReaderChange).where(ReaderChange.publication_id == publication_id)
    return session.scalars(ours.order_by(ReaderChange.id.desc()).limit(limit)).all()


def at_work(session: Session, limit: int) -> Sequence[int]:
    """Return the ids of changes that have something left to do, the oldest first."""
    rows = select(ReaderChange.id).where(ReaderChange.state.in_(_AT_WORK)).order_by(ReaderChange.id)
    return session.scalars(rows.limit(limit)).all()


def of_reader(session: Session, subscription_id: int) -> Sequence[tuple[ReaderChange, str]]:
    """Return the changes that changed a reader, oldest first, with what stood there before."""
    rows = select(ReaderChange, ChangedReader.was).join(ChangedReader, ChangedReader.change_id == ReaderChange.id)
    theirs = rows.where(ChangedReader.subscription_id == subscription_id, ChangedReader.was != FOUND_SO)
    theirs = theirs.order_by(ReaderChange.id)
    return [(change, was) for change, was in session.execute(theirs)]


def ensure_tag(session: Session, publication_id: int, key: str, name: str) -> int:
    """Return the id of a tag, which is made where it is new."""
    row = {"publication_id": publication_id, "key": key, "name": name}
    insert_new(session, Tag, [row], unique=["publication_id", "key"], returning=[Tag.id])
    return session.scalars(select(Tag.id).where(Tag.publication_id == publication_id, Tag.key == key)).one()


def find_tag(session: Session, publication_id: int, key: str) -> int | None:
    """Return the id of a tag, or None."""
    return session.scalar(select(Tag.id).where(Tag.publication_id == publication_id, Tag.key == key))


def apply(session: Session, change: ReaderChange, ids: Sequence[int], now: datetime) -> int:
    """Do to these readers, who are locked, what the change says; note whom it changed, and return how many."""
    return sum(_apply(session, change, some, now) for some in batches(ids))


def _apply(session: Session, change: ReaderChange, ids: Sequence[int], now: datetime) -> int:
    if change.kind is ReaderChangeKind.TAG:
        found = [ChangedState(each, "") for each in _tag(session, change, ids)]
    elif change.kind is ReaderChangeKind.UNTAG:
        found = [ChangedState(each, "") for each in _untag(session, change, ids)]
    else:
        found = [each for state in _MAY_END for each in _end(session, ids, state, now)]
        ended = [each.subscription_id for each in found]
        consents.add(session, ended, ConsentAction.ENDED, at=now, place=place_of(change), wording="by an editor")
    already = _found_so(session, change, ids, {each.subscription_id for each in found})
    if noted := [*found, *(ChangedState(each, FOUND_SO) for each in already)]:
        rows = [{"change_id": change.id, "subscription_id": each, "was": was, "at": now} for each, was in noted]
        session.connection().execute(insert(ChangedReader.__table__), rows)  # type: ignore[arg-type]
    return len(found)


def _found_so(session: Session, change: ReaderChange, ids: Sequence[int], besides: set[int]) -> list[int]:
    """Return who is meant and was so already, because an earlier change of the same kind and tag made them so."""
    earlier = aliased(ReaderChange)
    theirs = (
        select(ChangedReader.subscription_id)
        .join(earlier, earlier.id == ChangedReader.change_id)
        .where(earlier.id < change.id, earlier.kind == change.kind, earlier.tag_id.is_not_distinct_from(change.tag_id))
        .where(ChangedReader.subscription_id.in_(ids), ChangedReader.was != FOUND_SO)
        .distinct()
    )
    return [each for each in session.scalars(theirs) if each not in besides]


_MAY_END = (SubscriptionState.ACTIVE, SubscriptionState.PENDING)


def place_of(change: ReaderChange) -> str:
    """Return what consent records say of where it was done."""
    return f"change {change.id}"


def _tag(session: Session, change: ReaderChange, ids: Sequence[int]) -> Sequence[int]:
    if session.get(Tag, change.tag_id) is None:
        return []  # somebody removed the tag meanwhile
    rows = [{"tag_id": change.tag_id, "subscription_id": each} for each in ids]
    unique = ["tag_id", "subscription_id"]
    return [
        row.subscription_id
        for row in insert_new(session, Tagging, rows, unique=unique, returning=[Tagging.subscription_id])
    ]


def _untag(session: Session, change: ReaderChange, ids: Sequence[int]) -> Sequence[int]:
    borne = delete(Tagging).where(Tagging.tag_id == change.tag_id, Tagging.subscription_id.in_(ids))
    return session.scalars(borne.returning(Tagging.subscription_id), execution_options=_OPTIONS).all()


def _end(session: Session, ids: Sequence[int], state: SubscriptionState, now: datetime) -> list[ChangedState]:
    standing = update(Subscription).where(Subscription.id.in_(ids), Subscription.state == state)
    ended = standing.values(state=SubscriptionState.UNSUBSCRIBED, changed_at=now).returning(Subscription.id)
    return [ChangedState(each, state.value) for each in session.scalars(ended, execution_options=_OPTIONS)]


def undo_some(session: Session, change: ReaderChange, now: datetime) -> tuple[int, int]:
    """Put the next readers back whom the change changed, those of `upto` on; return how many there were, and how many are put back.

    Left alone is whoever changed since: left by themselves, came back, was ruled out, or was changed by a later change.
    """
    rows = select(ChangedReader.subscription_id, ChangedReader.was, ChangedReader.at).where(
        ChangedReader.change_id == change.id,
        ChangedReader.subscription_id > change.upto,
        ChangedReader.was != FOUND_SO,
    )
    found = session.execute(rows.order_by(ChangedReader.subscription_id).limit(RANGE // 5)).all()
    if not found:
        return 0, 0
    ids = [row.subscription_id for row in found]
    plans.by_index(session)
    locking = select(Subscription.id).where(Subscription.id.in_(ids)).order_by(Subscription.id).with_for_update()
    session.scalars(locking).all()
    back = _PUTTING_BACK[change.kind](session, change, ids, now)
    change.upto = ids[-1]
    return len(ids), back


def _take_tags(session: Session, change: ReaderChange, ids: Sequence[int], _: datetime) -> int:
    return sum(len(_untag(session, change, some)) for some in batches(_untouched(session, change, ids)))


def _give_tags(session: Session, change: ReaderChange, ids: Sequence[int], _: datetime) -> int:
    return sum(len(_tag(session, change, some)) for some in batches(_untouched(session, change, ids)))


def _untouched(session: Session, change: ReaderChange, ids: Sequence[int]) -> Sequence[int]:
    """Return those of the readers who are not erased, and whom no later change of the same tag changed."""
    later = aliased(ReaderChange)
    touched = (
        select(ChangedReader.subscription_id)
        .join(later, later.id == ChangedReader.change_id)
        .where(later.id > change.id, later.tag_id == change.tag_id, ChangedReader.subscription_id == Subscription.id)
        .where(_stands(ChangedReader, later))
        .correlate(Subscription)
        .exists()
    )
    rows = select(Subscription.id).join(Subscriber, Subscriber.id == Subscription.subscriber_id)
    return [
        each
        for some in batches(ids)
        for each in session.scalars(rows.where(Subscription.id.in_(some), Subscriber.address != "", ~touched))
    ]


def _stands(row: type[ChangedReader], change: type[ReaderChange]) -> ColumnElement[bool]:
    """Whether a later change concerns a reader still: one that found them so does until it is undone itself."""
    return or_(row.was != FOUND_SO, change.state != ReaderChangeState.UNDONE)


def _resubscribe(session: Session, change: ReaderChange, ids: Sequence[int], now: datetime) -> int:
    back = 0
    for some in batches(ids):
        for state in _MAY_END:
            theirs = update(Subscription).where(Subscription.id.in_(_still_ended(change, some, state)))
            moved = theirs.values(state=state, changed_at=now).returning(Subscription.id)
            restored = session.scalars(moved, execution_options=_OPTIONS).all()
            consents.add(session, sorted(restored), ConsentAction.RESTORED, at=now, place=place_of(change))
            back += len(restored)
    return back


def _still_ended(change: ReaderChange, ids: Sequence[int], was: SubscriptionState) -> Select[int]:
    """Return whose subscription this change ended, and nothing and nobody else since."""
    later = (
        exists()
        .where(
            ConsentRecord.subscription_id == Subscription.id,
            ConsentRecord.action.in_(_OWN_GOODBYES),
            ConsentRecord.id > _ending_of(change),
        )
        .correlate(Subscription, ChangedReader)
    )
    others, another = aliased(ChangedReader), aliased(ReaderChange)
    meant_later = (
        exists()
        .where(others.subscription_id == Subscription.id, others.change_id == another.id)
        .where(another.id > change.id, another.kind == ReaderChangeKind.UNSUBSCRIBE, _stands(others, another))
        .correlate(Subscription)
    )
    ruled_out = (
        exists()
        .where(Suppression.address_hash == Subscriber.address_hash, Suppression.created_at >= ChangedReader.at)
        .correlate(Subscriber, ChangedReader)
    )
    return (
        select(Subscription.id)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .join(
            ChangedReader, and_(ChangedReader.subscription_id == Subscription.id, ChangedReader.change_id == change.id)
        )
        .where(
            Subscription.id.in_(ids),
            Subscription.state == SubscriptionState.UNSUBSCRIBED,
            Subscription.changed_at == ChangedReader.at,
            ChangedReader.was == was.value,
            Subscriber.address != "",
            ~later,
            ~meant_later,
            ~ruled_out,
        )
    )


def _ending_of(change: ReaderChange) -> Any:
    """The record of a reader's ending by this change."""
    record = aliased(ConsentRecord)
    return (
        select(func.max(record.id))
        .where(
            record.subscription_id == Subscription.id,
            record.action == ConsentAction.ENDED,
            record.place == place_of(change),
        )
        .correlate(Subscription)
        .scalar_subquery()
    )


_PUTTING_BACK = {
    ReaderChangeKind.TAG: _take_tags,
    ReaderChangeKind.UNTAG: _give_tags,
    ReaderChangeKind.UNSUBSCRIBE: _resubscribe,
}


def forget_some(session: Session, before: datetime, limit: int) -> int:
    """Forget whom changes changed that can be undone no more, and whom they meant; return how many rows went."""
    old = select(ReaderChange.id).where(ReaderChange.undo_until < before, ReaderChange.state.not_in(_AT_WORK))
    some = select(ChangedReader.change_id, ChangedReader.subscription_id).where(ChangedReader.change_id.in_(old))
    found = session.execute(some.limit(limit)).all()
    for row in found:
        session.execute(
            delete(ChangedReader).where(
                ChangedReader.change_id == row.change_id, ChangedReader.subscription_id == row.subscription_id
            ),
            execution_options=_OPTIONS,
        )
    return len(found)
