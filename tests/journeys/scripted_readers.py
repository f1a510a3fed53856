"""Tags and fields of a reader with scripts in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.model import FieldKind, FieldValue, ReaderField, Segment, Tag, Tagging
from tests.journeys.scripted_sources import ROW

COLUMNS_OF_READERS = {
    "reader_fields.key": "a to z, 0 to 9 and _",
    "reader_fields.title": ROW,
    "reader_fields.choices": ROW,
    "field_values.text": ROW,
    "field_values.folded": ROW,
    "tags.key": ROW,
    "tags.name": ROW,
    "sign_ups.told": "gone once it is answered",
    "told_values.told": "shown once it is a value: as that is",
    "subscriptions.language": "a tag of a catalogue",
    "editions.merge_fields": "fallbacks stand in the document, too; values are escaped where they are filled in",
    "segments.name": ROW,
    "segments.rule": "typed rules",
    "issues.audience": "name and rule of a segment: the name is escaped as that of a segment is",
    "binned_issues.audience": "as of issues, shown nowhere",
    "plan_records.audience": "as of issues, shown nowhere",
}


def add_known(session: Session, publication_id: int, subscription_id: int, now: datetime) -> None:
    """Store what is known of a reader besides address and name."""
    field = ReaderField(
        publication_id=publication_id, key="city", title="", kind=FieldKind.TEXT, on_form=True, created_at=now
    )
    tag = Tag(publication_id=publication_id, key="", name="")
    rule = {"rule": "all", "of": []}
    segment = Segment(publication_id=publication_id, name="", rule=rule, created_at=now, changed_at=now)
    session.add_all([field, tag, segment])
    session.flush()
    session.add(FieldValue(field_id=field.id, subscription_id=subscription_id, text="", folded=""))
    session.add(Tagging(tag_id=tag.id, subscription_id=subscription_id))
