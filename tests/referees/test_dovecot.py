"""Reports that a real Dovecot keeps: fetched once each, at once when they arrive, whatever happens in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.errors import TransportError
from newsletter.feedback.intake import MAX_OCTETS, Intake
from newsletter.inbound.imap import ImapMailbox, ImapUrl
from newsletter.model import RawContent, RawReport
from newsletter.store.database import Database
from tests.conftest import absent
from tests.parts.waiting import comes_true
from tests.referees.dovecot import Dovecot, missing
from workers import fetching
from workers.fetching import Damaged

WAIT_SECONDS = 30
ONE, TWO, THREE, FOUR = (
    b"Subject: %s\r\n\r\n\xff a dot:\r\n.\r\n" % name for name in (b"one", b"two", b"three", b"four")
)


@pytest.fixture
def server() -> Iterator[Dovecot]:
    if part := missing():
        absent(part)
    running = Dovecot()
    yield running
    running.stop()


@pytest.fixture
def parts(sqlite_database: Database, clock: SettableClock, tmp_path: Path, server: Dovecot) -> Parts:
    made = Parts(Settings(data_dir=tmp_path, imap_url=server.url(), _env_file=None), clock)
    made.__dict__["database"] = sqlite_database
    return made


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is gone is tried again soon; IDLE stays the only way to hear of mail within a minute."""
    monkeypatch.setattr(fetching, "FIRST_PAUSE_SECONDS", 0.05)
    monkeypatch.setattr(fetching, "LONGEST_PAUSE_SECONDS", 0.2)


def kept(parts: Parts) -> list[bytes]:
    with parts.database.read() as session:
        found = select(RawContent.content).join(RawReport, RawReport.content_id == RawContent.id).order_by(RawReport.id)
        return list(session.scalars(found))


@contextmanager
def fetcher(parts: Parts) -> Iterator[None]:
    """The running fetcher; it ends when asked to."""
    ending = threading.Event()
    running = threading.Thread(target=fetching.run, args=(parts, ending))
    running.start()
    yield
    ending.set()
    running.join(10)
    assert not running.is_alive()


def fetch(parts: Parts, url: str) -> int:
    """Look once, over a connection of its own."""
    with closing(ImapMailbox(ImapUrl.read(url))) as mailbox:
        return fetching.fetch(parts, mailbox, Damaged(parts.clock))


def test_what_waits_is_kept_byte_for_byte_once_and_marked(parts: Parts, server: Dovecot) -> None:
    server.put(ONE)
    server.put(TWO)
    assert fetch(parts, server.url()) == 2
    assert fetch(parts, server.url()) == 0
    assert kept(parts) == [ONE, TWO]
    assert server.flags() == ["S", "S"]


def test_what_was_kept_and_not_marked_before_a_kill_is_kept_once(parts: Parts, server: Dovecot) -> None:
    server.put(ONE)
    with closing(ImapMailbox(ImapUrl.read(server.url()))) as mailbox:
        content = mailbox.content(mailbox.waiting()[0], MAX_OCTETS)
        assert content is not None
        Intake(parts.database, parts.clock, parts.queue).keep(content, source="imap")
    assert server.flags() == [""]
    assert fetch(parts, server.url()) == 1
    assert kept(parts) == [ONE]
    assert server.flags() == ["S"]


