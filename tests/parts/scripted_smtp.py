"""An SMTP server that answers as it is told, octet by octet if wanted: to drive every branch of the client."""

from __future__ import annotations

import contextlib
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import BinaryIO

from tests.parts.waiting import comes_true

EHLO = b"250-test.example\r\n250-PIPELINING\r\n250-SIZE 1000000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 ENHANCEDSTATUSCODES\r\n"
PLAIN_EHLO = EHLO.replace(b"250-PIPELINING\r\n", b"")
DEFAULT = {
    "CONNECT": b"220 test.example ESMTP\r\n",
    "EHLO": EHLO,
    "HELO": b"250 test.example\r\n",
    "MAIL": b"250 2.1.0 ok\r\n",
    "RCPT": b"250 2.1.5 ok\r\n",
    "DATA": b"354 go on\r\n",
    ".": b"250 2.0.0 kept\r\n",
    "RSET": b"250 2.0.0 ok\r\n",
    "QUIT": b"221 2.0.0 bye\r\n",
    "STARTTLS": b"220 2.0.0 go on\r\n",
}


_NO_GOODBYE = struct.pack("ii", 1, 0)
"""SO_LINGER: on, for no time at all; what is closed so is reset."""


class Drop(Exception):  # noqa: N818 - an order, not an error
    """Raised by an answer: close the connection without a word."""


@dataclass
class Session:
    """One connection as the server sees it."""

    number: int  # from 1
    commands: list[str] = field(default_factory=list)  # lines as received; "." for the end of content
    messages: list[bytes] = field(default_factory=list)
    recipient: str = ""
    stage: str = ""  # MAIL or RCPT: how far the transaction has come

    def count(self, verb: str) -> int:
        """How often `verb` was said so far."""
        return sum(1 for command in self.commands if command.split(" ")[0].upper() == verb)

    def heard(self, verb: str, within: float = 5.0) -> bool:
        """Whether `verb` is the last it was told, waiting so many seconds for what may be on its way: a client awaits no answer to QUIT."""
        return comes_true(lambda: self.commands[-1:] == [verb], within)


Answer = Callable[[Session, str, str], bytes | None]
"""(session, verb, line) -> octets to send; None: the polite answer; raise Drop to hang up. Verb CONNECT comes first."""


def answering(ehlo: bytes = EHLO, **replies: bytes) -> Answer:
    """Answers by verb (`dot` for the final dot); the polite one for all else."""
    table = {"EHLO": ehlo, **{"." if verb == "dot" else verb.upper(): reply for verb, reply in replies.items()}}
    return lambda session, verb, line: table.get(verb)


