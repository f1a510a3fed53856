"""What the doctor looks at. Each look is a function from the parts to what it found."""

from __future__ import annotations

import contextlib
import errno
import os
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from newsletter import bootstrap, private_files
from newsletter.audience.origins import shared_address
from newsletter.bootstrap import Parts
from newsletter.cli.checkup_of_work import alarms, at_work, clock, settings
from newsletter.cli.verdicts import Result
from newsletter.cli.wide_files import MOST_TOLD, wide_files
from newsletter.delivery import known_keys
from newsletter.delivery.known_keys import KeyUnusable
from newsletter.errors import NewsletterError
from newsletter.feedback.telling import IN_A_ROW
from newsletter.keyring import Keyring
from newsletter.mail.address import parse_address
from newsletter.mail.envelope import Outcome
from newsletter.signing_keys import PURPOSES, SigningKeys, lacking
from newsletter.store import migrating, publications, reports

_FEW_CHARACTERS = 8
_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_READ_FROM_THE_LEDGER = frozenset({"proxies", "publications", "signatures", "at work", "alarms"})


def examine(parts: Parts, *, but: frozenset[str] = frozenset()) -> list[Result]:
    """Look at everything but what is named; one thing being wrong does not keep the rest from being looked at."""
    looks: dict[str, Callable[[Parts], Iterable[Result]]] = {
        "settings": settings,
        "data folder": _data_folder,
        "files": _files,
        "database": _database,
        "broker": _broker,
        "way out": _way_out,
        "secret": _secret,
        "addresses": _addresses,
        "proxies": _proxies,
        "publications": _publications,
        "signatures": _signatures,
        "reports": _reports,
        "clock": clock,
        "at work": at_work,
        "alarms": alarms,
    }
    results: list[Result] = []
    for name, look in looks.items():
        if name in but:
            continue
        if name in _READ_FROM_THE_LEDGER and _is_wrong("database", results):
            continue  # what is wrong was said, once
        results.extend(_looked(name, look, parts))
    return results


def _is_wrong(name: str, results: Iterable[Result]) -> bool:
    return any(result.name == name and result.verdict == "wrong" for result in results)


def _looked(name: str, look: Callable[[Parts], Iterable[Result]], parts: Parts) -> list[Result]:
    try:
        return list(look(parts))
    except NewsletterError as error:
        place = f"{error.where}: " if error.where else ""
        return [Result(name, "wrong", f"{place}{error.what}", error.remedy)]
    except OSError as error:
        remedy = "free some space there" if error.errno in _NO_ROOM else ""
        return [Result(name, "wrong", f"{error.filename or ''}: {error.strerror}", remedy)]
    except Exception as error:  # noqa: BLE001 - a foreign part that is down must not hide the rest
        return [Result(name, "wrong", f"{type(error).__name__}: {error}")]


def _data_folder(parts: Parts) -> Iterable[Result]:
    folder = parts.settings.data_dir
    private_files.make_folder(folder)
    private_files.draft_of(folder / "doctor", b"x" * 4096).unlink()
    yield Result("data folder", "good", f"{folder} can be written")


def _files(parts: Parts) -> Iterable[Result]:
    found = wide_files(parts.settings)
    for wide in found[:MOST_TOLD]:
        yield Result(
            "files", "doubtful" if wide.mild else "wrong", f"others on this machine can reach {wide}", wide.remedy
        )
    if len(found) > MOST_TOLD:
        yield Result(
            "files", "wrong", f"and {len(found) - MOST_TOLD:,} more", f"chmod -R go= {parts.settings.data_dir}"
        )
    if not found:
        yield Result("files", "good", "nobody else on this machine can read them")


def _database(parts: Parts) -> Iterable[Result]:
    at, needed = migrating.current(parts.database), migrating.head()
    if at != needed:
        yield Result(
            "database", "wrong", f"it is at {at or 'nothing'}, this release needs {needed}", "`newsletter migrate`"
        )
        return
    kind = "PostgreSQL" if parts.database.is_postgresql else "SQLite"
    yield Result("database", "good", f"{kind} answers, at {at}")


def _broker(parts: Parts) -> Iterable[Result]:
    if not parts.settings.redis_url:
        yield Result("broker", "good", "in this process: `newsletter serve` sends by itself")
        return
    parts.queue.check()
    yield Result("broker", "good", "Redis answers")


def _reports(parts: Parts) -> Iterable[Result]:
    try:
        parts.report_reader.check()
    finally:
        parts.report_reader.close()
    yield Result("reports", "good", "what reads bounces and complaints starts, and reads")
    with contextlib.suppress(NewsletterError), parts.database.read() as session:
        if reports.unread_in_a_row(session, IN_A_ROW):
            what = f"the last {IN_A_ROW} reports that came in could not be read"
            yield Result("reports", "wrong", what, "`newsletter feedback list` says why")


class _Unwitnessed:
    def wrote(self, delivery_id: int) -> None: ...

    def heard(self, delivery_id: int, outcome: Outcome) -> None: ...


