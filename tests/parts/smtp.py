"""A real SMTP server over a real socket (aiosmtpd) that keeps what it is given."""

from __future__ import annotations

import asyncio
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from newsletter.inbound.smtp_listener import close_listeners
from tests.parts.ports import free_port
from tests.parts.waiting import empties


class Mailbox:
    """aiosmtpd handler: keeps (mail_from, rcpt_to, content) of each message; `reply` may refuse one."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str, bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message."""
        content = envelope.original_content or b""
        self.messages.append((envelope.mail_from or "", envelope.rcpt_tos[0], content))
        return "250 2.0.0 kept"


class _Remembered(SMTP):
    """aiosmtpd's server; `present` are the connections of all."""

    def __init__(self, handler: Mailbox, present: set[asyncio.Transport], **options: Any) -> None:
        super().__init__(handler, **options)
        self._present = present

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._present.add(self.transport)

    def connection_lost(self, error: Exception | None) -> None:
        self._present.discard(self.transport)
        super().connection_lost(error)


class _Closing(Controller):
    """aiosmtpd's controller, which by itself leaves open whoever comes in while it stops."""

    def factory(self) -> SMTP:
        return _Remembered(self.handler, self.present, **self.SMTP_kwargs)

    def start(self) -> None:
        self.present: set[asyncio.Transport] = set()
        super().start()

    def stop(self, no_assert: bool = False) -> None:
        asyncio.run_coroutine_threadsafe(self._cut(), self.loop).result(10)
        super().stop(no_assert)

    async def _cut(self) -> None:
        await close_listeners(self.server)
        for transport in list(self.present):
            transport.abort()
        assert await empties(self.present), "somebody is still connected"


class SmtpSink:
    """An SMTP server on a loopback port; `messages` is what it received."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self._controller = _Closing(
            self.mailbox, hostname="127.0.0.1", port=free_port(), enable_SMTPUTF8=True, data_size_limit=50_000_000
        )
        self._controller.start()
        self.port: int = self._controller.port

    @property
    def url(self) -> str:
        """Value for NEWSLETTER_SMTP_URL."""
        return f"smtp://127.0.0.1:{self.port}?tls=none"

    @property
    def messages(self) -> list[tuple[str, str, bytes]]:
        """(mail_from, rcpt_to, content) of each message received."""
        return self.mailbox.messages

    def stop(self) -> None:
        """Stop listening."""
        self._controller.stop()
