"""Fetch reports from a mailbox, for those whose bounces an IMAP server keeps: at once with IDLE, else every minute."""

from __future__ import annotations

import threading
from contextlib import closing

import structlog

from newsletter.bootstrap import Parts
from newsletter.clock import Clock
from newsletter.errors import InputError, NewsletterError, TransportError
from newsletter.feedback.intake import MAX_OCTETS
from newsletter.inbound.imap import ImapMailbox, ImapUrl

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
"""Mail is looked for this often even when IDLE says nothing."""
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 300.0
MOST_TRIES = 2
"""How often a message may cost us the connection before it is passed over."""
REST_SECONDS = 3600.0
"""How long a message is passed over; then it gets one more try."""


class Damaged:
    """The messages that a server does not give, so that one of them does not keep all later ones from being fetched."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._tries: dict[str, int] = {}  # by uid
        self._rests: dict[str, float] = {}

    def rests(self, uid: str) -> bool:
        """Whether a message is passed over now."""
        return self._clock.monotonic() < self._rests.get(uid, 0.0)

    def note(self, uid: str) -> None:
        """Remember that a message was not given."""
        self._tries[uid] = self._tries.get(uid, 0) + 1
        if self._tries[uid] >= MOST_TRIES:
            self._rests[uid] = self._clock.monotonic() + REST_SECONDS
            log.warning("a message cannot be fetched and is passed over; it stays in the mailbox", uid=uid)


class _Pause:
    """How long to wait for a server that is gone: twice as long each time, until it works again."""

    def __init__(self) -> None:
        self.seconds = FIRST_PAUSE_SECONDS

    def over(self) -> None:
        self.seconds = FIRST_PAUSE_SECONDS

    def lengthen(self) -> None:
        self.seconds = min(2 * self.seconds, LONGEST_PAUSE_SECONDS)


def run(parts: Parts, ending: threading.Event) -> None:
    """Fetch until `ending` is set; a server that is gone is tried again, less and less often."""
    url, damaged, pause = ImapUrl.read(parts.settings.imap_url), Damaged(parts.clock), _Pause()
    while not ending.is_set():
        try:
            with closing(ImapMailbox(url)) as mailbox:
                _stay(parts, mailbox, damaged, pause, ending)
        except NewsletterError as error:
            log.warning("cannot fetch reports", error=str(error), again_in=pause.seconds)
            ending.wait(pause.seconds)
            pause.lengthen()


def fetch(parts: Parts, mailbox: ImapMailbox, damaged: Damaged) -> int:
    """Keep every message that waits and put it out of the way; return how many. What cannot be kept stays where it is."""
    fetched = 0
    for uid in mailbox.waiting():
        if damaged.rests(uid):
            continue
        content = _content(mailbox, uid, damaged)
        if content is None:
            continue
        try:
            parts.intake.keep(content, source="imap")
        except InputError as error:
            log.warning("passed over a message", uid=uid, error=error.what)
        mailbox.done(uid)
        fetched += 1
    return fetched


def _content(mailbox: ImapMailbox, uid: str, damaged: Damaged) -> bytes | None:
    try:
        content = mailbox.content(uid, MAX_OCTETS)
    except TransportError:
        damaged.note(uid)
        raise
    if content is None:
        damaged.note(uid)
    return content


def _stay(parts: Parts, mailbox: ImapMailbox, damaged: Damaged, pause: _Pause, ending: threading.Event) -> None:
    while not ending.is_set():
        fetched = fetch(parts, mailbox, damaged)
        pause.over()
        if fetched:
            continue  # what came meanwhile was told in between, and IDLE would not tell it again
        if mailbox.can_idle:
            mailbox.wait(LOOK_SECONDS, until=ending.is_set)
        else:
            ending.wait(LOOK_SECONDS)
