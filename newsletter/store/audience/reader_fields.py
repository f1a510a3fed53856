"""Fields and tags of readers: what a publication knows of each, and that it is forgotten."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from newsletter.model import FieldKind, FieldValue, ReaderField, Subscription, Tag, Tagging
from newsletter.store.inserting import insert_new


def fields_of(session: Session, publication_id: int) -> Mapping[str, FieldKind]:
    """Return the kinds of a publication's fields, by key."""
    found = session.execute(
        select(ReaderField.key, ReaderField.kind).where(ReaderField.publication_id == publication_id)
    )
    return {row.key: row.kind for row in found}


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
    """Take their tags and values from readers."""
    for table in (Tagging, FieldValue):
        theirs = delete(table).where(table.subscription_id.in_(subscriptions))
        session.execute(theirs, execution_options={"synchronize_session": False})
