"""Fields and tags of readers: what a publication knows of each, and that it is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from newsletter.errors import NotFoundError
from newsletter.model import FieldKind, FieldValue, ReaderField, Subscription, Tag, Tagging, ToldValues
from newsletter.model.reader_fields import ReadValue
from newsletter.store.inserting import insert_new


def fields_of(session: Session, publication_id: int) -> Mapping[str, FieldKind]:
    """Return the kinds of a publication's fields, by key."""
    found = session.execute(
        select(ReaderField.key, ReaderField.kind).where(ReaderField.publication_id == publication_id)
    )
    return {row.key: row.kind for row in found}


def listed(session: Session, publication_id: int) -> Sequence[ReaderField]:
    """Return the fields of a publication, in their order."""
    theirs = select(ReaderField).where(ReaderField.publication_id == publication_id)
    return session.scalars(theirs.order_by(ReaderField.position, ReaderField.key)).all()


def on_form(session: Session, publication_id: int) -> Sequence[ReaderField]:
    """Return the fields that the sign-up form asks for, in their order."""
    return [field for field in listed(session, publication_id) if field.on_form]


def by_id(session: Session, field_id: int) -> ReaderField:
    """Return a field. Raises NotFoundError."""
    found = session.get(ReaderField, field_id)
    if found is None:
        raise NotFoundError("there is no such field", remedy="the page of fields lists those there are")
    return found


def has_values(session: Session, field_id: int) -> bool:
    """Tell whether any reader has a value of this field."""
    return session.scalar(select(FieldValue.field_id).where(FieldValue.field_id == field_id).limit(1)) is not None


def fill(session: Session, subscription_id: int, values: Mapping[int, ReadValue]) -> None:
    """Give a reader values by the id of the field; what is known already stays."""
    rows = [
        {
            "field_id": field,
            "subscription_id": subscription_id,
            "text": read.text,
            "folded": read.folded,
            "number": read.number,
        }
        for field, read in values.items()
    ]
    insert_new(session, FieldValue, rows, unique=["field_id", "subscription_id"], returning=[FieldValue.field_id])


def put(session: Session, subscription_id: int, values: Mapping[int, ReadValue | None]) -> None:
    """Let a reader's fields hold these values, by id; None takes away what is there."""
    theirs = delete(FieldValue).where(
        FieldValue.subscription_id == subscription_id, FieldValue.field_id.in_(list(values))
    )
    session.execute(theirs, execution_options={"synchronize_session": False})
    fill(session, subscription_id, {field: value for field, value in values.items() if value is not None})


def tag_exactly(session: Session, publication_id: int, subscription_id: int, tags: Mapping[str, str]) -> None:
    """Let a reader bear exactly these tags, key -> name."""
    meant = select(Tag.id).where(Tag.publication_id == publication_id, Tag.key.in_(list(tags)))
    others = delete(Tagging).where(Tagging.subscription_id == subscription_id, Tagging.tag_id.not_in(meant))
    session.execute(others, execution_options={"synchronize_session": False})
    tag(session, publication_id, subscription_id, tags)


def tag(session: Session, publication_id: int, subscription_id: int, tags: Mapping[str, str]) -> None:
    """Let a reader bear these tags, key -> name, besides those that they bear."""
    rows = [{"publication_id": publication_id, "key": key, "name": name} for key, name in sorted(tags.items())]
    insert_new(session, Tag, rows, unique=["publication_id", "key"], returning=[Tag.id])
    meant = select(Tag.id).where(Tag.publication_id == publication_id, Tag.key.in_(list(tags)))
    borne = [{"tag_id": each, "subscription_id": subscription_id} for each in session.scalars(meant)]
    insert_new(session, Tagging, borne, unique=["tag_id", "subscription_id"], returning=[Tagging.tag_id])


def tags_known(session: Session, publication_id: int, *, limit: int) -> Sequence[str]:
    """Return the names of a publication's tags, by name."""
    theirs = select(Tag.name).where(Tag.publication_id == publication_id)
    return session.scalars(theirs.order_by(Tag.name).limit(limit)).all()


def add_fields(session: Session, publication_id: int, titles: Mapping[str, str], at: datetime) -> None:
    """Add fields of text, by key; those that are there stay."""
    rows = [
        {
            "publication_id": publication_id,
            "key": key,
            "title": title,
            "kind": FieldKind.TEXT,
            "choices": "",
            "created_at": at,
        }
        for key, title in titles.items()
    ]
    insert_new(session, ReaderField, rows, unique=["publication_id", "key"], returning=[ReaderField.id])


def tags_of(session: Session, subscription_id: int) -> Sequence[str]:
    """Return the tags of a reader, by name."""
    theirs = select(Tag.name).join(Tagging, Tagging.tag_id == Tag.id).where(Tagging.subscription_id == subscription_id)
    return session.scalars(theirs.order_by(Tag.name)).all()


def values_of(session: Session, subscription_id: int) -> Mapping[str, str]:
    """Return what is known of a reader, by the key of the field."""
    theirs = (
        select(ReaderField.key, FieldValue.text)
        .join(FieldValue, FieldValue.field_id == ReaderField.id)
        .where(FieldValue.subscription_id == subscription_id)
    )
    return {row.key: row.text for row in session.execute(theirs.order_by(ReaderField.key))}


def tags_within(session: Session, subscriptions: Select[int]) -> dict[int, list[str]]:
    """Return the tags of readers by subscription, each by name."""
    found: dict[int, list[str]] = {}
    theirs = select(Tagging.subscription_id, Tag.name).join(Tag, Tag.id == Tagging.tag_id)
    for row in session.execute(theirs.where(Tagging.subscription_id.in_(subscriptions)).order_by(Tag.name)):
        found.setdefault(row.subscription_id, []).append(row.name)
    return found


def tags_of_publication(session: Session, publication_id: int) -> Sequence[str]:
    """Return the tags of a publication, by name."""
    return session.scalars(select(Tag.name).where(Tag.publication_id == publication_id).order_by(Tag.name)).all()


def tags_among(session: Session, subscription_ids: Sequence[int]) -> dict[int, list[str]]:
    """Return the tags of some readers (1,000 at most) by subscription, each by name."""
    return tags_within(session, select(Subscription.id).where(Subscription.id.in_(subscription_ids)))


def values_within(session: Session, subscriptions: Select[int]) -> dict[int, dict[str, str]]:
    """Return what is known of readers by subscription, by the key of the field."""
    found: dict[int, dict[str, str]] = {}
    theirs = select(FieldValue.subscription_id, ReaderField.key, FieldValue.text)
    theirs = theirs.join(ReaderField, ReaderField.id == FieldValue.field_id).order_by(ReaderField.key)
    for row in session.execute(theirs.where(FieldValue.subscription_id.in_(subscriptions))):
        found.setdefault(row.subscription_id, {})[row.key] = row.text
    return found


def forget(session: Session, subscriptions: Select[int]) -> None:
    """Take their tags and values from readers, and what sign-ups told of them."""
    for table in (Tagging, FieldValue, ToldValues):
        theirs = delete(table).where(table.subscription_id.in_(subscriptions))
        session.execute(theirs, execution_options={"synchronize_session": False})
