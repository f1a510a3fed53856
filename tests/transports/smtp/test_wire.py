"""Envelopes as octets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.envelope import Envelope, Refused
from newsletter.transports.smtp.capabilities import Capabilities
from newsletter.transports.smtp.wire import Commands, commands, stuffed

ALL = Capabilities(pipelining=True, eight_bit=True, smtputf8=True, size=1000, takes_size=True)


def unstuffed(octets: bytes) -> bytes:
    """What a strict server keeps, when the final dot follows; it fails when the content would end early."""
    lines = octets.split(b"\r\n")
    assert lines.pop() == b""
    assert b"." not in lines
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in lines)


@given(st.lists(st.sampled_from([b".", b"\r\n", b"a", b"..", b"\r\n.", b"b.c"]), max_size=20).map(b"".join))
def test_content_in_wire_form_comes_back_and_never_ends_early(content):
    wanted = content if content.endswith(b"\r\n") else content + b"\r\n"
    assert unstuffed(stuffed(content)) == wanted


@given(st.lists(st.sampled_from([b".", b"\n", b"\r", b"\r\n", b"a"]), max_size=20).map(b"".join))
def test_a_dot_alone_is_never_between_line_ends_of_any_kind(content):
    sent = b"\r\n" + stuffed(content)
    for before in (b"\r\n", b"\n", b"\r"):
        for behind in (b"\r\n", b"\n", b"\r"):
            assert before + b"." + behind not in sent


def test_content_that_is_in_order_is_not_copied():
    content = b"From: a@example.org\r\n\r\nHello\r\n"
    assert stuffed(content) is content


def test_commands_carry_what_the_server_can_use():
    envelope = Envelope(1, "b+x@example.org", "a@example.org", b"12345\r\n")
    assert commands(envelope, ALL) == Commands(
        b"MAIL FROM:<b+x@example.org> SIZE=7\r\nRCPT TO:<a@example.org>\r\nDATA\r\n"
    )
    wanted = commands(envelope, Capabilities())
    assert isinstance(wanted, Commands)
    assert (wanted.mail, wanted.rcpt) == (b"MAIL FROM:<b+x@example.org>\r\n", b"RCPT TO:<a@example.org>\r\n")


def test_eight_bits_and_international_addresses_are_announced():
    envelope = Envelope(1, "x@example.org", "jörg@example.org", "ü\r\n".encode(), smtputf8=True)
    wanted = commands(envelope, ALL)
    assert isinstance(wanted, Commands)
    assert wanted.mail == b"MAIL FROM:<x@example.org> SIZE=4 SMTPUTF8 BODY=8BITMIME\r\n"
    assert wanted.rcpt == "RCPT TO:<jörg@example.org>\r\n".encode()


@pytest.mark.parametrize(
    ("envelope", "status"),
    [
        (Envelope(1, "x@example.org", "a@example.org", b"x" * 1001), "5.3.4"),
        (Envelope(1, "x@example.org", "a\r\n@example.org", b"x"), "5.1.3"),
        (Envelope(1, "x@example.org", "a\0@example.org", b"x"), "5.1.3"),
        (Envelope(1, "x@example.org", "a\udc80@example.org", b"x"), "5.1.3"),  # has no octets
        (Envelope(1, "x", "a@example.org", b"x"), "5.1.7"),
    ],
)
def test_what_no_server_may_be_asked_is_refused_here(envelope, status):
    refused = commands(envelope, ALL)
    assert isinstance(refused, Refused)
    assert refused.status == status and refused.reply.startswith("not sent: ")
