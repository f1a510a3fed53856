"""Fetching reports from a mailbox: kept before they are marked, at once when they arrive."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.errors import InputError, StoreError, TransportError
from newsletter.model import Base, RawReport
from newsletter.store.database import Database
from newsletter.transports.imap import ImapMailbox, ImapUrl
from tests.parts.imap import ImapServer
from workers import fetching


@pytest.fixture
def server() -> Iterator[ImapServer]:
    running = ImapServer()
    yield running
    running.stop()


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path, server: ImapServer) -> Parts:
    settings = Settings(data_dir=tmp_path, imap_url=server.url(), _env_file=None)
    made = Parts(settings, clock)
    made.__dict__["database"] = sqlite_database
    return made


@pytest.fixture
def mailbox(server: ImapServer) -> Iterator[ImapMailbox]:
    opened = ImapMailbox(ImapUrl.read(server.url()))
    yield opened
    opened.close()


def kept(parts: Parts) -> list[bytes]:
    with parts.database.read() as session:
        return list(session.scalars(select(RawReport.content).order_by(RawReport.id)))


def test_what_waits_is_kept_byte_for_byte_and_marked(parts: Parts, server: ImapServer, mailbox: ImapMailbox) -> None:
    reports = [b"Subject: one\r\n\r\n\xff)\r\n", b"Subject: two\r\n\r\n"]
    for report in reports:
        server.put(report)
    assert fetching.fetch(parts, mailbox) == 2
    assert kept(parts) == reports
    assert server.seen == {1, 2}
    assert fetching.fetch(parts, mailbox) == 0


def test_what_cannot_be_kept_stays_unmarked(parts: Parts, server: ImapServer, mailbox: ImapMailbox) -> None:
    server.put(b"Subject: one\r\n\r\n")
    Base.metadata.drop_all(parts.database.engine)
    with pytest.raises(StoreError):
        fetching.fetch(parts, mailbox)
    assert server.seen == set()


def test_a_kept_message_may_be_deleted(parts: Parts, server: ImapServer) -> None:
    server.put(b"Subject: one\r\n\r\n")
    mailbox = ImapMailbox(ImapUrl.read(server.url("delete")))
    assert fetching.fetch(parts, mailbox) == 1
    mailbox.close()
    assert server.messages == {}


def test_mail_that_arrives_while_waiting_is_fetched_at_once(parts: Parts, server: ImapServer) -> None:
    ending = threading.Event()
    running = threading.Thread(target=fetching.run, args=(parts, ending))
    running.start()
    for number in (1, 2):
        server.put(b"Subject: %d\r\n\r\n" % number)
        deadline = time.monotonic() + 10
        while len(kept(parts)) < number and time.monotonic() < deadline:
            time.sleep(0.02)
    ending.set()
    server.arrived.set()
    running.join(10)
    assert len(kept(parts)) == 2
    assert not running.is_alive()


def test_a_wrong_password_or_a_server_that_is_gone_is_an_error_of_ours() -> None:
    server = ImapServer()
    with pytest.raises(TransportError):
        ImapMailbox(ImapUrl.read(server.url(password="wrong")))
    server.stop()
    with pytest.raises(TransportError):
        ImapMailbox(ImapUrl.read(server.url()))


def test_addresses_of_mailboxes_are_read() -> None:
    found = ImapUrl.read("imaps://a%40b.example:p%2Fw@mail.example/Bounces/In?done=Done")
    assert (found.host, found.port, found.tls) == ("mail.example", 993, "implicit")
    assert (found.user, found.password, found.folder, found.done) == ("a@b.example", "p/w", "Bounces/In", "Done")
    assert ImapUrl.read("imap://u:p@h/").tls == "starttls"


@pytest.mark.parametrize("url", ["", "http://h/", "imaps://h/", "imap://u@h:x/", "imap://u@h/?tls=maybe"])
def test_what_is_no_mailbox_is_told(url: str) -> None:
    with pytest.raises(InputError):
        ImapUrl.read(url)
