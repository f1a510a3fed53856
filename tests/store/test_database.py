"""The database opens, writes whole transactions, and says clearly what is wrong."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from newsletter.errors import InputError, StoreError
from newsletter.store.database import Database


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.execute(text("INSERT INTO id_blocks (name, next_id) VALUES ('x', 1)"))
        _ = 1 / 0
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM id_blocks")).scalar() == 0


def test_a_database_that_is_gone_is_a_store_error_without_the_password() -> None:
    database = Database("postgresql+psycopg://u:hunter2@127.0.0.1:1/none")
    with pytest.raises(StoreError) as caught, database.read() as session:
        session.execute(text("SELECT 1"))
    assert "hunter2" not in str(caught.value)
    assert "running" in caught.value.remedy


@pytest.mark.parametrize("url", ["nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:"])
def test_a_url_that_cannot_hold_a_ledger_is_refused_with_a_remedy(url: str) -> None:
    with pytest.raises(InputError) as caught:
        Database(url)
    assert caught.value.remedy
