"""Messages in wire form, built by hand (RFC 5322, RFC 2045, RFC 2047).

The standard library's composer breaks a long List-Unsubscribe into encoded words and takes milliseconds a message. Here
everything that is the same for all readers is encoded once (`build_body`, `MessageTemplate`); what differs is joined in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from email.utils import format_datetime

from newsletter.errors import InputError
from newsletter.mail.body import Body, build_body
from newsletter.mail.body_template import BodyTemplate
from newsletter.mail.encoded_word import encoded_words
from newsletter.mail.wire_safe import keeps_promise

__all__ = ["Body", "BodyTemplate", "MessageTemplate", "build_body", "check", "date_value", "header", "mailbox"]

LINE_CHARS = 76
"""Where header lines are folded (RFC 2047 section 2 for lines with encoded words; RFC 5322 section 2.1.1 advises 78)."""
MAX_LINE_CHARS = 998
"""Longest line there may be (RFC 5322 section 2.1.1)."""

_FIELD_NAME = re.compile(r"[!-9;-~]{1,76}\Z")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_WORD = re.compile(r"(?<![ \t])[ \t]*+[^ \t]+")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?: [A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*\Z")
_ADDRESS_FIELDS = frozenset({"from", "to", "cc", "reply-to", "sender", "return-path", "delivered-to", "x-original-to"})
_TEXT_FIELDS = frozenset({"subject", "comments", "content-description"})


def header(name: str, value: str) -> bytes:
    """Return one header field in wire form, folded, with its CRLF.

    Text that is not ASCII becomes encoded words, save in address fields, where `mailbox` has encoded what must be and the
    rest is raw UTF-8 (RFC 6532). Raises InputError on CR, LF, NUL or another control character, and on a line nobody may
    send.
    """
    field = name.lower()
    check(value, name)
    if not _FIELD_NAME.match(name):
        raise InputError(f"{name!r} is not a header's name")
    text = value.strip(" \t")
    if field in _ADDRESS_FIELDS:
        return _folded(name, text)
    if not text.isascii() and field.startswith("list-"):
        raise InputError("an address in this header is not ASCII", where=name, remedy="write the URL percent-encoded")
    if not text.isascii() or (field in _TEXT_FIELDS and "=?" in text):
        text = encoded_words(text, before=len(name) + 2)
    return _folded(name, text)


def mailbox(name: str, address: str) -> str:
    """Return `name <address>` as a header's value: quoted (RFC 5322 section 3.2.4) or encoded (RFC 2047) where it must be.

    Raises InputError on control characters in either, and on an address that would end early.
    """
    check(name, "name")
    check(address, "address")
    if not address or any(c in address for c in ' \t<>,;"()'):
        raise InputError("an address holds a character that it may not", remedy="check it with parse_address")
    shown = " ".join(name.split())
    if not shown:
        return address
    if _ATOMS.match(shown) and "=?" not in shown:
        return f"{shown} <{address}>"
    if shown.isascii() and "=?" not in shown and len(shown) < MAX_LINE_CHARS // 4:
        quoted = shown.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{address}>'
    return f"{encoded_words(shown, before=len('Reply-To: '))} <{address}>"


def date_value(at: datetime) -> str:
    """Return `at` as the value of a Date header (RFC 5322 section 3.3); `at` knows its zone."""
    return format_datetime(at)


def check(value: str, where: str) -> None:
    """Raise InputError when `value` holds a control character: that is how headers are smuggled in."""
    if _CONTROL.search(value):
        raise InputError(
            "a line break or another control character stands where only text may",
            where=where,
            remedy="write it on one line",
        )


class MessageTemplate:
    """All deliveries of one edition: fixed headers and body encoded once, the rest joined in.

    `headers` are (name, value) pairs equal for all readers, but that values may hold slot marks: they are filled like those
    of the body. MIME-Version and Content-Type are added from `body`. `more` are marks besides those of slots. Raises InputError as
    `header` does.
    """

    def __init__(self, headers: Iterable[tuple[str, str]], body: Body, more: Sequence[str] = ()) -> None:
        mime = (("MIME-Version", "1.0"), ("Content-Type", body.content_type))
        head = b"".join(header(name, value) for name, value in (*headers, *mime))
        content = b">\r\n" + head + b"\r\n" + body.content
        self.wire_safe = keeps_promise(content)
        """Whether what is composed keeps that promise too, as long as `to` and `extra` are ASCII."""
        self._template = BodyTemplate(content, more)

    def compose(self, *, to: bytes, message_id: bytes, slots: Mapping[str, bytes], extra: bytes = b"") -> bytes:
        """Return the whole message for one delivery.

        `to`: the To value in wire form (a bare address, or `mailbox(...).encode()`); `message_id` without its angle brackets;
        `extra`: more header lines as `header` makes them, such as a Date of its own. Raises InputError when `to` or
        `message_id` holds a line break, KeyError when a slot has no value.
        """
        if b"\n" in to or b"\r" in to or b"\n" in message_id or b"\r" in message_id:
            raise InputError("a line break stands in a header", where="To", remedy="check addresses with parse_address")
        return self._template.fill(slots, (extra, b"To: ", to, b"\r\nMessage-ID: <", message_id))


def _folded(name: str, text: str) -> bytes:
    line = f"{name}:"
    if len(line) + 1 + len(text) <= LINE_CHARS:
        return f"{line} {text}\r\n".encode()
    lines = []
    for number, word in enumerate(_WORD.findall(" " + text)):
        # Only at white space, and never before the first word, so that no line is blank and no URL is broken.
        if number and len(line) + len(word) > LINE_CHARS:
            lines.append(line)
            line = ""
        line += word
    lines.append(line)
    if any(len(each) > MAX_LINE_CHARS for each in lines):
        raise InputError(f"a word is longer than a line of {MAX_LINE_CHARS} characters", where=name)
    return "".join(f"{each}\r\n" for each in lines).encode()
