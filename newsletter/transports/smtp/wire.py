"""One envelope as SMTP octets: the commands, the content, and what must be refused before a word is said."""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.mail.envelope import Envelope, Refused
from newsletter.transports.smtp.capabilities import Capabilities

DATA = b"DATA\r\n"

_PATH = re.compile(r"[^\x00-\x20<>\x7f\ud800-\udfff]+@[^\x00-\x20<>@\x7f\ud800-\udfff]+\Z")
_ANY_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(slots=True)
class Commands:
    """MAIL, RCPT and DATA for one envelope, each with its CRLF: in one piece to be pipelined, or one by one."""

    octets: bytes

    @property
    def mail(self) -> bytes:
        """The first command."""
        return self.octets[: self.octets.index(b"\n") + 1]

    @property
    def rcpt(self) -> bytes:
        """The second command."""
        return self.octets[self.octets.index(b"\n") + 1 : -len(DATA)]


def commands(envelope: Envelope, server: Capabilities) -> Commands | Refused:
    """Return the commands for `envelope`, or why this server can never take it."""
    octets = len(envelope.content)
    parameters = f" SIZE={octets}" if server.takes_size else ""  # RFC 1870 section 3
    if server.size and octets > server.size:
        return _refused(552, "5.3.4", f"{octets} octets are more than the {server.size} this server takes")
    if not _PATH.match(envelope.rcpt_to):
        return _refused(553, "5.1.3", "the recipient's address is not one")
    if envelope.mail_from and not _PATH.match(envelope.mail_from):
        return _refused(553, "5.1.7", "the return path is not an address")
    if envelope.smtputf8 or not (envelope.rcpt_to.isascii() and envelope.mail_from.isascii()):
        if not server.smtputf8:  # RFC 6531 section 3.2
            return _refused(550, "5.6.7", "the address is not ASCII and this server has no SMTPUTF8")
        parameters += " SMTPUTF8"
    if not envelope.wire_safe and not envelope.content.isascii():
        if not server.eight_bit:  # RFC 6152 section 3
            return _refused(554, "5.6.3", "the message has 8-bit octets and this server has no 8BITMIME")
        parameters += " BODY=8BITMIME"
    return Commands(
        f"MAIL FROM:<{envelope.mail_from}>{parameters}\r\nRCPT TO:<{envelope.rcpt_to}>\r\nDATA\r\n".encode()
    )


def stuffed(content: bytes) -> bytes:
    """Return `content` as it goes between DATA and the final dot (RFC 5321 section 4.5.2), ending in CRLF.

    Not needed for what is `wire_safe`. Content comes in wire form and seldom has a dot at a line's head: then this is only a search. Where one stands behind a
    bare LF or CR, line ends are set right first: servers differ on whether those end a line, which is how one message is
    smuggled inside another.
    """
    if b"\n." in content or b"\r." in content or content[:1] == b".":
        content = _ANY_LINE_END.sub(b"\r\n", content).replace(b"\r\n.", b"\r\n..")
        if content[:1] == b".":
            content = b"." + content
    return content if content.endswith(b"\r\n") else content + b"\r\n"


def _refused(code: int, status: str, why: str) -> Refused:
    return Refused(code, status, f"not sent: {why}")
