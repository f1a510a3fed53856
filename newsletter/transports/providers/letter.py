"""From finished MIME back to the parts that providers' APIs ask for: subject, headers, text, HTML.

A letter is read once per edition; each delivery adds its recipient and the tokens that fill its slots.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.utils import getaddresses

from newsletter.errors import InputError
from newsletter.mail.address import parse_address
from newsletter.mail.envelope import Envelope, SharedMessage
from newsletter.mail.mime import decode_words
from newsletter.mail.verp import tag_of

_APART = frozenset(
    {
        "from",
        "to",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "mime-version",
        "content-type",
        "content-transfer-encoding",
        "dkim-signature",  # a provider signs itself, over what it has changed
    }
)  # what every API has a field of its own for, or writes itself
_FOLD = re.compile(r"\r?\n(?=[ \t])")


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and the name shown for it, both decoded; the name may be empty."""

    address: str
    name: str = ""

    @property
    def shown(self) -> str:
        """`name <address>`, quoted, in Unicode: the form most APIs take and encode themselves."""
        if not self.name:
            return self.address
        quoted = self.name.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" <{self.address}>'


@dataclass(frozen=True, slots=True, eq=False)
class BatchLetter:
    """What all recipients of one batch get alike; texts and header values may hold slot marks."""

    sender: Mailbox
    reply_to: Mailbox | None
    subject: str
    headers: tuple[tuple[str, str], ...]  # without those of `_APART`; in Unicode
    encoded: tuple[tuple[str, str], ...]  # the same as they stood: in ASCII, by RFC 2047 where that was needed
    text: str
    html: str
    octets: int  # of both bodies in UTF-8: how large the letter is on the wire, about


@dataclass(frozen=True, slots=True)
class Item:
    """One delivery of a letter.

    `token` names the delivery: see `newsletter.mail.verp.tag_of`. It comes back with the provider's webhooks; some
    providers show it to the reader in a header, so that it is never a return path.
    `content` is the whole message, kept only when it is no part of a merge.
    """

    delivery_id: int
    token: str
    to: Mailbox
    message_id: str
    letter: BatchLetter
    values: Mapping[str, str]
    content: bytes = b""

    def fill(self, text: str) -> str:
        """Return `text` with its slot marks replaced by this delivery's tokens."""
        for mark, value in self.values.items():
            text = text.replace(mark, value)  # three passes in C are quicker than one with a call for each mark
        return text


class BatchLetters:
    """Makes items of envelopes and keeps the letters last read; for one thread at a time."""

    def __init__(self, *, most: int = 8) -> None:
        self._most = most
        self._kept: OrderedDict[int, tuple[SharedMessage, BatchLetter]] = OrderedDict()

    def item(self, envelope: Envelope) -> Item:
        """Return the envelope as an item. Never raises on odd MIME: what cannot be decoded is replaced."""
        name, merge = envelope.message_id, envelope.merge
        token = tag_of(name)
        if merge is None:
            to_name, letter = _parse(envelope.content)
            to = Mailbox(_in_ascii(envelope.rcpt_to), to_name)
            return Item(envelope.delivery_id, token, to, name, letter, {}, envelope.content)
        to = Mailbox(_in_ascii(envelope.rcpt_to), merge.to_name)
        values = {str(slot): value.decode("ascii") for slot, value in merge.values.items()}
        return Item(envelope.delivery_id, token, to, name, self._letter(merge.shared), values)

    def _letter(self, shared: SharedMessage) -> BatchLetter:
        kept = self._kept.get(id(shared))
        if kept is None:
            kept = self._kept[id(shared)] = (shared, _parse(shared.content)[1])  # holding `shared` keeps its id its own
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        self._kept.move_to_end(id(shared))
        return kept[1]


def _in_ascii(address: str) -> str:
    """The address with its domain in A-labels (RFC 5890); the local part stays."""
    if address.isascii():
        return address
    try:
        parsed = parse_address(address)
    except InputError:
        return address
    return f"{parsed.local}@{parsed.domain}"


def _parse(content: bytes) -> tuple[str, BatchLetter]:
    """The name in To, and the letter."""
    message = message_from_bytes(content)
    fields = [(name, _FOLD.sub("", str(value)).strip()) for name, value in message.items()]
    senders, replies, to = (_mailboxes(fields, name) for name in ("from", "reply-to", "to"))
    text, html = _body(message, "text/plain"), _body(message, "text/html")
    kept = [(name, value) for name, value in fields if name.lower() not in _APART]
    letter = BatchLetter(
        sender=senders[0] if senders else Mailbox(""),
        reply_to=replies[0] if replies else None,
        subject=decode_words(next((value for name, value in fields if name.lower() == "subject"), "")),
        headers=tuple((name, decode_words(value)) for name, value in kept),
        encoded=tuple(kept),
        text=text,
        html=html,
        octets=len(text.encode()) + len(html.encode()),
    )
    return (to[0].name if to else ""), letter


def _mailboxes(fields: list[tuple[str, str]], wanted: str) -> list[Mailbox]:
    found = getaddresses([value for name, value in fields if name.lower() == wanted])
    return [Mailbox(address, decode_words(name)) for name, address in found if address]


def _body(message: Message, content_type: str) -> str:
    part = next((each for each in message.walk() if each.get_content_type() == content_type), None)
    octets = part.get_payload(decode=True) if part is not None else None
    return octets.decode("utf-8", "replace").replace("\r\n", "\n") if isinstance(octets, bytes) else ""
