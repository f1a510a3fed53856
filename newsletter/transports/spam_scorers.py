"""Who scores a mail as spam: SpamAssassin by its daemon or its command, or rspamd by HTTP.

The address comes from the operator, so that loopback and private addresses are allowed. A mail goes there and nowhere else; what comes
back is bounded in octets, and the whole of it in seconds. Only local tests are wanted of the command (`--local`).
Sources: spamd/PROTOCOL of SpamAssassin (SPAMC/1.5), rspamd's "HTTP protocol" (/checkv2).
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import socket
import subprocess
import time
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import urlsplit

import httpx

from newsletter import __version__
from newsletter.config.preflight import SPAMASSASSIN
from newsletter.errors import UnavailableError
from newsletter.transports.deadline import client, within

SECONDS = 15.0
"""How long one score may take."""
_MOST = 256 * 1024  # octets of an answer
_SPAM = re.compile(
    rb"^Spam:[ \t]*\w+[ \t]*;[ \t]*(-?[0-9.]{1,12})[ \t]*/[ \t]*(-?[0-9.]{1,12})", re.MULTILINE | re.IGNORECASE
)
_STATUS = re.compile(
    rb"^X-Spam-Status: \w+, score=(-?[0-9.]{1,12}) required=(-?[0-9.]{1,12}) tests=([\w,\s]{0,8000})", re.MULTILINE
)
_SETTING = "NEWSLETTER_SPAM_SCORER"


@dataclass(frozen=True, slots=True)
class SpamScore:
    """What a filter says of a mail: from `limit` points on it would call it spam; `symbols` name what counted."""

    by: str
    points: float
    limit: float
    symbols: tuple[str, ...] = ()


class SpamScorer(Protocol):
    """A filter that can be asked."""

    def score(self, message: bytes) -> SpamScore:
        """Return the score of a message in wire form. Raises UnavailableError when it cannot be had in time."""
        ...


def scorer_of(setting: str) -> SpamScorer | None:
    """Return who the setting names; None where it names nobody."""
    if setting == SPAMASSASSIN:
        return SpamAssassinCommand()
    parts = urlsplit(setting)
    if parts.scheme == "spamd":
        return Spamd(parts.hostname or "", parts.port or 783)
    return Rspamd(setting) if setting else None


@dataclass(frozen=True, slots=True)
class Spamd:
    """The daemon of SpamAssassin."""

    host: str
    port: int
    seconds: float = SECONDS

    def score(self, message: bytes) -> SpamScore:
        """Ask by the verb SYMBOLS. Raises UnavailableError."""
        head = f"SYMBOLS SPAMC/1.5\r\nContent-length: {len(message)}\r\n\r\n".encode()
        try:
            answer = self._asked(head + message)
        except OSError as error:
            raise _unavailable("spamd", self.host, error) from None
        found = _SPAM.search(answer)
        if not answer.startswith(b"SPAMD/") or found is None:
            raise UnavailableError("spamd gave no score", where=_SETTING)
        body = answer.partition(b"\r\n\r\n")[2].decode("ascii", "replace")
        return SpamScore("SpamAssassin", float(found[1]), float(found[2]), _names(body))

    def _asked(self, question: bytes) -> bytes:
        end = time.monotonic() + self.seconds
        answer = b""
        with socket.create_connection((self.host, self.port), self.seconds) as line:
            line.sendall(question)
            with contextlib.suppress(OSError):  # it may have read all and closed its side already
                line.shutdown(socket.SHUT_WR)
            while len(answer) < _MOST:
                left = end - time.monotonic()
                if left <= 0:
                    raise TimeoutError
                line.settimeout(left)
                piece = line.recv(65_536)
                if not piece:
                    break
                answer += piece
        return answer


@dataclass(frozen=True, slots=True)
class Rspamd:
    """The normal worker of rspamd, at its address."""

    url: str
    seconds: float = SECONDS

    def score(self, message: bytes) -> SpamScore:
        """Post the message to /checkv2. Raises UnavailableError."""
        address = f"{self.url.rstrip('/')}/checkv2"
        headers = {"User-Agent": f"newsletter/{__version__}", "Content-Type": "application/octet-stream"}
        try:
            with (
                within(self.seconds),
                client(address, httpx.Timeout(self.seconds)) as ours,
                ours.stream("POST", address, content=message, headers=headers) as answer,
            ):
                status, said = answer.status_code, _bounded(answer)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            raise _unavailable("rspamd", urlsplit(self.url).hostname or "", error) from None
        if status != httpx.codes.OK:
            raise UnavailableError(f"rspamd answers {status}", where=_SETTING)
        return _of_rspamd(said)


@dataclass(frozen=True, slots=True)
class SpamAssassinCommand:
    """The command `spamassassin`, where it is on the PATH."""

    seconds: float = 2 * SECONDS  # it reads all of its rules each time

    def score(self, message: bytes) -> SpamScore:
        """Run it over the message, with local tests only. Raises UnavailableError."""
        command = shutil.which(SPAMASSASSIN)
        if command is None:
            raise UnavailableError("there is no spamassassin on the PATH", where=_SETTING)
        try:
            ran = subprocess.run(  # noqa: S603 - a command of the machine, with nothing of anybody's in its arguments
                [command, "--local"], input=message, capture_output=True, timeout=self.seconds, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            raise _unavailable("spamassassin", "this machine", error) from None
        found = _STATUS.search(ran.stdout[:_MOST].replace(b"\r\n", b"\n"))
        if found is None:
            raise UnavailableError("spamassassin gave no score", where=_SETTING)
        symbols = re.sub(r"\s.*", "", re.sub(r",\s+", ",", found[3].decode("ascii", "replace")), flags=re.DOTALL)
        return SpamScore("SpamAssassin", float(found[1]), float(found[2]), _names(symbols))


def _bounded(answer: httpx.Response) -> bytes:
    said = b""
    for piece in answer.iter_raw(65_536):
        said += piece
        if len(said) > _MOST:
            raise UnavailableError(f"the answer of rspamd is larger than {_MOST:,} octets", where=_SETTING)
    return said


def _of_rspamd(said: bytes) -> SpamScore:
    try:
        told = json.loads(said)
        symbols = sorted(told["symbols"].items(), key=lambda each: -abs(float(each[1]["score"])))
        names = tuple(str(name)[:80] for name, symbol in symbols if float(symbol["score"]))
        return SpamScore("rspamd", float(told["score"]), float(told["required_score"]), names)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise UnavailableError("rspamd gave no score", where=_SETTING) from None


def _names(listed: str) -> tuple[str, ...]:
    return tuple(name.strip()[:80] for name in listed.split(",") if name.strip() and name.strip().lower() != "none")


def _unavailable(name: str, host: str, error: Exception) -> UnavailableError:
    kind = (
        "no answer in time"
        if isinstance(error, (TimeoutError, httpx.TimeoutException, subprocess.TimeoutExpired))
        else "no connection"
    )
    return UnavailableError(
        f"{name} at {host} cannot be asked: {kind}", where=_SETTING, remedy="start it, or empty the setting"
    )
