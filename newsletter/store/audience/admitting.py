"""Let staged people into the ledger, a range of them in one transaction: each statement writes the whole range.

Nobody who left here comes back: a subscription that is there changes only from pending to active, or to unsubscribed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, insert, literal, or_, select, update
from sqlalchemy.orm import Session, aliased

from newsletter.model import ConsentRecord, Subscriber, Subscription, Suppression
from newsletter.model.states import SubscriptionState
from newsletter.store import plans
from newsletter.store.audience import admitted_records, describing, invitations, subscribers, suppressions
from newsletter.store.audience.admitted_records import ImportTerms
from newsletter.store.audience.consents import WITHDRAWALS, ConsentAction
from newsletter.store.audience.staged import Standing
from newsletter.store.audience.staging import PEOPLE, RECORDS, RULES
from newsletter.store.inserting import insert_selected

_S = SubscriptionState
_LEFT = "left"  # was active or pending here, and the list says that they left
_STATES = {
    Standing.ACTIVE: _S.ACTIVE.value,
    Standing.PENDING: _S.PENDING.value,
    Standing.UNKNOWN: _S.PENDING.value,
    Standing.UNSUBSCRIBED: _S.UNSUBSCRIBED.value,
}
ERASED = "erased"


@dataclass(frozen=True, slots=True)
class Admitted:
    """How many people by (held, standing, state before), and how many of them wait to be invited now.

    The state before is `left` for whoever the list ended, and empty for new subscriptions.
    """

    people: Mapping[tuple[bool, Standing, str], int]
    asked: int


def admit(session: Session, terms: ImportTerms, first: int, last: int) -> Admitted:
    """Store the staged people with numbers `first` to `last`."""
    subscribers.take_turn(session)
    plans.by_index(session)
    within = PEOPLE.c.number.between(first, last)
    _hold(session, terms, within)
    _suppress(session, terms, within)
    _look_up(session, terms, _welcome(within))
    new = and_(_welcome(within), PEOPLE.c.subscriber_id.is_(None))
    _store_subscribers(session, terms, new)
    _look_up(session, terms, new)
    _end(session, terms, within)
    _subscribe(session, terms, within)
    _activate(session, terms, within)
    describing.describe(session, terms.publication_id, and_(_welcome(within), PEOPLE.c.subscriber_id.is_not(None)))
    asked = _invite(session, terms, within)
    columns = (PEOPLE.c.held, PEOPLE.c.standing, PEOPLE.c.was)
    counted = session.execute(select(*columns, func.count()).where(within).group_by(*columns))
    people = {(bool(held), Standing(standing), was or ""): number for held, standing, was, number in counted}
    return Admitted(people, asked)


def _run(session: Session, statement: Any) -> None:
    session.connection().execute(statement)


def _hold(session: Session, terms: ImportTerms, within: ColumnElement[bool]) -> None:
    # Of this person, whatever encloses the question: it stands two statements deep.
    told = select(RULES.c.number).where(RULES.c.number == PEOPLE.c.number).correlate(PEOPLE).exists()
    ruled_out = (
        suppressions.in_force(terms.publication_id, terms.now)
        .where(
            Suppression.address_hash == PEOPLE.c.address_hash,
            # a list that tells the suppression itself tells the standing beside it; nothing brings the erased back
            or_(Suppression.reason == ERASED, ~told),
        )
        .correlate(PEOPLE)
        .exists()
    )
    _run(session, update(PEOPLE).where(within, ruled_out).values(held=True))


def _suppress(session: Session, terms: ImportTerms, within: ColumnElement[bool]) -> None:
    scope = case((RULES.c.everywhere, None), else_=terms.publication_id)
    same = exists().where(
        Suppression.address_hash == PEOPLE.c.address_hash,
        Suppression.reason == RULES.c.reason,
        or_(
            and_(RULES.c.everywhere, Suppression.publication_id.is_(None)),
            and_(~RULES.c.everywhere, Suppression.publication_id == terms.publication_id),
        ),
        or_(Suppression.expires_at.is_(None), Suppression.expires_at > terms.now),
    )
    ahead = or_(RULES.c.expires_at.is_(None), RULES.c.expires_at > terms.now)
    kept = (RULES.c.reason, RULES.c.created_at, RULES.c.expires_at, RULES.c.unproven)
    new = (
        select(PEOPLE.c.address_hash, case((PEOPLE.c.held, ""), else_=PEOPLE.c.address), scope, *kept)
        .join(RULES, RULES.c.number == PEOPLE.c.number)
        .where(within, ahead, ~same)
        .order_by(RULES.c.ordinal)
    )
    columns = ["address_hash", "address", "publication_id", "reason", "created_at", "expires_at", "unproven"]
    _run(session, insert(Suppression.__table__).from_select(columns, new, include_defaults=False))  # type: ignore[arg-type]


def _welcome(within: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(within, ~PEOPLE.c.held, PEOPLE.c.standing < Standing.SUPPRESSED, PEOPLE.c.address != "")


def _store_subscribers(session: Session, terms: ImportTerms, whom: ColumnElement[bool]) -> None:
    columns = ["address", "address_hash", "domain", "name"]
    since = func.coalesce(PEOPLE.c.created_at, terms.now, type_=PEOPLE.c.created_at.type)
    people = select(*[PEOPLE.c[name] for name in columns], since).where(whom).order_by(PEOPLE.c.number)
    insert_selected(session.connection(), Subscriber, [*columns, "created_at"], people, ["address_hash"])


def _look_up(session: Session, terms: ImportTerms, whom: ColumnElement[bool]) -> None:
    them = select(Subscriber.id).where(Subscriber.address_hash == PEOPLE.c.address_hash)
    state = (
        select(Subscription.state)
        .join(Subscriber, Subscriber.id == Subscription.subscriber_id)
        .where(Subscription.publication_id == terms.publication_id, Subscriber.address_hash == PEOPLE.c.address_hash)
    )
    found = {"subscriber_id": them.scalar_subquery(), "was": state.scalar_subquery()}
    _run(session, update(PEOPLE).where(whom).values(found))


def _end(session: Session, terms: ImportTerms, within: ColumnElement[bool]) -> None:
    """End subscriptions of those who left there, unless they confirmed here since."""
    confirmed = (
        select(ConsentRecord.id)
        .join(Subscription, Subscription.id == ConsentRecord.subscription_id)
        .where(
            Subscription.publication_id == terms.publication_id,
            Subscription.subscriber_id == PEOPLE.c.subscriber_id,
            ConsentRecord.action == ConsentAction.CONFIRMED,
            ConsentRecord.at > PEOPLE.c.left_at,
        )
        .correlate(PEOPLE)
        .exists()
    )
    admitted_records.add(session, terms, and_(_left_there(within), _ended_here(terms)), ConsentAction.UNSUBSCRIBED)
    gone = and_(within, PEOPLE.c.standing == Standing.UNSUBSCRIBED, PEOPLE.c.was.in_([_S.ACTIVE, _S.PENDING]))
    _run(session, update(PEOPLE).where(gone, ~confirmed).values(was=_LEFT))
    _change(session, terms, and_(within, PEOPLE.c.was == _LEFT), _S.UNSUBSCRIBED)
    admitted_records.begin(session, terms, and_(within, PEOPLE.c.was == _LEFT), ConsentAction.UNSUBSCRIBED)
    admitted_records.add(session, terms, and_(within, PEOPLE.c.was == _LEFT), ConsentAction.UNSUBSCRIBED)


def _left_there(within: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(within, PEOPLE.c.standing == Standing.UNSUBSCRIBED, PEOPLE.c.was == _S.UNSUBSCRIBED)


def _ended_here(terms: ImportTerms) -> ColumnElement[bool]:
    """Whom an editor unsubscribed here, and who says nothing else: a list that tells of their own goodbye outlasts the editor's undo."""
    ended, later = aliased(ConsentRecord), aliased(ConsentRecord)
    newer = select(later.id).where(
        later.subscription_id == ended.subscription_id, later.action.in_(WITHDRAWALS), later.id > ended.id
    )
    theirs = select(ended.id).join(Subscription, Subscription.id == ended.subscription_id)
    theirs = theirs.where(admitted_records.subscription_of(terms), ended.action == ConsentAction.ENDED, ~newer.exists())
    return theirs.correlate(PEOPLE).exists()


