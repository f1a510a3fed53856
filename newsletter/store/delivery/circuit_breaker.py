"""Brakes of the ways out, and the counts by which an issue is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from newsletter.mail.report import ReportKind
from newsletter.model import AppliedReport, Batch, Brake, Issue, PlanRecord, Trip
from newsletter.model.actor import Actor
from newsletter.model.feedback import Blame
from newsletter.model.states import BatchState, IssueState
from newsletter.store.inserting import insert_new
from newsletter.store.issues import issues


@dataclass(frozen=True, slots=True)
class Answers:
    """What became of messages: answered in the session (accepted or refused for good), and of these what went wrong."""

    answered: int = 0
    refused: int = 0  # for good, in the session
    policy: int = 0  # refused or returned because of who sends
    bounced: int = 0  # for good, after acceptance
    complained: int = 0

    def since(self, earlier: Answers) -> Answers:
        """Return what came after `earlier`."""
        then = asdict(earlier)
        return Answers(**{name: max(0, count - then[name]) for name, count in asdict(self).items()})


def brakes_of(session: Session, transport: str) -> list[Brake]:
    """Return every brake of a transport, in force or not."""
    return list(session.scalars(select(Brake).where(Brake.transport == transport)))


def in_force(session: Session, now: datetime) -> list[Brake]:
    """Return the brakes that hold anything back at this moment."""
    return list(session.scalars(select(Brake).where(Brake.shut_until > now).order_by(Brake.transport, Brake.part)))


def locked(session: Session, transport: str, part: str, now: datetime) -> Brake:
    """Return a brake to be changed in this transaction; no other process changes it meanwhile."""
    row = {"transport": transport, "part": part, "failures": 0, "why": "", "changed_at": now}
    insert_new(session, Brake, [row], unique=["transport", "part"], returning=[Brake.part])
    statement = select(Brake).where(Brake.transport == transport, Brake.part == part)
    return session.scalars(statement.with_for_update().execution_options(populate_existing=True)).one()


def unring(session: Session) -> None:
    """Forget which bells were rung: they rang for a way that was shut, or were kept back while it was."""
    session.execute(
        update(Batch)
        .where(Batch.state == BatchState.WAITING, Batch.rung_at.is_not(None))
        .values(rung_at=None)
        .execution_options(synchronize_session=False)
    )


def hasten(session: Session, now: datetime, within: timedelta) -> None:
    """Let batches that were given back for `within` at most have their turn at once: what held them back is gone."""
    session.execute(
        update(Batch)
        .where(Batch.state == BatchState.WAITING, Batch.due_at > now, Batch.due_at <= now + within)
        .values(due_at=now, rung_at=None)
        .execution_options(synchronize_session=False)
    )


def age_anew(session: Session, now: datetime, issue_id: int | None = None) -> None:
    """Count the age of deferred deliveries from now on: of the issues that are being sent, or of one."""
    whose = PlanRecord.issue_id == issue_id
    if issue_id is None:
        whose = PlanRecord.issue_id.in_(select(Issue.id).where(Issue.state == IssueState.SENDING))
    session.execute(update(PlanRecord).where(whose).values(aged_from=now).execution_options(synchronize_session=False))


def try_now(session: Session, prefix: str) -> bool:
    """Let one batch try each way out that is shut for a reason that begins so, without waiting; False when none is."""
    tried = session.execute(
        update(Brake)
        .where(Brake.part == "", Brake.failures > 0, Brake.why.startswith(prefix, autoescape=True))
        .values(shut_until=None)
        .returning(Brake.transport)
        .execution_options(synchronize_session=False)
    ).all()
    if tried:
        unring(session)
    return bool(tried)


def sending(session: Session) -> list[Issue]:
    """Return the issues that are being sent."""
    return list(session.scalars(select(Issue).where(Issue.state == IssueState.SENDING)))


def sent_since(session: Session, since: datetime) -> list[Issue]:
    """Return the issues whose sending ended after `since`."""
    return list(session.scalars(select(Issue).where(Issue.state == IssueState.SENT, Issue.finished_at > since)))


def answers_of(session: Session, issue_id: int) -> Answers:
    """Return what became of an issue so far: its batches summed, and the reports that came back about it."""
    sums = (func.sum(Batch.answered), func.sum(Batch.refused), func.sum(Batch.policy))
    row = session.execute(select(*sums).where(Batch.issue_id == issue_id)).one()
    answered, refused, policy = (int(n or 0) for n in row)
    reports = session.execute(
        select(AppliedReport.kind, AppliedReport.blame, func.count())
        .where(AppliedReport.issue_id == issue_id)
        .group_by(AppliedReport.kind, AppliedReport.blame)
    ).all()
    failed = (ReportKind.PERMANENT, ReportKind.TRANSIENT)
    return Answers(
        answered,
        refused,
        policy + sum(n for kind, blame, n in reports if blame == Blame.SENDER and kind in failed),
        sum(n for kind, _, n in reports if kind == ReportKind.PERMANENT),
        sum(n for kind, _, n in reports if kind == ReportKind.COMPLAINT),
    )


def add_answers(session: Session, batch_id: int, answers: Answers) -> None:
    """Add answers to those of a batch, whoever holds it now: for those that a journal told after the claim had ended."""
    session.execute(
        update(Batch)
        .where(Batch.id == batch_id)
        .values(
            answered=Batch.answered + answers.answered,
            refused=Batch.refused + answers.refused,
            policy=Batch.policy + answers.policy,
        )
        .execution_options(synchronize_session=False)
    )


def judged_from(session: Session, issue_id: int) -> Answers:
    """Return the counts from which an issue is judged: those at its last trip, or when it was resumed after it; else none."""
    trip = session.get(Trip, issue_id)
    if trip is None:
        return Answers()
    return Answers(trip.answered, trip.refused, trip.policy, trip.bounced, trip.complained)


def judge_from_now(session: Session, issue_id: int, now: datetime) -> None:
    """Judge an issue by what comes after this moment: what it was told before, or while it was paused, speaks of before."""
    answers = asdict(answers_of(session, issue_id))
    trip = session.get(Trip, issue_id)
    session.merge(Trip(issue_id=issue_id, at=trip.at if trip else now, why=trip.why if trip else "", **answers))


def trip(session: Session, issue_id: int, now: datetime, why: str, answers: Answers, *, by: Actor) -> bool:
    """Pause an issue that is being sent and note why; False when it was no longer being sent."""
    moved = issues.move(
        session, issue_id, IssueState.SENDING, IssueState.PAUSED, by=by, at=now, values={"paused_why": why}
    )
    if not moved:
        return False
    session.merge(Trip(issue_id=issue_id, at=now, why=why, **asdict(answers)))
    return True


def warn(session: Session, issue_id: int, now: datetime, why: str, answers: Answers) -> bool:
    """Note what the editors are to be warned of after an issue was sent, and the counts it is judged from afterwards.

    False when another scheduler noted it first.
    """
    values = {"at": now, "why": why, **asdict(answers)}
    new = insert_new(session, Trip, [{"issue_id": issue_id, **values}], unique=["issue_id"], returning=[Trip.issue_id])
    if new:
        return True
    # a trip from the time when it was being sent, or an earlier warning: whoever raises its counts first notes it
    before = Trip.refused + Trip.policy + Trip.bounced + Trip.complained
    present = answers.refused + answers.policy + answers.bounced + answers.complained
    raised = session.execute(
        update(Trip)
        .where(Trip.issue_id == issue_id, before < present)
        .values(**values)
        .returning(Trip.issue_id)
        .execution_options(synchronize_session=False)
    ).scalar()
    return raised is not None


def stopped_at(session: Session, issue_id: int) -> datetime | None:
    """Return when an issue last paused by itself, or its editors were warned; None when neither happened."""
    return session.scalar(select(Trip.at).where(Trip.issue_id == issue_id, Trip.why != ""))


def trips_of(session: Session, issue_ids: Sequence[int]) -> dict[int, str]:
    """Return why issues were paused by themselves or their editors warned, the last time; those that were not are left out."""
    rows = session.execute(select(Trip.issue_id, Trip.why).where(Trip.issue_id.in_(issue_ids), Trip.why != ""))
    return dict(iter(rows))
