"""The main job end to end: an issue file, a thousand readers, a real SMTP server, the archive's rows."""

from __future__ import annotations

import re
import time
from contextlib import closing
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SystemClock
from newsletter.config import Settings
from newsletter.delivery.progress import Progress, progress
from newsletter.issues.parsing import parse_issue
from newsletter.issues.sample import sample_text
from newsletter.model import IssueItem
from newsletter.model.document import Document, TableItem
from newsletter.store.database import Database
from newsletter.web.app import create_app
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.parts.ledger import add_publication, add_readers
from tests.parts.named import id_of_issue
from tests.parts.smtp import SmtpSink
from tests.web.places import Visitor
from workers import embedded


def parts_for(database: Database, sink: SmtpSink, folder: Path, redis_url: str = "") -> Parts:
    settings = Settings(
        data_dir=folder,
        database_url=str(database.engine.url.render_as_string(hide_password=False)),
        smtp_url=sink.url,
        redis_url=redis_url,
        batch_size=100,
        _env_file=None,
    )
    return Parts(settings, SystemClock())


def send_issue(parts: Parts, text: str, readers: int) -> tuple[Document, Progress]:
    """Import, schedule and send an issue to `readers`; wait until it is sent."""
    document = parse_issue(text)
    publication = add_publication(parts.database, parts.clock, document.publication)
    add_readers(parts.database, parts.clock, publication, readers)
    parts.editing.import_issue(text, source="issue.md", by=OPERATOR)
    where = {"publication": document.publication, "slug": document.slug}
    parts.publishing.schedule(id_of_issue(parts.database, **where), parts.clock.now(), despite=MEANT, by=OPERATOR)
    running = embedded.start(parts)
    try:
        for _ in range(600):
            found = progress(parts.database, clock=parts.clock, issue_id=id_of_issue(parts.database, **where))
            if found.state == "sent":
                break
            time.sleep(0.1)
    finally:
        running.stop()
    return document, found


def words(text: str) -> str:
    return re.sub(r"[\s\W_]+", "", text)


def check_messages(messages: list[tuple[str, str, bytes]], document: Document, readers: int) -> None:
    parsed = [message_from_bytes(content, policy=default) for _, _, content in messages]
    assert len(messages) == readers == len({rcpt for _, rcpt, _ in messages}) == len({path for path, _, _ in messages})
    assert len({m["Message-ID"] for m in parsed}) == readers
    assert len({m["List-Unsubscribe"] for m in parsed}) == readers
    for message in (parsed[0], parsed[-1]):
        check_content(message, document)


def check_content(message: EmailMessage, document: Document) -> None:
    html = words(BeautifulSoup(message.get_body(("html",)).get_content(), "html.parser").get_text())
    text = words(message.get_body(("plain",)).get_content())
    token = re.search(r"/u/([\w-]{24})", message["List-Unsubscribe"]).group(1)
    assert token in message.get_body(("html",)).get_content()
    assert token in message.get_body(("plain",)).get_content()
    for section in document.sections:
        for item in section.items:
            assert words(item.title) in html
            assert words(item.title) in text
            if isinstance(item, TableItem):
                for row in item.rows:
                    assert words("".join(row)) in html
                    for cell in row:
                        assert words(cell) in text


def check_archive(parts: Parts, document: Document) -> None:
    page = Visitor(create_app(parts)).get(f"/{document.publication}/{document.slug}")
    assert page.status_code == 200
    shown = words(BeautifulSoup(page.text, "html.parser").get_text())
    for section in document.sections:
        for item in section.items:
            assert words(item.title) in shown
            for row in item.rows if isinstance(item, TableItem) else ():
                assert words("".join(row)) in shown


@pytest.mark.parametrize(
    ("database", "broker"),
    [("sqlite", "in-process"), ("postgresql", "in-process"), ("postgresql", "valkey")],
    indirect=["database"],
)
def test_a_thousand_readers_each_get_the_whole_issue_once(
    database: Database, smtp_sink: SmtpSink, tmp_path: Path, broker: str, request: pytest.FixtureRequest
) -> None:
    redis_url = ""
    if broker == "valkey":
        server = request.getfixturevalue("valkey")
        server.flush()
        redis_url = server.url
    with closing(parts_for(database, smtp_sink, tmp_path, redis_url)) as parts:
        document, found = send_issue(parts, sample_text(), 1000)
        check_archive(parts, document)
    assert found.counts["submitted"] == found.total == 1000
    check_messages(smtp_sink.messages, document, 1000)
    with database.read() as session:
        titles = set(session.scalars(select(IssueItem.title)))
    assert titles == {item.title for section in document.sections for item in section.items}


def test_the_real_issue_reaches_a_thousand_readers(
    sqlite_database: Database, smtp_sink: SmtpSink, tmp_path: Path, real_issue: Path
) -> None:
    with closing(parts_for(sqlite_database, smtp_sink, tmp_path)) as parts:
        document, found = send_issue(parts, real_issue.read_text(encoding="utf-8"), 1000)
        check_archive(parts, document)
    assert found.counts["submitted"] == found.total == 1000
    check_messages(smtp_sink.messages, document, 1000)
