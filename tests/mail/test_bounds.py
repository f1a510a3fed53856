"""What a stranger sends may be anything: it is read to a value, and twice as much of it costs about twice the work."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.feedback import reading
from newsletter.mail import readers
from newsletter.mail.dialects import DIALECTS
from newsletter.mail.dialects.unnamed import UNNAMED
from newsletter.mail.report import Report
from newsletter.mail.returned_message import ADDRESS, open_letter

HEAD = b"Return-Path: <>\nFrom: MAILER-DAEMON@mx.example\nTo: news@example.com\nSubject: Undelivered\n"
WORDS = [
    b"anna@example.org", b"<anna@example.org>:", b"550 5.1.1 user unknown", b"RCPT TO:<", b"MAIL FROM:<", b">>> ", b"<<< ", b"--> ", b"C: ", b"S: 450 ",
    b"dda:SMTP=", b"o'neil@", b"Final-Recipient: utf-8; \\x{", b"Action: failed\n", b"Diagnostic-Code: ", b"X-HmXmrOriginalRecipient: ", b"Address not found",
    b"automatically rejected:", b"Disposition: x; deleted\n", b"\n", b"\n\n", b" ", b"'", b"\xff\xfe", b"\x1b$B", b"--b\n", b"Content-Type: message/disposition-notification\n",
    b"Content-Type: application/octet-stream\n", b"mailbox is full: retry timeout exceeded", b"The MTS-ID of the original message is:", b"@directory", b"=?utf-8?q?",
]  # fmt: skip
HEADS = [
    HEAD + b"\n",
    HEAD + b'Content-Type: multipart/report; boundary="b"\n\n--b\n',
    HEAD + b"Content-Type: message/delivery-status\n\n",
    HEAD + b"Content-Type: message/disposition-notification\n\n",
    b"From: staff@hotmail.com\nSubject: complaint about message\n\n",
    b"\n\n\n" + HEAD + b"\n",
    b"",
]


def is_a_value(found: list[Report]) -> bool:
    return all(isinstance(report, Report) and "\0" not in report.recipient for report in found)


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(HEADS), st.lists(st.sampled_from(WORDS) | st.binary(max_size=12), max_size=60))
def test_any_octets_are_read_to_a_value(head: bytes, pieces: list[bytes]) -> None:
    assert is_a_value(reading.read(head + b"".join(pieces)))


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400))
def test_every_reader_takes_any_letter(raw: bytes) -> None:
    letter = open_letter(HEAD + b"\n" + raw)
    for dialect in (*DIALECTS, UNNAMED):
        if dialect.recognises(letter):
            assert isinstance(readers.about_readers(letter, dialect.read(letter)), list)


@settings(max_examples=300, deadline=None)
@given(st.text(st.sampled_from("ab'o.@=+-% <>\n:;,()е例/"), max_size=60))
def test_an_address_never_begins_or_ends_in_the_middle_of_a_word(text: str) -> None:
    for found in ADDRESS.finditer(text):
        before, after = text[: found.start()][-1:], text[found.end() :][:1]
        assert not before.isalnum() and before not in {".", "+", "%", "-", "_"}, (text, found[0])
        assert not after.isalnum() and after != "-", (text, found[0])


@settings(max_examples=200, deadline=None)
@given(
    st.permutations(["From: <news@example.com>", "news@example.com", "To: <anna@example.org>", "Message-ID: <5.x@mail.example.com>", "Ask postmaster@mx.example.", "550 5.1.1 user unknown", ""]),
    st.sampled_from(["", "dda:SMTP=weekly@directory", "RCPT TO:<anna@example.org>"]),
)  # fmt: skip
def test_the_reader_is_never_the_sender_nor_an_office(lines: list[str], more: str) -> None:
    said = "\n".join([*lines, more])
    raw = HEAD.decode() + f"\nDelivery failed.\n\n{said}\n"
    assert {report.recipient for report in reading.read(raw.encode())} <= {"anna@example.org"}


UNITS = [b"o'" * 20, b"a@b.", b"a'b@c.dd ", b"RCPT TO:", b"RCPT TO:<a@b.cc>\n", b">>> RCPT TO: a@b.cc\n<<< 550 no\n", b"from: a@b.cc ", b"dda:SMTP=", b"smtp=" * 8, b" dda:SMTP=a@b.cc\n", b"\\x{e4}", b"Final-Recipient: utf-8; \\x{e4}a@b.cc\n\n",
         b"\n \n", b"X-HmXmrOriginalRecipient: a@b.cc\n", b"automatically rejected:\n", b"Disposition: a;", b"mailbox ", b"user unknown in ", b"listed in ", b"message-id: <a@b.cc>", b"d'a@b.cc ", b"<a@b.cc>: no\n"]  # fmt: skip


def work(raw: bytes) -> float:
    """What one reading costs: the processor time of this thread alone, the least of some readings."""

    def once() -> float:
        start = time.thread_time()
        reading.read(raw)
        return time.thread_time() - start

    return min(once() for _ in range(3))


def grows_with_the_input(small: bytes, large: bytes) -> bool:
    """Whether four times the input costs much less than the sixteen times that a square would; a busy moment is forgiven."""
    return any(work(large) < 8 * work(small) + 0.002 for _ in range(3))


@pytest.mark.parametrize("unit", UNITS)
def test_four_times_as_much_of_one_thing_costs_about_four_times_the_work(unit: bytes) -> None:
    for head in HEADS[:5]:
        assert grows_with_the_input(head + unit * (8_000 // len(unit)), head + unit * (32_000 // len(unit))), (
            head,
            unit,
        )
