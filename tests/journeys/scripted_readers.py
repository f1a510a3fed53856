"""Tags and fields of a reader with scripts in them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from newsletter.model import (
    ChangedReader,
    FieldKind,
    FieldValue,
    ReaderChange,
    ReaderField,
    ReaderNote,
    Segment,
    Tag,
    Tagging,
)
from newsletter.model.reader_change import ReaderChangeKind, ReaderChangeState
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
    "subscriptions.came_by": "one of ConsentAction",
    "subscriptions.came_place": "as the place of the first consent record, shown nowhere from here",
    "editions.merge_fields": "fallbacks stand in the document, too; values are escaped where they are filled in",
    "segments.name": ROW,
    "segments.rule": "typed rules",
    "list_moves.kind": "one of two words",
    "list_moves.name": ROW,
    "list_moves.place": ROW,
    "list_moves.file_name": ROW,
    "list_moves.kept_as": "our own signs, shown nowhere",
    "list_moves.state": "one of five words",
    "list_moves.choices": "as the survey",
    "list_moves.survey": "names of columns and words, which tests/web/desk/test_moving_in.py has scripts in",
    "list_moves.report": "as the survey",
    "list_moves.trouble": ROW,
    "list_moves.trouble_where": ROW,
    "list_moves.holder": "a host and a process, shown nowhere",
    "reader_changes.filter": "a reader filter, shown nowhere",
    "reader_changes.tag": ROW,
    "reader_changes.actor": "one of ActorKind",
    "reader_changes.actor_name": ROW,
    "reader_changes.place": ROW,
    "changed_readers.was": "one of SubscriptionState",
    "reader_notes.person": "a kind and an id, shown nowhere",
    "reader_notes.name": ROW,
    "reader_notes.text": ROW,
    "moved_posts.product": "the word of a table of ours, shown nowhere",
    "moved_posts.foreign_id": "an id of another product, shown nowhere",
    "moved_posts.digest": "our own signs, shown nowhere",
    "binned_issues.old_paths": "compared with what is asked for, and shown nowhere",
    "old_addresses.path": "compared with what is asked for, and shown nowhere",
    "issues.audience": "name and rule of a segment: the name is escaped as that of a segment is",
    "binned_issues.audience": "as of issues, shown nowhere",
    "plan_records.audience": "as of issues, shown nowhere",
}


def add_known(session: Session, publication_id: int, subscription_id: int, now: datetime) -> None:
    """Store what is known of a reader besides address and name."""
    field = ReaderField(
        publication_id=publication_id, key="town", title="", kind=FieldKind.TEXT, on_form=True, created_at=now
    )
    tag = Tag(publication_id=publication_id, key="", name="")
    rule = {"rule": "all", "of": []}
    segment = Segment(publication_id=publication_id, name="", rule=rule, created_at=now, changed_at=now)
    session.add_all([field, tag, segment])
    session.flush()
    session.add(FieldValue(field_id=field.id, subscription_id=subscription_id, text="", folded=""))
    session.add(Tagging(tag_id=tag.id, subscription_id=subscription_id))
    _add_done(session, publication_id, subscription_id, now)


def _add_done(session: Session, publication_id: int, subscription_id: int, now: datetime) -> None:
    """Store what editors did with a reader."""
    change = ReaderChange(
        publication_id=publication_id,
        kind=ReaderChangeKind.TAG,
        state=ReaderChangeState.DONE,
        filter={},
        tag="",
        last=0,
        actor="editor",
        actor_name="",
        place="",
        created_at=now,
        undo_until=now,
    )
    session.add(change)
    session.flush()
    session.add(ChangedReader(change_id=change.id, subscription_id=subscription_id, at=now))
    session.add(ReaderNote(subscription_id=subscription_id, person="editor 1", name="", text="", at=now))
