"""An editor has one role on the service and one on each publication; a new one takes the place of the old."""

from __future__ import annotations

from datetime import UTC, datetime

from newsletter.model.rights import Right, Role, rights_of
from newsletter.store.accounts import editors, grants
from newsletter.store.database import Database
from tests.parts.rows import add_row, tables

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def _editor_and_publication(database: Database) -> tuple[int, int]:
    known = tables(database)
    return add_row(database, known["editors"])[0], add_row(database, known["publications"])[0]


def test_a_role_is_given_changed_and_taken(database: Database) -> None:
    editor, publication = _editor_and_publication(database)
    with database.write() as session:
        assert grants.give(session, editor, publication, Role.WRITER, NOW) is None
        assert grants.give(session, editor, publication, Role.PUBLISHER, NOW) is Role.WRITER
        assert grants.give(session, editor, None, Role.ANALYST, NOW) is None
    with database.read() as session:
        assert [grant.publication_id for grant in grants.of(session, editor)] == [None, publication]
        assert grants.rights(session, editor) == {
            None: rights_of(Role.ANALYST, publication_id=None),
            publication: rights_of(Role.PUBLISHER, publication_id=publication),
        }
    with database.write() as session:
        assert grants.take(session, editor, None) is Role.ANALYST
        assert grants.take(session, editor, None) is None
        assert Right.SEND in grants.rights(session, editor)[publication]


def test_owners_of_the_service_count_while_they_can_sign_in(database: Database) -> None:
    editor, publication = _editor_and_publication(database)
    with database.write() as session:
        grants.give(session, editor, publication, Role.OWNER, NOW)
        held = editors.lock_by_id(session, editor)
        assert held is not None
        held.disabled_at = None
        assert grants.able_owners(session) == [], "an owner of one publication owns no service"
        grants.give(session, editor, None, Role.OWNER, NOW)
        assert grants.able_owners(session) == [editor]
        held.disabled_at = NOW
        assert grants.able_owners(session) == []
