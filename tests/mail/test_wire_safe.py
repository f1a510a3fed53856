"""The promise a message makes, and what breaks it."""

import pytest

from newsletter.mail.wire_safe import keeps_promise


@pytest.mark.parametrize("content", [b"a\r\n", b"\r\n", b"a.\r\nb.c\r\n"])
def test_plain_lines_keep_the_promise(content):
    assert keeps_promise(content)


@pytest.mark.parametrize(
    "content", [b"", b"a", b".\r\n", b"a\r\n.\r\n", b"a\n", b"a\rb\r\n", b"a\n.\r\n", b"\xc3\xbc\r\n"]
)
def test_a_dot_a_bare_line_end_or_an_octet_with_eight_bits_breaks_it(content):
    assert not keeps_promise(content)
