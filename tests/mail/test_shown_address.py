from __future__ import annotations

import quopri
import re
from html import escape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.mail.body import LINE_CHARS, build_body
from newsletter.mail.body_template import BodyTemplate
from newsletter.mail.shown_address import MOST_CHARS, shown_address
from newsletter.mail.slots import Slot
from newsletter.mail.wire_safe import keeps_promise


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("ann@example.org", "ann@example.org"),
        ("ann.b+news@sub.example-x.org", "ann.b+news@sub.example-x.org"),
        ("o'brien@example.org", "o?brien@example.org"),
        ("a&b=<c>@example.org", "a?b??c?@example.org"),
        ('"a b"@example.org', "?a?b?@example.org"),
        ("jörg@exämple.org", "j?rg@ex?mple.org"),
        ("%%slotclickxxxxxxxxxxx%%@example.org", "??slotclickxxxxxxxxxxx??@example.org"),
        ("a" * 64 + "@example.org", "a" * 64 + "@exam..."),
    ],
)
def test_an_address_is_shown_as_it_is_or_so_that_its_reader_knows_it(address: str, shown: str) -> None:
    assert shown_address(address) == shown.encode()


@given(st.text(max_size=300))
def test_what_is_shown_needs_no_escape_in_html_text_and_quoted_printable(address: str) -> None:
    shown = shown_address(address)
    assert len(shown) <= MOST_CHARS and shown.isascii() and not shown.startswith(b".")
    assert escape(shown.decode()) == shown.decode() and quopri.encodestring(shown, quotetabs=True) == shown


@given(st.text(alphabet="words <b>é=. \n", max_size=120), st.text(alphabet="more é=.\n", max_size=120), st.emails())
def test_no_row_grows_too_long_or_begins_with_a_dot_whoever_reads_it(before: str, behind: str, address: str) -> None:
    text = f"{before}{Slot.READER}{behind}"
    body = build_body(text, f"<p>{text}</p>").content
    filled = BodyTemplate(body).fill({Slot.READER: shown_address(address)})
    assert all(len(row) <= LINE_CHARS for row in filled.split(b"\r\n"))
    assert keeps_promise(filled) and Slot.READER.encode() not in filled
    told = re.sub(r"\r?\n", "\n", quopri.decodestring(filled).decode())
    assert told.count(shown_address(address).decode()) >= 2
    assert before.strip() in told and behind.strip() in told
