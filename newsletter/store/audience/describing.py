"""Store what a list tells of its people besides: tags, and values of fields. What is known here already stays as it is."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, func, literal, select
from sqlalchemy.orm import Session

from newsletter.model import FieldValue, ReaderField, Subscription, Tag, Tagging
from newsletter.store.audience.staging import PEOPLE, TAGS, VALUES
from newsletter.store.inserting import insert_selected


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
    insert_selected(session.connection(), Tag, ["publication_id", "key", "name"], named, ["publication_id", "key"])
    tagged = (
        select(Tag.id, Subscription.id)
        .select_from(PEOPLE)
        .join(TAGS, TAGS.c.number == PEOPLE.c.number)
        .join(Tag, and_(Tag.publication_id == publication_id, Tag.key == TAGS.c.key))
        .join(Subscription, theirs)
        .where(whom)
        .order_by(Tag.id, Subscription.id)
    )
    insert_selected(session.connection(), Tagging, ["tag_id", "subscription_id"], tagged, ["tag_id", "subscription_id"])
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
    insert_selected(session.connection(), FieldValue, columns, filled, ["field_id", "subscription_id"])
