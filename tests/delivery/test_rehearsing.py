"""A rehearsal composes for every reader who would get the issue, sends a few samples to whoever asked, and touches no delivery."""

from __future__ import annotations

import pytest
from sqlalchemy import func, select, update

from newsletter.clock import SettableClock
from newsletter.delivery.rehearsing import LONGEST_RUN, MOST_SAMPLES, Rehearsing
from newsletter.errors import ConflictError, ForbiddenError, InputError
from newsletter.issues.editing import Editing
from newsletter.model import Batch, Delivery, Issue, Notice, Subscription
from newsletter.model.rights import Right
from newsletter.model.states import SubscriptionState
from newsletter.queue import connect
from newsletter.store.database import Database
from newsletter.tokens import Signer
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR, able
from tests.parts.ledger import add_readers

ME = "mara@tide.example"


@pytest.fixture
def draft(database: Database, clock: SettableClock) -> Issue:
    """A draft with 25 subscriptions, of which one ended."""
    ids = add_readers(database, clock, add_publication(database), 25)
    with database.write() as session:
        gone = update(Subscription).where(Subscription.subscriber_id == ids[3])
        session.execute(gone.values(state=SubscriptionState.UNSUBSCRIBED))
    return Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)


@pytest.fixture
def rehearsing(database: Database, clock: SettableClock, signer: Signer, monkeypatch: pytest.MonkeyPatch) -> Rehearsing:
    monkeypatch.setattr("newsletter.delivery.rehearsing.PAGE", 10)  # several pages
    return Rehearsing(database, clock, connect(""), RENDERER, signer, SETTINGS)


def notices(database: Database) -> list[Notice]:
    with database.read() as session:
        return list(session.scalars(select(Notice).order_by(Notice.id)))


@pytest.mark.parametrize("sample", [0, 1, 4, MOST_SAMPLES])
def test_it_is_composed_for_all_and_a_spread_sample_goes_to_whoever_asked(
    database: Database, draft: Issue, rehearsing: Rehearsing, sample: int
) -> None:
    asked = rehearsing.ask(draft.id, to=ME, sample=sample, by=OPERATOR)
    for _ in range(2):  # rung twice
        rehearsing.run(asked)
    done = rehearsing.last(draft.id)
    assert done is not None and done.ended_at is not None
    assert (done.composed, done.faults, done.trouble) == (24, 0, "")
    assert 0 < done.least_octets <= done.octets // done.composed <= done.most_octets
    samples = notices(database)
    assert {mail.to_address for mail in samples} <= {ME}
    assert (len(samples), done.sampled) == (len(samples), len(samples)) and min(sample, 1) <= len(samples) <= sample
    assert all(mail.subject.startswith("[Rehearsal]") and "%%" not in mail.html for mail in samples)
    with database.read() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0
        assert session.scalar(select(func.count()).select_from(Batch)) == 0


def test_one_at_a_time_and_one_whose_worker_died_stands_in_nobodys_way_for_ever(
    clock: SettableClock, draft: Issue, rehearsing: Rehearsing
) -> None:
    rehearsing.ask(draft.id, to=ME, by=OPERATOR)
    with pytest.raises(ConflictError, match="under way"):
        rehearsing.ask(draft.id, to=ME, by=OPERATOR)
    clock.advance(LONGEST_RUN.total_seconds() + 1)
    rehearsing.ask(draft.id, to=ME, by=OPERATOR)


def test_it_is_refused_without_the_right_and_beyond_the_bounds(draft: Issue, rehearsing: Rehearsing) -> None:
    with pytest.raises(ForbiddenError):
        rehearsing.ask(draft.id, to=ME, by=able(Right.WRITE))
    for sample in (-1, MOST_SAMPLES + 1):
        with pytest.raises(InputError):
            rehearsing.ask(draft.id, to=ME, sample=sample, by=OPERATOR)
    with pytest.raises(InputError):
        rehearsing.ask(draft.id, to="nobody", by=OPERATOR)


def test_a_ring_that_was_lost_is_repeated(clock: SettableClock, draft: Issue, rehearsing: Rehearsing) -> None:
    rehearsing.ask(draft.id, to=ME, by=OPERATOR)
    before = rehearsing.queue.depths()["sources"]
    clock.advance(60)
    rehearsing.tick()
    assert rehearsing.queue.depths()["sources"] == before + 1
