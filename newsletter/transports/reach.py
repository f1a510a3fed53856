"""Whether the way out lies within reach of this machine: what fails here need not fail on another."""

from __future__ import annotations

import errno
import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

from newsletter.transports.base import OutOfReach

_OURS = frozenset(
    {errno.ENETUNREACH, errno.ENETDOWN, errno.EADDRNOTAVAIL, errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
)
"""What a system says of itself when it cannot connect: no route, no network, no address, no descriptor, no memory."""


def find(host: str, port: int, *, where: str) -> None:
    """Look a host up and see that a route leads there; no octet is sent. Raises OutOfReach."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_DGRAM)
        _see_route([(family, sockaddr) for family, _, _, _, sockaddr in found])
    except UnicodeError:  # a label that is empty or too long never comes as far as the resolver
        raise unknown(host, "it is not a host name", where=where) from None
    except socket.gaierror as error:
        raise unknown(host, error.strerror or str(error), where=where) from error
    except OSError as error:
        raise no_way(error, where=where) from error


def unknown(host: str, why: str, *, where: str) -> OutOfReach:
    """Return the error of a name that leads nowhere."""
    return OutOfReach(
        f"no address is found for {host} ({why})",
        where=where,
        remedy="see that the name is right, and that this machine reaches a name server (/etc/resolv.conf)",
    )


def no_way(error: OSError, *, where: str) -> OutOfReach:
    """Return the error of a machine from which no way leads out."""
    return OutOfReach(
        f"this machine cannot connect: {error.strerror or error}",
        where=where,
        remedy="see to the network of this machine, and to its limit of open files",
    )


def is_ours(error: BaseException) -> bool:
    """Tell whether an error says that it is this machine that cannot connect: it, or what it came from."""
    return any(isinstance(each, OSError) and _says_so(each) for each in _causes(error))


def is_nameless(error: BaseException) -> bool:
    """Tell whether an error says that a name was not found: it, or what it came from."""
    return any(isinstance(each, socket.gaierror) for each in _causes(error))


def is_address(host: str) -> bool:
    """Tell whether a host is given by its address, so that nobody need be asked for it."""
    try:
        return bool(ipaddress.ip_address(host))
    except ValueError:
        return False


def _see_route(addresses: list[tuple[socket.AddressFamily, Any]]) -> None:
    """Raise what the last of them says when there is a way to none. Connecting a datagram socket sends nothing."""
    for number, (family, address) in enumerate(addresses, 1):
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.connect(address)
            return
        except OSError:
            if number == len(addresses):
                raise


def _says_so(error: OSError) -> bool:
    return error.errno in _OURS and not isinstance(error, socket.gaierror)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    for _ in range(10):
        if error is None:
            return
        yield error
        error = error.__cause__ or error.__context__
