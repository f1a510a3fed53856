"""A real name server on a loopback UDP port, with a zone that a test writes."""

from __future__ import annotations

import socket
import threading
from collections.abc import Sequence

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset


class Nameserver:
    """Answers from `zone`: (name, `TXT` or `MX`) to lines as they stand in a zone file; what is not there is NXDOMAIN.

    A name in `failing` is answered with SERVFAIL, one in `silent` not at all.
    """

    def __init__(self) -> None:
        self.zone: dict[tuple[str, str], list[str]] = {}
        self.failing: set[str] = set()
        self.silent: set[str] = set()
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def publish(self, *zone_lines: str) -> None:
        """Add records as `newsletter domain records` prints them."""
        for line in zone_lines:
            name, _, kind, text = line.split(" ", 3)
            self.zone.setdefault((name.rstrip("."), kind), []).append(text)

    def withdraw(self, name: str, kind: str = "TXT") -> None:
        """Take what is at a name out."""
        del self.zone[name, kind]

    def stop(self) -> None:
        """Answer no more."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as waker:
            waker.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            wire, client = self._socket.recvfrom(4096)
            if not wire:
                return
            answer = self._answer(dns.message.from_wire(wire))
            if answer is not None:
                self._socket.sendto(answer.to_wire(), client)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        question = query.question[0]
        name = question.name.to_text(omit_final_dot=True)
        answer = dns.message.make_response(query, recursion_available=True)
        if name in self.silent:
            return None
        if name in self.failing:
            answer.set_rcode(dns.rcode.SERVFAIL)
            return answer
        texts: Sequence[str] = self.zone.get((name, dns.rdatatype.to_text(question.rdtype)), [])
        if texts:
            answer.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", question.rdtype, texts))
        elif name not in {known for known, _ in self.zone}:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer
