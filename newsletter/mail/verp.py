"""Return paths that say by themselves which delivery bounced (VERP): `b+<36 digits>@domain`, signed.

Tokens are hexadecimal, because some servers fold the local part to lower or upper case; 38 octets with its tag, well under the 64 of
RFC 5321 section 4.5.3.1.1.
"""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.errors import TokenError
from newsletter.tokens import ADDRESS_TOKEN_CHARS, Purpose, Signer

_TAGS = {"b": Purpose.RETURN_PATH, "n": Purpose.NOTICE_RETURN_PATH}
_SEPARATORS = "+-=_"  # of the plus-address; a server may be set to another sign than plus


@dataclass(frozen=True, slots=True)
class Returned:
    """What a return path leads back to: `subject` is a delivery id, or a notice's id when `notice` is set."""

    subject: int
    notice: bool


def return_path(signer: Signer, delivery_id: int, domain: str) -> str:
    """Return the envelope sender of one delivery."""
    return f"b+{signer.issue_address(Purpose.RETURN_PATH, delivery_id)}@{domain}"


def notice_return_path(signer: Signer, notice_id: int, domain: str) -> str:
    """Return the envelope sender of one notice."""
    return f"n+{signer.issue_address(Purpose.NOTICE_RETURN_PATH, notice_id)}@{domain}"


def message_id(path: str) -> str:
    """Return the Message-ID, without angle brackets, of what goes out under the return path `path`.

    Stable over all attempts (law 2), and as good a witness as the path itself when a bounce quotes nothing else.
    """
    return path.replace("+", ".", 1)


def read_return_path(signer: Signer, address: str) -> Returned:
    """Read a return path, or the Message-ID made from it, in any letter case, and with a second tag a server put behind.

    Raises TokenError when it is forged, cut, or none of ours.
    """
    local = address.strip().strip("<>").rpartition("@")[0].lower()
    tag, rest = local[:1], local[2:]
    token, behind = rest[:ADDRESS_TOKEN_CHARS], rest[ADDRESS_TOKEN_CHARS:]
    purpose = _TAGS.get(tag)
    well_parted = local[1:2] in (*_SEPARATORS, ".") and (not behind or behind[0] in _SEPARATORS)
    if purpose is None or not well_parted or not token.isascii():
        raise TokenError("this is not one of our return paths")
    return Returned(signer.read_address(purpose, token), notice=tag == "n")
