"""Who gets which form of an edition: only a reader who agreed is tracked."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from newsletter.clock import SettableClock
from newsletter.delivery import planning
from newsletter.delivery.composing import EditionComposers
from newsletter.mail.body import build_body
from newsletter.model import EditionBody, Publication, Subscription
from newsletter.model.states import Consent
from newsletter.store.database import Database
from newsletter.store.delivery import batches, deliveries
from newsletter.tokens import Signer
from tests.parts.ledger import add_issue, add_publication, add_readers


@pytest.mark.parametrize(("counts", "usual"), [(False, "none"), (True, "aggregate")])
def test_only_a_reader_who_agreed_gets_the_tracked_form(
    database: Database, clock: SettableClock, signer: Signer, counts: bool, usual: str
) -> None:
    publication = add_publication(database, clock)
    readers = add_readers(database, clock, publication, 3)
    issue = add_issue(database, clock, publication)
    with database.write() as session:
        session.execute(update(Publication).values(counts_clicks=counts))
        for reader, tracking in zip(readers, (Consent.UNKNOWN, Consent.GRANTED, Consent.DENIED), strict=True):
            session.execute(update(Subscription).where(Subscription.subscriber_id == reader).values(tracking=tracking))
        for form in ("aggregate", "individual"):
            body = build_body(f"form {form}", f"<p>form {form}</p>")
            session.add(EditionBody(edition_id=1, form=form, content_type=body.content_type, body=body.content))
    planning.plan(database, clock=clock, issue_id=issue.id, batch_size=10)
    with database.write() as session:
        batch = batches.claim(session, 1, holder="test", now=clock.now(), until=clock.now())
        assert batch is not None
        page = deliveries.page(session, batch, clock.now())
    letter = EditionComposers(database, signer, base_url="http://news.test", leave_address="leave@news.test").of(1)
    sent = [letter.compose(recipient, b"").content for recipient in page]
    got = [next((f for f in ("aggregate", "individual") if f"form {f}".encode() in s), "none") for s in sent]
    assert got == [usual, "individual", usual]
    assert all(b"<mailto:leave@news.test?subject=" in content for content in sent)
