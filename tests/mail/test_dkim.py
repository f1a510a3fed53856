"""Signatures, verified by another implementation (dkimpy)."""

from datetime import UTC, datetime

import dkim
import dkim.util
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.errors import InputError
from newsletter.mail.dkim import SIGNED_HEADERS, Canonicalization, DkimSigner
from newsletter.mail.dkim_keys import dkim_record, make_ed25519_key, make_rsa_key
from newsletter.mail.wire_safe import keeps_promise

KEYS = (make_rsa_key("r1"), make_ed25519_key("e1"))
RECORDS = {
    f"{record.name}.".encode(): record.text.encode() for record in (dkim_record(key, "example.org") for key in KEYS)
}
NOW = 1_700_000_000

BLANK = st.sampled_from([b" ", b"\t", b"  ", b" \t", b""])
WORD = st.sampled_from([b"a", b"bc", b"=20", b"d:e", b";", b"<x@example.org>", b"--", b"."])
VALUE = st.lists(
    st.tuples(BLANK, WORD, BLANK, st.sampled_from([b"", b"\r\n ", b"\r\n\t"])).map(b"".join), max_size=5
).map(lambda pieces: b"".join(pieces).removesuffix(b"\r\n ").removesuffix(b"\r\n\t"))
NAME = st.sampled_from(
    [b"Subject", b"subject", b"To", b"X-Other", b"List-Unsubscribe", b"Date", b"List-ID", b"FEEDBACK-ID"]
)
HEADER = st.tuples(NAME, VALUE).map(lambda pair: b"%b:%b\r\n" % pair)
BODY = st.lists(WORD | BLANK | st.just(b"\r\n"), max_size=25).map(
    lambda pieces: b"".join((*pieces, b"\r\n")) if pieces else b""
)


def verified(message: bytes, number: int) -> bool:
    def published(name: bytes | str, timeout: int = 5) -> bytes:
        return RECORDS[name if isinstance(name, bytes) else name.encode()]

    try:
        return dkim.DKIM(message).verify(number, dnsfunc=published)
    except dkim.ValidationError:
        return False


@pytest.mark.parametrize("canonicalization", Canonicalization)
@settings(max_examples=30)
@given(before=st.lists(HEADER, max_size=4), after=st.lists(HEADER, max_size=3), body=BODY)
def test_any_message_verifies_with_both_keys(canonicalization, before, after, body):
    message = b"".join((*before, b"From:  Jane <jane@example.org>\r\n", *after, b"\r\n", body))
    signed = DkimSigner("example.org", KEYS, canonicalization).signed(message, NOW)
    assert signed.endswith(message)
    assert verified(signed, 0)
    assert verified(signed, 1)


MESSAGE = (
    b"From: The Daily <news@example.org>\r\nTo: jane@example.net\r\nSubject: An issue\r\nDate: Sat, 09 May 2026 06:00:00 +0000\r\n"
    b"List-Unsubscribe: <https://news.example.org/u/x>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    b"Feedback-ID: a:b:c:d\r\n\r\nHello\r\n"
)
SIGNER = DkimSigner("example.org", KEYS)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"Hello", b"Hullo"),
        (b"news@example.org", b"evil@example.org"),
        (b"/u/x", b"/u/y"),
        (b"One-Click", b"Two-Click"),
        (b"a:b:c:d", b"a:b:c:e"),
    ],
)
def test_a_change_breaks_the_signature(old, new):
    signed = SIGNER.signed(MESSAGE, NOW)
    assert verified(signed, 0)
    head, _, rest = signed.partition(b"From: The Daily")
    assert not verified(head + (b"From: The Daily" + rest).replace(old, new), 0)


WHOLE = MESSAGE.replace(
    b"\r\n\r\n",
    b"\r\n"
    + b"".join(
        b"%b: ours\r\n" % name.encode() for name in SIGNED_HEADERS if b"\n%b:" % name.encode() not in b"\n" + MESSAGE
    )
    + b"\r\n",
    1,
)
"""A message with every header that is signed."""


@pytest.mark.parametrize("canonicalization", Canonicalization)
@pytest.mark.parametrize("message", [MESSAGE, WHOLE], ids=["as sent", "with all"])
def test_no_header_that_is_signed_can_be_given_twice_at_any_place(message, canonicalization):
    signed = DkimSigner("example.org", KEYS, canonicalization).signed(message, NOW)
    head, _, body = signed.partition(b"\r\n\r\n")
    assert verified(signed, 0) and verified(signed, 1)
    for name in SIGNED_HEADERS:
        added = b"%b: added" % name.encode()
        first, last = added + b"\r\n" + signed, head + b"\r\n" + added + b"\r\n\r\n" + body
        for attack in (first, last):
            assert not verified(attack, 0) and not verified(attack, 1), (name, attack is first)


@pytest.mark.parametrize("canonicalization", Canonicalization)
def test_every_signed_header_is_named_once_more_than_it_occurs(canonicalization):
    for number in range(2):
        tags = signature_tags(DkimSigner("example.org", KEYS, canonicalization).signed(WHOLE, NOW), number)
        named = [name.strip() for name in tags[b"h"].lower().split(b":")]
        assert sorted(named) == sorted(2 * [name.lower().encode() for name in SIGNED_HEADERS])
        assert tags[b"c"] == canonicalization.encode()


def test_the_length_of_the_body_is_never_left_open():
    for canonicalization in Canonicalization:
        signed = DkimSigner("example.org", KEYS, canonicalization).signed(MESSAGE, NOW)
        for number in range(2):
            assert b"l" not in signature_tags(signed, number)
            assert not verified(signed + b"and more\r\n", number)


def test_what_a_relay_does_to_white_space_breaks_simple_and_not_relaxed():
    touched = {
        c: DkimSigner("example.org", KEYS, c).signed(MESSAGE, NOW).replace(b"Hello", b"Hello ")
        for c in Canonicalization
    }
    assert [verified(touched[Canonicalization.RELAXED_RELAXED], n) for n in range(2)] == [True, True]
    assert [verified(touched[Canonicalization.RELAXED_SIMPLE], n) for n in range(2)] == [False, False]


def signature_tags(message: bytes, number: int) -> dict[bytes, bytes]:
    """Tags of a signature, as dkimpy reads them."""
    fields = [value for name, value in dkim.DKIM(message).headers if name.lower() == b"dkim-signature"]
    return dkim.util.parse_tag_value(fields[number])


def test_the_moment_of_signing_is_written():
    assert b" t=1700000000;" in SIGNER.sign(MESSAGE, datetime.fromtimestamp(NOW, UTC))


def test_signature_lines_are_short_and_keep_the_message_safe_on_the_wire():
    assert keeps_promise(MESSAGE)
    signed = SIGNER.signed(MESSAGE, NOW)
    assert keeps_promise(signed)
    assert max(map(len, signed.split(b"\r\n"))) <= 78


@pytest.mark.parametrize(
    "message", [b"Subject: x\r\n\r\nbody", b"", b"\r\nbody", b"From jane\r\n\r\n", b"From: x\nTo: y\r\n\r\n"]
)
def test_what_cannot_be_signed_is_refused(message):
    with pytest.raises(InputError):
        SIGNER.sign(message, NOW)


def test_a_signer_needs_a_key():
    with pytest.raises(InputError):
        DkimSigner("example.org", [])
