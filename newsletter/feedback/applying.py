"""What follows from one report: once, in the caller's transaction, whatever comes twice or in the wrong order.

The most that may follow is looked up in `newsletter.feedback.consequences`; here it is done.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from newsletter.feedback.consequences import EFFECTS, Effect, May, Witness, matter_of, may_follow
from newsletter.feedback.locating import Located
from newsletter.feedback.scoring import BouncePolicy, ReportVerdict, judge, total
from newsletter.mail.report import Reason, Report, ReportKind
from newsletter.model.feedback import Blame
from newsletter.model.states import DeliveryState, SubscriptionState
from newsletter.store.audience import consents, subscriptions, suppressions
from newsletter.store.audience.consents import ConsentAction
from newsletter.store.feedback import bounced, reports

MOST_DIAGNOSTIC_CHARS = 4000


@dataclass(frozen=True, slots=True)
class ReportCase:
    """One report with all that is known of it. `key` tells two raw reports apart when nothing else does."""

    report: Report
    located: Located
    raw_report_id: int | None
    key: str
    at: datetime  # when it happened, as far as the reporter says
    waited: timedelta = timedelta()  # since it reached us
    counted_elsewhere: bool = False  # among the issue's refusals: not once more among its returns
    burst: bool = False  # so many unproven reports came today that one of those is merely noted if it names no delivery


def apply_report(session: Session, case: ReportCase, *, policy: BouncePolicy, now: datetime) -> Effect:
    """Do what follows from a report and say what that was. The second time nothing does."""
    report, located = case.report, case.located
    if located.forged:
        return Effect.FORGED
    if not located.anybody or not _speaks(report):
        return Effect.NOBODY
    if _too_early(case, policy):
        return Effect.WAITS
    verdict = judge(report, policy, proven=located.proven)
    may = _may(case, verdict)
    row = _row(case, verdict, may)
    effect = EFFECTS[may]
    if effect is Effect.NOBODY:
        return effect
    if not reports.add_applied(session, row) and not _outweighs(session, row):
        return Effect.KNOWN
    _move_delivery(session, case, may, now)
    _ACTS[effect](session, case, now)
    if may in (May.WEIGHS, May.WEIGHS_LITTLE):
        _rest_if_too_much(session, case, policy, now)
    return effect


def _speaks(report: Report) -> bool:
    return report.kind is not ReportKind.NONE or report.reason is Reason.DELIVERED


def _too_early(case: ReportCase, policy: BouncePolicy) -> bool:
    delivery = case.located.delivery
    on_its_way = delivery is not None and delivery.state is DeliveryState.SUBMITTING
    return on_its_way and case.waited < policy.wait_at_most


def _may(case: ReportCase, verdict: ReportVerdict) -> May:
    """The most that may follow from this report: less than the table says where nothing proves it and nothing was sent."""
    located = case.located
    matter = matter_of(case.report, verdict.blame)
    if matter is None:
        return May.NOTHING
    may = may_follow(located.witness, matter, proven=located.proven)
    if located.proven or may is May.NOTHING:
        return may
    if not located.lately or (case.burst and located.witness is Witness.LIST):
        return May.NOTED
    scoped = may is not May.ENDED_AND_OUT_UNTIL_CONFIRMED or located.publication is not None
    return may if scoped else May.NOTED


def _outweighs(session: Session, row: dict[str, Any]) -> bool:
    """Let a report take the place of a weaker one about the same delivery: whatever comes first, the same follows."""
    earlier = reports.by_mark(session, row["mark"])
    before = _strength(earlier.effect, earlier.weight, proven=earlier.proven)
    if _strength(row["effect"], row["weight"], proven=row["proven"]) <= before:
        return False
    reports.replace(session, earlier.id, {name: row[name] for name in row.keys() - {"mark"}})
    return True


def _strength(effect: str, weight: float, *, proven: bool) -> tuple[bool, bool, bool, float]:
    return effect == Effect.SUPPRESSED, proven, effect != Effect.NOTED, weight


def _move_delivery(session: Session, case: ReportCase, may: May, now: datetime) -> None:
    wanted = _WANTED.get(case.report.kind)
    if case.located.delivery is None or wanted is None or may is May.NOTED:
        return
    report = case.report
    bounced.move(
        session,
        case.located.delivery.id,
        wanted,
        now=now,
        code=report.code or None,
        status=report.status[:12] or None,
        reply=_said(case) or str(report.reason),
    )


def _suppress(session: Session, case: ReportCase, now: datetime) -> None:
    _rule_out(session, case, publication_id=None, reason=str(case.report.reason), now=now)


def _unsubscribe(session: Session, case: ReportCase, now: datetime) -> None:
    """End the subscription; who complained is also ruled out for that publication, until they ask for it anew."""
    complained = case.report.kind is ReportKind.COMPLAINT
    publication, subscriber = case.located.publication, case.located.subscriber
    if publication is not None and subscriber is not None:
        action = ConsentAction.COMPLAINED if complained else ConsentAction.UNSUBSCRIBED
        end_subscription(session, publication.id, subscriber.id, action, place=case.report.dialect, now=now)
    if complained:
        scope = publication.id if publication else None
        _rule_out(session, case, publication_id=scope, reason="complaint", now=now)


def end_subscription(
    session: Session, publication_id: int, subscriber_id: int, action: ConsentAction, *, place: str, now: datetime
) -> None:
    """Unsubscribe a reader and record how; one who has left already stays as they are, but for whom an editor unsubscribed."""
    subscription = subscriptions.standing_of(session, publication_id, [subscriber_id]).get(subscriber_id)
    if subscription is None:
        return
    moved = subscriptions.move(session, subscription, SubscriptionState.UNSUBSCRIBED, now)
    if not moved and not consents.ended_by_an_editor(session, subscription.id):
        return
    consents.add(session, [subscription.id], action, at=now, place=place)


def _rest_if_too_much(session: Session, case: ReportCase, policy: BouncePolicy, now: datetime) -> None:
    subscriber = case.located.subscriber
    if subscriber is None or weight_on(session, subscriber.id, policy, now) < policy.limit:
        return
    until = now + policy.rest
    _rule_out(session, case, publication_id=None, reason=str(case.report.reason), now=now, expires_at=until)


def weight_on(session: Session, subscriber_id: int, policy: BouncePolicy, now: datetime) -> float:
    """Return what counts against a reader now; from `policy.limit` on the address rests."""
    proven = reports.weights_of(session, subscriber_id)
    return total(proven, reports.unproven_weights_of(session, subscriber_id), now, policy)


def _rule_out(
    session: Session,
    case: ReportCase,
    *,
    publication_id: int | None,
    reason: str,
    now: datetime,
    expires_at: datetime | None = None,
) -> None:
    subscriber = case.located.subscriber
    if subscriber is None or not subscriber.address:  # forgotten since: the hash it had is kept elsewhere
        return
    suppressions.add(
        session,
        address=subscriber.address,
        address_hash=subscriber.address_hash,
        publication_id=publication_id,
        reason=reason,
        now=now,
        expires_at=expires_at,
        unproven=not case.located.proven,
    )


def _nothing_more(session: Session, case: ReportCase, now: datetime) -> None:
    """The row and the delivery's state say it all."""


