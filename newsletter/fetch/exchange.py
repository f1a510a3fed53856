"""One question over a line, and its answer: no redirect is followed here."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

import httpcore

from newsletter import __version__
from newsletter.errors import NewsletterError, UnavailableError
from newsletter.fetch import unpacking
from newsletter.fetch.addresses import where
from newsletter.fetch.lines import HostLine
from newsletter.fetch.values import BrokenAnswerError, LargeAnswerError, Page, SlowAnswerError

REDIRECTS = frozenset({301, 302, 303, 307, 308})
_WITHOUT_BODY = frozenset({204, 304})
_REFUSALS = 400
_MOST_PIECES = 100_000
"""Pieces (RFC 9112 section 7.1) of a body: each costs the work of a hundred octets, which others wait for."""
_TOO_LARGE = "the answer is larger than {} octets"
_MOST_OF_REFUSAL = 16 * 1024
"""Octets of the words of a refusal that are read where they matter little."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How an address is asked for: the seconds it may take, the octets of its body, and the schemes it may have.

    `whole`: all of its body or an error; `unpacks`: gzip is taken, and of a refusal no more than its beginning.
    """

    seconds: float
    octets: int
    schemes: tuple[str, ...]
    method: str = "GET"
    whole: bool = True
    unpacks: bool = False


def exchange(line: HostLine, url: str, asked: Manner, headers: Mapping[str, str]) -> Page:
    """Ask over a line whose guard knows the end. Raises UnavailableError, PrivateAddressError."""
    coding = "gzip" if asked.unpacks else "identity"  # counted as it comes; packed, a small one could be a large one
    ours = {"User-Agent": f"newsletter/{__version__}", "Accept": "*/*"}
    sent = _merged(ours, headers, {"Accept-Encoding": coding})
    try:
        with ExitStack() as stack:
            answer = _begun(stack, line, url, asked, sent)
            found = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in answer.headers}
            return Page(url, answer.status, found, _content(answer, found, asked))
    except NewsletterError as error:
        error.where = error.where or where(url)
        raise
    except (httpcore.TimeoutException, TimeoutError):
        raise SlowAnswerError(f"no answer within {asked.seconds:g} s", where=where(url)) from None
    except (httpcore.NetworkError, httpcore.ProtocolError, OSError, ValueError) as error:  # no host for TLS: ValueError
        said = f"{type(error).__name__} {error}".strip()
        raise UnavailableError(f"it cannot be fetched: {said}", where=where(url)) from None


def _merged(*given: Mapping[str, str]) -> dict[str, str]:
    """Return headers of which the later ones take the place of the earlier, however their names are written."""
    found = {name.lower(): (name, value) for headers in given for name, value in headers.items()}
    return dict(found.values())


def _begun(stack: ExitStack, line: HostLine, url: str, asked: Manner, headers: dict[str, str]) -> httpcore.Response:
    """Ask, and return the answer's head; once more on a new connection when a kept one turns out to be closed."""
    sent = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers.items()]
    each = dict.fromkeys(("connect", "read", "write", "pool"), asked.seconds)
    made = line.guard.made

    def begin() -> httpcore.Response:
        target = url.partition("#")[0]
        extensions = {"timeout": each}
        return stack.enter_context(line.pool.stream(asked.method, target, headers=sent, extensions=extensions))

    try:
        return begin()
    except (httpcore.NetworkError, httpcore.RemoteProtocolError):
        if line.guard.made != made or asked.method != "GET":
            raise
        return begin()  # RFC 9110 section 9.2.2: what only reads may be asked again


def _content(answer: httpcore.Response, headers: dict[str, str], asked: Manner) -> bytes:
    if answer.status in REDIRECTS and "location" in headers:
        if headers.get("content-length") == "0":
            _beginning(answer, 1)  # nothing to wait for, and the connection is of use again
        return b""
    if answer.status in _WITHOUT_BODY:
        return _beginning(answer, 1)  # its headers tell of the body that it does not bring (RFC 9110 section 15.4.5)
    if not asked.whole:
        return _beginning(answer, asked.octets)
    if asked.unpacks and answer.status >= _REFUSALS:
        return _words(answer, headers)
    return _body(answer, headers, asked)


def _body(answer: httpcore.Response, headers: dict[str, str], asked: Manner) -> bytes:
    """Return all of a body. Raises LargeAnswerError, BrokenAnswerError."""
    unpack = _unpacking(headers, asked)
    found = bytearray()  # no list of pieces: each octet may come as one
    left = asked.octets
    length = headers.get("content-length", "")
    if length.isdigit() and int(length) > left:
        raise LargeAnswerError(_TOO_LARGE.format(asked.octets))
    for number, piece in enumerate(answer.iter_stream()):
        left -= len(piece)
        if left < 0:
            raise LargeAnswerError(_TOO_LARGE.format(asked.octets))
        if number >= _MOST_PIECES:
            raise BrokenAnswerError(f"the answer comes in more than {_MOST_PIECES:,} pieces")
        found += unpack.take(piece) if unpack is not None else piece
    if unpack is not None:
        unpack.end()
    return bytes(found)


def _unpacking(headers: dict[str, str], asked: Manner) -> unpacking.Unpacking | None:
    coding = headers.get("content-encoding", "identity").strip().lower()
    if coding in ("", "identity"):
        return None
    if asked.unpacks and coding in unpacking.NAMES:
        return unpacking.Unpacking(asked.octets)
    raise BrokenAnswerError(f"the answer is packed ({coding[:40]}) although that was not asked for")


def _words(answer: httpcore.Response, headers: dict[str, str]) -> bytes:
    """Return the beginning of what a refusal says, or nothing: that it is one is known already."""
    if headers.get("content-encoding", "identity").strip().lower() not in ("", "identity"):
        return b""
    try:
        return _beginning(answer, _MOST_OF_REFUSAL)
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError, OSError):
        return b""


def _beginning(answer: httpcore.Response, octets: int) -> bytes:
    """Return the first octets of a body; the connection is closed on what comes after them."""
    pieces: list[bytes] = []
    left = octets
    for piece in answer.iter_stream() if octets else ():
        pieces.append(piece[:left])
        left -= len(piece)
        if left <= 0:
            break
    return b"".join(pieces)
