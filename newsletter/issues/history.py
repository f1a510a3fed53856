"""What an issue said before: its revisions, what is typed and not stored, how any two of them differ; and the way back to one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from newsletter.errors import InputError, NotFoundError
from newsletter.issues.differences import Stretch, compared
from newsletter.issues.editing import Editing
from newsletter.model import Issue, WorkingCopy
from newsletter.model.actor import Actor
from newsletter.model.revisions import RevisionOrigin
from newsletter.store.database import Database
from newsletter.store.issues import issues, revisions, working_copies

_SIDE = re.compile(r"(?:copy-)?[0-9]{1,15}|now|sent", re.ASCII)


@dataclass(frozen=True, slots=True)
class Version:
    """A text of an issue under the word that names it in an address: a number, `copy-` and a number, `now`, or `sent`."""

    word: str
    title: str
    text: str
    at: datetime | None = None
    name: str = ""
    octets: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """How one version became another."""

    one: Version
    other: Version
    stretches: Sequence[Stretch]


@dataclass(frozen=True)
class History:
    """The tools of looking back, put together once per process."""

    database: Database
    editing: Editing

    def version(self, issue: Issue, word: str) -> Version:
        """Return a version by the word that names it. Raises InputError for no such word, NotFoundError for what is not kept."""
        if not _SIDE.fullmatch(word):
            raise InputError("this names no version", where="one", remedy="choose two in the history of the issue")
        with self.database.read() as session:
            if word == "sent":
                last = issues.last_published(session, issue)
                if last is None:
                    raise NotFoundError("no other issue was sent yet", remedy="compare two revisions of this one")
                return _version("sent", f"the last sent issue, {last.slug}", last.source, last.published_at)
            if word.startswith("copy-"):
                return _typed(working_copies.find(session, issue.id, int(word.removeprefix("copy-"))))
            if word in ("now", str(issue.revision)):
                return _version(str(issue.revision), f"revision {issue.revision}", issue.source, issue.changed_at)
            found = revisions.get(session, issue.id, int(word))
            title = f"revision {found.number}"
            return _version(word, title, revisions.unpacked(found.body), found.at, found.name)

    def compare(self, issue: Issue, one: str, other: str) -> Comparison:
        """Return how the version `one` became `other`; an empty `one` is the revision kept before the other. Raises as `version` does."""
        newer = self.version(issue, other)
        older = self.version(issue, one) if one else self._before(issue, newer)
        return Comparison(older, newer, compared(_lines(older.text), _lines(newer.text)))

    def _before(self, issue: Issue, newer: Version) -> Version:
        if not newer.word.isdecimal():
            return self.version(issue, "now")
        with self.database.read() as session:
            number = revisions.last_before(session, issue.id, int(newer.word))
        return _version("", "nothing", "", None) if number is None else self.version(issue, str(number))

    def restore(self, issue_id: int, number: int, *, revision: int, by: Actor) -> Issue:
        """Store the text of an earlier revision again, as a new one; `revision` is the one it takes the place of.

        Raises NotFoundError when that text is not kept, and what `Editing.save` raises.
        """
        with self.database.read() as session:
            issue = issues.by_id(session, issue_id)
        text = self.version(issue, str(number)).text
        return self.editing.save(issue_id, text=text, revision=revision, by=by, origin=RevisionOrigin.RESTORED)


def _typed(found: WorkingCopy | None) -> Version:
    if found is None:
        raise NotFoundError("this text is not kept any more", remedy="it was stored, or let go")
    title = f"what {found.name} typed on revision {found.revision}"
    return _version(f"copy-{found.id}", title, revisions.unpacked(found.body), found.at, found.name)


def _version(word: str, title: str, text: str, at: datetime | None, name: str = "") -> Version:
    return Version(word, title, text, at, name, len(text.encode("utf-8", "surrogatepass")))


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
