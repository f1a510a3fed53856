"""Which addresses lead to one mailbox, so that limits count them as one. For limits only: mail goes to the address as it was given.

Everywhere what follows a plus sign is a tag (RFC 5233 section 1): where a server does not know it, two mailboxes share a limit,
which does little harm. A hyphen is a tag only where the provider says so, for elsewhere it is a part of names.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from newsletter.mail.address import parse_address

_TAG = "+"


@dataclass(frozen=True, slots=True)
class _Provider:
    """The ways of one mailbox company: `domains` is matched whole; its mailboxes are named at `home`, or at each domain apart."""

    domains: re.Pattern[str]
    home: str = ""
    letters: Mapping[int, int | None] = field(default_factory=dict)  # for str.translate: what is left out or the same
    tags: str = _TAG
    subdomains: bool = False  # anything@name.domain is name@domain


def _domains(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns))


_TLD = r"(?:com?\.)?[a-z]+"
_PROVIDERS = (
    # Dots do not matter: https://support.google.com/mail/answer/7436150; both names: https://support.google.com/mail/answer/10313
    _Provider(_domains(r"gmail\.com", r"googlemail\.com"), "gmail.com", str.maketrans("", "", ".")),
    # Disposable addresses, name-keyword: https://help.yahoo.com/kb/SLN16026.html
    _Provider(_domains(rf"yahoo\.{_TLD}", r"(?:ymail|rocketmail|myyahoo)\.com"), tags=_TAG + "-"),
    # https://www.fastmail.help/hc/en-us/articles/360060591053-Plus-addressing-and-subdomain-addressing
    _Provider(_domains(rf"fastmail\.{_TLD}", r"sent\.com", r"eml\.cc"), subdomains=True),
    # Dots, hyphens and underscores do not matter: https://proton.me/support/addresses-and-aliases
    _Provider(_domains(r"proton\.me", r"protonmail\.(?:com|ch)", r"pm\.me"), "proton.me", str.maketrans("", "", ".-_")),
    # A dot and a hyphen are the same, and so are the domains: https://yandex.com/support/yandex-360/customers/mail/en/web/preferences/aliases
    _Provider(_domains(rf"yandex\.{_TLD}", r"ya\.ru"), "yandex.ru", str.maketrans("-", ".")),
    # https://support.apple.com/guide/icloud/mm6b1a490a/icloud
    _Provider(_domains(r"icloud\.com", r"me\.com", r"mac\.com"), "icloud.com"),
)
_OTHERS = _Provider(re.compile(".*"))


def mailbox_key(address: str) -> str:
    """Return the same text for every address that leads to one mailbox, as far as is known. Raises InputError."""
    parsed = parse_address(address)
    local, domain = parsed.local.lower(), parsed.domain
    name, _, parent = domain.partition(".")
    if "." in parent and (found := _provider_of(parent)).subdomains:
        return f"{name}@{found.home or parent}"
    found = _provider_of(domain)
    name = re.split(f"[{re.escape(found.tags)}]", local, maxsplit=1)[0].translate(found.letters)
    return f"{name or local}@{found.home or domain}"


def mailbox_hash(address: str) -> bytes:
    """Return 32 octets that are the same for every address of one mailbox. Raises InputError."""
    # Not the hash of an address: a key need not be one, such as one with two dots in a row.
    return hashlib.sha256(f"newsletter mailbox\0{mailbox_key(address)}".encode()).digest()


def _provider_of(domain: str) -> _Provider:
    return next((provider for provider in _PROVIDERS if provider.domains.fullmatch(domain)), _OTHERS)
