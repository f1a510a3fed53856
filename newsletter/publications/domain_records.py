"""What the DNS of a publication's domain should say, and whether it does."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from newsletter.config import Settings
from newsletter.dns import Lookups
from newsletter.keyring import FIRST_SELECTOR, Keyring, domain_name
from newsletter.mail.dkim import DkimKey
from newsletter.mail.domain_check import DnsAnswer, RecordCheck, find
from newsletter.mail.domain_records import DomainRecord, Sending, sts_policy, wanted_records


@dataclass(frozen=True, slots=True)
class Named:
    """What a domain's zone should hold, and how its mail leaves."""

    sending: Sending
    selector: str
    records: list[DomainRecord]
    keys: list[DkimKey]

    @property
    def signs(self) -> bool:
        """Whether the selector has keys here."""
        return bool(self.keys)

    @property
    def policy(self) -> str:
        """The policy file of MTA-STS."""
        return sts_policy(self.sending)


def sending_of(settings: Settings, *, domain: str, spf: tuple[str, ...] = (), reports: str = "") -> Sending:
    """Return how mail of `domain` leaves, by the settings. Raises InputError when it is no domain."""
    name = domain_name(domain)
    own_host = _public_host(settings.base_url)
    return Sending(
        domain=name,
        return_domain=domain_name(settings.return_path_domain) if settings.return_path_domain else name,
        mail_host=own_host or f"mail.{name}",
        spf=spf or _mechanisms(settings.smtp_url),
        spf_given=bool(spf),
        reports=reports or f"postmaster@{name}",
    )


def records(keyring: Keyring, sending: Sending, selector: str) -> Named:
    """Return the wanted records; `selector` empty means the one in use. Raises InputError when a key cannot be read."""
    chosen = selector or keyring.in_use(sending.domain) or FIRST_SELECTOR
    keys = keyring.keys(sending.domain, chosen)
    return Named(sending, chosen, wanted_records(sending, keys), keys)


def check(wanted: list[DomainRecord], lookups: Lookups) -> list[RecordCheck]:
    """Look each record up, all at once."""
    answers = lookups.ask((record.name, record.type) for record in wanted)

    def known(name: str, kind: str) -> DnsAnswer:
        return answers[name, kind] if (name, kind) in answers else lookups(name, kind)

    return [find(record, known) for record in wanted]


def _mechanisms(smtp_url: str) -> tuple[str, ...]:
    """The SPF mechanism for the server mail leaves by, as far as the settings tell; `mx` when they do not."""
    parts = urlsplit(smtp_url)
    if parts.scheme not in ("smtp", "smtps"):
        return ("mx",)
    host = parts.hostname or ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return (f"a:{host}",) if _public_host(f"//{host}") else ("mx",)
    return (f"ip{address.version}:{address}",) if address.is_global else ("mx",)


def _public_host(url: str) -> str:
    """The host of a URL when others could know it by name; else empty."""
    host = urlsplit(url).hostname or ""
    return host if "." in host and not host.replace(".", "").isdigit() and ":" not in host else ""