class ScriptedSmtp:
    """Listens on loopback; `answer` decides each reply. `pieces`: write that many octets at a time. `stop()` ends it."""

    def __init__(
        self,
        answer: Answer | None = None,
        *,
        pieces: int = 0,
        tls: ssl.SSLContext | None = None,
        implicit: bool = False,
    ) -> None:
        self.sessions: list[Session] = []
        self._answer = answer or (lambda session, verb, line: None)
        self._pieces, self._tls, self._implicit = pieces, tls, implicit
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._sockets: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def url(self, parameters: str = "tls=none", credentials: str = "") -> str:
        """The way to it."""
        return f"smtp://{credentials}127.0.0.1:{self.port}?{parameters}"

    @property
    def messages(self) -> list[bytes]:
        """All content received whole, by connection."""
        return [content for session in self.sessions for content in session.messages]

    @property
    def recipients(self) -> list[str]:
        """The recipient of each message received whole: its last header line says it."""
        return [content.split(b"To: ")[1].split(b"\r\n")[0].decode() for content in self.messages]

    def stop(self) -> None:
        """Stop listening and hang up everywhere."""
        self.refuse()
        for each in self._sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()

    def refuse(self) -> None:
        """Stop listening: further connections are refused."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)

    def reset(self) -> None:
        """Break every connection with RST, as a firewall does that forgot them."""
        for each in list(self._sockets):
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_GOODBYE)
                each.shutdown(socket.SHUT_RD)  # wakes its thread, and tells the client nothing
        self._join()

    def say_everywhere(self, octets: bytes) -> None:
        """Say something unasked on every connection, and hang up."""
        for each in list(self._sockets):
            with contextlib.suppress(OSError):  # the client may hang up as soon as it has heard
                each.sendall(octets)
                each.shutdown(socket.SHUT_RDWR)
        self._join()

    def _join(self) -> None:
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sockets.append(connection)
            session = Session(len(self.sessions) + 1)
            self.sessions.append(session)
            thread = threading.Thread(target=self._serve, args=(connection, session), daemon=True)
            thread.start()
            self._threads.append(thread)

    def _serve(self, connection: socket.socket, session: Session) -> None:
        with contextlib.suppress(Drop, OSError, ValueError):
            if self._tls and self._implicit:
                connection = self._wrap(connection)
            self._say(connection, session, "CONNECT", "")
            self._converse(connection, session)
        _hang_up(connection)

    def _converse(self, connection: socket.socket, session: Session) -> None:
        try:
            while wrapped := self._converse_until_tls(connection, session):
                connection = wrapped
        finally:
            _hang_up(connection)  # the wrapped one, too, which `stop` may have come too early for

    def _converse_until_tls(self, connection: socket.socket, session: Session) -> ssl.SSLSocket | None:
        reader = connection.makefile("rb")
        while line := reader.readline():
            text = line.decode().rstrip("\r\n")
            verb = text.split(" ")[0].split(":")[0].upper()
            session.commands.append(text)
            if verb == "RCPT":
                session.recipient = text.partition("<")[2].partition(">")[0]
            said = self._say(connection, session, verb, text)
            if verb == "DATA" and said.startswith(b"354"):
                content = _content(reader)
                session.commands.append(".")
                self._say(connection, session, ".", ".", content)
            elif verb == "STARTTLS" and said.startswith(b"220") and self._tls:
                return self._wrap(connection)
            elif verb == "QUIT":
                break
        return None

    def _say(
        self, connection: socket.socket, session: Session, verb: str, line: str, content: bytes | None = None
    ) -> bytes:
        answer = self._answer(session, verb, line)
        said = _polite(session, verb) if answer is None else answer
        if verb in ("RSET", ".", "EHLO"):
            session.stage = ""
        elif verb in ("MAIL", "RCPT") and said.startswith(b"2"):
            session.stage = verb
        if content is not None and said.startswith(b"2"):
            session.messages.append(content)  # before the reply, so that whoever has read the reply finds it
        step = self._pieces or len(said) or 1
        for start in range(0, len(said), step):
            connection.sendall(said[start : start + step])
        return said

    def _wrap(self, connection: socket.socket) -> ssl.SSLSocket:
        assert self._tls
        wrapped = self._tls.wrap_socket(connection, server_side=True)
        self._sockets.append(wrapped)
        return wrapped


def _polite(session: Session, verb: str) -> bytes:
    """What a server says that keeps count of the transaction."""
    if (verb, session.stage) in {("MAIL", "MAIL"), ("MAIL", "RCPT"), ("RCPT", ""), ("DATA", ""), ("DATA", "MAIL")}:
        return b"503 5.5.1 bad sequence of commands\r\n"
    return DEFAULT.get(verb, b"500 5.5.2 what?\r\n")


def _content(reader: BinaryIO) -> bytes:
    lines = []
    while (line := reader.readline()) != b".\r\n":
        if not line:
            raise Drop
        lines.append(line[1:] if line.startswith(b"..") else line)
    return b"".join(lines)


def _hang_up(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        if connection.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, len(_NO_GOODBYE)) != _NO_GOODBYE:
            connection.shutdown(socket.SHUT_RDWR)
    connection.close()
