"""From reports that hold their own bytes, and complaints that count everywhere, to what is kept now; and back."""

from __future__ import annotations

import hashlib

from sqlalchemy import text

from newsletter.store import migrating
from newsletter.store.database import Database

BEFORE = "0004"
_RAW = (
    "INSERT INTO raw_reports (id, digest, source, sent_to, content, octets, state, attempts, due_at, error, received_at)"
    " VALUES (:id, :digest, 'smtp', '', :content, 9, 'read', 1, '2026-01-01 00:00:00', '', '2026-01-01 00:00:00')"
)
_OUT = (
    "INSERT INTO suppressions (id, address_hash, address, publication_id, reason, created_at)"
    " VALUES (:id, :digest, '', NULL, :reason, '2026-01-01 00:00:00')"
)
_KEPT = "SELECT r.id, c.content FROM raw_reports r LEFT JOIN raw_contents c ON c.id = r.content_id ORDER BY r.id"


def test_bytes_are_moved_once_and_come_back_and_old_complaints_may_be_lifted(empty_database: Database) -> None:
    contents = [b"same", b"other \xff\x00", b"same", b""]
    migrating.upgrade(empty_database)
    migrating.downgrade(empty_database, BEFORE)
    with empty_database.write() as session:
        for number, content in enumerate(contents, start=1):
            digest = hashlib.sha256(bytes([number])).digest()
            session.execute(text(_RAW), {"id": number, "digest": digest, "content": content})
        for number, reason in enumerate(("complaint", "manual"), start=1):
            session.execute(text(_OUT), {"id": number, "digest": b"%d" % number, "reason": reason})
    migrating.upgrade(empty_database)
    with empty_database.read() as session:
        kept = [(number, bytes(content or b"")) for number, content in session.execute(text(_KEPT))]
        assert kept == list(enumerate(contents, start=1))
        assert session.scalar(text("SELECT count(*) FROM raw_contents")) == 2
        told = session.execute(text("SELECT reason, unproven FROM suppressions ORDER BY id"))
        assert [(reason, bool(unproven)) for reason, unproven in told] == [("complaint", True), ("manual", False)]
    migrating.downgrade(empty_database, BEFORE)
    with empty_database.read() as session:
        back = session.execute(text("SELECT content FROM raw_reports ORDER BY id"))
        assert [bytes(content) for (content,) in back] == contents
    migrating.upgrade(empty_database)
