"""What an EHLO reply offers."""

import pytest

from newsletter.transports.smtp.capabilities import Capabilities, read_capabilities
from newsletter.transports.smtp.replies import Reply


def read(*lines: bytes) -> Capabilities:
    return read_capabilities(Reply(250, [b"PIPELINING at your service", *lines]))


def test_the_greeting_line_offers_nothing():
    assert read() == Capabilities()


def test_keywords_are_read_in_any_letter_case():
    assert read(
        b"pipelining", b"8bitmime", b"SmtpUTF8", b"STARTTLS", b"SIZE 52428800", b"AUTH PLAIN Login"
    ) == Capabilities(
        pipelining=True,
        eight_bit=True,
        smtputf8=True,
        starttls=True,
        size=52428800,
        takes_size=True,
        auth=frozenset({"plain", "login"}),
    )


def test_the_old_spelling_of_auth_is_read():
    assert read(b"AUTH=LOGIN PLAIN", b"AUTH XOAUTH2").auth == {"login", "plain", "xoauth2"}


@pytest.mark.parametrize("line", [b"SIZE", b"SIZE 0", b"SIZE x", b"SIZE -1", b"SIZE " + b"9" * 30])
def test_a_size_without_a_sane_limit_is_no_limit(line):
    found = read(line)
    assert found.takes_size and found.size == 0


@pytest.mark.parametrize("line", [b"", b" ", b"\xff\xfe", b"X-UNKNOWN \xff"])
def test_what_is_not_known_is_passed_over(line):
    assert read(line) == Capabilities()