def test_of_a_message_that_is_too_large_the_first_octets_are_kept(parts: Parts, server: Dovecot) -> None:
    server.put(ONE + b"x" * 76 + b"\r\n" + (b"y" * 76 + b"\r\n") * (MAX_OCTETS // 78))
    assert fetch(parts, server.url()) == 1
    assert [len(content) for content in kept(parts)] == [MAX_OCTETS]


def test_a_message_that_is_done_is_deleted_or_moved_as_told(parts: Parts, server: Dovecot) -> None:
    server.make_folder("Done and over")
    server.put(ONE)
    assert fetch(parts, server.url("tls=none&done=Done and over")) == 1
    assert (server.flags(), server.flags(".Done and over")) == ([], [""])
    server.put(TWO)
    assert fetch(parts, server.url("tls=none&done=delete")) == 1
    assert server.flags() == []
    assert kept(parts) == [ONE, TWO]


@pytest.mark.usefixtures("impatient")
def test_mail_wakes_the_fetcher_at_once(parts: Parts, server: Dovecot) -> None:
    with fetcher(parts):
        for number, content in enumerate((ONE, TWO, THREE), start=1):
            server.put(content)
            assert comes_true(lambda wanted=number: len(kept(parts)) >= wanted, WAIT_SECONDS)
            assert len(kept(parts)) == number
    assert kept(parts) == [ONE, TWO, THREE]


@pytest.mark.usefixtures("impatient")
def test_a_restart_of_the_server_loses_nothing_and_doubles_nothing(parts: Parts, server: Dovecot) -> None:
    with capture_logs() as logs, fetcher(parts):
        for before, meanwhile in ((ONE, TWO), (THREE, FOUR)):
            server.put(before)
            assert comes_true(lambda wanted=before: wanted in kept(parts), WAIT_SECONDS)
            server.end()
            server.put(meanwhile)
            server.start()
            assert comes_true(lambda wanted=meanwhile: wanted in kept(parts), WAIT_SECONDS)
    assert kept(parts) == [ONE, TWO, THREE, FOUR]
    assert server.flags() == ["S", "S", "S", "S"]
    pauses = [line["again_in"] for line in logs if "again_in" in line]
    assert pauses.count(fetching.FIRST_PAUSE_SECONDS) == 2, "each time it worked again, patience is new"


@pytest.mark.usefixtures("impatient")
def test_a_message_that_the_server_cannot_give_does_not_keep_later_ones_back(parts: Parts, server: Dovecot) -> None:
    server.put(ONE)
    server.put(TWO, size=5000)
    server.put(THREE)
    with pytest.raises(TransportError):
        fetch(parts, server.url())  # Dovecot hangs up
    with fetcher(parts):
        assert comes_true(lambda: len(kept(parts)) == 2, WAIT_SECONDS)
    assert kept(parts) == [ONE, THREE]
    assert server.flags() == ["S", "", "S"]


def test_tls_is_used_with_a_certificate_that_is_trusted(parts: Parts, server: Dovecot) -> None:
    server.put(ONE)
    assert fetch(parts, server.url(f"ca={server.authority}", tls=True)) == 1
    server.put(TWO)
    assert fetch(parts, server.url(f"tls=starttls&ca={server.authority}")) == 1
    assert kept(parts) == [ONE, TWO]


@pytest.mark.parametrize(("options", "tls"), [("", True), ("tls=starttls", False)])
def test_a_certificate_that_nobody_vouches_for_is_refused_in_words(server: Dovecot, options: str, tls: bool) -> None:
    with pytest.raises(TransportError) as refused:
        ImapMailbox(ImapUrl.read(server.url(options, tls=tls)))
    assert "certificate of the mailbox is not trusted: unable to get local issuer certificate" in refused.value.what
    assert "ca=FILE" in refused.value.remedy


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"password": "wrong"}, "the mailbox refuses the login: AUTHENTICATIONFAILED"),
        ({"where": "/Nowhere"}, "the folder Nowhere cannot be opened"),
        ({"options": "tls=none&done=Nowhere"}, "there is no folder Nowhere for what is done"),
    ],
)
def test_what_is_wrong_is_said_in_words(server: Dovecot, wrong: dict[str, str], words: str) -> None:
    with pytest.raises(TransportError) as refused:
        ImapMailbox(ImapUrl.read(server.url(**wrong)))
    assert words in refused.value.what
    assert refused.value.remedy


def test_a_server_that_is_gone_is_said_in_words(server: Dovecot) -> None:
    server.end()
    with pytest.raises(TransportError, match="the mailbox cannot be reached: Connection refused"):
        ImapMailbox(ImapUrl.read(server.url()))
