"""What the doctor looks at of the parts: database, broker, way out; and what each publication needs to send."""

from __future__ import annotations

from collections.abc import Iterable

from newsletter.mail.envelope import Outcome
from newsletter.queue import Queue
from newsletter.store import migrating
from newsletter.store.database import Database
from newsletter.store.publications import publications
from newsletter.transports.base import Transport
from newsletter.verdicts import Result


def database(ledger: Database) -> Iterable[Result]:
    """See that the tables have the shape this release needs."""
    at, needed = migrating.current(ledger), migrating.head()
    if at != needed:
        yield Result(
            "database", "wrong", f"it is at {at or 'nothing'}, this release needs {needed}", "`newsletter migrate`"
        )
        return
    kind = "PostgreSQL" if ledger.is_postgresql else "SQLite"
    yield Result("database", "good", f"{kind} answers, at {at}")


def broker(queue: Queue, redis_url: str) -> Iterable[Result]:
    """See that the broker answers."""
    if not redis_url:
        yield Result("broker", "good", "in this process: `newsletter serve` sends by itself")
        return
    queue.check()
    yield Result("broker", "good", "Redis answers")


class _Unwitnessed:
    def wrote(self, delivery_id: int) -> None: ...

    def heard(self, delivery_id: int, outcome: Outcome) -> None: ...


def try_way_out(transport: Transport) -> str:
    """Connect and say goodbye, so that no mail is sent; return the name of the transport. Raises TransportError, InputError."""
    try:
        transport.send((), _Unwitnessed())
    finally:
        transport.close()
    return transport.name


def way_out(transport: Transport) -> Iterable[Result]:
    """See that the way out takes our connection."""
    if try_way_out(transport) == "smtp":
        yield Result("way out", "good", "the SMTP server takes our connection")
    else:
        yield Result("way out", "doubtful", f"mail stays here ({transport.name})", "set NEWSLETTER_SMTP_URL to send it")


def postal_addresses(ledger: Database) -> Iterable[Result]:
    """See that each publication shows a postal address."""
    with ledger.read() as session:
        found = publications.all_of(session)
    if not found:
        yield Result("publications", "doubtful", "there is none yet", "`newsletter publication create --help`")
    for publication in found:
        if publication.postal_address.strip():
            yield Result("publications", "good", f"{publication.slug} shows a postal address")
        else:
            remedy = f'newsletter publication change {publication.slug} --postal-address "..."'
            yield Result("publications", "doubtful", f"{publication.slug} shows no postal address", remedy)
