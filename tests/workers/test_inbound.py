"""The listener over a real socket: 250 only for what is in the ledger."""

from __future__ import annotations

import gc
import os
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock, SystemClock
from newsletter.config import Settings
from newsletter.feedback.intake import MAX_OCTETS
from newsletter.mail.verp import return_path
from newsletter.model import Base, RawReport
from newsletter.store.database import Database
from newsletter.store.feedback import reports
from newsletter.store.migrating import upgrade
from tests.feedback.mailing import DOMAIN, dsn, send_issue
from tests.parts.ledger import kept_reports
from tests.parts.ports import free_port
from tests.parts.waiting import comes_true
from workers.inbound import Inbound

LEAVE, LOOP = "leave@bounces.example", "fbl@bounces.example"


def parts_on(database: Database, clock: SettableClock, folder: Path, protocol: str = "smtp") -> Parts:
    settings = Settings(
        data_dir=folder,
        secret_key="a secret for inbound tests, which is long enough",
        inbound_port=0,
        inbound_protocol=protocol,
        leave_address=LEAVE,
        feedback_addresses=LOOP,
        _env_file=None,
    )
    made = Parts(settings, clock)
    made.__dict__["database"] = database
    return made


@pytest.fixture
def parts(database: Database, clock: SettableClock, tmp_path: Path) -> Parts:
    return parts_on(database, clock, tmp_path)


@pytest.fixture
def listener(parts: Parts) -> Iterator[Inbound]:
    running = Inbound(parts)
    yield running
    running.stop()


@pytest.fixture
def client(listener: Inbound) -> Iterator[smtplib.SMTP]:
    with smtplib.SMTP("127.0.0.1", listener.port) as made:
        made.ehlo()
        yield made


def kept(parts: Parts) -> list[tuple[str, bytes]]:
    return [(sent_to, content) for _, sent_to, content in kept_reports(parts.database)]


def path_of(parts: Parts, delivery: int = 7) -> str:
    return return_path(parts.signer, delivery, "bounces.example")


def test_what_comes_to_a_return_path_is_kept_byte_for_byte(parts: Parts, client: smtplib.SMTP) -> None:
    content = b"Subject: returned\r\n\r\n.a dot, \xff and a line of " + b"x" * 3000 + b"\r\n"
    client.sendmail("", [path_of(parts)], content)
    assert kept(parts) == [(path_of(parts), content)]


def test_addresses_of_goodbyes_and_feedback_loops_are_open(parts: Parts, client: smtplib.SMTP) -> None:
    client.sendmail("a@b.example", [LEAVE.upper(), LOOP], b"Subject: x\r\n\r\n")
    assert [to for to, _ in kept(parts)] == [LEAVE.upper(), LOOP]


def test_nobody_else_is_written_to_and_nothing_is_relayed(parts: Parts, client: smtplib.SMTP) -> None:
    for stranger in ("postmaster@elsewhere.example", "b+00@bounces.example", "reader@readers.example"):
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            client.sendmail("", [stranger], b"Subject: x\r\n\r\n")
        assert refused.value.recipients[stranger][0] == 550
    assert kept(parts) == []


def test_a_forged_return_path_is_refused_and_counted(parts: Parts, client: smtplib.SMTP) -> None:
    forged = path_of(parts).replace("bounces.example", "bounces.example").replace(path_of(parts)[30:34], "0000")
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        client.sendmail("", [forged], b"Subject: x\r\n\r\n")
    with parts.database.read() as session:
        assert reports.tallies(session) == {"forged return path": 1}


