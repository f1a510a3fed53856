"""What every new issue of a publication begins with: its fixed sections, kept once they can be read as an issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import DocumentError, InputError
from newsletter.issues.editing import read_document
from newsletter.issues.starting import starter
from newsletter.model import Publication
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.publications import publications

MOST_CHARS = 100_000
_DAY = date(2026, 5, 9)
"""Any day: a text that can be read on one can be read on each."""


@dataclass(frozen=True)
class NewIssues:
    """The tools of keeping what new issues begin with, put together once per process."""

    database: Database
    clock: Clock

    def keep(self, publication_id: int, text: str, *, by: Actor) -> Publication:
        """Let new issues of a publication begin with `text`, Markdown without front matter; an empty one is the sample text.

        Raises NotFoundError; ForbiddenError; InputError when it cannot be read, with the line. In each case nothing is stored.
        """
        with self.database.write() as session:
            home = publications.by_id(session, publication_id)
            require(by, Right.MANAGE_PUBLICATION, home.id)
            body = f"{text.strip()}\n" if text.strip() else ""
            _see_readable(home, body)
            if body != home.new_issue:
                home.new_issue = body
                subject = audit.Subject("publication", home.id, home.slug)
                words = (
                    f"new issues begin with {len(body):,} characters" if body else "new issues begin with the sample"
                )
                now = self.clock.now()
                audit.add(session, by, "publication.change", subject, at=now, publication_id=home.id, new=words)
            return home


def _see_readable(home: Publication, body: str) -> None:
    """See that an issue can begin so. Raises InputError; lines count from the first one of `body`."""
    if len(body) > MOST_CHARS:
        raise InputError(f"it is longer than {MOST_CHARS:,} characters", where="new issue", remedy="shorten it")
    if body.startswith("---\n"):
        remedy = "leave out the lines between --- and ---: each issue gets its own"
        raise InputError("front matter does not belong here", where="new issue", remedy=remedy)
    text = starter(home.slug, home.name, home.language, "a-new-issue", _DAY, body=body)
    try:
        read_document(text)
    except DocumentError as error:
        above = len(text.removesuffix(body).splitlines()) if body else 0
        what = f"line {max(error.line - above, 1)}: {error.what}" if error.line else error.what
        raise InputError(what, where="new issue", remedy=error.remedy) from None
