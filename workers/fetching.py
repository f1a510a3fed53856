"""Fetch reports from a mailbox, for those whose bounces an IMAP server keeps: at once with IDLE, else every minute."""

from __future__ import annotations

import threading

import structlog

from newsletter.bootstrap import Parts
from newsletter.errors import InputError, NewsletterError
from newsletter.feedback.intake import MAX_OCTETS, keep
from newsletter.transports.imap import ImapMailbox, ImapUrl

log = structlog.get_logger(__name__)

LOOK_SECONDS = 60.0
"""Mail is looked for this often even when IDLE says nothing."""
FIRST_PAUSE_SECONDS = 2.0
LONGEST_PAUSE_SECONDS = 300.0


def run(parts: Parts, ending: threading.Event) -> None:
    """Fetch until `ending` is set; a server that is gone is tried again, less and less often."""
    url = ImapUrl.read(parts.settings.imap_url)
    pause = FIRST_PAUSE_SECONDS
    while not ending.is_set():
        try:
            _stay(parts, url, ending)
            pause = FIRST_PAUSE_SECONDS
        except NewsletterError as error:
            log.warning("cannot fetch reports", error=str(error), again_in=pause)
            ending.wait(pause)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)


def fetch(parts: Parts, mailbox: ImapMailbox) -> int:
    """Keep every message that waits and put it out of the way; return how many. What cannot be kept stays where it is."""
    fetched = 0
    for uid, content in mailbox.waiting(MAX_OCTETS):
        try:
            keep(parts.database, clock=parts.clock, queue=parts.queue, content=content, source="imap")
        except InputError as error:
            log.warning("passed over a message", uid=uid, error=error.what)
        mailbox.done(uid)
        fetched += 1
    return fetched


def _stay(parts: Parts, url: ImapUrl, ending: threading.Event) -> None:
    mailbox = ImapMailbox(url)
    try:
        while not ending.is_set():
            fetch(parts, mailbox)
            if mailbox.can_idle:
                mailbox.wait(LOOK_SECONDS, until=ending.is_set)
            else:
                ending.wait(LOOK_SECONDS)
    finally:
        mailbox.close()
