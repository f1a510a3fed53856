"""The DNS records a sending domain wants: SPF (RFC 7208), DKIM (RFC 6376), DMARC (RFC 7489), return path, MTA-STS (RFC 8461)
and TLS-RPT (RFC 8460).
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from newsletter.mail.dkim import DkimKey
from newsletter.mail.dkim_keys import DkimRecord, dkim_record

PREFERENCE = 10
"""Preference of the mail server that takes bounces (RFC 5321 section 5.1)."""
STS_MAX_AGE = 604_800
"""Seconds a sender may keep the MTA-STS policy: a week, long enough to matter and short enough to change one's mind."""


class RecordKind(StrEnum):
    """What a record is for."""

    SPF = "SPF"
    DKIM = "DKIM"
    DMARC = "DMARC"
    BOUNCES = "return path"
    MTA_STS = "MTA-STS"
    TLS_RPT = "TLS-RPT"


@dataclass(frozen=True, slots=True)
class DomainRecord:
    """One record to publish: `text` at `name`. Without those that are `required` mail is filtered or bounces are lost.

    `guessed` is set when the text names a server we can only assume: another answer may be right too.
    """

    kind: RecordKind
    name: str
    text: str
    purpose: str
    required: bool = True
    guessed: bool = False

    @property
    def type(self) -> str:
        """`TXT` or `MX`."""
        return "MX" if self.kind is RecordKind.BOUNCES else "TXT"

    @property
    def zone_line(self) -> str:
        """The record as a line of a zone file (RFC 1035 section 5.1)."""
        if self.type == "MX":
            return f"{self.name}. IN MX {self.text}."
        return DkimRecord(self.name, self.text).zone_line


@dataclass(frozen=True, slots=True)
class Sending:
    """How mail of a domain leaves. `spf` are the mechanisms that name its servers, `spf_given` when a person said so.

    `return_domain` is where bounces go, `mail_host` the server that takes them, `reports` the address for DMARC and TLS reports.
    """

    domain: str
    return_domain: str
    mail_host: str
    spf: tuple[str, ...]
    spf_given: bool
    reports: str


def wanted_records(sending: Sending, keys: Sequence[DkimKey]) -> list[DomainRecord]:
    """Return what should be published, the required first."""
    required = [_spf(sending), *(_dkim(sending.domain, key) for key in keys), _dmarc(sending), _bounces(sending)]
    return required + _encryption(sending)


def sts_policy(sending: Sending) -> str:
    """Return the file to serve at https://mta-sts.<return domain>/.well-known/mta-sts.txt (RFC 8461 section 3.2)."""
    lines = ("version: STSv1", "mode: testing", f"mx: {sending.mail_host}", f"max_age: {STS_MAX_AGE}")
    return "".join(f"{line}\r\n" for line in lines)


def _spf(sending: Sending) -> DomainRecord:
    # RFC 7208 section 2.4: the domain that is looked up is the envelope sender's, not that of From.
    text = " ".join(("v=spf1", *sending.spf, "~all"))
    purpose = "Names the servers that may send under the return path; its domain is what SPF looks at."
    return DomainRecord(RecordKind.SPF, sending.return_domain, text, purpose, guessed=not sending.spf_given)


def _dkim(domain: str, key: DkimKey) -> DomainRecord:
    record = dkim_record(key, domain)
    rsa = key.algorithm.startswith("rsa")
    purpose = (
        "Lets receivers verify our RSA signature: every one of them can."
        if rsa
        else "Lets receivers verify our Ed25519 signature (RFC 8463): small and quick, not yet understood by all."
    )
    return DomainRecord(RecordKind.DKIM, record.name, record.text, purpose, required=rsa)


def _dmarc(sending: Sending) -> DomainRecord:
    text = f"v=DMARC1; p=none; rua=mailto:{sending.reports}"
    purpose = "Tells receivers what to do with mail that only claims to be from this domain, and where to report it."
    return DomainRecord(RecordKind.DMARC, f"_dmarc.{sending.domain}", text, purpose)


def _bounces(sending: Sending) -> DomainRecord:
    apart = sending.return_domain != sending.domain
    purpose = "Brings bounces to the server that reads them." if apart else "Brings bounces, and answers, to a mailbox."
    text = f"{PREFERENCE} {sending.mail_host}"
    # Where From and return path share a domain, its mail may well be taken by a server of its own.
    return DomainRecord(RecordKind.BOUNCES, sending.return_domain, text, purpose, guessed=not apart)


def _encryption(sending: Sending) -> list[DomainRecord]:
    policy_id = hashlib.sha256(sts_policy(sending).encode()).hexdigest()[
        :16
    ]  # RFC 8461 section 3.1: new when it changes
    domain = sending.return_domain
    return [
        DomainRecord(
            RecordKind.MTA_STS,
            f"_mta-sts.{domain}",
            f"v=STSv1; id={policy_id}",
            "Says that mail to this domain comes encrypted only; needs the policy file below.",
            required=False,
            guessed=True,
        ),
        DomainRecord(
            RecordKind.TLS_RPT,
            f"_smtp._tls.{domain}",
            f"v=TLSRPTv1; rua=mailto:{sending.reports}",
            "Asks for a daily report of deliveries whose encryption failed.",
            required=False,
            guessed=True,
        ),
    ]