def try_way_out(parts: Parts) -> str:
    """Connect and say goodbye, so that no mail is sent; return the name of the transport. Raises TransportError, InputError."""
    try:
        parts.transport.send((), _Unwitnessed())
    finally:
        if "transport" in vars(parts):
            parts.transport.close()
    return parts.transport.name


def _way_out(parts: Parts) -> Iterable[Result]:
    if try_way_out(parts) == "smtp":
        yield Result("way out", "good", "the SMTP server takes our connection")
    else:
        yield Result(
            "way out", "doubtful", f"mail stays here ({parts.transport.name})", "set NEWSLETTER_SMTP_URL to send it"
        )


def _secret(parts: Parts) -> Iterable[Result]:
    if given := parts.settings.given_keys:
        yield _given_keys(given)
        return
    kept = parts.settings.data_dir / "secret_key"
    secret = bootstrap.secret_key(parts.settings)
    if len(set(secret)) < _FEW_CHARACTERS:
        yield Result("secret", "wrong", "it repeats itself", "`newsletter keys new` makes another")
    elif parts.settings.secret_key.get_secret_value():
        yield Result("secret", "good", "set by NEWSLETTER_SECRET_KEY")
    else:
        yield Result("secret", "good", f"made here and kept in {kept}: back it up, or every link in sent mail breaks")


def _given_keys(given: SigningKeys) -> Result:
    roles = [role for role, purposes in PURPOSES.items() if purposes and not lacking(given, purposes)]
    if not roles:
        remedy = "`newsletter keys derive --help`, where the secret key is"
        return Result("secret", "wrong", "NEWSLETTER_SIGNING_KEYS is not enough for any role", remedy)
    return Result("secret", "good", f"NEWSLETTER_SIGNING_KEYS is enough for: {', '.join(roles)}")


def is_local(base_url: str) -> bool:
    """Tell whether links lead to this machine."""
    return urlsplit(base_url).hostname in {"127.0.0.1", "localhost", "::1"}


def _addresses(parts: Parts) -> Iterable[Result]:
    url = urlsplit(parts.settings.base_url)
    if is_local(parts.settings.base_url):
        yield Result("addresses", "doubtful", f"links lead to {parts.settings.base_url}", "set NEWSLETTER_BASE_URL")
    elif url.scheme != "https":
        # RFC 8058 section 3.1: the one-click address must be https
        yield Result(
            "addresses", "wrong", "one-click unsubscribe needs https", "set NEWSLETTER_BASE_URL to https://..."
        )
    else:
        yield Result("addresses", "good", f"links lead to {parts.settings.base_url}")


def _proxies(parts: Parts) -> Iterable[Result]:
    settings, remedy = parts.settings, "set NEWSLETTER_TRUSTED_PROXIES to the proxy's address: docs/production.md"
    if settings.base_url.startswith("https://") and not settings.proxy_networks:
        what = "no proxy is trusted, so behind one all visitors are one address, for limits and in consent records"
        yield Result("proxies", "doubtful", what, remedy)
    else:
        trusted = ", ".join(map(str, settings.proxy_networks)) or "nobody"
        yield Result("proxies", "good", f"believed about a visitor's address: {trusted}")
    shared = shared_address(parts.database, clock=parts.clock)
    if shared and not is_local(settings.base_url):
        yield Result("proxies", "doubtful", f"all consents of the last day came from {shared}", remedy)
    if "FORWARDED_ALLOW_IPS" in os.environ:
        yield Result("proxies", "doubtful", "FORWARDED_ALLOW_IPS is set, and not looked at", remedy)


def _publications(parts: Parts) -> Iterable[Result]:
    with parts.database.read() as session:
        found = publications.all_of(session)
    if not found:
        yield Result("publications", "doubtful", "there is none yet", "`newsletter publication create --help`")
    for publication in found:
        if publication.postal_address.strip():
            yield Result("publications", "good", f"{publication.slug} shows a postal address")
        else:
            remedy = f'newsletter publication change {publication.slug} --postal-address "..."'
            yield Result("publications", "doubtful", f"{publication.slug} shows no postal address", remedy)


def _signatures(parts: Parts) -> Iterable[Result]:
    keyring = Keyring(parts.settings.dkim_folder)
    with parts.database.read() as session:
        domains = sorted({parse_address(found.from_address).domain for found in publications.all_of(session)})
    for domain in domains:
        signer = keyring.signer(domain)
        try:
            known_keys.see(parts.database, domain, signer.keys if signer else (), parts.settings.dkim_folder)
        except KeyUnusable as error:
            # a machine without workers needs no keys
            what = error.what if signer else f"{error.what}: workers of this host leave it to others"
            yield Result("signatures", "wrong" if signer else "doubtful", what, error.remedy)
            continue
        if signer is None:
            remedy = f"`newsletter domain records {domain}`, unless the server you send through signs"
            yield Result("signatures", "doubtful", f"mail of {domain} is not signed with DKIM", remedy)
        else:
            what = (
                f"mail of {domain} is signed with {keyring.in_use(domain)}; `newsletter domain check {domain}` asks DNS"
            )
            yield Result("signatures", "good", what)
