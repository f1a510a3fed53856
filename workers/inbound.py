"""`newsletter inbound`: the listener for what comes back, on the address the settings name, and the mailbox if there is one."""

from __future__ import annotations

import threading

import structlog

from newsletter.bootstrap import Parts, wire
from newsletter.feedback.intake import MAX_OCTETS
from newsletter.inbound.connection_limit import ConnectionLimit
from newsletter.inbound.smtp_listener import SmtpListener
from newsletter.signing_keys import ProcessRole
from workers import fetching
from workers.inbound_handler import InboundHandler

log = structlog.get_logger(__name__)


class Inbound(SmtpListener):
    """The listener of the settings; `stop()` ends it. Raises UnavailableError when the port is taken."""

    def __init__(self, parts: Parts) -> None:
        settings = parts.settings
        super().__init__(
            InboundHandler(parts, settings.inbound_protocol),
            ConnectionLimit(settings.relays, settings.inbound_connections),
            host=settings.inbound_host,
            port=settings.inbound_port,
            protocol=settings.inbound_protocol,
            most_octets=MAX_OCTETS,
        )


def run(ending: threading.Event, parts: Parts | None = None) -> None:
    """Listen, and fetch by IMAP when a mailbox is set, until `ending` is set."""
    parts = parts or wire(role=ProcessRole.INBOUND)
    listener = Inbound(parts)
    log.info("listening", protocol=parts.settings.inbound_protocol, port=listener.port)
    fetcher = threading.Thread(target=fetching.run, args=(parts, ending), name="fetching", daemon=True)
    if parts.settings.imap_url:
        fetcher.start()
    ending.wait()
    listener.stop()
    if fetcher.is_alive():
        fetcher.join(timeout=5)
    parts.close()
