"""Merge fields of an issue against the fields that its publication has: one that nobody knows would show its fallback to everybody."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from difflib import get_close_matches

from sqlalchemy.orm import Session

from newsletter.issues.preflight import Finding, Inspected
from newsletter.issues.preflight.asked import RULE_OF, UNKNOWN_FIELD
from newsletter.mail.merge_fields import BUILT_IN, MergeField, in_address, merge_fields_in
from newsletter.model import Publication
from newsletter.model.brand import brand_of
from newsletter.model.document import Document
from newsletter.store.audience import reader_fields
from newsletter.store.database import Database


def unknown_fields(session: Session, document: Document, home: Publication, *, source: str) -> Iterator[Finding]:
    """Yield each merge field that names no field of the publication's readers, with the nearest name there is."""
    if "{{" not in document.model_dump_json():
        return
    written = Inspected(document, brand_of(home, ""), None, source)
    known = {*BUILT_IN, *reader_fields.fields_of(session, home.id)}
    for where, line, field in _named(written):
        if field.key not in known:
            what = f"“{field.key}” is no field of the readers: all of them would read “{field.fallback}”"
            yield RULE_OF[UNKNOWN_FIELD].found(what, where, _remedy(field.key, known), line=line)


def look_up(database: Database, document: Document, home: Publication, *, source: str) -> list[Finding]:
    """Return the merge fields of a text, as somebody types it, that name no field of the publication's readers."""
    with database.read() as session:
        return list(unknown_fields(session, document, home, source=source))


def _named(issue: Inspected) -> Iterator[tuple[str, int, MergeField]]:
    for _, field in merge_fields_in(issue.document.subject):
        yield "subject", issue.places.of_field("subject" if "subject" in issue.places.fields else "title"), field
    for passage in issue.passages:
        for position, field in merge_fields_in(passage.prose):
            if not in_address(passage.prose, position):
                below = passage.prose.count("\n", 0, position) if passage.is_block else 0
                yield passage.where, passage.line + below, field


def _remedy(key: str, known: Collection[str]) -> str:
    near = get_close_matches(key, sorted(known), n=1, cutoff=0.6)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"{meant}The fields are {', '.join(sorted(known)[:20])}"
