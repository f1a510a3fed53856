"""No id that a token, a link, a form or a limit names is ever dealt twice, whatever was deleted meanwhile."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select

from newsletter.model import (
    ApiKey,
    Base,
    Delivery,
    Edition,
    Editor,
    EditorIdentity,
    EditorSession,
    Issue,
    KnownBrowser,
    Notice,
    Passkey,
    Publication,
    Subscription,
)
from newsletter.store.database import Database
from newsletter.store.delivery import planning
from newsletter.tokens import Purpose
from tests.parts.rows import add_row, tables

SUBJECTS: dict[Purpose, type[Base]] = {
    Purpose.CONFIRM: Subscription,
    Purpose.UNSUBSCRIBE: Delivery,
    Purpose.PREFERENCES: Subscription,
    Purpose.CLICK: Delivery,
    Purpose.OPEN: Delivery,
    Purpose.VOTE: Delivery,
    Purpose.VIEW: Delivery,
    Purpose.RETURN_PATH: Delivery,
    Purpose.NOTICE_RETURN_PATH: Notice,
    Purpose.MESSAGE_ID: Delivery,
    Purpose.NOTICE_MESSAGE_ID: Notice,
    Purpose.FORM: Publication,
    Purpose.PREVIEW: Issue,
}
"""The table whose ids each kind of token names."""
NAMED_ELSEWHERE: dict[str, type[Base]] = {
    "/l/{edition}/{n}": Edition,
    "/desk/{publication}/issues/{issue_id}": Issue,
    "/desk/account/sessions/{session_id}/end": EditorSession,
    "the limit sign-in:browser:{id}": KnownBrowser,
    "who did it": Editor,
    "what was done to it": ApiKey,
    "/desk/account/passkeys/{passkey_id}/remove": Passkey,
    "/desk/account/identities/{identity_id}/unlink": EditorIdentity,
}
NAMED = sorted({*SUBJECTS.values(), *NAMED_ELSEWHERE.values()} - {Delivery}, key=lambda table: table.__name__)


def test_each_kind_of_token_says_whose_ids_it_names() -> None:
    assert set(SUBJECTS) == set(Purpose), "a new purpose: name its table above"


@pytest.mark.parametrize("named", NAMED, ids=lambda table: table.__tablename__)
@pytest.mark.parametrize("kept", [0, 1], ids=["all-deleted", "newest-deleted"])
def test_the_id_of_a_deleted_row_is_never_dealt_again(database: Database, named: type[Base], kept: int) -> None:
    table = tables(database)[named.__tablename__]
    dealt = [add_row(database, table)[0] for _ in range(kept + 1)]
    with database.write() as session:
        session.execute(delete(table).where(table.c.id.in_(dealt[kept:])))
        assert session.scalars(select(table.c.id)).all() == dealt[:kept]
    assert add_row(database, table)[0] > max(dealt)


def test_ids_of_deliveries_come_from_blocks_that_outlive_the_deliveries(database: Database) -> None:
    first = planning.take_ids(database, 3)
    with database.write() as session:
        session.execute(delete(Delivery))
    assert planning.take_ids(database, 3) == first + 3