def test_a_report_that_is_too_large_is_refused(parts: Parts, client: smtplib.SMTP) -> None:
    client.mail("")
    client.rcpt(path_of(parts))
    code, _ = client.data(b"x" * 70 + b"\r\n" + (b"y" * 70 + b"\r\n") * (MAX_OCTETS // 72))
    assert code == 552
    assert kept(parts) == []


def test_a_line_that_never_ends_is_cut_off(parts: Parts, listener: Inbound) -> None:
    with socket.create_connection(("127.0.0.1", listener.port)) as raw:
        raw.sendall(b"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<" + path_of(parts).encode() + b">\r\nDATA\r\n")
        with pytest.raises(ConnectionError):
            for _ in range(100):
                raw.sendall(b"x" * MAX_OCTETS)
    assert kept(parts) == []


def test_when_the_ledger_is_gone_the_sender_is_asked_to_come_back(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    parts = parts_on(sqlite_database, clock, tmp_path)
    Base.metadata.drop_all(sqlite_database.engine)
    listener = Inbound(parts)
    try:
        with smtplib.SMTP("127.0.0.1", listener.port) as client, pytest.raises(smtplib.SMTPDataError) as refused:
            client.sendmail("", [path_of(parts)], b"Subject: x\r\n\r\n")
    finally:
        listener.stop()
    assert refused.value.smtp_code == 451


def test_what_was_answered_with_250_outlives_a_kill_and_is_read_afterwards(
    tmp_path: Path, clock: SettableClock
) -> None:
    facts = {
        "data_dir": tmp_path,
        "secret_key": "a secret for inbound tests, which is long enough",
        "inbound_port": free_port(),
        "return_path_domain": DOMAIN,
    }
    parts = Parts(Settings(**facts, _env_file=None), SystemClock())
    upgrade(parts.database)
    mailing = send_issue(parts.database, clock, parts.signer)
    environment = os.environ | {f"NEWSLETTER_{name.upper()}": str(value) for name, value in facts.items()}
    process = subprocess.Popen([sys.executable, "-m", "newsletter", "inbound"], env=environment)
    try:
        with connected(facts["inbound_port"]) as client:
            client.sendmail("", [mailing.path()], dsn("reader0@readers.example"))
            process.kill()
    finally:
        process.kill()
        process.wait()
    assert [to for to, _ in kept(parts)] == [mailing.path()]
    assert (mailing.state(), mailing.suppressions()) == ("submitted", [])
    with parts.database.read() as session:
        [raw_id] = session.scalars(select(RawReport.id))
    assert parts.reports.handle(raw_id) == {"suppressed": 1}
    assert mailing.state() == "bounced"
    parts.close()


def connected(port: int) -> smtplib.SMTP:
    for _ in range(600):
        try:
            return smtplib.SMTP("127.0.0.1", port)
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the listener does not start")


def test_lmtp_answers_for_each_recipient(sqlite_database: Database, clock: SettableClock, tmp_path: Path) -> None:
    parts = parts_on(sqlite_database, clock, tmp_path, "lmtp")
    listener = Inbound(parts)
    try:
        with smtplib.LMTP("127.0.0.1", listener.port) as client:
            client.ehlo()
            client.mail("")
            for delivery in (7, 8):
                client.rcpt(path_of(parts, delivery))
            assert client.data(b"Subject: x\r\n\r\n")[0] == 250  # the word about the first
            assert client.getreply()[0] == 250  # and about the second
    finally:
        listener.stop()
    assert [to for to, _ in kept(parts)] == [path_of(parts, 7), path_of(parts, 8)]


def test_who_is_connected_when_it_stops_is_told_goodbye(parts: Parts) -> None:
    listener = Inbound(parts)
    with socket.create_connection(("127.0.0.1", listener.port)) as raw, raw.makefile("rb") as answers:
        assert answers.readline().startswith(b"220")
        listener.stop()
        assert answers.readline() == b"421 4.3.2 going down, come back later\r\n"
        assert answers.readline() == b"", "and the line is closed"


def test_a_message_that_is_being_kept_when_it_stops_is_answered_first(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    parts = parts_on(sqlite_database, clock, tmp_path)
    listener = Inbound(parts)
    with ThreadPoolExecutor() as pool, smtplib.SMTP("127.0.0.1", listener.port) as client:
        with sqlite_database.write():  # whoever would write waits
            sent = pool.submit(client.sendmail, "", [path_of(parts)], b"Subject: x\r\n\r\n")
            assert comes_true(lambda: bool(listener.handler.keeping))
            stopped = pool.submit(listener.stop)
            time.sleep(0.2)
            assert not sent.done()
            assert not stopped.done()
        assert sent.result() == {}
        stopped.result()
        client.close()
    assert [to for to, _ in kept(parts)] == [path_of(parts)]


def test_a_stop_leaves_no_socket_open_whoever_comes_in_that_moment(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    parts = parts_on(sqlite_database, clock, tmp_path)
    for _ in range(15):
        listener = Inbound(parts)
        callers = [socket.create_connection(("127.0.0.1", listener.port)) for _ in range(3)]
        listener.stop()
        for caller in callers:
            caller.close()
    gc.collect()  # a socket that was left open warns now, and warnings are errors
