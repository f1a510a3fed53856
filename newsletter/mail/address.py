"""Mail addresses (RFC 5321 section 4.1.2, RFC 5322 section 3.4.1, RFC 6531; domains as RFC 5890 A-labels).

Syntax only: no DNS is asked. Quoted local parts, domain literals and comments are refused: no reader has one, and they
are how injections travel.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email

from newsletter.errors import InputError
from newsletter.sentences import Sentence, sentence

MAX_OCTETS = 254
"""Longest address: a path of 256 octets less its angle brackets (RFC 5321 section 4.5.3.1.3, erratum 1690 to RFC 3696)."""
MAX_GIVEN = 1000
"""Characters looked at; the library's time grows faster than its input, and no domain of so many fits into 255 octets."""
MAX_LOCAL_OCTETS = 64
"""Longest local part (RFC 5321 section 4.5.3.1.1)."""

# What nearly every address looks like: dot-atom at dotted LDH labels, the last one with a letter at its head. Anything
# else takes the slow way; A-labels do too, because `xn--` promises something that has to be checked.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"(?!xn--)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_PLAIN = re.compile(rf"(?=.{{3,{MAX_OCTETS}}}\Z)({_ATOM}(?:\.{_ATOM})*)@((?:{_LABEL}\.)+(?=[a-z]){_LABEL})\Z", re.ASCII)
_TOO_LONG = sentence("this mail address is too long")
_TOLD = {
    "must have an @-sign": sentence("the @ of the mail address is missing"),
    "something after the @-sign": sentence("nothing stands behind the @ of the mail address"),
    "something before the @-sign": sentence("nothing stands before the @ of the mail address"),
    "invalid character": sentence("the mail address holds a character that none can have"),
    "unsafe character": sentence("the mail address holds a character that none can have"),
    "should have a period": sentence("the ending of the mail address is missing, such as .org"),
    "too long": _TOO_LONG,
}
"""What readers are told, by words of what the library says."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Address:
    """An address that may stand in an SMTP command: `text` is `local@domain`, the domain in lower-case A-labels.

    `smtputf8` is set when the local part is not ASCII (RFC 6531).
    """

    text: str
    local: str
    domain: str
    smtputf8: bool = False


def parse_address(text: str) -> Address:
    """Read one address without display name. Raises InputError that says what is wrong with it."""
    given = text.strip(" \t")
    local, _, domain = given.rpartition("@")
    plain = _PLAIN.match(f"{local}@{domain.lower()}")
    if plain and len(local) <= MAX_LOCAL_OCTETS:
        return Address(plain.string, local, plain[2])
    return _parse_thoroughly(given)


def address_hash(address: str) -> bytes:
    """Return the 32 octets by which an address is known after erasure, in any letter case. Raises InputError.

    SHA-256 of `newsletter address`, NUL, the local part in lower case, `@`, the domain in A-labels.
    """
    return hash_of(parse_address(address))


def hash_of(address: Address) -> bytes:
    """Return what `address_hash` does, of an address that was read already."""
    return hashlib.sha256(f"newsletter address\0{address.local.lower()}@{address.domain}".encode()).digest()


def readable(address: str) -> str:
    """Return an address for people to read, its domain in the letters of its owner (RFC 5890 section 2.3.2.1): never for the wire."""
    if "xn--" not in address:
        return address
    try:
        found = validate_email(address, check_deliverability=False, globally_deliverable=False)
    except EmailNotValidError:
        return address
    return f"{found.local_part}@{found.domain}"


def masked(address: str) -> str:
    """Return the address so that its owner knows it again and nobody else learns it: `j…@example.org`."""
    local, _, domain = readable(address).rpartition("@")
    return f"{local[:1]}…@{domain}"


def _parse_thoroughly(given: str) -> Address:
    if len(given) > MAX_GIVEN:
        raise _refused(f"it is longer than {MAX_OCTETS} octets", _TOO_LONG)
    if _CONTROL.search(given):
        raise _refused("it holds a line break or another control character")
    try:
        found = validate_email(
            unicodedata.normalize("NFC", given), check_deliverability=False, globally_deliverable=False
        )
    except EmailNotValidError as error:
        raise _refused(str(error).rstrip("."), _told(str(error))) from None
    domain = found.ascii_domain.lower()
    if "." not in domain or domain.rpartition(".")[2].isdigit():
        raise _refused(f"{domain} is not a domain with a name at its end")
    if len(found.local_part.encode()) > MAX_LOCAL_OCTETS:
        raise _refused(f"what stands before the @ is longer than {MAX_LOCAL_OCTETS} octets", _TOO_LONG)
    address = f"{found.local_part}@{domain}"
    if len(address.encode()) > MAX_OCTETS:
        raise _refused(f"it is longer than {MAX_OCTETS} octets", _TOO_LONG)
    return Address(address, found.local_part, domain, smtputf8=not found.local_part.isascii())


def _refused(why: str, told: Sentence | None = None) -> InputError:
    """Return the error: with the particulars for operators, whose lists come from other programs, in a sentence for readers."""
    what = (told or sentence("this is not a mail address")).in_detail(f"this is not a mail address: {why}")
    return InputError(what, remedy=sentence("write it as name@example.org"))


def _told(reason: str) -> Sentence | None:
    return next((told for words, told in _TOLD.items() if words in reason), None)