def _change(session: Session, terms: ImportTerms, whom: ColumnElement[bool], state: SubscriptionState) -> None:
    ids = select(PEOPLE.c.subscriber_id).where(whom)
    changing = (
        update(Subscription)
        .where(
            Subscription.publication_id == terms.publication_id,
            Subscription.subscriber_id.in_(ids),
            Subscription.state != _S.UNSUBSCRIBED,
        )
        .values(state=state, changed_at=terms.now)
    )
    session.execute(changing, execution_options={"synchronize_session": False})


def _subscribe(session: Session, terms: ImportTerms, within: ColumnElement[bool]) -> None:
    moment = PEOPLE.c.created_at.type
    state = case(_STATES, value=PEOPLE.c.standing)
    new = and_(within, PEOPLE.c.subscriber_id.is_not(None), PEOPLE.c.was.is_(None))
    rows = (
        select(
            literal(terms.publication_id),
            PEOPLE.c.subscriber_id,
            state,
            PEOPLE.c.tracking,
            *admitted_records.first_of(terms),
            func.coalesce(PEOPLE.c.created_at, terms.now, type_=moment),
            # Who waits does so since now: what never was confirmed goes after days that are counted here.
            case(
                (state == _S.PENDING.value, terms.now),
                else_=func.coalesce(PEOPLE.c.changed_at, terms.now, type_=moment),
            ),
        )
        .where(new)
        .order_by(PEOPLE.c.number)
    )
    columns = [
        "publication_id",
        "subscriber_id",
        "state",
        "tracking",
        "came_by",
        "came_place",
        "created_at",
        "changed_at",
    ]
    insert_selected(session.connection(), Subscription, columns, rows, ["publication_id", "subscriber_id"])
    admitted_records.copy(session, terms, new)
    if terms.own:
        return
    told = select(RECORDS.c.number).where(RECORDS.c.number == PEOPLE.c.number).correlate(PEOPLE).exists()
    for standing, action in admitted_records.ACTIONS.items():
        admitted_records.add(session, terms, and_(new, ~told, PEOPLE.c.standing == standing), action)


