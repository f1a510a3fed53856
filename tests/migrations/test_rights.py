"""Whoever could sign in before there were roles is an owner after it: they lose nothing."""

from __future__ import annotations

from sqlalchemy import select

from newsletter.model import Editor, Grant
from newsletter.model.rights import Role
from newsletter.store import migrating
from newsletter.store.database import Database
from tests.parts.rows import add_row, all_rows, tables


def test_every_editor_of_an_earlier_release_owns_the_service(empty_database: Database) -> None:
    migrating.upgrade(empty_database)
    migrating.downgrade(empty_database, "0016")
    before = tables(empty_database)
    editors = [add_row(empty_database, before["editors"])[0] for _ in range(3)]
    migrating.upgrade(empty_database)
    with empty_database.read() as session:
        grants = session.scalars(select(Grant).order_by(Grant.id)).all()
        assert [(grant.editor_id, grant.publication_id, grant.role) for grant in grants] == [
            (editor, None, Role.OWNER) for editor in editors
        ]
        made = set(session.scalars(select(Editor.created_at)))
        assert {grant.created_at for grant in grants} <= made
    migrating.downgrade(empty_database, "0016")
    assert len(all_rows(empty_database, tables(empty_database)["editors"])) == 3
