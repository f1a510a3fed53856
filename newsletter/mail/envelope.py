"""What is handed to a transport, and what comes of it (RFC 5321 sections 2.3.1 and 4.2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeAlias


@dataclass(frozen=True, slots=True, eq=False)
class SharedMessage:
    """What all readers of one edition get alike: a whole message in wire form whose slot marks are not filled.

    Its To, Message-ID and Date mean nothing. Compared by identity: one object for all deliveries of an edition.
    """

    content: bytes


@dataclass(slots=True)
class Merge:
    """The same message once more, as a provider with merge variables wants it: the shared part, and what fills it."""

    shared: SharedMessage
    to_name: str
    values: Mapping[str, bytes]


# Envelopes and answers are made once a message: frozen ones would take three times as long to make.


@dataclass(slots=True, unsafe_hash=True)
class Envelope:
    """One message for one recipient; never changed.

    `delivery_id` is ours and comes back with the outcome; `content` is the whole message in wire form (CRLF line ends,
    not dot-stuffed). `smtputf8` is set when an address needs RFC 6531. `merge` is set when many share the message.
    `wire_safe` is set when `content` is known to keep the promise of `newsletter.mail.wire_safe`. `message_id` is that of
    `content`, without angle brackets; empty when nobody needs it apart.
    """

    delivery_id: int
    mail_from: str
    rcpt_to: str
    content: bytes
    smtputf8: bool = False
    merge: Merge | None = None
    wire_safe: bool = False
    message_id: str = ""


@dataclass(slots=True, unsafe_hash=True)
class Accepted:
    """The server took responsibility: a 2yz reply to the final dot."""

    code: int
    status: str  # RFC 3463, or empty
    reply: str  # verbatim text of the reply


@dataclass(slots=True, unsafe_hash=True)
class Deferred:
    """Not now (4yz): this message, this recipient; try again later. `at` is as in `Refused`."""

    code: int
    status: str
    reply: str
    at: str = field(default="", compare=False)


@dataclass(slots=True, unsafe_hash=True)
class Refused:
    """Not ever in this form (5yz).

    `at` is what was answered: MAIL, RCPT, DATA, DOT (the final dot), or the name of the provider; empty when nobody told.
    """

    code: int
    status: str
    reply: str
    at: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class Held:
    """An answer about us, and not about this reader: the reader keeps the place, and no try is counted."""

    code: int
    status: str
    reply: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """The final dot was written and no reply was read: the server may or may not have taken it."""

    reply: str = "connection lost after the message was sent"


@dataclass(frozen=True, slots=True)
class Unsent:
    """The message provably did not enter the wire as a whole: it is queued again.

    `counts` when the message itself may be why, so that this is one try of it; else it is as if never tried.
    """

    reply: str = ""
    counts: bool = True


Outcome: TypeAlias = Accepted | Deferred | Refused | Held | Unknown | Unsent
