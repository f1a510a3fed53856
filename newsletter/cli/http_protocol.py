"""uvicorn's HTTP protocol with an end to its patience: for a head, a body, a reader of ours; and with bounds on each of them.

RFC 9112 section 9.5 and RFC 9110 sections 15.5.9 (408) and 15.5.22 (RFC 6585 section 5: 431) say how a server may give up.
"""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import ClassVar, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from newsletter.cli.connections import Connections, WaitedFor
from newsletter.networks import network_of

_OVERHEAD = 8
"""Octets of framing for each octet of a chunked body: a client that sends single octets needs five."""


class LimitedProtocol(HttpToolsProtocol):
    """One connection. A subclass names the `door` that all connections of a process share."""

    door: ClassVar[Connections]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin, unless there is no room and nobody to make it."""
        super().connection_made(transport)
        self.peer = self.client[0] if self.client else ""
        self.network = network_of(self.peer)
        self._reading: WaitedFor | None = None
        self._deadline = 0.0
        self._fresh = 0  # octets that came since the last complete request
        self._body = 0  # octets of the body that comes
        self._trailers = 0
        self._refusal = HTTPStatus.BAD_REQUEST
        self._unread = (0.0, 0)  # when so many octets of ours were waiting to be taken
        self._closing_since: float | None = None
        if self.door.admit(self):
            self._expect(WaitedFor.HEAD, self.door.limits.head_seconds)
        else:
            self._turn_away(HTTPStatus.SERVICE_UNAVAILABLE)

    def connection_lost(self, exc: Exception | None) -> None:
        """End."""
        self.door.forget(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on, and bound what is no body."""
        if self.transport.is_closing():
            return
        if self._reading is None and not self._is_in_work():
            self._expect(WaitedFor.HEAD, self.door.limits.head_seconds)
        self._fresh += len(data)
        super().data_received(data)
        if self.transport.is_closing():
            return
        most = self.door.limits.most_head
        if self._reading is WaitedFor.HEAD and self._fresh > most and not self._is_in_work():
            self._turn_away(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        elif self._reading is not None and self._fresh > 2 * most + _OVERHEAD * self._body:
            self.drop()

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read, or what a callback of ours stopped at."""
        if self._is_in_work():  # an answer is on its way, and ours would stand in the midst of it
            self.drop()
        else:
            self._turn_away(self._refusal)

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._body = self._trailers = 0
        if self._reading is None:
            self._expect(WaitedFor.HEAD, self.door.limits.head_seconds)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a field of the head; one that follows a body (RFC 9112 section 7.1.2) is of no use here, and is left out."""
        if self._reading is not WaitedFor.BODY:
            super().on_header(name, value)
            return
        self._trailers += 1
        self._stop_if(self._trailers > self.door.limits.most_fields)

    def on_headers_complete(self) -> None:
        """The head is whole: bound it, and let the application begin."""
        limits = self.door.limits
        octets = len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)
        self._stop_if(octets > limits.most_head or len(self.headers) > limits.most_fields)
        self._stop_if(len(self.pipeline) >= limits.most_pipelined)
        self._expect(WaitedFor.BODY, limits.body_seconds)
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Count what comes of a body."""
        self._body += len(body)
        super().on_body(body)

    def on_message_complete(self) -> None:
        """All of a request is here: what is waited for now is our answer."""
        super().on_message_complete()
        self._reading, self._fresh, self._body = None, 0, 0
        self._settle()

    def on_response_complete(self) -> None:
        """An answer is out."""
        super().on_response_complete()
        if self.transport.is_closing() or self._is_in_work():
            return
        if self._reading is not None:
            # a body that nobody wants any more, or the beginning of the next head
            limits = self.door.limits
            seconds = limits.linger_seconds if self._reading is WaitedFor.BODY else limits.head_seconds
            self._expect(self._reading, seconds)
        self._settle()

    def pause_writing(self) -> None:
        """The client does not take what it asked for."""
        super().pause_writing()
        self._settle()

    def resume_writing(self) -> None:
        """It does again."""
        super().resume_writing()
        self._settle()

    def overdue(self, now: float) -> None:
        """Close what has taken longer than it may."""
        if self._is_unread(now):
            self.drop()
        elif self.transport.is_closing():
            self._closing_since = self._closing_since or now
            if now - self._closing_since > self.door.limits.linger_seconds and not self._unread[1]:
                self.drop()
        elif self._reading is not None:
            self._look_at_the_time(now)

    def drop(self) -> None:
        """Close at once, whatever is under way."""
        if self.cycle is not None:
            self.cycle.disconnected = True
        self.transport.abort()

    def _look_at_the_time(self, now: float) -> None:
        limits, is_busy = self.door.limits, self._is_in_work()
        if self.flow.read_paused or (is_busy and self._reading is WaitedFor.HEAD):  # it is we who are slow
            self._deadline = max(self._deadline, now + limits.linger_seconds)
        more = self._body / limits.least_rate if is_busy else 0.0
        if now <= self._deadline + more:
            return
        if self.pipeline or (is_busy and self.cycle.response_started):
            self.drop()
        elif self._fresh:
            self._turn_away(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.transport.close()

    def _is_unread(self, now: float) -> bool:
        since, before = self._unread
        waiting = self.transport.get_write_buffer_size()
        if not waiting or not before or waiting > before:
            self._unread = (now, waiting)
        elif now - since > self.door.limits.write_seconds:
            self._unread = (now, waiting)
            return before - waiting < self.door.limits.least_read
        return False

    def _is_in_work(self) -> bool:
        cycle = cast("RequestResponseCycle | None", self.cycle)  # none before the first request
        return cycle is not None and not cycle.response_complete

    def _expect(self, kind: WaitedFor, seconds: float) -> None:
        self._reading = kind
        self._deadline = self.loop.time() + seconds
        self._settle()

    def _settle(self) -> None:
        waited_for = self._reading
        if self.flow.write_paused:  # whatever else it asks for meanwhile
            waited_for = WaitedFor.READING
        elif self._is_in_work():
            waited_for = WaitedFor.BODY if self._reading is WaitedFor.BODY else None
        elif waited_for is None:
            waited_for = WaitedFor.HEAD
        self.door.wait_for(self, waited_for)

    def _stop_if(self, too_much: bool) -> None:
        """Stop the parser, which then asks for `send_400_response`."""
        if too_much:
            self._refusal = HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE
            raise ValueError(self._refusal.phrase)

    def _turn_away(self, status: HTTPStatus) -> None:
        """Say why, and close. Whatever the application still answers is lost."""
        if self.cycle is not None:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
        again = b"retry-after: 5\r\n" if status is HTTPStatus.SERVICE_UNAVAILABLE else b""
        text = f"{status.phrase}\n".encode()
        head = f"HTTP/1.1 {status.value} {status.phrase}\r\nconnection: close\r\ncontent-type: text/plain\r\n"
        self.transport.write(b"".join([head.encode(), b"content-length: %d\r\n" % len(text), again, b"\r\n", text]))
        self.transport.close()


def protocol_of(door: Connections) -> type[LimitedProtocol]:
    """Return the protocol of a server whose connections `door` counts."""
    return type("ProtocolOfDoor", (LimitedProtocol,), {"door": door})
