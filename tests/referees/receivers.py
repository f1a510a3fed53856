"""The receivers behind a referee: each domain is answered in its own way."""

from __future__ import annotations

from tests.parts.ports import free_port
from tests.parts.scripted_smtp import EHLO, ScriptedSmtp, Session

ANSWERS = {
    "refuse.test": ("RCPT", "550 5.1.1 <{address}>: no such mailbox"),
    "bare.test": ("RCPT", "550 no such user here"),
    "full.test": ("RCPT", "552 5.2.2 mailbox is over its quota"),
    "policy.test": ("RCPT", "554 5.7.1 message rejected for policy reasons"),
    "busy.test": ("RCPT", "450 this mailbox is busy, come back later"),
    "grey.test": ("RCPT", "451 4.7.1 greylisted, come back in five minutes"),
    "spam.test": (".", "550 5.7.1 this message looks like spam"),
}
"""For each domain the command that is refused, and the words."""
SMALL = "small.test"
"""Takes 100 octets and says so (RFC 1870)."""
DOWN = "down.test"
"""Nobody listens."""
FINE = "fine.test"


class Receivers:
    """They run until `stop()`; `routes` says where each domain's mail goes."""

    def __init__(self) -> None:
        self._usual = ScriptedSmtp(_usual)
        self._small = ScriptedSmtp(_small)
        self.routes = dict.fromkeys([*ANSWERS, FINE], self._usual.port) | {SMALL: self._small.port, DOWN: free_port()}

    @property
    def arrived(self) -> list[bytes]:
        """What was taken."""
        return [*self._usual.messages, *self._small.messages]

    def stop(self) -> None:
        """Hang up."""
        self._usual.stop()
        self._small.stop()


def _usual(session: Session, verb: str, line: str) -> bytes | None:
    asked, words = ANSWERS.get(session.recipient.rpartition("@")[2], ("", ""))
    return f"{words}\r\n".format(address=session.recipient).encode() if verb == asked else None


def _small(session: Session, verb: str, line: str) -> bytes | None:
    said = {
        "EHLO": EHLO.replace(b"SIZE 1000000", b"SIZE 100"),
        "MAIL": b"552 5.3.4 message size exceeds fixed limit\r\n",
    }
    return said.get(verb)
