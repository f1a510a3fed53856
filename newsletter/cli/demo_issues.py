"""The issues of the demonstration's first publication: three that went out, with clicks; one of today that waits for approval, and a draft."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from newsletter.bootstrap import Parts
from newsletter.cli.acting import at_machine
from newsletter.feedback.event_journal import SeenEvent
from newsletter.issues.preflight import MAY_PASS
from newsletter.issues.sample import sample_text
from newsletter.model import Publication
from newsletter.model.feedback import EventKind
from newsletter.publications.creating import PublicationChange
from newsletter.resources import TEMPLATES
from newsletter.zones import day_of

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
    """Write the issue of today, which waits for a second person, and begin that of tomorrow."""
    by, today = at_machine(), day_of(parts.clock.now(), home.time_zone)
    text = _dated("waiting", today)
    begun = parts.editing.import_issue(text, source="sample issue", by=by)
    done = text.replace("The second is still how budgets are drawn up.", "The second still draws up the budgets.")
    parts.editing.save(begun.id, text=done, revision=begun.revision, by=by)
    parts.editing.import_issue(_dated("begun", today + timedelta(days=1)), source="sample issue", by=by)
    parts.creating.change(home.id, PublicationChange(four_eyes=True), by=by)


def _send(parts: Parts, text: str, turn: int) -> None:
    issue = parts.editing.import_issue(text, source="sample issue", by=at_machine())
    at_once = {"undo_seconds": 0}  # nobody waits here for a change of mind; what an editor sends later can be undone
    publishing = replace(parts.publishing, settings=parts.settings.model_copy(update=at_once))
    edition = publishing.schedule(issue.id, parts.clock.now(), despite=MAY_PASS, by=at_machine())
    for link, times in enumerate(_CLICKS, start=1):
        for _ in range(times + turn):
            parts.events.add(SeenEvent(parts.clock.now(), EventKind.CLICK, edition.id, None, link))
    parts.events.flush()


def _dated(name: str, day: date) -> str:
    text = (TEMPLATES / "sample" / f"{name}.md").read_text(encoding="utf-8")
    return text.replace(_WRITTEN, day.isoformat(), 1)
