"""A mailbox that reports are fetched from (RFC 3501), with IDLE (RFC 2177) where the server knows it."""

from __future__ import annotations

import imaplib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from imap_tools import AND, BaseMailBox, MailBox, MailBoxStartTls, MailBoxUnencrypted, MailMessageFlags
from imap_tools.errors import ImapToolsError

from newsletter.errors import InputError, TransportError

SECONDS = 30
"""Longest wait for an answer of the server."""
_SLICE_SECONDS = 1.0
_SAMPLE = "imaps://user:password@host/FOLDER?done=seen"


@dataclass(frozen=True, slots=True)
class ImapUrl:
    """Where the mailbox is. `done` says what happens to a message that is kept: `seen`, `delete`, or a folder's name."""

    host: str
    port: int
    tls: str  # implicit | starttls | none
    user: str
    password: str
    folder: str
    done: str

    @classmethod
    def read(cls, url: str) -> Self:
        """Read `imaps://user:pass@host:port/FOLDER?done=...&tls=...`. Raises InputError."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise _bad() from None
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        secure = parts.scheme == "imaps"
        tls = options.get("tls", "implicit" if secure else "starttls")
        if parts.scheme not in ("imap", "imaps") or not parts.hostname or tls not in _KINDS or not parts.username:
            raise _bad()
        return cls(
            host=parts.hostname,
            port=port or (993 if secure else 143),
            tls=tls,
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=unquote(parts.path.strip("/")) or "INBOX",
            done=options.get("done", "seen"),
        )


class ImapMailbox:
    """One connection. Raises TransportError when the server is gone or refuses, at any call."""

    def __init__(self, url: ImapUrl) -> None:
        self._url = url
        with _translated(url.host):
            self._box = _KINDS[url.tls](url.host, url.port)
            try:
                self._box.login(url.user, url.password, initial_folder=url.folder)
                self._can_idle = b"IDLE" in self._capabilities()
            except BaseException:
                self._box.client.shutdown()
                raise

    def waiting(self, most_octets: int) -> Iterator[tuple[str, bytes]]:
        """Yield (uid, raw message) of what was not fetched yet, oldest first; of a larger one its first octets."""
        criteria = AND(seen=False) if self._url.done == "seen" else "ALL"
        with _translated(self._url.host):
            uids = self._box.uids(criteria)
        for uid in uids:
            with _translated(self._url.host):
                # PEEK: only what is kept in the ledger is marked
                _, data = self._box.client.uid("fetch", uid, f"(BODY.PEEK[]<0.{most_octets}>)")
            content = next((part[1] for part in data if isinstance(part, tuple)), b"")
            yield uid, content

    def done(self, uid: str) -> None:
        """Put a message that is kept out of the way."""
        with _translated(self._url.host):
            if self._url.done == "seen":
                self._box.flag(uid, MailMessageFlags.SEEN, value=True)
            elif self._url.done == "delete":
                self._box.delete(uid)
            else:
                self._box.move(uid, self._url.done)

    def wait(self, seconds: float, *, until: Callable[[], bool]) -> None:
        """Return when mail may have come, after `seconds`, or soon after `until()` says so."""
        with _translated(self._url.host):
            if not self._can_idle:
                return
            self._box.idle.start()  # type: ignore[no-untyped-call]
            left = seconds
            while left > 0 and not until():
                if self._box.idle.poll(min(_SLICE_SECONDS, left)):
                    break
                left -= _SLICE_SECONDS
            self._box.idle.stop()  # type: ignore[no-untyped-call]

    @property
    def can_idle(self) -> bool:
        """Whether `wait` waits; without IDLE the caller has to."""
        return self._can_idle

    def close(self) -> None:
        """Say goodbye."""
        try:
            self._box.logout()
        except (OSError, imaplib.IMAP4.error, ImapToolsError):
            self._box.client.shutdown()

    def _capabilities(self) -> bytes:
        _, data = self._box.client.capability()
        return b" ".join(part for part in data if isinstance(part, bytes)).upper()


def _implicit(host: str, port: int) -> BaseMailBox:
    return MailBox(host, port, timeout=SECONDS)


def _starttls(host: str, port: int) -> BaseMailBox:
    return MailBoxStartTls(host, port, timeout=SECONDS)


def _plain(host: str, port: int) -> BaseMailBox:
    return MailBoxUnencrypted(host, port, timeout=SECONDS)


_KINDS: dict[str, Callable[[str, int], BaseMailBox]] = {"implicit": _implicit, "starttls": _starttls, "none": _plain}


@contextmanager
def _translated(host: str) -> Iterator[None]:
    try:
        yield
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise TransportError(f"the mailbox is not to be had: {type(error).__name__}", where=host) from error


def _bad() -> InputError:
    return InputError("this is not an IMAP address", where="NEWSLETTER_IMAP_URL", remedy=f"write it as {_SAMPLE}")
