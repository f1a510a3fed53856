"""The dialogue that moves messages: a state machine without I/O, from the first MAIL to QUIT.

With PIPELINING (RFC 2920) one write holds the content, its final dot, and MAIL, RCPT, DATA of the next message, so that a
message costs one round trip:

    client  content . MAIL RCPT DATA               content . MAIL RCPT DATA
    server                          250 250 250 354                         250 250 250 354

Without it each command waits for its reply. At most one message at a time is between its final dot and the reply.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Protocol

from newsletter.mail.envelope import Deferred, Outcome, Refused, Unknown
from newsletter.transports.smtp.capabilities import Capabilities
from newsletter.transports.smtp.feed import InFlight
from newsletter.transports.smtp.replies import ProtocolError, Reply, ReplyReader
from newsletter.transports.smtp.timeouts import Timeouts
from newsletter.transports.smtp.wire import DATA, Commands, commands, stuffed

FINAL_DOT = b".\r\n"


class MessageSource(Protocol):
    """Where messages come from."""

    def take(self) -> InFlight | None:
        """Return the next one, if there is one now."""
        ...


class Dialogue:
    """One connection's transactions. Octets come in by `receive`, and go out as lists to be written in one go.

    `resting`: nothing under way, `begin` may be called. `leaving`: QUIT was said. `over`: QUIT was answered; close. When the connection breaks,
    `lost` says what becomes of the messages on it. ProtocolError from any method means the same as a break.
    """

    def __init__(self, server: Capabilities, source: MessageSource, most: int) -> None:
        self.resting = True
        self.leaving = False
        self.over = False
        self.completed = 0  # messages answered after their final dot, or refused before
        self._begun = 0  # times it was set to work
        self._server = server
        self._source = source
        self._left = most
        self._reader = ReplyReader()
        self._expected: deque[Callable[[Reply], None]] = deque()
        self._group = (self._mail, self._rcpt, self._data)
        self._out: list[bytes] = []
        self._offered: InFlight | None = None  # its MAIL is written, its final dot is not
        self._sent: InFlight | None = None  # its final dot is written, and not yet answered
        self._commands = Commands(b"")  # of the message offered
        self._refusal: Reply | None = None
        self._mail_taken = self._rcpt_taken = self._reset_due = False

    def begin(self) -> list[bytes]:
        """Start the next message, if one waits; return what to write."""
        self._begun += 1
        self._proceed()
        return self._flush()

    def receive(self, data: bytes) -> list[bytes]:
        """Take in octets from the server; return what to write."""
        try:
            replies = self._reader.feed(data)
        except ProtocolError as error:
            self._hear(error.before)
            raise
        expected = self._expected
        if len(replies) > len(expected):
            self._hear(replies)
            return self._flush()
        for reply in replies:
            if reply.code == 421:  # RFC 5321 section 3.8: the server closes, whatever was said
                self._server_closes(reply)
            expected.popleft()(reply)
        return self._flush()

    def _hear(self, replies: list[Reply]) -> None:
        """Take in replies that may be more than are due.

        What came with the same octets cannot answer what is written because of them: a 250 behind the 354 says nothing of a
        message that was not sent yet.
        """
        due = len(self._expected)
        for number, reply in enumerate(replies):
            if reply.code == 421:
                self._server_closes(reply, early=number >= due)
            if number >= due:
                raise ProtocolError(f"a reply to nothing: {reply.text[:200]}")
            self._expected.popleft()(reply)

    def quit(self) -> list[bytes]:
        """Say goodbye."""
        self._say_goodbye()
        return self._flush()

    def lost(self, why: str, *, others_work: bool = False) -> None:
        """The connection is gone: settle what was on it. `others_work`: on other connections of this server."""
        sent, offered = self._sent, self._offered
        # A message may be why a connection breaks when it is what the server spoke of last; or when it is the first one on
        # the only connection, where nobody knows better.
        blamed = not sent and (self._group_begun() or not (self.proven or others_work))
        self._sent = self._offered = None
        self.resting = False
        self._expected.clear()
        if sent:
            sent.settle(Unknown(why), heard=False)
        if offered:
            offered.give_back(why, blamed=blamed)

    @property
    def proven(self) -> bool:
        """Whether the server has shown that it keeps this connection: by an answer to a message, or through a rest."""
        return self.completed > 0 or self._begun > 1

    def _group_begun(self) -> bool:
        """Whether any reply to the message offered was read."""
        return not self._expected or self._expected[0] not in (self._mail, self._reset)

    @property
    def phase(self) -> object:
        """Something that is another thing as soon as the reply that was due has come."""
        return self._begun, self.completed, self._expected[0] if self._expected else None

    def patience(self, timeouts: Timeouts) -> float:
        """How long the server may take for the reply that is due."""
        step = self._expected[0] if self._expected else None
        if step in (self._dot, self._empty_dot):
            return timeouts.final_dot
        if step is None:
            return timeouts.idle
        return timeouts.data_command if step == self._data else timeouts.command

    def _say_goodbye(self) -> None:
        self.resting = False
        self.leaving = True
        self._out.append(b"QUIT\r\n")
        self._expected.append(self._bye)

    def _flush(self) -> list[bytes]:
        out, self._out = self._out, []
        return out

    def _proceed(self) -> None:
        """Nothing is under way: begin the next message, say goodbye after the last one, or rest."""
        self.resting = not self._offer() and self._left > 0
        if not self.resting and not self._offered:
            self._say_goodbye()

    def _offer(self) -> bool:
        """Write MAIL of the next message, with PIPELINING RCPT and DATA too; False when none waits or may go."""
        while self._left > 0 and (passage := self._source.take()) is not None:
            wanted = commands(passage.envelope, self._server)
            if isinstance(wanted, Commands):
                self._left -= 1
                self._offered = passage
                self._write_commands(wanted)
                return True
            passage.settle(wanted, heard=False)
        return False

    def _write_commands(self, wanted: Commands) -> None:
        self._commands = wanted
        reset, self._reset_due = self._reset_due, False
        if reset:
            self._out.append(b"RSET\r\n")
            self._expected.append(self._reset)
        if self._server.pipelining:
            self._out.append(wanted.octets)
            self._expected += self._group
        elif not reset:
            self._out.append(wanted.mail)
            self._expected.append(self._mail)

    def _reset(self, reply: Reply) -> None:
        if reply.code // 100 != 2:
            raise ProtocolError(f"RSET refused: {reply.text[:200]}")
        if not self._server.pipelining:
            self._out.append(self._commands.mail)
            self._expected.append(self._mail)

    def _mail(self, reply: Reply) -> None:
        self._mail_taken = reply.code // 100 == 2
        self._rcpt_taken = False
        self._refusal = None if self._mail_taken else reply
        if not self._server.pipelining:
            self._step(self._commands.rcpt, self._rcpt)

    def _rcpt(self, reply: Reply) -> None:
        self._rcpt_taken = reply.code // 100 == 2
        if not self._rcpt_taken and self._refusal is None:
            self._refusal = reply
        if not self._server.pipelining:
            self._step(DATA, self._data)

    def _step(self, command: bytes, then: Callable[[Reply], None]) -> None:
        """Without PIPELINING: the next command, or the end of this message."""
        if self._refusal:
            self._refuse(self._refusal)
            self._proceed()
        else:
            self._out.append(command)
            self._expected.append(then)

    def _data(self, reply: Reply) -> None:
        if reply.code != 354:
            self._refuse(self._refusal or reply)
            self._proceed()
        elif self._refusal is None:
            self._send_content()
        elif self._rcpt_taken:
            # MAIL refused, yet RCPT taken: a lone dot might send that reader an empty message.
            raise ProtocolError("the server lost count of its replies")
        else:
            # RFC 2920 section 3.1: DATA accepted with no recipient left; end it with a lone dot and read the reply.
            self._refuse(self._refusal)
            self._reset_due = False
            self._out.append(FINAL_DOT)
            self._expected.append(self._empty_dot)

    def _send_content(self) -> None:
        passage = self._offered
        if passage is None or not passage.wrote():
            raise ProtocolError("the message was withdrawn")
        self._sent, self._offered = passage, None
        envelope = passage.envelope
        self._out += (envelope.content if envelope.wire_safe else stuffed(envelope.content), FINAL_DOT)
        self._expected.append(self._dot)
        if self._server.pipelining:
            self._offer()

    def _dot(self, reply: Reply) -> None:
        self._settle_sent(reply.outcome("DOT"))
        if not self._offered:
            self._proceed()

    def _empty_dot(self, _reply: Reply) -> None:
        self._proceed()

    def _bye(self, _reply: Reply) -> None:
        self.over = True

    def _refuse(self, reply: Reply) -> None:
        """The offered message goes no further. A transaction that was begun stays open: RSET before the next."""
        outcome = reply.outcome(self._refused_at())
        if not isinstance(outcome, Deferred | Refused):
            raise ProtocolError(f"a reply out of place: {reply.text[:200]}")
        passage, self._offered = self._offered, None
        self._reset_due = self._mail_taken
        self.completed += 1
        if passage:
            passage.settle(outcome, heard=True)

    def _refused_at(self) -> str:
        """What a refusal of the offered message answers."""
        if not self._mail_taken:
            return "MAIL"
        return "DATA" if self._rcpt_taken else "RCPT"

    def _settle_sent(self, outcome: Outcome) -> None:
        passage, self._sent = self._sent, None
        self.completed += 1
        if passage:
            passage.settle(outcome, heard=True)

    def _server_closes(self, reply: Reply, *, early: bool = False) -> None:
        """421: it answers the message whose reply is due, unless this connection served others and simply has had enough."""
        step = self._expected[0] if self._expected and not early else None
        if step == self._dot:
            self._settle_sent(reply.outcome("DOT"))
        elif self._offered and not self._sent and not self.proven and step in self._group:
            self._refuse(reply)
        if self._offered:  # the server had enough of this connection, not of this message
            passage, self._offered = self._offered, None
            passage.give_back(reply.text, blamed=False)
        raise ProtocolError(reply.text)
