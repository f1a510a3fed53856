"""Bodies: quoted-printable read back, line lengths, and slots that stay whole."""

import email
import email.policy
import quopri

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.mail.body import build_body, quoted_printable
from newsletter.mail.body_template import BodyTemplate
from newsletter.mail.slots import SLOT_CHARS, Slot

PIECE = st.sampled_from(
    [*Slot, "\n", "\r\n", "\r", ".", "=", " ", "\t", "ü", "😀", "From ", "x" * 30, "%%slot", "%%"]
) | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
TEXT = st.lists(PIECE, max_size=25).map("".join)


def lines_of(text: str) -> str:
    """The text with the line ends mail has, the last line ended."""
    joined = text.replace("\r\n", "\n").replace("\r", "\n")
    return joined if joined.endswith("\n") else joined + "\n"


@given(TEXT)
def test_any_text_comes_back_and_no_line_is_too_long(text):
    encoded = quoted_printable(text)
    assert quopri.decodestring(encoded.replace(b"\r\n", b"\n")).decode() == lines_of(text)
    rows = encoded.split(b"\r\n")
    assert max(map(len, rows)) <= 76
    assert not any(row.startswith((b".", b"From ")) or row.endswith((b" ", b"\t")) for row in rows)
    assert encoded.isascii() and b"\r" not in encoded.replace(b"\r\n", b"")


@given(TEXT)
def test_no_slot_mark_is_broken(text):
    encoded = quoted_printable(text)
    assert all(encoded.count(slot.encode()) == text.count(slot) for slot in Slot)


@given(TEXT, TEXT)
def test_filling_slots_replaces_each_mark_and_nothing_else(text, html):
    content = build_body(text, html).content
    values = {slot: letter * SLOT_CHARS for slot, letter in zip(Slot, (b"u", b"c", b"o", b"r", b"v"), strict=True)}
    wanted = content
    for slot, value in values.items():
        wanted = wanted.replace(slot.encode(), value)
    assert BodyTemplate(content).fill(values) == wanted


def test_a_template_knows_its_slots_and_misses_none():
    template = BodyTemplate(f"{Slot.OPEN} {Slot.CLICK} {Slot.CLICK}".encode())
    assert template.slots == {Slot.OPEN, Slot.CLICK}
    with pytest.raises(KeyError):
        template.fill({Slot.CLICK: b"c" * 24})


def test_both_parts_read_back_text_first():
    body = build_body("Grüße\n\n-- \nthe end\n", "<p>Grüße</p>\n")
    message = email.message_from_bytes(
        b"MIME-Version: 1.0\r\nContent-Type: " + body.content_type.encode() + b"\r\n\r\n" + body.content,
        policy=email.policy.default,
    )
    assert not message.defects
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().replace("\r\n", "\n") == "Grüße\n\n-- \nthe end\n"
    assert html.get_content().strip() == "<p>Grüße</p>"


def test_the_same_edition_is_the_same_octets_and_another_has_another_boundary():
    assert build_body("a", "b") == build_body("a", "b")
    assert build_body("a", "b").content_type != build_body("a", "c").content_type


@given(TEXT)
def test_the_boundary_stands_nowhere_in_the_parts(text):
    body = build_body(text, text)
    boundary = body.content_type.split('"')[1].encode()
    assert body.content.count(boundary) == 3


def test_half_a_surrogate_pair_is_refused():
    with pytest.raises(InputError):
        build_body("\ud800", "")
