"""Store what a list tells of its people besides: tags, and values of fields. What is known here already stays as it is."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from newsletter.model import FieldValue, ReaderField, Subscription, Tag, Tagging
from newsletter.store.audience.staging import PEOPLE, TAGS, VALUES


def describe(session: Session, publication_id: int, whom: ColumnElement[bool]) -> None:
    """Give the staged people their tags and values."""
    theirs = and_(Subscription.publication_id == publication_id, Subscription.subscriber_id == PEOPLE.c.subscriber_id)
    named = (
        select(literal(publication_id), TAGS.c.key, func.min(TAGS.c.name))
        .join(PEOPLE, PEOPLE.c.number == TAGS.c.number)
        .where(whom)
        .group_by(TAGS.c.key)
        .order_by(TAGS.c.key)
    )
    _run(session, Tag, ["publication_id", "key", "name"], named, ["publication_id", "key"])
    tagged = (
        select(Tag.id, Subscription.id)
        .select_from(PEOPLE)
        .join(TAGS, TAGS.c.number == PEOPLE.c.number)
        .join(Tag, and_(Tag.publication_id == publication_id, Tag.key == TAGS.c.key))
        .join(Subscription, theirs)
        .where(whom)
        .order_by(Tag.id, Subscription.id)
    )
    _run(session, Tagging, ["tag_id", "subscription_id"], tagged, ["tag_id", "subscription_id"])
    filled = (
        select(ReaderField.id, Subscription.id, VALUES.c.text, VALUES.c.folded, VALUES.c.value)
        .select_from(PEOPLE)
        .join(VALUES, VALUES.c.number == PEOPLE.c.number)
        .join(ReaderField, and_(ReaderField.publication_id == publication_id, ReaderField.key == VALUES.c.key))
        .join(Subscription, theirs)
        .where(whom)
        .order_by(ReaderField.id, Subscription.id)
    )
    columns = ["field_id", "subscription_id", "text", "folded", "number"]
    _run(session, FieldValue, columns, filled, ["field_id", "subscription_id"])


def _run(session: Session, table: Any, columns: list[str], rows: Any, unique: list[str]) -> None:
    build = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = build(table.__table__).from_select(columns, rows, include_defaults=False)
    session.connection().execute(statement.on_conflict_do_nothing(index_elements=unique))
