"""A real SMTP server over a real socket (aiosmtpd) that keeps what it is given."""

from __future__ import annotations

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.parts.postgres import free_port


class Mailbox:
    """aiosmtpd handler: keeps (mail_from, rcpt_to, content) of each message; `reply` may refuse one."""

    def __init__(self) -> None:
        self.messages: list[tuple[str, str, bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        """Keep the message."""
        content = envelope.original_content or b""
        self.messages.append((envelope.mail_from or "", envelope.rcpt_tos[0], content))
        return "250 2.0.0 kept"


class SmtpSink:
    """An SMTP server on a loopback port; `messages` is what it received."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self._controller = Controller(
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
