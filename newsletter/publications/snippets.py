"""Pieces of text that a publication uses again and again: kept by name, and inserted while one writes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import Snippet
from newsletter.model.actor import Actor
from newsletter.model.fragments import CONTROL
from newsletter.model.rights import Right
from newsletter.model.texts import LINE
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications, snippets

MOST = 200
"""Snippets of one publication."""
MOST_NAME = 100
MOST_TEXT = 20_000
"""Characters of a name, and of a text."""


@dataclass(frozen=True)
class Snippets:
    """The tools of keeping snippets, put together once per process."""

    database: Database
    clock: Clock

    def listed(self, publication_id: int) -> Sequence[Snippet]:
        """Return the snippets of a publication, by name."""
        with self.database.read() as session:
            return snippets.of(session, publication_id, limit=MOST)

    def keep(self, publication_id: int, name: str, text: str, *, by: Actor, snippet_id: int | None = None) -> Snippet:
        """Add a snippet, or change the one with this id. Raises ForbiddenError, NotFoundError, InputError; ConflictError for a name that is taken."""
        name, text = _name(name), _text(text)
        with self.database.write() as session:
            owner = publications.lock(session, publication_id)
            require(by, Right.WRITE, owner.id)
            kept = None if snippet_id is None else _found(session, owner.id, snippet_id)
            other = snippets.named(session, owner.id, name)
            if other is not None and other is not kept:
                raise ConflictError(
                    f"there is a snippet {name!r} already", remedy="choose another name, or change that one"
                )
            if kept is None and snippets.count(session, owner.id) >= MOST:
                raise InputError(f"a publication has at most {MOST} snippets", where="name", remedy="remove one")
            action = "snippet.add" if kept is None else "snippet.change"
            if kept is None:
                kept = Snippet(publication_id=owner.id)
                session.add(kept)
            kept.name, kept.text, kept.changed_at = name, text, self.clock.now()
            session.flush()
            self._note(session, by, action, kept)
            return kept

    def remove(self, publication_id: int, snippet_id: int, *, by: Actor) -> None:
        """Remove a snippet; issues that it was inserted into keep its words. Raises ForbiddenError, NotFoundError."""
        with self.database.write() as session:
            owner = publications.lock(session, publication_id)
            require(by, Right.WRITE, owner.id)
            gone = _found(session, owner.id, snippet_id)
            self._note(session, by, "snippet.remove", gone)
            session.delete(gone)

    def _note(self, session: Session, by: Actor, action: str, snippet: Snippet) -> None:
        subject = audit.Subject("snippet", snippet.id, snippet.name)
        audit.add(session, by, action, subject, at=self.clock.now(), publication_id=snippet.publication_id)


def _found(session: Session, publication_id: int, snippet_id: int) -> Snippet:
    found = snippets.by_id(session, publication_id, snippet_id)
    if found is None:
        raise NotFoundError("there is no such snippet", remedy="the page of snippets lists those there are")
    return found


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > MOST_NAME or not re.fullmatch(LINE, name):
        raise InputError(f"a name is one line of up to {MOST_NAME} characters", where="name", remedy="give a short one")
    return name


def _text(text: str) -> str:
    text = text.replace("\r\n", "\n").strip("\n")
    if not text.strip() or len(text) > MOST_TEXT or CONTROL.search(text):
        what = f"a snippet has up to {MOST_TEXT:,} characters, and no control characters"
        raise InputError(what, where="text", remedy="write what is to be inserted")
    return text
