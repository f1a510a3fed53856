"""A mailbox that reports are fetched from (RFC 3501), with IDLE (RFC 2177) where the server knows it."""

from __future__ import annotations

import imaplib
import re
import ssl
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
_WHERE = "NEWSLETTER_IMAP_URL"
_LOST = "the connection to the mailbox was lost"
_CODE = re.compile(r"\[([A-Z][A-Z0-9-]{2,40})")  # RFC 5530


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
    ca: str = ""  # file of the authorities to trust instead of the system's

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
        folder, done = unquote(parts.path.strip("/")) or "INBOX", options.get("done", "seen")
        if done == folder:
            raise _bad("a message that is done cannot stay in the folder it waits in")
        return cls(
            host=parts.hostname,
            port=port or (993 if secure else 143),
            tls=tls,
            user=unquote(parts.username),
            password=unquote(parts.password or ""),
            folder=folder,
            done=done,
            ca=options.get("ca", ""),
        )


class ImapMailbox:
    """One connection. Raises TransportError when the server is gone or refuses, at any call."""

    def __init__(self, url: ImapUrl) -> None:
        self._url = url
        self._last_told: object = None
        with _translated(url.host, "the mailbox cannot be reached"):
            self._box = _KINDS[url.tls](url)
        try:
            self._enter()
        except BaseException:
            self._box.client.shutdown()
            raise

    def waiting(self) -> list[str]:
        """Return the uids of what was not done yet, oldest first."""
        with _translated(self._url.host, _LOST):
            self._box.client.response("EXISTS")  # what was told before now is found now
            return self._box.uids(AND(seen=False) if self._url.done == "seen" else "ALL")

    def content(self, uid: str, most_octets: int) -> bytes | None:
        """Return a message, of a larger one its first octets; None when it is gone, or the server does not give it.

        Some servers hang up instead when a message of theirs is damaged (Dovecot): that is a TransportError.
        """
        with _translated(self._url.host, _LOST):
            # PEEK: only what is kept in the ledger is marked
            said, data = self._box.client.uid("fetch", uid, f"(BODY.PEEK[]<0.{most_octets}>)")
        return next((part[1] for part in data if isinstance(part, tuple)), None) if said == "OK" else None

    def done(self, uid: str) -> None:
        """Put a message that is kept out of the way."""
        with _translated(self._url.host, "a message cannot be put out of the way"):
            self._last_told = None  # one less: the same number may be news
            if self._url.done == "seen":
                self._box.flag(uid, MailMessageFlags.SEEN, value=True)
            elif self._url.done == "delete":
                self._box.delete(uid)
            else:
                self._box.move(uid, self._url.done)

    def wait(self, seconds: float, *, until: Callable[[], bool]) -> None:
        """Return when mail may have come, after `seconds`, or soon after `until()` says so."""
        if not self._can_idle:
            return
        with _translated(self._url.host, _LOST):
            if self._told_meanwhile():
                return
            self._box.idle.start()  # type: ignore[no-untyped-call]
            left = 0.0 if self._told_at_once() else seconds
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

    def _enter(self) -> None:
        url = self._url
        with _translated(url.host, "the mailbox refuses the login", f"check user and password in {_WHERE}"):
            self._box.login(url.user, url.password, initial_folder=None)
        with _translated(url.host, f"the folder {url.folder} cannot be opened", f"name another one in {_WHERE}"):
            self._box.folder.set(url.folder)
        with _translated(url.host, _LOST):
            self._can_idle = b"IDLE" in self._capabilities()
            found = url.done in ("seen", "delete") or self._box.folder.exists(url.done)
        if not found:
            raise TransportError(
                f"there is no folder {url.done} for what is done", where=url.host, remedy="make it in the mailbox"
            )

    def _told_meanwhile(self) -> bool:
        """Whether an answer since `waiting` also told of new mail (RFC 3501 section 7): IDLE does not tell it again.

        Only a number not heard before counts, lest a server that always tells it keeps us asking.
        """
        number = self._box.client.response("EXISTS")[1][-1]
        news = number is not None and number != self._last_told
        self._last_told = number or self._last_told
        return news

    def _told_at_once(self) -> bool:
        """Whether words of the server came in one packet with its last ones: they are buffered, and no poll of the socket sees them."""
        client = self._box.client
        buffered = vars(client).get("_file") or vars(client)["file"]
        seconds = client.sock.gettimeout()
        client.sock.settimeout(0)
        try:
            return bool(buffered.peek(1))
        except ssl.SSLWantReadError:
            return False
        finally:
            client.sock.settimeout(seconds)

    def _capabilities(self) -> bytes:
        _, data = self._box.client.capability()
        return b" ".join(part for part in data if isinstance(part, bytes)).upper()


def _implicit(url: ImapUrl) -> BaseMailBox:
    return MailBox(url.host, url.port, timeout=SECONDS, ssl_context=_context(url))


def _starttls(url: ImapUrl) -> BaseMailBox:
    return MailBoxStartTls(url.host, url.port, timeout=SECONDS, ssl_context=_context(url))


def _plain(url: ImapUrl) -> BaseMailBox:
    return MailBoxUnencrypted(url.host, url.port, timeout=SECONDS)


_KINDS: dict[str, Callable[[ImapUrl], BaseMailBox]] = {"implicit": _implicit, "starttls": _starttls, "none": _plain}


def _context(url: ImapUrl) -> ssl.SSLContext:
    """Certificates are verified: imaplib's own default is not to (`ssl._create_stdlib_context`)."""
    try:
        return ssl.create_default_context(cafile=url.ca or None)
    except (OSError, ssl.SSLError) as error:
        raise InputError(f"cannot read certificates from {url.ca}: {error}", where=f"{_WHERE} ca=") from None


@contextmanager
def _translated(host: str, what: str, remedy: str = "") -> Iterator[None]:
    try:
        yield
    except ssl.SSLCertVerificationError as error:
        raise TransportError(
            f"the certificate of the mailbox is not trusted: {error.verify_message}",
            where=host,
            remedy=f"name its authority in {_WHERE}: ca=FILE",
        ) from error
    except (OSError, imaplib.IMAP4.error, ImapToolsError) as error:
        raise TransportError(f"{what}{_detail(error)}", where=host, remedy=remedy) from error


def _detail(error: Exception) -> str:
    """What is known of a failure without the server's words, which may hold an address (law 8): its code."""
    if isinstance(error, OSError):
        return f": {error.strerror or type(error).__name__}"
    code = _CODE.search(str(error))
    return f": {code[1]}" if code else ""


def _bad(what: str = "this is not an IMAP address") -> InputError:
    return InputError(what, where=_WHERE, remedy=f"write it as {_SAMPLE}")
