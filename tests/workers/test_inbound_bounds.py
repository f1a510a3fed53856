"""What a stranger may take up at the listener, over real sockets: octets in the ledger, memory, places.

Strangers come from 127.0.0.2 and up, the relay from 127.0.0.1.
"""

from __future__ import annotations

import smtplib
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.feedback.allowances import MIB
from newsletter.feedback.intake import MAX_GOODBYE_OCTETS, MAX_OCTETS
from newsletter.inbound import connection_limit, smtp_listener
from newsletter.mail.verp import message_id, return_path
from newsletter.model import Base, RawContent
from newsletter.store.database import Database
from newsletter.store.feedback import reports
from tests.parts.ledger import add_publication, kept_reports
from tests.parts.waiting import comes_true
from workers import inbound
from workers.inbound import Inbound

LEAVE, LOOP, DOMAIN = "leave@goodbye.example", "fbl@loops.example", "bounces.example"
RELAY = "127.0.0.1"


def parts_on(database: Database, clock: SettableClock, folder: Path, **facts: object) -> Parts:
    settings = Settings(
        data_dir=folder,
        secret_key="a secret for inbound tests, which is long enough",
        inbound_port=0,
        inbound_relays=RELAY,
        return_path_domain=DOMAIN,
        leave_address=LEAVE,
        feedback_addresses=LOOP,
        _env_file=None,
        **facts,
    )
    made = Parts(settings, clock)
    made.__dict__["database"] = database
    return made


Opened = Callable[..., tuple[Parts, Inbound]]


@pytest.fixture
def opened(database: Database, clock: SettableClock, tmp_path: Path) -> Iterator[Opened]:
    """Starts a listener with some settings."""
    running: list[Inbound] = []

    def start(**facts: object) -> tuple[Parts, Inbound]:
        parts = parts_on(database, clock, tmp_path, **facts)
        running.append(Inbound(parts))
        return parts, running[-1]

    yield start
    for listener in running:
        listener.stop()


def stranger(listener: Inbound, network: int = 2) -> smtplib.SMTP:
    """A client from a network of its own."""
    made = smtplib.SMTP("127.0.0.1", listener.port, source_address=(f"127.0.0.{network}", 0))
    made.ehlo()
    return made


def path_of(parts: Parts, delivery: int = 7, domain: str = DOMAIN) -> str:
    return return_path(parts.signer, delivery, domain)


def letter(octets: int, mark: str = "x") -> bytes:
    """So many octets of mail, none like another's."""
    line = (mark * 70)[:70].encode() + b"\r\n"
    head = f"Subject: {mark}\r\n\r\n".encode()
    return (head + line * (octets // len(line) + 1))[: octets - 2] + b"\r\n"


def sent(client: smtplib.SMTP, to: str, content: bytes) -> int:
    """Send and return the code of the last answer."""
    try:
        client.sendmail("", [to], content)
    except smtplib.SMTPRecipientsRefused as refused:
        return refused.recipients[to][0]
    except smtplib.SMTPResponseException as error:
        return error.smtp_code
    return 250


def stored(parts: Parts) -> int:
    """Octets in the ledger."""
    with parts.database.read() as session:
        return session.scalar(select(func.coalesce(func.sum(func.length(RawContent.content)), 0))) or 0


def test_ninety_mebibytes_of_goodbyes_leave_nothing(opened: Opened) -> None:
    parts, listener = opened()
    with stranger(listener) as client:
        codes = [sent(client, LEAVE, letter(9 * MIB, f"{n}")) for n in range(10)]
    assert set(codes) == {552}
    assert stored(parts) == 0


def test_goodbyes_of_a_size_that_is_taken_are_taken_for_so_many_octets_a_day(
    opened: Opened, clock: SettableClock
) -> None:
    parts, listener = opened(inbound_day_megabytes=32)
    with stranger(listener) as client:
        codes = [sent(client, LEAVE, letter(MAX_GOODBYE_OCTETS, f"{n}")) for n in range(10)]
        assert codes == [250] * 2 + [452] * 8
        clock.advance(86_400)
        assert [sent(client, LEAVE, letter(MAX_GOODBYE_OCTETS, f"again {n}")) for n in range(3)] == [250, 250, 452]
    assert stored(parts) == 4 * MIB


def test_many_networks_together_are_strangers_and_leave_signed_addresses_alone(opened: Opened) -> None:
    parts, listener = opened(inbound_day_megabytes=32)
    codes = []
    for network in range(2, 13):
        with stranger(listener, network) as client:
            codes += [sent(client, LOOP, letter(2 * MIB - 1024, f"{network}"))]
    assert codes == [250] * 8 + [452] * 3
    with stranger(listener, 20) as client:
        assert sent(client, LEAVE, letter(1000)) == 250, "a little is left"
        assert sent(client, path_of(parts), letter(MIB)) == 250


def test_one_mail_to_one_token_at_fifty_invented_domains_is_refused_fifty_times(opened: Opened) -> None:
    parts, listener = opened()
    content = letter(MIB)
    invented = [path_of(parts, domain=f"d{n}.example") for n in range(50)]
    with stranger(listener) as client:
        assert {sent(client, to, content) for to in invented} == {550}
        client.mail("")
        assert {client.rcpt(to)[0] for to in invented} == {550}
    assert (stored(parts), kept_reports(parts.database)) == (0, [])


def test_one_mail_to_many_spellings_of_one_token_is_kept_once(opened: Opened) -> None:
    parts, listener = opened()
    path = path_of(parts)
    spelled = [path, path.upper(), path.replace("b+", "b-"), *(path.replace("@", f"+{n}@") for n in range(40))]
    with stranger(listener) as client:
        assert client.sendmail("", spelled, letter(MIB)) == {}
    assert stored(parts) == MIB
    assert [to for _, to, _ in kept_reports(parts.database)] == [path]


def test_one_mail_to_many_tokens_is_stored_once_and_kept_for_each(opened: Opened) -> None:
    parts, listener = opened()
    paths = [path_of(parts, delivery) for delivery in range(1, 21)]
    with stranger(listener) as client:
        assert client.sendmail("", paths, letter(MIB)) == {}
    assert stored(parts) == MIB
    assert [to for _, to, _ in kept_reports(parts.database)] == paths


def test_a_token_is_good_for_so_many_octets_a_day_even_by_the_relay(opened: Opened, clock: SettableClock) -> None:
    parts, listener = opened()
    with smtplib.SMTP("127.0.0.1", listener.port) as client:
        codes = [sent(client, path_of(parts), letter(MAX_OCTETS - 1024, f"{n}")) for n in range(4)]
        assert codes == [250, 250, 452, 452]
        assert sent(client, path_of(parts, 8), letter(MAX_OCTETS - 1024)) == 250
        clock.advance(86_400)
        assert sent(client, path_of(parts), letter(MAX_OCTETS - 1024, "late")) == 250


def test_a_message_id_is_no_recipient_at_any_domain(opened: Opened) -> None:
    parts, listener = opened()
    name = message_id(parts.signer, 7, DOMAIN)
    with stranger(listener) as client:
        for to in (name, name.replace("b.", "b+"), name.replace("b.", "b+").replace(DOMAIN, "anything.example")):
            assert sent(client, to, letter(1000)) == 550
    assert kept_reports(parts.database) == []


def test_the_domains_of_publications_and_open_addresses_take_signed_mail_too(opened: Opened) -> None:
    parts, listener = opened()
    with stranger(listener) as client:
        assert sent(client, path_of(parts, domain="news.example"), letter(100)) == 550
        add_publication(parts.database, parts.clock)  # daily@news.example
        parts.clock.advance(2)
        for domain in ("news.example", "NEWS.example", "goodbye.example", "loops.example", DOMAIN):
            assert sent(client, path_of(parts, domain=domain), letter(100, domain)) == 250


def test_while_nobody_knows_the_publications_a_sender_is_asked_to_come_back(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    parts = parts_on(sqlite_database, clock, tmp_path)
    Base.metadata.drop_all(sqlite_database.engine)
    listener = Inbound(parts)
    try:
        with stranger(listener) as client:
            assert sent(client, path_of(parts, domain="news.example"), letter(100)) == 451
    finally:
        listener.stop()


def test_sizes_are_announced_and_meant(opened: Opened) -> None:
    parts, listener = opened()
    with stranger(listener) as client:
        assert client.esmtp_features["size"] == str(MAX_OCTETS)
        assert sent(client, LEAVE, letter(MAX_GOODBYE_OCTETS)) == 250
        assert sent(client, LEAVE, letter(MAX_GOODBYE_OCTETS + 1)) == 552
        assert sent(client, LOOP, letter(MAX_OCTETS)) == 250
        client.mail("")
        client.rcpt(LOOP)
        assert client.data(letter(MAX_OCTETS + 1))[0] == 552
        client.rset()
        assert client.mail("", [f"SIZE={MAX_OCTETS + 1}"])[0] == 552
    assert sorted(len(content) for *_, content in kept_reports(parts.database)) == [MAX_GOODBYE_OCTETS, MAX_OCTETS]


def unfinished(listener: Inbound, to: str, content: bytes, network: int) -> socket.socket:
    """A client that begins a message and does not end it."""
    raw = socket.create_connection(("127.0.0.1", listener.port), source_address=(f"127.0.0.{network}", 0))
    answers = raw.makefile("rb")
    answers.readline()
    raw.sendall(f"EHLO me\r\nMAIL FROM:<>\r\nRCPT TO:<{to}>\r\nDATA\r\n".encode())
    while not answers.readline().startswith(b"354"):
        pass
    answers.close()
    raw.sendall(content)
    return raw


@pytest.mark.parametrize("content", [letter(10 * MIB), b"\r\n" * (19 * MIB // 20), b"x" * (10 * MIB)])
def test_messages_that_nobody_ends_hold_a_bounded_memory(
    opened: Opened, monkeypatch: pytest.MonkeyPatch, content: bytes
) -> None:
    monkeypatch.setattr(
        inbound, "ConnectionLimit", lambda *given: connection_limit.ConnectionLimit(*given, most_octets=8 * MIB)
    )
    parts, listener = opened()
    before = memory()
    with ExitStack() as open_ones:
        for number in range(20):
            try:
                raw = unfinished(listener, LOOP, b"", 2 + number % 4)
                open_ones.enter_context(raw)
                raw.sendall(content)
            except ConnectionError:  # cut off: more than twice what is taken
                continue
        assert listener.crowd.strangers.octets <= 8 * MIB
        assert memory() - before < 60 * MIB
        with smtplib.SMTP("127.0.0.1", listener.port) as relay:
            assert sent(relay, path_of(parts), letter(MIB)) == 250, "the relay has memory of its own"
    assert comes_true(lambda: listener.crowd.strangers.octets == 0, 20)


def test_when_too_much_is_being_received_a_stranger_is_asked_to_come_back(
    opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        inbound, "ConnectionLimit", lambda *given: connection_limit.ConnectionLimit(*given, most_octets=3 * MIB)
    )
    parts, listener = opened()
    with unfinished(listener, LOOP, letter(MIB), 2), unfinished(listener, LOOP, letter(MIB), 3):
        assert comes_true(lambda: listener.crowd.strangers.octets >= 2 * MIB - 8, 20)
        with stranger(listener, 4) as client:
            assert sent(client, path_of(parts), letter(MIB + 1000)) == 452
            assert sent(client, path_of(parts), letter(MIB // 2)) == 250
    assert comes_true(lambda: listener.crowd.strangers.octets == 0, 20)


def test_one_network_has_ten_places_all_strangers_so_many_and_the_relay_its_own(opened: Opened) -> None:
    parts, listener = opened(inbound_connections=15)
    with ExitStack() as open_ones:
        for _ in range(10):
            open_ones.enter_context(stranger(listener, 2))
        assert greeting(listener, 2).startswith(b"421 4.7.0 too many connections")
        for _ in range(5):
            open_ones.enter_context(unfinished(listener, LOOP, b"Subject: slow\r\n", 3))
        assert greeting(listener, 4).startswith(b"421")
        with smtplib.SMTP("127.0.0.1", listener.port) as relay:
            assert sent(relay, path_of(parts), letter(1000)) == 250
    assert comes_true(lambda: listener.crowd.strangers.connections == 0, 20)
    assert listener.crowd.strangers.by_network == {}
    with stranger(listener, 2) as client:
        assert sent(client, path_of(parts), letter(1001)) == 250


def test_two_hundred_callers_leave_a_place_for_the_relay(opened: Opened) -> None:
    parts, listener = opened()
    with ExitStack() as open_ones:
        for number in range(200):
            raw = socket.create_connection(
                ("127.0.0.1", listener.port), source_address=(f"127.0.1.{1 + number % 40}", 0)
            )
            open_ones.enter_context(raw)
        assert comes_true(lambda: listener.crowd.strangers.connections == 100, 20)
        with smtplib.SMTP("127.0.0.1", listener.port) as relay:
            assert sent(relay, path_of(parts), letter(1000)) == 250


def greeting(listener: Inbound, network: int) -> bytes:
    """The first line that a caller hears; a line that is shut at once says nothing more."""
    with socket.create_connection(("127.0.0.1", listener.port), source_address=(f"127.0.0.{network}", 0)) as raw:
        answers = raw.makefile("rb")
        said = answers.readline()
        assert answers.readline() == b""
        answers.close()
        return said


def test_a_stranger_does_not_stay_for_ever(opened: Opened, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp_listener, "LONGEST_SECONDS", 0.2)
    _, listener = opened()
    with socket.create_connection(("127.0.0.1", listener.port), source_address=("127.0.0.2", 0)) as raw:
        answers = raw.makefile("rb")
        said = answers.read()
        answers.close()
    assert said.endswith(b"421 4.4.2 long enough, come back later\r\n")
    assert listener.crowd.strangers.connections == 0


def test_over_lmtp_each_recipient_hears_that_the_message_is_too_large(
    sqlite_database: Database, clock: SettableClock, tmp_path: Path
) -> None:
    parts = parts_on(sqlite_database, clock, tmp_path, inbound_protocol="lmtp")
    listener = Inbound(parts)
    try:
        with smtplib.LMTP("127.0.0.1", listener.port) as client:
            client.ehlo()
            client.mail("")
            for delivery in (7, 8):
                client.rcpt(path_of(parts, delivery))
            assert client.data(letter(MAX_OCTETS + 1))[0] == 552
            assert client.getreply()[0] == 552
            assert client.noop()[0] == 250
    finally:
        listener.stop()
    with parts.database.read() as session:
        assert reports.counts(session)["unread"] == 0


def memory() -> int:
    """Octets of this process in memory."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))
