"""What is known of rehearsed readers, made by SQL: standings, ways of coming, languages, tags and fields, in the shares that a large list has."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from newsletter.model.base import Moment

TAGS = {"half": 2, "third": 3, "tenth": 10, "hundredth": 100, "rare": 10_000}
"""By the key of a tag: one reader of how many bears it."""
_STANDING = """
    UPDATE subscriptions
       SET state = CASE WHEN id % 12 = 0 THEN 'unsubscribed' WHEN id % 50 = 1 THEN 'pending' ELSE 'active' END,
           language = CASE WHEN id % 5 = 0 THEN 'de' ELSE '' END
     WHERE publication_id = :publication
"""
_CAME = """
    INSERT INTO consent_records (subscription_id, action, at, place, ip, wording)
    SELECT id, CASE WHEN id % 3 = 0 THEN 'asked' ELSE 'imported' END, created_at,
           CASE WHEN id % 3 = 0 THEN 'form:site' WHEN id % 3 = 1 THEN 'a.csv' ELSE 'b.csv' END, '', 'A rehearsal'
      FROM subscriptions WHERE publication_id = :publication
"""
_LATER = """
    INSERT INTO consent_records (subscription_id, action, at, place, ip, wording)
    SELECT id, CASE WHEN id % 12 = 0 THEN 'unsubscribed' ELSE 'confirmed' END, created_at, '', '', 'A rehearsal'
      FROM subscriptions WHERE publication_id = :publication AND id % 3 = 0
"""
_FIRST = """
    UPDATE subscriptions
       SET came_by = CASE WHEN id % 3 = 0 THEN 'asked' ELSE 'imported' END,
           came_place = CASE WHEN id % 3 = 0 THEN 'form:site' WHEN id % 3 = 1 THEN 'a.csv' ELSE 'b.csv' END
     WHERE publication_id = :publication
"""
_TAG = "INSERT INTO tags (publication_id, key, name) VALUES (:publication, :key, :key)"
_TAGGED = """
    INSERT INTO taggings (tag_id, subscription_id)
    SELECT tags.id, subscriptions.id FROM subscriptions JOIN tags ON tags.publication_id = :publication AND tags.key = :key
     WHERE subscriptions.publication_id = :publication AND subscriptions.id % :each = 0
"""
_FIELD = """
    INSERT INTO reader_fields (publication_id, key, title, kind, choices, created_at) VALUES (:publication, :key, :key, :kind, '', :now)
"""
_CITY = """
    INSERT INTO field_values (field_id, subscription_id, text, folded, number)
    SELECT reader_fields.id, subscriptions.id, CASE WHEN subscriptions.id % 3 = 0 THEN 'Ulm' ELSE 'City' END,
           CASE WHEN subscriptions.id % 3 = 0 THEN 'ulm' ELSE 'city' END, NULL
      FROM subscriptions JOIN reader_fields ON reader_fields.publication_id = :publication AND reader_fields.key = 'city'
     WHERE subscriptions.publication_id = :publication AND subscriptions.id % 3 < 2
"""
_SCORE = """
    INSERT INTO field_values (field_id, subscription_id, text, folded, number)
    SELECT reader_fields.id, subscriptions.id, CAST(subscriptions.id % 1000 AS VARCHAR(20)), CAST(subscriptions.id % 1000 AS VARCHAR(20)),
           subscriptions.id % 1000
      FROM subscriptions JOIN reader_fields ON reader_fields.publication_id = :publication AND reader_fields.key = 'score'
     WHERE subscriptions.publication_id = :publication AND subscriptions.id % 2 = 0
"""


def describe(session: Session, publication_id: int, now: datetime) -> None:
    """Let a third of a publication's readers have come by a form and the others by two lists, and some of them be known for tags and fields."""
    given = {"publication": publication_id, "now": Moment().process_bind_param(now, session.get_bind().dialect)}
    for words in (_STANDING, _CAME, _FIRST, _LATER):
        session.execute(text(words), given)
    for key, each in TAGS.items():
        session.execute(text(_TAG), given | {"key": key})
        session.execute(text(_TAGGED), given | {"key": key, "each": each})
    for key, kind in (("city", "text"), ("score", "number")):
        session.execute(text(_FIELD), given | {"key": key, "kind": kind})
    session.execute(text(_CITY), given)
    session.execute(text(_SCORE), given)
