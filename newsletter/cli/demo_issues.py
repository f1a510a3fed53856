"""The issues of the demonstration's first publication: three that went out, with numbers; one of today that was asked for approval, and a draft."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from threading import Event

from newsletter.bootstrap import Parts
from newsletter.cli.acting import at_machine
from newsletter.cli.meanwhile import meanwhile
from newsletter.errors import NewsletterError
from newsletter.feedback.event_journal import SeenEvent
from newsletter.issues.catalogue import newest
from newsletter.issues.preflight import MAY_PASS
from newsletter.issues.sample import sample_text
from newsletter.model import Publication
from newsletter.model.actor import operator
from newsletter.model.feedback import EventKind
from newsletter.publications.creating import PublicationChange
from newsletter.resources import TEMPLATES
from newsletter.zones import day_of

WRITER = operator("Mara Quay")
"""Who wrote what waits, and asks for its approval."""
WAITING = "large-enough"
"""The slug of the issue that waits."""
_LOOKED_AT = 20
_PAUSE, _PATIENCE = 1.0, 10.0
"""Seconds between two looks, and until a thread ends."""
_CLICKS = (6, 4, 3, 2, 2, 1)
"""How often the first links of an issue were followed."""
_WRITTEN = "2026-01-01"
"""The date in the files; each issue gets its own."""


def send_past(parts: Parts, home: Publication) -> None:
    """Send three issues, the newest dated yesterday, with clicks that name nobody."""
    parts.click_counting.count_clicks(home.id, on=True, by=at_machine())
    today = day_of(parts.clock.now(), home.time_zone)
    texts = [sample_text(), _dated("memory", today - timedelta(days=2)), _dated("reasoning", today - timedelta(days=1))]
    for turn, text in enumerate(texts):
        _send(parts, text, turn)


def write_next(parts: Parts, home: Publication) -> None:
    """Write the issue of today as somebody who asks for its approval, and begin that of tomorrow; four eyes from now on."""
    by, today = WRITER, day_of(parts.clock.now(), home.time_zone)
    text = _dated("waiting", today)
    begun = parts.editing.import_issue(text, source="sample issue", by=by)
    done = text.replace("The second is still how budgets are drawn up.", "The second still draws up the budgets.")
    parts.editing.save(begun.id, text=done, revision=begun.revision, by=by)
    parts.editing.import_issue(_dated("begun", today + timedelta(days=1)), source="sample issue", by=by)
    parts.creating.change(home.id, PublicationChange(four_eyes=True), by=by)


@contextmanager
def asking_for_approval(parts: Parts, home: Publication) -> Iterator[None]:
    """Meanwhile wait until there is somebody who may approve, and ask for the approval of the issue that waits; once."""
    with meanwhile("asking for approval", partial(_ask, parts, home.id), patience=_PATIENCE):
        yield


def _ask(parts: Parts, publication_id: int, stopped: Event) -> None:
    there = newest(parts.database, publication_id=publication_id, limit=_LOOKED_AT)
    drafts = [issue for issue, _ in there if issue.slug == WAITING]
    while drafts and not stopped.wait(_PAUSE):
        if parts.accounts.team.members():
            with suppress(NewsletterError):  # it was asked for, or sent, when the demonstration ran before
                parts.asking_approval.ask(drafts[0].id, "The budgets of the lead are new.", by=WRITER)
            return


def _send(parts: Parts, text: str, turn: int) -> None:
    issue = parts.editing.import_issue(text, source="sample issue", by=at_machine())
    at_once = {"undo_seconds": 0}  # nobody waits here for a change of mind; what an editor sends later can be undone
    publishing = replace(parts.publishing, settings=parts.settings.model_copy(update=at_once))
    edition = publishing.schedule(issue.id, parts.clock.now(), despite=MAY_PASS, by=at_machine())
    _follow(parts, edition.id, turn)


def _follow(parts: Parts, edition_id: int, turn: int) -> None:
    """Let people read an issue on the web and follow its first links, and one program do so, too."""
    now = parts.clock.now()
    for reading in range(9 + 4 * turn):
        parts.events.add(SeenEvent(now, EventKind.READ, edition_id, None, 0, ["scanner"] if reading % 4 == 3 else []))
    for link, times in enumerate(_CLICKS, start=1):
        for _ in range(times + turn):
            parts.events.add(SeenEvent(now, EventKind.CLICK, edition_id, None, link))
    parts.events.flush()


def _dated(name: str, day: date) -> str:
    text = (TEMPLATES / "sample" / f"{name}.md").read_text(encoding="utf-8")
    return text.replace(_WRITTEN, day.isoformat(), 1)
