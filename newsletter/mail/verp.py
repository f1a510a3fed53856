"""Addresses and names that say by themselves which delivery is meant: return paths (VERP) and Message-IDs, both signed.

A return path is `b+<36 digits>@domain`, a Message-ID `b.<36 digits>@domain`; a notice has `n` for `b`. The digits are
hexadecimal, because some servers fold the local part to lower or upper case; 38 octets with the tag, well under the 64 of
RFC 5321 section 4.5.3.1.1.

They are signed for two purposes, because they are seen by different people. A return path is known to us, to the servers
on the way and to the mailbox it reached. A Message-ID stands in every reply and every archive: it names a delivery, and
nobody can make a return path of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.errors import TokenError
from newsletter.tokens import ADDRESS_TOKEN_CHARS, Purpose, Signer

_PATHS = {"b": Purpose.RETURN_PATH, "n": Purpose.NOTICE_RETURN_PATH}
_NAMES = {"b": Purpose.MESSAGE_ID, "n": Purpose.NOTICE_MESSAGE_ID}
_SEPARATORS = "+-=_"  # of the plus-address; a server may be set to another sign than plus
_NAME_SEPARATORS = ".-"  # of a Message-ID, and of the tag that providers carry
_WRAPPED = re.compile(
    r"(?:prvs=[0-9a-z]{1,20}="  # BATV, draft-levine-smtp-batv-01 section 4: the server we send through tags the path
    r"|btv1==[0-9a-z]{1,20}=="  # the same of Barracuda
    r"|msprvs1=[^=@]{1,60}="  # and of Momentum
    r"|srs0[=+-][^=@]{1,40}=[^=@]{1,10}=[^=@]{1,255}="  # SRS, https://www.libsrs2.net/srs/srs.pdf section 3: a forwarder rewrote it
    r"|srs1[=+-][^=@]{1,40}=[^=@]{1,255}=[=+-][^=@]{1,40}=[^=@]{1,10}=[^=@]{1,255}=)",  # and a second one
    re.IGNORECASE,
)
_MOST_WRAPPINGS = 3


@dataclass(frozen=True, slots=True)
class Returned:
    """What a return path or Message-ID leads back to: `subject` is a delivery id, or a notice's id when `notice` is set."""

    subject: int
    notice: bool


def return_path(signer: Signer, delivery_id: int, domain: str) -> str:
    """Return the envelope sender of one delivery."""
    return f"b+{signer.issue_address(Purpose.RETURN_PATH, delivery_id)}@{domain}"


def notice_return_path(signer: Signer, notice_id: int, domain: str) -> str:
    """Return the envelope sender of one notice."""
    return f"n+{signer.issue_address(Purpose.NOTICE_RETURN_PATH, notice_id)}@{domain}"


def message_id(signer: Signer, delivery_id: int, domain: str) -> str:
    """Return the Message-ID, without angle brackets, of one delivery: the same on every attempt (law 2)."""
    return f"b.{signer.issue_address(Purpose.MESSAGE_ID, delivery_id)}@{domain}"


def notice_message_id(signer: Signer, notice_id: int, domain: str) -> str:
    """Return the Message-ID, without angle brackets, of one notice."""
    return f"n.{signer.issue_address(Purpose.NOTICE_MESSAGE_ID, notice_id)}@{domain}"


def tag_of(message_id: str) -> str:
    """Return what names a delivery to a provider: the Message-ID's local part with a hyphen for its dot.

    Letters, digits and a hyphen, which every provider takes. It may be shown to readers: it proves no more than the
    Message-ID does. `read_message_id` reads it.
    """
    return message_id.rpartition("@")[0].replace(".", "-", 1)


def read_return_path(signer: Signer, address: str) -> Returned:
    """Read a return path, in any letter case, with what servers put before (BATV, SRS) and a second tag put behind.

    Raises TokenError when it is forged, cut, or none of ours; a Message-ID is none.
    """
    local = unwrapped(address).rpartition("@")[0]
    return _read(signer, local, _PATHS, _SEPARATORS, behind=_SEPARATORS)


def unwrapped(address: str) -> str:
    """Return an address without angle brackets and without what BATV or SRS put before it; as it is when they did not."""
    bare = address.strip().strip("<>")[:1000]
    for _ in range(_MOST_WRAPPINGS):
        found = _WRAPPED.match(bare)
        if found is None:
            break
        bare = bare[found.end() :]
    return bare


def read_message_id(signer: Signer, text: str) -> Returned:
    """Read a Message-ID of ours, or the tag made of it, in any letter case. Raises TokenError when it is neither."""
    text = text.strip().strip("<>")
    return _read(signer, text.rpartition("@")[0] or text, _NAMES, _NAME_SEPARATORS)


def _read(signer: Signer, local: str, tags: dict[str, Purpose], separators: str, behind: str = "") -> Returned:
    local = local.lower()
    tag, rest = local[:1], local[2:]
    token, more = rest[:ADDRESS_TOKEN_CHARS], rest[ADDRESS_TOKEN_CHARS:]
    purpose = tags.get(tag)
    well_parted = local[1:2] in tuple(separators) and (not more or more[0] in tuple(behind))
    if purpose is None or not well_parted or not token.isascii():
        raise TokenError("this is not one of ours")
    return Returned(signer.read_address(purpose, token), notice=tag == "n")