def _activate(session: Session, terms: ImportTerms, within: ColumnElement[bool]) -> None:
    waiting = and_(within, PEOPLE.c.was == _S.PENDING, PEOPLE.c.standing == Standing.ACTIVE)
    _change(session, terms, waiting, _S.ACTIVE)
    admitted_records.begin(session, terms, waiting, ConsentAction.IMPORTED)
    admitted_records.add(session, terms, waiting, ConsentAction.IMPORTED)


def _invite(session: Session, terms: ImportTerms, within: ColumnElement[bool]) -> int:
    """Keep who was invited elsewhere, and let those wait for their turn who may be asked; return how many are new among these."""
    if terms.own:
        told = select(PEOPLE.c.address_hash, literal(terms.publication_id), PEOPLE.c.invited_at, PEOPLE.c.invited_at)
        columns = ["address_hash", "publication_id", "queued_at", "invited_at"]
        invitations.note(session, columns, told.where(within, PEOPLE.c.invited_at.is_not(None)))
    pending = and_(within, PEOPLE.c.standing == Standing.PENDING)
    if not terms.own:
        admitted_records.add(
            session, terms, and_(pending, PEOPLE.c.was == _S.PENDING, _unexplained(terms)), ConsentAction.IMPORTED
        )
    if not terms.ask:
        return 0
    listed = Subscription.subscriber_id.in_(select(PEOPLE.c.subscriber_id).where(pending))
    return invitations.queue_among(session, terms.publication_id, listed, terms.now)


def _unexplained(terms: ImportTerms) -> ColumnElement[bool]:
    """Whose word on an earlier list nobody had explained: this list does."""
    said = (
        select(ConsentRecord.id)
        .join(Subscription, Subscription.id == ConsentRecord.subscription_id)
        .where(admitted_records.subscription_of(terms))
        .correlate(PEOPLE)
    )
    explained = said.where(ConsentRecord.action == ConsentAction.IMPORTED).exists()
    return and_(said.where(ConsentRecord.action == ConsentAction.UNEXPLAINED).exists(), ~explained)
