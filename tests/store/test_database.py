"""The database opens, writes whole transactions, and says clearly what is wrong."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import event, text

from newsletter.errors import InputError, StoreError
from newsletter.store.database import Database


def test_a_write_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.write() as session:
        session.execute(text("INSERT INTO id_blocks (name, next_id) VALUES ('x', 1)"))
        _ = 1 / 0
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM id_blocks")).scalar() == 0


def test_a_full_disk_is_a_store_error_with_a_remedy_and_leaves_nothing(sqlite_database: Database) -> None:
    with sqlite_database.read() as session:
        pages = session.execute(text("PRAGMA page_count")).scalar_one()
        session.execute(text(f"PRAGMA max_page_count={pages}"))  # as SQLite meets a disk without room for one page more
    with pytest.raises(StoreError) as caught, sqlite_database.write() as session:
        for n in range(2000):
            session.execute(text("INSERT INTO id_blocks (name, next_id) VALUES (:name, 1)"), {"name": f"block {n}"})
    assert "full" in caught.value.what
    assert caught.value.remedy == "free some disk space"
    with sqlite_database.read() as session:
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


def test_closing_waits_for_who_is_just_writing(database: Database) -> None:
    writes, closed, gone = threading.Event(), threading.Event(), []
    event.listen(database.engine, "close", lambda *_: gone.append(True))

    def write() -> None:
        with database.write() as session:
            writes.set()
            assert not closed.wait(0.2)
            session.execute(text("SELECT 1"))

    writer = threading.Thread(target=write)
    writer.start()
    assert writes.wait(5)
    database.close(within=20)
    closed.set()
    writer.join(5)
    assert gone, "its connection, too"


def test_closing_does_not_wait_for_ever(database: Database) -> None:
    pool = database.engine.pool
    with database.read() as session:
        session.execute(text("SELECT 1"))
        database.close(within=0.05)
        assert session.scalar(text("SELECT 1")) == 1, "who is not done may finish"
    pool.dispose()  # the connection came back to the pool it is from


def test_who_is_stopped_in_the_middle_of_a_transaction_holds_nobody_up(postgres_database: Database) -> None:
    stopped = Database(postgres_database.url, idle_seconds=1)
    raise_it = text("UPDATE id_blocks SET next_id = next_id + 1 WHERE name = 'deliveries'")
    with postgres_database.write() as session:
        session.execute(text("INSERT INTO id_blocks (name, next_id) VALUES ('deliveries', 1)"))
    with pytest.raises(StoreError), stopped.write() as held:
        held.execute(raise_it)
        with postgres_database.write() as session:  # waits for the row, and gets it although nobody let it go
            session.execute(raise_it)
    with stopped.read() as session:
        assert session.execute(text("SELECT next_id FROM id_blocks")).scalar() == 2
    stopped.close()


def test_a_list_that_comes_slowly_may_keep_its_own_connection_waiting(postgres_database: Database) -> None:
    slow = Database(postgres_database.url, idle_seconds=1)
    with slow.own_connection() as connection:
        assert connection.exec_driver_sql("SHOW idle_in_transaction_session_timeout").scalar() == "0"
    with slow.read() as session:
        assert session.execute(text("SHOW idle_in_transaction_session_timeout")).scalar() == "1s"
    slow.close()
