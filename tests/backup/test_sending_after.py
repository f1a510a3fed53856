"""A service is backed up while it sends, goes on and ends; restored elsewhere it mails nobody twice, and works in every other way."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.archive.pages import issue_page
from newsletter.bootstrap import Parts
from newsletter.images.keeping import Upload
from newsletter.model import Delivery, Notice, Publication
from newsletter.model.states import IssueState, NoticeState
from newsletter.store.issues import issues
from newsletter.tokens import Purpose
from tests.backup.conftest import KINDS, MakeParts
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.parts.kept_counts import agree
from tests.parts.ledger import add_readers
from tests.parts.named import id_of_issue
from tests.parts.pictures import png
from tests.parts.smtp import SmtpSink
from tests.parts.waiting import comes_true
from workers import embedded

READERS = 60
BEFORE = 25
"""Messages that were taken when the server began to keep us waiting."""
LOOKS = 15_000
"""Times that it looks whether to go on, at most: longer than any test lasts."""


class SlowSink(SmtpSink):
    """Takes so many messages, and answers none after them until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()
        keep = self.mailbox.handle_DATA

        async def wait(server, session, envelope) -> str:
            for _ in range(LOOKS):  # another thread tells it to go on
                if len(self.messages) < BEFORE or self.go_on.is_set():
                    break
                await asyncio.sleep(0.01)
            return await keep(server, session, envelope)

        self.mailbox.handle_DATA = wait

    def counts(self, subject: str) -> Counter[str]:
        """How often each reader was written to under a subject."""
        return Counter(to for _, to, content in self.messages if f"Subject: {subject}".encode() in content)


@pytest.fixture
def sink() -> Iterator[SlowSink]:
    sink = SlowSink()
    yield sink
    sink.go_on.set()
    sink.stop()


@pytest.fixture
def smtp_url(sink: SlowSink) -> str:
    return sink.url


def furnish(parts: Parts) -> tuple[Publication, str]:
    """Put a publication with readers, an image, and a few issues into a service; return it and the digest of the image."""
    publication = add_publication(parts.database)
    add_readers(parts.database, parts.clock, publication, READERS)
    kept = parts.keeping_images.add(publication.id, [Upload("tree.png", png())], by=OPERATOR)
    for slug in ("going", "soon", "later", "next"):
        parts.editing.import_issue(issue_text(slug, f"About {slug}"), source="x.md", by=OPERATOR)
    return publication, kept[0].image.digest


def notice(parts: Parts, publication: Publication) -> Notice:
    """A confirmation that waits until tomorrow."""
    facts = {"kind": "confirm", "to_address": "new@readers.example", "subject": "Confirm", "text": "x", "html": "x"}
    now = parts.clock.now()
    moments = {"next_attempt_at": now + timedelta(days=1), "created_at": now}
    return Notice(publication_id=publication.id, state=NoticeState.QUEUED, **facts, **moments)


def schedule(parts: Parts, slug: str, after: timedelta = timedelta()) -> None:
    at = parts.clock.now() + after
    parts.publishing.schedule(id_of_issue(parts.database, slug, "tide"), at, despite=MEANT, by=OPERATOR)


def state_of(parts: Parts, slug: str) -> IssueState:
    with parts.database.read() as session:
        return issues.by_id(session, id_of_issue(parts.database, slug, "tide")).state


def run_until(parts: Parts, slug: str, wanted: IssueState) -> None:
    running = embedded.start(parts)
    try:
        assert comes_true(lambda: state_of(parts, slug) == wanted, within=60)
    finally:
        running.stop()


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_mailed_twice_after_a_restore(
    service: Parts, kind: str, make_place: MakeParts, sink: SlowSink, tmp_path: Path
) -> None:
    publication, digest = furnish(service)
    schedule(service, "soon", timedelta(hours=2))
    schedule(service, "later", timedelta(days=9))
    schedule(service, "going")
    running = embedded.start(service)
    assert comes_true(lambda: len(sink.messages) >= BEFORE, within=60)
    with service.database.write() as session:
        session.add(notice(service, publication))
        delivery = session.scalars(select(Delivery.id).order_by(Delivery.id)).first()
    link = service.signer.issue(Purpose.UNSUBSCRIBE, delivery or 0)

    service.backing_up.make(tmp_path / "all.backup", by=OPERATOR)

    sink.go_on.set()
    assert comes_true(lambda: state_of(service, "going") == IssueState.SENT, within=60)
    running.stop()
    assert set(sink.counts("About going").values()) == {1} and len(sink.counts("About going")) == READERS
    before = len(sink.messages)

    new = make_place("new", kind, smtp_url=sink.url)
    restored = new.restoring.restore(tmp_path / "all.backup", by=OPERATOR)

    assert restored.held.paused == ("going",) and restored.held.taken_back == ("soon",)
    assert [slug for slug, _ in restored.held.still_scheduled] == ["later"]
    assert restored.held.uncertain > 0 and restored.held.notices == 1
    assert new.preferences.look_up(link).active
    assert new.form_keys() == service.form_keys() != {}, "a session and its forms go on"
    agree(new.database)
    running = embedded.start(new)
    new.engine.tick()
    assert comes_true(lambda: not list((tmp_path / "new" / "journal").glob("[0-9]*-[0-9]*.journal")), within=30)
    schedule(new, "next")
    assert comes_true(lambda: state_of(new, "next") == IssueState.SENT, within=60)
    running.stop()

    assert set(sink.counts("About next").values()) == {1} and len(sink.counts("About next")) == READERS
    assert len(sink.messages) == before + READERS
    assert [state_of(new, slug) for slug in ("going", "soon", "later")] == ["paused", "draft", "scheduled"]
    shown = [b"".join(each.serving_images.open(digest, "png").file.pieces) for each in (service, new)]
    assert shown[0] == shown[1] != b""
    assert issue_page(new.database, publication="tide", slug="going").document.title
    agree(new.database)
