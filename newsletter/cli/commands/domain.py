"""`newsletter domain`: the DNS records of a sending domain, and its DKIM keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from newsletter.cli import printing
from newsletter.cli.acting import at_machine
from newsletter.cli.opening import opened
from newsletter.cli.options import Json
from newsletter.errors import ConflictError, StoreError

if TYPE_CHECKING:
    from newsletter.bootstrap import Parts
    from newsletter.keyring import Keyring
    from newsletter.mail.domain_check import RecordCheck
    from newsletter.publications.domain_records import Named

app = typer.Typer(name="domain", help="DNS records and DKIM keys of a domain.", no_args_is_help=True)

Domain = Annotated[str, typer.Argument(metavar="DOMAIN", help="Domain of a publication's From address.")]
Selector = Annotated[str, typer.Option(help="Name of the keys; without it the one in use, at first `news1`.")]
Spf = Annotated[
    list[str] | None,
    typer.Option(
        "--spf", metavar="MECHANISM", help="What SPF should name, such as include:spf.example.net; repeatable."
    ),
]
Nameserver = Annotated[
    str, typer.Option(metavar="HOST:PORT", help="Name server to ask; without it the one of this machine.")
]
Seconds = Annotated[float, typer.Option("--timeout", min=0.1, max=60, help="Seconds one question may take.")]
_DOWN = 6


@app.command()
def records(
    domain: Domain,
    selector: Selector = "",
    spf: Spf = None,
    reports: Annotated[
        str, typer.Option(metavar="ADDR", help="Where DMARC and TLS reports go; without it postmaster@DOMAIN.")
    ] = "",
    json: Json = False,
) -> None:
    """Print the DNS records to publish; makes DKIM keys (RSA and Ed25519) where there are none, and never overwrites one.

    A domain's first keys sign from then on; further ones wait for `newsletter domain use`.

    \b
      newsletter domain records news.example.org --spf include:spf.example.net
      newsletter domain records news.example.org --selector news2
    """
    from newsletter.delivery import known_keys

    with opened() as parts:
        before = _named(parts, domain, selector, spf)
        _with_ledger(lambda: known_keys.may_make(parts.database, before.sending.domain, before.selector, before.keys))
        parts.domain_keys.make(_plain(domain), before.selector, by=at_machine())
        named = _named(parts, domain, before.selector, spf, reports=reports)
        in_use = _keyring(parts).in_use(named.sending.domain)
        if named.selector == in_use and not before.signs:
            _with_ledger(lambda: known_keys.declare(parts.database, parts.clock, named.sending.domain, named.keys))
    if json:
        printing.as_json(_as_values(named, in_use))
    else:
        _show(named, in_use)


@app.command()
def check(
    domain: Domain,
    selector: Selector = "",
    spf: Spf = None,
    nameserver: Nameserver = "",
    timeout: Seconds = 5.0,
    json: Json = False,
) -> None:
    """Look the records up in DNS. Exit code 1 when a required one is missing or differs, 6 when DNS does not answer.

    \b
      newsletter domain check news.example.org
    """
    from newsletter.dns import Lookups
    from newsletter.publications import domain_records

    with opened() as parts:
        named = _named(parts, domain, selector, spf)
        findings = domain_records.check(named.records, Lookups(nameserver, seconds=timeout))
    if json:
        printing.as_json([_finding_values(finding) for finding in findings])
    else:
        _tell(findings)
    if not named.signs:
        remedy = f"`newsletter domain records {named.sending.domain}` makes them"
        printing.aside(f"There are no DKIM keys of selector {named.selector} here: {remedy}.")
    _leave(findings, signs=named.signs)


@app.command()
def use(
    domain: Domain,
    selector: Annotated[str, typer.Argument(metavar="SELECTOR", help="Name of the keys to sign with.")],
    nameserver: Nameserver = "",
    timeout: Seconds = 5.0,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Do not ask DNS whether they are published.")] = False,
    json: Json = False,
) -> None:
    """Sign with other keys from now on, once DNS has their records; running workers follow with their next batch.

    \b
      newsletter domain use news.example.org news2
    """
    from newsletter.delivery import known_keys

    with opened() as parts:
        named = _named(parts, domain, selector, None)
        if named.signs and not unchecked:
            _require_published(named, nameserver, timeout)
        parts.domain_keys.use(_plain(domain), selector, by=at_machine())
        _with_ledger(lambda: known_keys.declare(parts.database, parts.clock, named.sending.domain, named.keys))
    if json:
        printing.as_json({"domain": named.sending.domain, "selector": selector})
    else:
        print(f"Mail of {named.sending.domain} is signed with {selector} from now on.")


@app.command()
def retire(
    domain: Domain,
    selector: Annotated[str, typer.Argument(metavar="SELECTOR", help="Name of the keys to delete.")],
    nameserver: Nameserver = "",
    timeout: Seconds = 5.0,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="Do not ask DNS whether the keys in use are published.")
    ] = False,
    json: Json = False,
) -> None:
    """Delete old keys for good, once DNS has those that sign now; says which records to take out of DNS.

    Keys in use are never deleted. Leave the records for a week: mail under way is verified when it arrives.

    \b
      newsletter domain retire news.example.org news1
    """
    from newsletter.delivery import known_keys

    with opened() as parts:
        in_use = _named(parts, domain, "", None)
        if in_use.signs and selector != in_use.selector and not unchecked:
            _require_published(in_use, nameserver, timeout)
        name = in_use.sending.domain
        retired = parts.domain_keys.retire(_plain(name), selector, by=at_machine())
        _with_ledger(lambda: known_keys.retire(parts.database, parts.clock, name, retired))
    records = [f"{each}._domainkey.{name}" for each in retired]
    if json:
        printing.as_json({"domain": name, "selector": selector, "in_use": in_use.selector, "records": records})
    else:
        print(f"The keys of selector {selector} are deleted. In a week, take out of DNS:")
        print("\n".join(f"  {record}" for record in records))


@app.command()
def forget(domain: Domain, json: Json = False) -> None:
    """Let mail of a domain leave unsigned again, where no key is in use: until then a host without keys leaves it to others.

    \b
      newsletter domain forget news.example.org
    """
    from newsletter.delivery import known_keys

    with opened() as parts:
        in_use = _keyring(parts).in_use(domain)
        known = known_keys.forget(parts.database, parts.clock, domain, in_use, by=at_machine())
    if json:
        printing.as_json({"domain": domain, "forgotten": known})
    else:
        print(f"Mail of {domain} leaves unsigned from now on.")


def _with_ledger(do: Callable[[], None]) -> None:
    """Do something with the ledger; keys can be made before there is one: workers note those that they sign with."""
    try:
        do()
    except StoreError as error:
        printing.aside(f"The ledger cannot be asked what other hosts sign with: {error.what}.")


def _named(parts: Parts, domain: str, selector: str, spf: list[str] | None, *, reports: str = "") -> Named:
    from newsletter.publications import domain_records

    sending = domain_records.sending_of(parts.settings, domain=domain, spf=tuple(spf or ()), reports=reports)
    return domain_records.records(_keyring(parts), sending, selector)


def _keyring(parts: Parts) -> Keyring:
    from newsletter.keyring import Keyring  # late: cryptography is not for all commands

    return Keyring(parts.settings.dkim_folder)


def _require_published(named: Named, nameserver: str, seconds: float) -> None:
    from newsletter.dns import Lookups
    from newsletter.publications import domain_records

    ours = [record for record in named.records if record.kind == "DKIM"]
    lacking = [f for f in domain_records.check(ours, Lookups(nameserver, seconds=seconds)) if f.verdict != "found"]
    if lacking:
        raise ConflictError(
            f"DNS does not have this key: {lacking[0].verdict}",
            where=lacking[0].record.name,
            remedy=lacking[0].remedy,
        )


def _show(named: Named, in_use: str) -> None:
    sending, records = named.sending, named.records
    state = "signs mail now" if in_use == named.selector else f"waits; {in_use} signs mail now"
    print(f"Selector {named.selector} {state}.\n")
    rows = [(r.kind, "required" if r.required else "advised", r.purpose) for r in records]
    printing.table(("record", "", "what it is for"), rows, empty="")
    print()
    for record in records:
        print(record.zone_line)
    print(f"\nPolicy file of MTA-STS, at https://mta-sts.{sending.return_domain}/.well-known/mta-sts.txt:\n")
    print("\n".join(f"  {line}" for line in named.policy.splitlines()))
    if sending.return_domain == sending.domain:
        printing.aside(
            f"\nBounces go to {sending.domain} itself. To read them apart from its other mail, set "
            f"NEWSLETTER_RETURN_PATH_DOMAIN to a name below it, such as bounce.{sending.domain}, and run this again."
        )


def _tell(findings: list[RecordCheck]) -> None:
    for finding in findings:
        record = finding.record
        note = "" if record.required or finding.verdict == "found" else "  (advised)"
        print(printing.safe(f"{finding.verdict:<8} {record.kind:<12} {record.type:<4} {record.name}{note}"))
        if finding.verdict != "found":
            word = "DNS" if finding.verdict == "unknown" else "there is"
            for seen in finding.seen:
                print(printing.safe(f"{'':<9}{word}: {seen}"))
            print(printing.safe(f"{'':<9}→ {finding.remedy}"))


def _leave(findings: list[RecordCheck], *, signs: bool) -> None:
    verdicts = {finding.verdict for finding in findings if finding.record.required}
    if verdicts & {"missing", "differs"} or not signs:
        raise typer.Exit(1)
    if "unknown" in verdicts:
        raise typer.Exit(_DOWN)


def _as_values(named: Named, in_use: str) -> dict[str, Any]:
    return {
        "domain": named.sending.domain,
        "return_domain": named.sending.return_domain,
        "selector": named.selector,
        "in_use": in_use,
        "records": [
            {
                "record": r.kind,
                "required": r.required,
                "name": r.name,
                "type": r.type,
                "text": r.text,
                "zone_line": r.zone_line,
                "purpose": r.purpose,
            }
            for r in named.records
        ],
        "mta_sts_policy": named.policy,
    }


def _finding_values(finding: RecordCheck) -> dict[str, Any]:
    return {
        "record": finding.record.kind,
        "required": finding.record.required,
        "name": finding.record.name,
        "type": finding.record.type,
        "verdict": finding.verdict,
        "seen": finding.seen,
        "remedy": finding.remedy,
    }


def _plain(domain: str) -> str:
    from newsletter.keyring import domain_name

    return domain_name(domain)
