"""The addresses behind a host name, and the order in which they are tried (RFC 5321 section 5.1)."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Iterable, Sequence
from itertools import chain, zip_longest
from typing import TypeAlias

from newsletter.errors import TransportError
from newsletter.transports.reach import is_address, unknown

Found: TypeAlias = tuple[str, ...] | TransportError


class Addresses:
    """Finds a host's addresses; the one that answered last comes first. Lives on the loop's thread."""

    def __init__(self, host: str, port: int) -> None:
        self._host = host
        self._port = port
        self._good = ""

    async def find(self) -> list[str]:
        """Return what to try, in order. Raises OutOfReach when the name leads nowhere.

        May be cancelled at any time: the resolver of the system cannot be, so it is waited for by a thread that nobody waits for.
        """
        if is_address(self._host):
            return [self._host]
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Found] = loop.create_future()

        def tell(found: Found) -> None:
            if not answer.done():
                answer.set_result(found)

        def ask() -> None:
            found = _resolved(self._host, self._port)
            with contextlib.suppress(RuntimeError):  # the loop was closed meanwhile: nobody wants to know any more
                loop.call_soon_threadsafe(tell, found)

        threading.Thread(target=ask, name="smtp-resolver", daemon=True).start()
        found = await answer
        if isinstance(found, TransportError):
            raise found
        return sorted(found, key=lambda address: address != self._good)

    def answered(self, address: str) -> None:
        """Remember an address that took a connection: a dead one should cost its time-out once, not at each connection."""
        self._good = address


def _resolved(host: str, port: int) -> Found:
    """Ask the system; what goes wrong is returned."""
    where = f"SMTP {host}:{port}"
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return unknown(host, error.strerror or str(error), where=where)
    except UnicodeError:  # a label that is empty or too long never comes as far as the resolver
        return unknown(host, "it is not a host name", where=where)
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for the answer
        return TransportError(f"{host} cannot be looked up: {error!r}", where=where)
    return alternated((family, str(sockaddr[0])) for family, _, _, _, sockaddr in found)


def alternated(found: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    """Return each address once, families in turn (RFC 8305 section 4): a net without IPv6 must not cost each IPv6 address."""
    families: dict[int, dict[str, None]] = {}
    for family, address in found:
        families.setdefault(family, {})[address] = None
    turns: Sequence[dict[str, None]] = list(families.values())
    return tuple(address for address in chain(*zip_longest(*turns)) if address is not None)
