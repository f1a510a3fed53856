"""Fetching reports from a mailbox: kept before they are marked, at once when they arrive."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.errors import InputError, StoreError, TransportError
from newsletter.inbound.imap import ImapMailbox, ImapUrl
from newsletter.model import Base
from newsletter.store.database import Database
from tests.parts.imap import ImapServer
from tests.parts.ledger import kept_reports
from tests.parts.waiting import comes_true
from workers import fetching
from workers.fetching import Damaged


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
    return [content for _, _, content in kept_reports(parts.database)]


def test_what_waits_is_kept_byte_for_byte_and_marked(parts: Parts, server: ImapServer, mailbox: ImapMailbox) -> None:
    reports = [b"Subject: one\r\n\r\n\xff)\r\n", b"Subject: two\r\n\r\n"]
    for report in reports:
        server.put(report)
    assert fetching.fetch(parts, mailbox, Damaged(parts.clock)) == 2
    assert kept(parts) == reports
    assert server.seen == {1, 2}
    assert fetching.fetch(parts, mailbox, Damaged(parts.clock)) == 0


def test_what_cannot_be_kept_stays_unmarked(parts: Parts, server: ImapServer, mailbox: ImapMailbox) -> None:
    server.put(b"Subject: one\r\n\r\n")
    Base.metadata.drop_all(parts.database.engine)
    with pytest.raises(StoreError):
        fetching.fetch(parts, mailbox, Damaged(parts.clock))
    assert server.seen == set()


def test_what_the_server_does_not_give_stays_unmarked_and_holds_nothing_back(
    parts: Parts, server: ImapServer, mailbox: ImapMailbox
) -> None:
    for name in (b"one", b"two", b"three"):
        server.put(b"Subject: %s\r\n\r\n" % name)
    server.withheld.add(2)
    assert fetching.fetch(parts, mailbox, Damaged(parts.clock)) == 2
    assert server.seen == {1, 3}


def test_a_message_that_failed_twice_rests_for_an_hour_and_is_tried_again(clock: SettableClock) -> None:
    damaged = Damaged(clock)
    damaged.note("7")
    assert not damaged.rests("7")
    damaged.note("7")
    assert damaged.rests("7") and not damaged.rests("8")
    clock.advance(fetching.REST_SECONDS)
    assert not damaged.rests("7")
    damaged.note("7")
    assert damaged.rests("7")


def test_a_kept_message_may_be_deleted(parts: Parts, server: ImapServer) -> None:
    server.put(b"Subject: one\r\n\r\n")
    mailbox = ImapMailbox(ImapUrl.read(server.url("delete")))
    assert fetching.fetch(parts, mailbox, Damaged(parts.clock)) == 1
    mailbox.close()
    assert server.messages == {}


def test_mail_that_arrives_while_waiting_is_fetched_at_once(parts: Parts, server: ImapServer) -> None:
    ending = threading.Event()
    running = threading.Thread(target=fetching.run, args=(parts, ending))
    running.start()
    for number in (1, 2):
        server.put(b"Subject: %d\r\n\r\n" % number)
        assert comes_true(lambda wanted=number: len(kept(parts)) >= wanted, 10)
    ending.set()
    server.arrived.set()
    running.join(10)
    assert len(kept(parts)) == 2
    assert not running.is_alive()


@pytest.mark.parametrize("tells", ["with search", "with idle"])
def test_mail_that_was_told_before_the_waiting_began_is_not_waited_for(
    server: ImapServer, mailbox: ImapMailbox, tells: str
) -> None:
    server.tells = tells
    mailbox.waiting()
    asked: list[bool] = []
    mailbox.wait(60, until=lambda: asked.append(True) or len(asked) > 3)
    assert asked == []


def test_a_server_that_always_tells_a_number_is_not_asked_again_and_again(
    server: ImapServer, mailbox: ImapMailbox
) -> None:
    server.tells = "with search"
    asked: list[None] = []
    for _ in range(2):
        mailbox.waiting()
        mailbox.wait(60, until=lambda: not asked.append(server.arrived.set()))
    assert len(asked) == 1


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


def test_a_file_of_authorities_that_cannot_be_read_is_told(server: ImapServer) -> None:
    with pytest.raises(InputError, match="cannot read certificates"):
        ImapMailbox(ImapUrl.read(server.url().replace("tls=none", "tls=starttls&ca=/nonexistent")))


@pytest.mark.parametrize(
    "url", ["", "http://h/", "imaps://h/", "imap://u@h:x/", "imap://u@h/?tls=maybe", "imap://u@h/Old?done=Old"]
)
def test_what_is_no_mailbox_is_told(url: str) -> None:
    with pytest.raises(InputError):
        ImapUrl.read(url)