def _row(case: ReportCase, verdict: ReportVerdict, may: May) -> dict[str, Any]:
    report, located = case.report, case.located
    counts = may is not May.NOTED
    return {
        "mark": mark(case),
        "raw_report_id": case.raw_report_id,
        "delivery_id": located.delivery.id if located.delivery else None,
        "notice_id": located.notice.id if located.notice else None,
        "issue_id": located.delivery.issue_id if located.delivery and counts and not case.counted_elsewhere else None,
        "publication_id": located.publication.id if located.publication else None,
        "subscriber_id": located.subscriber.id if located.subscriber else None,
        "kind": str(report.kind),
        "reason": str(report.reason),
        "status": report.status[:12],
        "code": report.code,
        "diagnostic": _said(case),
        "reported_by": "" if _erased(case) else _storable(report.reporting_mta or report.remote_mta)[:255],
        "dialect": report.dialect[:30],
        "blame": verdict.blame if counts else Blame.NOBODY,
        "weight": verdict.weight if counts else 0.0,
        "effect": str(EFFECTS[may]),
        "proven": located.proven,
        "at": case.at,
    }


def mark(case: ReportCase) -> str:
    """Return what is unique of a report: a delivery bounces once for good, once for now, is complained of once.

    What names no delivery and is not proven is kept once a day, reader and publication.
    """
    located, kind = case.located, case.report.kind
    if located.delivery is not None and case.counted_elsewhere:
        return f"delivery {located.delivery.id} refused"
    if located.delivery is not None:
        return f"delivery {located.delivery.id} {kind}"
    if located.notice is not None:
        return f"notice {located.notice.id} {kind}"
    assert located.subscriber is not None
    if not located.proven:  # one a day, however many are written
        scope = located.publication.id if located.publication else 0
        return f"reader {located.subscriber.id} {kind} {scope} unproven {case.at.date().isoformat()}"
    about = case.report.message_id or case.key
    return f"reader {located.subscriber.id} {kind} {hashlib.sha256(about.encode('utf-8', 'replace')).hexdigest()[:40]}"


def _said(case: ReportCase) -> str:
    """Return the server's words; none about a person who was erased, for servers like to repeat the address."""
    return "" if _erased(case) else _storable(case.report.diagnostic)


def _erased(case: ReportCase) -> bool:
    return case.located.subscriber is not None and not case.located.subscriber.address


def _storable(text: str) -> str:
    # PostgreSQL's text holds neither NUL nor lone surrogates
    return text.replace("\x00", "").encode("utf-8", "replace").decode()[:MOST_DIAGNOSTIC_CHARS]


_WANTED = {
    ReportKind.PERMANENT: DeliveryState.BOUNCED,
    ReportKind.TRANSIENT: DeliveryState.BOUNCED,
    ReportKind.COMPLAINT: DeliveryState.COMPLAINED,
    ReportKind.NONE: DeliveryState.DELIVERED,
}
_ACTS = {
    Effect.SUPPRESSED: _suppress,
    Effect.UNSUBSCRIBED: _unsubscribe,
    Effect.COUNTED: _nothing_more,
    Effect.DELIVERED: _nothing_more,
    Effect.NOTED: _nothing_more,
}
