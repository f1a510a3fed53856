"""Questions to DNS, by dnspython: the only module that asks."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import dns.exception
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.ANY.TXT import TXT

from newsletter.errors import InputError, UnavailableError
from newsletter.mail.domain_check import DnsAnswer

SECONDS = 5.0
"""How long one question may take, with its repetitions."""
AT_ONCE = 8
"""Questions under way at a time."""


class Lookups:
    """Asks the name server of this machine, or the one given as `HOST:PORT`; thread-safe.

    Raises InputError when `nameserver` cannot be read, UnavailableError when this machine names none.
    """

    def __init__(self, nameserver: str = "", *, seconds: float = SECONDS) -> None:
        try:
            self._resolver = dns.resolver.Resolver(configure=not nameserver)
        except dns.resolver.NoResolverConfiguration:
            raise UnavailableError("this machine names no name server", remedy="name one: --nameserver") from None
        if nameserver:
            host, port = _host_and_port(nameserver)
            self._resolver.nameservers, self._resolver.port = [host], port
        self._resolver.lifetime = seconds
        self._resolver.timeout = seconds / 2

    def __call__(self, name: str, kind: str) -> DnsAnswer:
        """Return what is at `name`; `kind` is `TXT` or `MX`. What goes wrong is a value, too."""
        try:
            found = self._resolver.resolve(name, kind, search=False)
        except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
            return DnsAnswer()
        except dns.resolver.LifetimeTimeout:
            return DnsAnswer(failure=f"no answer for {name} within {self._resolver.lifetime:g} s")
        except dns.resolver.NoNameservers as error:
            return DnsAnswer(failure=f"the name servers fail on {name}: {_codes(error)}")
        except dns.exception.DNSException as error:
            return DnsAnswer(failure=f"{name} cannot be asked for: {type(error).__name__}")
        return DnsAnswer(tuple(_text(each) for each in found))

    def ask(self, questions: Iterable[tuple[str, str]]) -> dict[tuple[str, str], DnsAnswer]:
        """Ask several questions at once."""
        asked = list(dict.fromkeys(questions))
        with ThreadPoolExecutor(AT_ONCE) as threads:
            return dict(zip(asked, threads.map(lambda question: self(*question), asked), strict=True))


def _text(data: object) -> str:
    if isinstance(data, TXT):
        # RFC 7208 section 3.3, RFC 6376 section 3.6.2.2: strings are joined with nothing between.
        return b"".join(data.strings).decode("utf-8", "replace")
    assert isinstance(data, MX)
    return f"{data.preference} {data.exchange.to_text(omit_final_dot=True)}"


def _codes(error: dns.resolver.NoNameservers) -> str:
    """What each server said, in a word: SERVFAIL, REFUSED, a socket's complaint."""
    said = (str(entry[3]) for entry in error.kwargs.get("errors", ()))
    return ", ".join(dict.fromkeys(said)) or "no word why"


def _host_and_port(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":") if text.count(":") == 1 or text.startswith("[") else (text, "", "53")
    try:
        return str(ipaddress.ip_address(host.strip("[]"))), int(port)
    except ValueError:
        remedy = "write it as 192.0.2.1, 192.0.2.1:53 or [2001:db8::1]:53"
        raise InputError(f"{text!r} is not the address of a name server", where="--nameserver", remedy=remedy) from None
