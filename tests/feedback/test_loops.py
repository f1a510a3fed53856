"""Feedback loops that are named in the settings and sign: a real signature, a real name server, the real reading process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock, SystemClock
from newsletter.config import Settings
from newsletter.dns import Lookups
from newsletter.feedback.consequences import Effect
from newsletter.feedback.guarded_reading import GuardedReader
from newsletter.feedback.handling import Handler
from newsletter.feedback.loops import FRESH, Loops
from newsletter.mail import dkim_verification
from newsletter.mail.dkim_verification import claims, verified
from newsletter.model.feedback import RawState
from newsletter.store.database import Database
from newsletter.tokens import Signer
from tests.feedback.mailing import Mailing, complaint, send_issue
from tests.feedback.signed import COVERED, LOOP, record, sign
from tests.parts.linear import LIMIT, growth
from tests.parts.nameserver import Nameserver

AUTHOR = f"fbl@{LOOP}"
READER = "reader0@readers.example"


@pytest.fixture
def names() -> Iterator[Nameserver]:
    running = Nameserver()
    running.publish(record(), record("users.example"), record("sub.loop.example"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def guarded() -> Iterator[GuardedReader]:
    made = GuardedReader(seconds=20, verifies=True)
    yield made
    made.close()


@pytest.fixture
def mailing(database: Database, signer: Signer) -> Mailing:
    """Sent at this hour: dkimpy asks the clock on the wall."""
    return send_issue(database, SettableClock(SystemClock().now()), signer)


Take = Callable[..., dict[Effect, int]]


@pytest.fixture
def take(mailing: Mailing, names: Nameserver, guarded: GuardedReader) -> Take:
    """Takes a report in and handles it, believing the loops named by `trusted`."""

    def taken(content: bytes, *, trusted: str = LOOP, sent_to: str = AUTHOR) -> dict[Effect, int]:
        loops = Loops(frozenset(trusted.split()), Lookups(names.address, seconds=1), guarded.verify)
        handler = Handler(mailing.database, mailing.clock, mailing.signer, read=guarded.read, loops=loops)
        return dict(handler.handle(mailing.keep(content, sent_to=sent_to)))

    return taken


def arf(author: str = AUTHOR, *, listed: bool = True) -> bytes:
    """A complaint that names the reader and the list alone: without proof it ends no more than one subscription."""
    date = "Date: Thu, 01 Jan 2026 00:00:00 +0000\r\n"
    content = complaint("<1@elsewhere.example>", to="fbl@news.example").replace(
        b"feedback@provider.example", author.encode()
    )
    content = content.replace(b"Version: 1\r\n", f"Version: 1\r\nOriginal-Rcpt-To: <{READER}>\r\n".encode())
    quoted = b"List-Id: <daily.news.example>\r\n" if listed else b""
    return date.encode() + content.replace(b"To: undisclosed\r\n", quoted)


def proven(mailing: Mailing) -> list[bool]:
    return [row.proven for row in mailing.applied()]


def test_what_a_named_loop_signed_is_proven(mailing: Mailing, take: Take) -> None:
    assert take(sign(arf())) == {Effect.UNSUBSCRIBED: 1}
    assert proven(mailing) == [True]
    assert mailing.state() == "complained"
    assert mailing.suppressions() == [(READER, "complaint", False, True)]


@pytest.mark.parametrize("trusted", [LOOP, AUTHOR, f"other.example {LOOP.lower()}"])
@pytest.mark.parametrize("domain", [LOOP])
def test_a_loop_is_named_by_its_domain_or_its_author(mailing: Mailing, take: Take, trusted: str, domain: str) -> None:
    take(sign(arf(), domain), trusted=trusted)
    assert proven(mailing) == [True]


@pytest.mark.parametrize(
    ("written", "author"),
    [
        (AUTHOR, AUTHOR),
        (f"<{AUTHOR.upper()}>", AUTHOR),
        (f"Loop and more <{AUTHOR}>", AUTHOR),
        (f'"Loop! (of feedback), Inc." <{AUTHOR}>', AUTHOR),
        (f'"Loop"\r\n <{AUTHOR}>', AUTHOR),
        (f"{AUTHOR}, ann@users.example", ""),
        (f"<{AUTHOR}> <ann@users.example>", ""),
        (f"=?utf-8?q?=3C{AUTHOR}=3E?= <ann@users.example>", ""),
        ("=?utf-8?q?=C3=84nn?= <ann@users.example>", "ann@users.example"),
        (f'"<{AUTHOR}>" <ann@users.example>', ""),
        (f"ann@users.example ({AUTHOR})", ""),
        (f"friends: {AUTHOR};", ""),
        ("", ""),
    ],
)
def test_an_author_is_read_where_he_stands_plainly(written: str, author: str) -> None:
    [claim] = claims(b"DKIM-Signature: v=1; d=loop.example; s=s1\r\nFrom: " + written.encode() + b"\r\n\r\nx")
    assert claim.author == author


@pytest.mark.parametrize("unit", [b"<", b'"', b" ", b"a@", b"(", b",", b";", b"=", b"a <", b" \t\r\n ", b"From: x\r\n"])
def test_reading_a_head_costs_what_its_length_does(unit: bytes) -> None:
    for name in (b"From: ", b"DKIM-Signature: "):
        assert growth(lambda size, n=name: claims(n + unit * (size // len(unit)) + b"\r\n\r\n"), 7_500) < LIMIT


def test_a_domain_may_sign_for_those_below_it(mailing: Mailing, take: Take) -> None:
    take(sign(arf("fbl@deep.loop.example")))
    assert proven(mailing) == [True]


SIGNED = {
    "nobody is named": (lambda: sign(arf()), {"trusted": ""}),
    "another is named": (lambda: sign(arf()), {"trusted": "other.example"}),
    "another author is named": (
        lambda: sign(arf("ann@users.example"), "users.example"),
        {"trusted": "staff@users.example"},
    ),
    "not signed": (arf, {}),
    "signed by another domain": (lambda: sign(arf(), "users.example"), {"trusted": f"{LOOP} users.example"}),
    "signed by one below the author": (
        lambda: sign(arf(), "sub.loop.example"),
        {"trusted": f"{LOOP} sub.loop.example"},
    ),
    "without its key": (lambda: sign(arf()).replace(b"s=s1", b"s=s2"), {}),
    "changed afterwards": (lambda: sign(arf()).replace(b"reader0@", b"reader1@"), {}),
    "longer than what is signed": (lambda: sign(arf(), length=True) + b"more\r\n", {}),
    "its length is signed": (lambda: sign(arf(), length=True), {}),
    "its parts are not signed": (lambda: sign(arf(), covered=tuple(n for n in COVERED if n != b"content-type")), {}),
    "a second author on top": (lambda: b"From: x@loop.example\r\n" + sign(arf()), {}),
    "a second Content-Type on top": (lambda: b"Content-Type: text/plain\r\n" + sign(arf()), {}),
    "a header hidden in another": (lambda: b"X: a\rContent-Type: text/plain\r\n" + sign(arf()), {}),
    "a control character in the head": (lambda: b"X: a\x0bb\r\n" + sign(arf()), {}),
}


@pytest.mark.parametrize("case", SIGNED)
def test_what_vouches_for_nothing_is_no_proof(mailing: Mailing, take: Take, case: str) -> None:
    content, options = SIGNED[case]
    take(content(), **options)
    assert True not in proven(mailing)
    assert all(not everywhere for _, _, everywhere, _ in mailing.suppressions())


@pytest.mark.parametrize("late", [FRESH.total_seconds() + 60, -2 * 3600])
def test_an_old_signature_or_one_of_tomorrow_is_no_proof(mailing: Mailing, take: Take, late: float) -> None:
    content = sign(arf())
    mailing.clock.advance(late)
    take(content)
    assert proven(mailing) in ([False], [])


def test_a_report_played_again_by_another_road_is_no_proof_a_second_time(mailing: Mailing, take: Take) -> None:
    content = sign(arf())
    take(content)
    assert take(content) == {}, "the same bytes are known"
    mailing.clock.advance(3600)
    assert take(b"Received: by another road\r\n" + content) == {Effect.UNSUBSCRIBED: 1}
    assert proven(mailing) == [True, False]
    assert [unproven for _, _, everywhere, unproven in mailing.suppressions() if everywhere] == []


def test_while_no_name_server_answers_the_report_waits_and_an_hour_later_it_is_without_proof(
    mailing: Mailing, take: Take, names: Nameserver, guarded: GuardedReader
) -> None:
    names.failing.add(f"s1._domainkey.{LOOP}")
    assert take(sign(arf())) == {Effect.WAITS: 1}
    assert mailing.raw_state(1) is RawState.WAITING
    loops = Loops(frozenset({LOOP}), Lookups(names.address, seconds=1), guarded.verify)
    handler = Handler(mailing.database, mailing.clock, mailing.signer, read=guarded.read, loops=loops)
    names.failing.clear()
    assert handler.handle(1) == {Effect.UNSUBSCRIBED: 1}
    assert proven(mailing) == [True]
    names.silent.add(f"s1._domainkey.{LOOP}")
    raw = mailing.keep(b"X-Another: 1\r\n" + sign(arf()))
    mailing.clock.advance(3601)
    assert handler.handle(raw) == {Effect.UNSUBSCRIBED: 1}
    assert proven(mailing) == [True, False]


def test_without_loops_nobody_asks_a_name_server(mailing: Mailing, guarded: GuardedReader) -> None:
    def asked(name: str, kind: str) -> object:
        raise AssertionError(name)

    handler = Handler(mailing.database, mailing.clock, mailing.signer, read=guarded.read)
    handler = replace(handler, loops=Loops(frozenset(), asked, guarded.verify))
    assert handler.handle(mailing.keep(sign(arf()))) == {Effect.UNSUBSCRIBED: 1}
    handler = replace(handler, loops=Loops(frozenset({"other.example"}), asked, guarded.verify))
    handler.handle(mailing.keep(sign(arf(listed=False))))


def test_the_settings_wire_it(mailing: Mailing, names: Nameserver, tmp_path: Path) -> None:
    settings = Settings(
        data_dir=tmp_path,
        feedback_loops=f" {LOOP.upper()} ",
        nameserver=names.address,
        _env_file=None,
    )
    parts = Parts(settings, mailing.clock)
    parts.__dict__.update(database=mailing.database, signer=mailing.signer)
    try:
        assert parts.reports.handle(mailing.keep(sign(arf()))) == {Effect.UNSUBSCRIBED: 1}
    finally:
        parts.report_reader.close()
    assert proven(mailing) == [True]


def test_a_signature_is_read_on_damaged_octets_without_an_error() -> None:
    good = sign(arf())
    for cut in range(0, len(good), 37):
        for content in (good[:cut], good[:cut] + b"\xff\x00" + good[cut:], good[cut:]):
            for claim in claims(content):
                assert isinstance(claim.key_name, str)


def test_a_message_too_large_to_be_a_report_is_not_verified() -> None:
    assert claims(sign(arf()) + b"x" * dkim_verification.MOST_OCTETS) == []
    assert verified(b"", {}) == []


LONG = {
    "blanks": (b"", b" " * 900_000 + b"x\r\n"),
    "blank lines": (b"", b"\t \r\n" * 200_000 + b"x\r\n"),
    "many headers": (b"X: y\r\n" * 9_000, b""),
    "a header of many lines": (b"X: y\r\n" + b" z\r\n" * 12_000, b""),
}


@pytest.mark.parametrize("case", LONG)
def test_what_takes_long_to_verify_keeps_nobody_from_the_next_report(
    mailing: Mailing, names: Nameserver, case: str
) -> None:
    above, before_the_body = LONG[case]
    head, _, body = sign(arf(), canonicalize=(b"relaxed", b"relaxed")).partition(b"\r\n\r\n")
    hostile = above + head + b"\r\n\r\n" + before_the_body + body
    guarded = GuardedReader(seconds=2, verifies=True)
    loops = Loops(frozenset({LOOP}), Lookups(names.address, seconds=1), guarded.verify)
    try:
        found = loops.signature(hostile, mailing.clock.now())
        assert found is None or not before_the_body
        assert loops.signature(sign(arf()), mailing.clock.now()) is not None
    finally:
        guarded.close()
