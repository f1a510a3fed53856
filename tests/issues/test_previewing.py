"""A preview is what would go out, with nobody's token in it."""

from __future__ import annotations

import email
import email.policy

import pytest
from sqlalchemy import select

from newsletter import queue as queues
from newsletter.clock import SettableClock
from newsletter.errors import InputError, QueueError
from newsletter.issues import previewing
from newsletter.issues.editing import Editing
from newsletter.issues.previewing import Previewing
from newsletter.mail.slots import Slot
from newsletter.model import Notice
from newsletter.model.states import NoticeState
from newsletter.queue import Job, Queue
from newsletter.store.database import Database
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_issue


class SilentQueue(Queue):
    """A broker that is down."""

    def __init__(self) -> None:
        super().__init__(queues.connect("").broker)

    def ring(self, job: Job, subject: int) -> None:
        """Fail."""
        raise QueueError("down")


@pytest.fixture
def issue_database(sqlite_database: Database, clock: SettableClock) -> Database:
    """A ledger with one draft."""
    add_publication(sqlite_database)
    Editing(sqlite_database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    return sqlite_database


def _preview(database: Database, kind: str) -> str | bytes:
    tools = Previewing(database, SettableClock(), queues.connect(""), RENDERER, SETTINGS)
    return tools.preview(id_of_issue(database, "2026-01-02", "tide"), kind)


def _send_test(
    database: Database, clock: SettableClock, queue: Queue, to: str = "me@example.org", by: int | None = None
) -> Notice:
    return Previewing(database, clock, queue, RENDERER, SETTINGS).send_test(
        id_of_issue(database, "2026-01-02", "tide"), to, by=OPERATOR
    )


@pytest.mark.parametrize("kind", list(previewing.OutputKind))
def test_every_kind_shows_the_content_and_no_slot(issue_database: Database, kind: str) -> None:
    shown = _preview(issue_database, kind)
    text = shown.decode() if isinstance(shown, bytes) else shown
    assert "Waves that meet" in text
    assert not any(slot in text for slot in Slot)


def test_an_eml_is_a_whole_message_and_the_same_each_time(issue_database: Database) -> None:
    raw = _preview(issue_database, "eml")
    assert raw == _preview(issue_database, "eml")
    assert isinstance(raw, bytes)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert not message.defects
    assert message["From"] == "Mara Quay <mara@tide.example.org>"
    assert message["Subject"] == "Springs and neaps"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert "tide.tide.example.org" in message["List-Id"]
    assert previewing.PREVIEW_TOKEN in message["List-Unsubscribe"]
    assert [part.get_content_type() for part in message.iter_parts()] == ["text/plain", "text/html"]


def test_a_test_mail_is_a_notice_that_is_rung(issue_database: Database, clock: SettableClock) -> None:
    queue = queues.connect("")
    notice = _send_test(issue_database, clock, queue)
    assert (notice.kind, notice.subject, notice.state) == ("test", "[Test] Springs and neaps", NoticeState.QUEUED)
    assert notice.to_address == "me@example.org"
    assert not any(slot in notice.html + notice.text for slot in Slot)
    assert queue.broker.queues["notices"].qsize() == 1


def test_a_broker_that_is_down_loses_no_test_mail(issue_database: Database, clock: SettableClock) -> None:
    _send_test(issue_database, clock, SilentQueue())
    with issue_database.read() as session:
        assert len(session.scalars(select(Notice)).all()) == 1


@pytest.mark.parametrize("address", ["", "me", "me@x\r\nBcc: you@example.org", "a@b@c.example"])
def test_a_test_mail_to_what_is_no_address_is_refused(
    issue_database: Database, clock: SettableClock, address: str
) -> None:
    with pytest.raises(InputError):
        _send_test(issue_database, clock, queues.connect(""), address)
    with issue_database.read() as session:
        assert session.scalars(select(Notice)).all() == []
