"""Whoever rules over a report, a link or what is counted needs the right to, and is written down in the same transaction."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import pytest
from sqlalchemy import select

from newsletter.errors import ForbiddenError
from newsletter.feedback import links, overview
from newsletter.feedback.intake import Intake
from newsletter.model import AuditEntry, EditionLink
from newsletter.model.actor import SCHEDULER, Actor, reader
from newsletter.model.rights import Right
from newsletter.publications.click_counting import ClickCounting
from newsletter.queue import connect
from newsletter.store.accounts import audit
from newsletter.store.feedback import reports
from newsletter.store.issues import editions
from tests.audience.test_erasure import everything
from tests.feedback.mailing import Mailing
from tests.parts.actors import able
from tests.parts.named import id_of_publication

Do = Callable[[Actor], Any]


class Act(NamedTuple):
    """Something that is done: what must be there before, who may do it, the word for it, and whether for one publication."""

    prepare: Callable[[Mailing], Do]
    right: Right
    action: str
    here: bool = False


def _aside(mailing: Mailing) -> int:
    raw = mailing.keep(b"poison")
    with mailing.database.write() as session:
        reports.set_aside(session, raw, "why")
    return raw


def _retry(mailing: Mailing) -> Do:
    raw, given = _aside(mailing), {"clock": mailing.clock, "queue": connect("")}
    return lambda by: overview.read_again(mailing.database, raw_report_id=raw, by=by, **given)


def _discard(mailing: Mailing) -> Do:
    raw = _aside(mailing)
    return lambda by: overview.discard(mailing.database, clock=mailing.clock, raw_report_id=raw, by=by)


def _vouch(mailing: Mailing) -> Do:
    return lambda by: Intake(mailing.database, mailing.clock, connect("")).vouch(b"a report", by=by)


def _count(mailing: Mailing) -> Do:
    counting = ClickCounting(mailing.database, mailing.clock)
    return lambda by: counting.count_clicks(id_of_publication(mailing.database, "daily"), on=True, by=by)


def _relink(mailing: Mailing) -> Do:
    with mailing.database.write() as session:
        edition = editions.newest(session, mailing.issue.id)
        assert edition is not None
        editions.add_links(
            session, [EditionLink(edition_id=edition.id, number=1, url="https://a.example", item_key="")]
        )
    named = {"issue_id": mailing.issue.id, "number": 1, "url": "https://b.example"}
    return lambda by: links.change(mailing.database, clock=mailing.clock, by=by, **named)


ACTS = {
    "retry": Act(_retry, Right.MANAGE_SERVICE, "report.retry"),
    "discard": Act(_discard, Right.MANAGE_SERVICE, "report.discard"),
    "vouch": Act(_vouch, Right.MANAGE_SERVICE, "report.vouch"),
    "count clicks": Act(_count, Right.MANAGE_PUBLICATION, "publication.change", here=True),
    "relink": Act(_relink, Right.SEND, "issue.relink", here=True),
}


@pytest.fixture(params=ACTS)
def act(request: pytest.FixtureRequest) -> Act:
    """Each act in turn."""
    return ACTS[request.param]


def _whoever_may(act: Act, mailing: Mailing) -> Actor:
    return able(act.right, publication_id=mailing.publication.id if act.here else None)


def _entries(mailing: Mailing) -> list[AuditEntry]:
    with mailing.database.read() as session:
        return list(session.scalars(select(AuditEntry).order_by(AuditEntry.id)))


def test_nobody_acts_without_the_right_and_whoever_does_is_written_down_once(mailing: Mailing, act: Act) -> None:
    do = act.prepare(mailing)
    before, written = everything(mailing.database), len(_entries(mailing))
    others = [right for right in Right if right is not act.right]
    for actor in (able(*others), able(act.right, publication_id=mailing.publication.id + 1), reader(1), SCHEDULER):
        if actor is SCHEDULER and act.right is Right.SEND:
            continue
        with pytest.raises(ForbiddenError):
            do(actor)
        assert everything(mailing.database) == before
    do(_whoever_may(act, mailing))
    (entry,) = _entries(mailing)[written:]
    assert (entry.action, entry.actor, entry.publication_id) == (
        act.action,
        "editor",
        mailing.publication.id if act.here else None,
    )


def test_an_act_that_cannot_be_written_down_is_not_done(
    mailing: Mailing, act: Act, monkeypatch: pytest.MonkeyPatch
) -> None:
    do = act.prepare(mailing)
    before = everything(mailing.database)

    def fails(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(audit, "add", fails)
    with pytest.raises(ZeroDivisionError):
        do(_whoever_may(act, mailing))
    assert everything(mailing.database) == before
