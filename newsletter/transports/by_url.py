"""Which way out a URL names."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from newsletter.clock import Clock
from newsletter.errors import InputError
from newsletter.transports.base import Transport


def transport_of(
    url: str,
    setting: str,
    *,
    clock: Clock,
    on_limit: Callable[[float], None],
    connections: int,
    messages_each: int,
) -> Transport:
    """Return the way out that the URL of a setting names: a provider that asks to wait calls `on_limit` with the seconds.

    Raises InputError when it names none.
    """
    from newsletter.transports.maildir import MaildirTransport
    from newsletter.transports.memory import MemoryTransport
    from newsletter.transports.smtp import SmtpTransport

    scheme, _, rest = url.partition(":")
    if scheme == "maildir":
        return MaildirTransport(Path(rest))
    if scheme == "memory":
        return MemoryTransport()
    if scheme in ("smtp", "smtps"):
        return SmtpTransport.from_url(url, connections=connections, messages_per_connection=messages_each)

    from newsletter.transports.providers import registry as providers  # late: httpx is not for those who send by SMTP

    if scheme in providers.APIS:
        return providers.from_url(url, clock=clock, on_limit=on_limit)
    raise InputError(
        "this names no way out",  # and is not repeated: it may be a key that was put in the wrong place
        where=f"NEWSLETTER_{setting}",
        remedy=f"smtp://, smtps://, maildir:, memory:, or a provider: {', '.join(sorted(providers.APIS))}",
    )
