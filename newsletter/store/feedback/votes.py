"""Answers to the questions of issues: one for each mail, the last one counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import Delivery, Edition, Issue, OldDelivery, Publication, RollUp, Vote
from newsletter.store.delivery import old_deliveries


class Asked(NamedTuple):
    """The mail that asks: since when its delivery stands as it does, the edition it is of, the issue and the publication."""

    since: datetime
    edition: Edition
    issue: Issue
    publication: Publication


class Votes(NamedTuple):
    """How often something was answered, by people or by machines."""

    answer: str
    machine: bool
    number: int


def asked(session: Session, delivery_id: int) -> Asked | None:
    """Return what a delivery brought, or None when there is no such delivery."""
    statement = (
        select(Delivery.changed_at, Edition, Issue, Publication)
        .join(Edition, Edition.id == Delivery.edition_id)
        .join(Issue, Issue.id == Delivery.issue_id)
        .join(Publication, Publication.id == Issue.publication_id)
        .where(Delivery.id == delivery_id)
    )
    old = (
        select(RollUp.began_at, Edition, Issue, Publication)
        .select_from(OldDelivery)
        .join(RollUp, RollUp.issue_id == OldDelivery.issue_id)
        .join(Edition, Edition.id == old_deliveries.edition_of())
        .join(Issue, Issue.id == OldDelivery.issue_id)
        .join(Publication, Publication.id == Issue.publication_id)
        .where(OldDelivery.id == delivery_id)
    )
    row = session.execute(statement).first() or session.execute(old).first()
    return None if row is None else Asked(*row)


def given(session: Session, mark: bytes) -> Vote | None:
    """Return the answer that was given with a mail, or None."""
    return session.get(Vote, mark)


def put(session: Session, row: Mapping[str, Any]) -> None:
    """Write an answer, over the one given with the same mail before."""
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    upsert = build(Vote).values(**row)
    later = {name: value for name, value in row.items() if name not in {"mark", "issue_id"}}
    session.execute(upsert.on_conflict_do_update(index_elements=["mark"], set_=later))


def counts(session: Session, issue_id: int, machine_from: int) -> list[Votes]:
    """Return the answers to the question of an issue; a score of `machine_from` and more is a machine's."""
    machine = Vote.score >= machine_from
    rows = session.execute(
        select(Vote.answer, machine, func.count()).where(Vote.issue_id == issue_id).group_by(Vote.answer, machine)
    )
    return [Votes(answer.value, bool(is_machine), count) for answer, is_machine, count in rows]
