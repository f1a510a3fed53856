"""What DNS answers beside what should be there: found, missing, differs, or not to be learned now."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from newsletter.mail.domain_records import DomainRecord, RecordKind


@dataclass(frozen=True, slots=True)
class DnsAnswer:
    """What DNS says of one name: TXT texts with their strings joined, or `10 host` of each MX; why not, when it says nothing."""

    values: tuple[str, ...] = ()
    failure: str = ""


Lookup = Callable[[str, str], DnsAnswer]
"""(name, `TXT` or `MX`) to what is there."""


class RecordVerdict(StrEnum):
    """How a record stands."""

    FOUND = "found"
    MISSING = "missing"
    DIFFERS = "differs"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class RecordCheck:
    """One record as it stands; `seen` is what bears on it, in the words of the zone."""

    record: DomainRecord
    verdict: RecordVerdict
    seen: tuple[str, ...] = ()
    remedy: str = ""


def find(record: DomainRecord, lookup: Lookup) -> RecordCheck:
    """Look a record up and judge what is there."""
    finding = RecordCheck(record, RecordVerdict.MISSING)
    for name in _names(record):
        answer = lookup(name, record.type)
        if answer.failure:
            remedy = "ask again; if it stays so, look at the name servers of the domain"
            return RecordCheck(record, RecordVerdict.UNKNOWN, (answer.failure,), remedy)
        finding = _judge(record, answer.values)
        if finding.verdict is not RecordVerdict.MISSING:
            return finding
    return finding


def _names(record: DomainRecord) -> list[str]:
    """Where to look: a domain without DMARC record obeys that of its organization (RFC 7489 section 6.6.3)."""
    if record.kind is not RecordKind.DMARC:
        return [record.name]
    labels = record.name.split(".")[1:]
    return [".".join(("_dmarc", *labels[start:])) for start in range(max(len(labels) - 1, 1))]


def _judge(record: DomainRecord, values: tuple[str, ...]) -> RecordCheck:
    """Values that are meant for something else (a verification token beside SPF) do not count."""
    meant = tuple(value for value in values if _MEANT[record.kind](value))
    if not meant:
        return RecordCheck(record, RecordVerdict.MISSING, (), f"publish: {record.zone_line}")
    if record.kind is not RecordKind.BOUNCES and len(meant) > 1:
        # RFC 7208 section 4.5, RFC 6376 section 3.6.2.2, RFC 7489 section 6.6.3: with two, receivers see none.
        remedy = f"keep one {record.kind} record at {record.name}: with several, receivers take none"
        return RecordCheck(record, RecordVerdict.DIFFERS, meant, remedy)
    remedy = _JUDGES[record.kind](record, meant)
    return RecordCheck(record, RecordVerdict.DIFFERS if remedy else RecordVerdict.FOUND, meant, remedy)


def _spf(record: DomainRecord, seen: tuple[str, ...]) -> str:
    terms = seen[0].lower().split()[1:]
    if {"+all", "?all", "all"}.intersection(terms):  # RFC 7208 section 2.6.2: neutral is treated as no record at all
        return "it lets anyone send: end it with ~all or -all"
    wanted = [term for term in record.text.lower().split()[1:] if term not in ("~all", "-all")]
    lacking = [term for term in wanted if term not in terms and f"+{term}" not in terms]
    # What we only assume may be covered by a mechanism that leads elsewhere.
    elsewhere = record.guessed and any(_LEADS_ELSEWHERE.match(term) for term in terms)
    return f"add {' '.join(lacking)} to it" if lacking and not elsewhere else ""


def _dkim(record: DomainRecord, seen: tuple[str, ...]) -> str:
    wanted, there = _tags(record.text), _tags(seen[0])
    key = re.sub(r"\s", "", there.get("p", ""))  # RFC 6376 section 3.6.1: white space in p= means nothing
    if "p" in there and not key:
        return f"the key is revoked (p= is empty): publish {record.zone_line}"
    if key != wanted["p"]:
        return f"this is another key, so no signature of ours verifies: publish {record.zone_line}"
    if there.get("k", "rsa") != wanted["k"]:
        return f"write k={wanted['k']}"
    if there.get("v", "DKIM1") != "DKIM1" or ("v" in there and not re.match(r"\s*v\s*=", seen[0])):
        return (
            "write v=DKIM1 at its beginning: receivers take no record that has it elsewhere"  # RFC 6376 section 3.6.1
        )
    if "sha256" not in _listed(there.get("h", "sha256")):
        return "take h= out: it forbids the hash our signatures have"
    if not {"*", "email"} & _listed(there.get("s", "*")):
        return "take s= out: it says that the key is not for mail"
    if "y" in there.get("t", "").split(":"):
        return "take t=y out: it asks receivers to treat the mail as if it were not signed"
    return ""


def _listed(value: str) -> set[str]:
    """RFC 6376 section 3.2: words with colons between."""
    return {word.strip() for word in value.split(":")}


def _dmarc(_: DomainRecord, seen: tuple[str, ...]) -> str:
    policy = _tags(seen[0]).get("p", "").lower()
    return "" if policy in ("none", "quarantine", "reject") else "it needs p=none, p=quarantine or p=reject"


def _bounces(record: DomainRecord, seen: tuple[str, ...]) -> str:
    hosts = {value.split()[-1].rstrip(".").lower() for value in seen}
    if hosts == {""}:
        return "this says that the domain takes no mail (RFC 7505), so bounces are lost"
    wanted = record.text.split()[-1].lower()
    return "" if record.guessed or wanted in hosts else f"bounces go elsewhere: publish {record.zone_line}"


def _mta_sts(_: DomainRecord, seen: tuple[str, ...]) -> str:
    return (
        ""
        if re.fullmatch(r"[A-Za-z0-9]{1,32}", _tags(seen[0]).get("id", ""))
        else "it needs an id of letters and digits"
    )


def _tls_rpt(_: DomainRecord, seen: tuple[str, ...]) -> str:
    return "" if _tags(seen[0]).get("rua", "").startswith(("mailto:", "https:")) else "it needs rua=mailto:..."


_LEADS_ELSEWHERE = re.compile(r"\+?(include:|redirect=|exists:|ip4:|ip6:|mx\b|a\b)")
_JUDGES: dict[RecordKind, Callable[[DomainRecord, tuple[str, ...]], str]] = {
    RecordKind.SPF: _spf,
    RecordKind.DKIM: _dkim,
    RecordKind.DMARC: _dmarc,
    RecordKind.BOUNCES: _bounces,
    RecordKind.MTA_STS: _mta_sts,
    RecordKind.TLS_RPT: _tls_rpt,
}
"""Each returns the remedy, or nothing when all is well."""
_MEANT: dict[RecordKind, Callable[[str], object]] = {
    RecordKind.SPF: re.compile(r"v=spf1(?: |\Z)", re.IGNORECASE).match,
    RecordKind.DKIM: re.compile(r"(?:.*;)?\s*+(?:v\s*=\s*DKIM1|p\s*=)", re.DOTALL).match,
    RecordKind.DMARC: re.compile(r"v\s*=\s*DMARC1\s*(?:;|\Z)").match,
    RecordKind.BOUNCES: bool,
    RecordKind.MTA_STS: re.compile(r"v=STSv1\s*;").match,
    RecordKind.TLS_RPT: re.compile(r"v=TLSRPTv1\s*;").match,
}


def _tags(text: str) -> dict[str, str]:
    """Tag-list (RFC 6376 section 3.2): `name=value` with semicolons between."""
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}
