"""A text as typed, kept for the frame that shows what becomes of it: in the ledger, for another process may be asked for the frame."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256

from newsletter.clock import Clock
from newsletter.model import Issue, PreviewText
from newsletter.store.database import Database
from newsletter.store.issues import preview_texts as store

KEPT_FOR = timedelta(hours=12)
MOST = 20
"""Texts kept of one issue: as many as are typed while a frame loads, by several people."""


def name_of(text: str, reader: str = "") -> str:
    """Return the name that a text goes by: a digest, so that one text has one name in every process; another for a chosen `reader`."""
    return sha256("\0".join([text, reader] if reader else [text]).encode()).hexdigest()[:32]


def keep(database: Database, *, clock: Clock, issue: Issue, text: str, reader: str = "") -> str:
    """Keep a text for the frame and return its name; the stored text of the issue is there anyway, unless it is for a chosen reader."""
    name = name_of(text, reader)
    if reader or text != issue.source:
        with database.write() as session:
            store.keep(session, PreviewText(issue_id=issue.id, name=name, text=text, at=clock.now()), most=MOST)
    return name


def find(database: Database, *, issue: Issue, name: str) -> str | None:
    """Return the text that goes by a name; None when it is kept no more."""
    if name == name_of(issue.source):
        return issue.source
    with database.read() as session:
        return store.find(session, issue.id, name)


def forget(database: Database, *, clock: Clock) -> None:
    """Remove what was kept for longer than a frame may be asked for."""
    with database.write() as session:
        store.forget(session, clock.now() - KEPT_FOR)
