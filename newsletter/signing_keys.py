"""Which process needs which signing keys, and how the keys of one purpose each are written down without the secret they come from.

A process that is given these keys instead of the secret can make and read its own tokens, and no others: what it does not hold
it cannot lose. They are written as `number:purpose=key`, several with commas between: number is that of the secret the key was
derived from, key is base64url (RFC 4648 section 5). The first number is the one that signs; keys of other numbers only read.
"""

from __future__ import annotations

import base64
import binascii
import secrets
from collections.abc import Collection, Mapping
from enum import StrEnum

from newsletter.tokens import FIRST_KEY_ID, KEY_OCTETS, LAST_KEY_ID, Purpose, derive


class ProcessRole(StrEnum):
    """What a process does, and so which tokens it makes or reads."""

    SERVICE = "service"  # all in one process: `serve` without a broker, and the demo
    WEB = "web"
    WORKER = "worker"
    SCHEDULER = "scheduler"
    INBOUND = "inbound"
    COMMAND = "command"  # any other command; it may work like a worker (`issue send --wait`)


_PAGES = frozenset(
    {
        Purpose.FORM,
        Purpose.CONFIRM,
        Purpose.UNSUBSCRIBE,
        Purpose.PREFERENCES,
        Purpose.CLICK,
        Purpose.OPEN,
        Purpose.VOTE,
    }
)
_MAIL = frozenset(
    {
        Purpose.CONFIRM,  # sign-ups are answered by workers
        Purpose.UNSUBSCRIBE,
        Purpose.PREFERENCES,  # so are confirmations, with a welcome
        Purpose.CLICK,
        Purpose.OPEN,
        Purpose.VOTE,
        Purpose.RETURN_PATH,
        Purpose.NOTICE_RETURN_PATH,
        Purpose.MESSAGE_ID,
        Purpose.NOTICE_MESSAGE_ID,
    },
)
PURPOSES: Mapping[ProcessRole, frozenset[Purpose]] = {
    ProcessRole.SERVICE: _PAGES | _MAIL,
    ProcessRole.WEB: _PAGES,
    ProcessRole.WORKER: _MAIL,
    ProcessRole.SCHEDULER: frozenset(),
    ProcessRole.INBOUND: frozenset({Purpose.RETURN_PATH, Purpose.NOTICE_RETURN_PATH}),
    ProcessRole.COMMAND: _MAIL,
}
"""The purposes that each role holds keys of: those it uses, and no others."""

SigningKeys = Mapping[int, Mapping[Purpose, bytes]]
"""Keys by the number of their secret and by purpose; the first number is the one that signs."""

_PURPOSES = {purpose.value: purpose for purpose in Purpose}
_NUMBERS = {str(number): number for number in range(FIRST_KEY_ID, LAST_KEY_ID + 1)}
_SECRET_OCTETS = 32


def new_secret() -> str:
    """Return a fresh secret: 32 random octets in 43 characters of base64url."""
    return secrets.token_urlsafe(_SECRET_OCTETS)


def derive_all(secret_of_number: Mapping[int, bytes], purposes: Collection[Purpose]) -> SigningKeys:
    """Return the keys of these purposes, derived from each of the secrets; the first secret is the one that signs."""
    return {number: {p: derive(secret, p) for p in purposes} for number, secret in secret_of_number.items()}


def narrow(keys: SigningKeys, purposes: Collection[Purpose]) -> SigningKeys:
    """Return the keys of these purposes alone."""
    return {number: {p: key for p, key in of.items() if p in purposes} for number, of in keys.items()}


def lacking(keys: SigningKeys, purposes: Collection[Purpose]) -> set[Purpose]:
    """Return which of these purposes have no key to sign with."""
    return set(purposes) - set(next(iter(keys.values()), {}))


def write(keys: SigningKeys) -> str:
    """Return the keys as one line of text, for a setting."""
    return ",".join(
        f"{number}:{purpose}={base64.urlsafe_b64encode(key).decode().rstrip('=')}"
        for number, of in keys.items()
        for purpose, key in sorted(of.items())
    )


def read(text: str) -> SigningKeys:
    """Return the keys written in a text. Raises ValueError, without a word of any key."""
    found: dict[int, dict[Purpose, bytes]] = {}
    for entry in filter(None, (entry.strip() for entry in text.replace("\n", ",").split(","))):
        name, _, key = (part.strip() for part in entry.partition("="))
        number, _, purpose = name.partition(":")
        if number not in _NUMBERS or purpose not in _PURPOSES:
            raise ValueError("must be number:purpose=key, as `newsletter keys derive` prints it")
        of = found.setdefault(_NUMBERS[number], {})
        if _PURPOSES[purpose] in of:
            raise ValueError(f"two keys are for {number}:{purpose}")
        of[_PURPOSES[purpose]] = _decoded(key)
    return found


def _decoded(key: str) -> bytes:
    try:
        octets = base64.b64decode(key + "=" * (-len(key) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        octets = b""
    if len(octets) != KEY_OCTETS:
        raise ValueError("a key is not whole: copy it anew from `newsletter keys derive`")
    return octets
