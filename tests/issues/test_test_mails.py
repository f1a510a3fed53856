"""Twenty test mails a day and editor may go to strangers; readers who confirmed and editors do not count."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from newsletter import queue as queues
from newsletter.clock import SettableClock
from newsletter.errors import InputError, LimitError
from newsletter.issues.editing import Editing
from newsletter.issues.previewing import TESTS_A_DAY, Previewing
from newsletter.model import Editor, Notice, Publication, Subscription, TestMailDay
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import SubscriptionState
from newsletter.store.accounts import editors
from newsletter.store.database import Database
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR, able
from tests.parts.ledger import add_readers
from tests.parts.named import id_of_issue


@pytest.fixture
def tide(database: Database, clock: SettableClock) -> Publication:
    """A publication with a draft on each database."""
    publication = add_publication(database)
    Editing(database, clock).import_issue(issue_text(), source="x.md", by=OPERATOR)
    return publication


def ask(database: Database, clock: SettableClock, to: str, by: Actor = OPERATOR) -> Notice:
    return Previewing(database, clock, queues.connect(""), RENDERER, SETTINGS).send_test(
        id_of_issue(database, "2026-01-02", "tide"), to, by=by
    )


def mails(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Notice)) or 0


def use_up(database: Database, clock: SettableClock, by: Actor = OPERATOR) -> None:
    for number in range(TESTS_A_DAY):
        ask(database, clock, f"stranger{number}@else.example", by)


def test_each_editor_and_the_operator_have_twenty_a_day(database: Database, clock: SettableClock, tide: object) -> None:
    for by in (OPERATOR, able(Right.WRITE, editor_id=1), able(Right.WRITE, editor_id=2)):
        use_up(database, clock, by)
        with pytest.raises(LimitError, match="20 test mails") as caught:
            ask(database, clock, "one-more@else.example", by)
        assert "midnight UTC" in caught.value.remedy
        assert 0 < caught.value.retry_after <= 86_400
    assert mails(database) == 3 * TESTS_A_DAY


def test_the_next_day_begins_at_midnight_utc(database: Database, clock: SettableClock, tide: object) -> None:
    clock.advance((datetime(2026, 3, 1, 23, 59, 30, tzinfo=UTC) - clock.now()).total_seconds())
    use_up(database, clock)
    with pytest.raises(LimitError) as caught:
        ask(database, clock, "one-more@else.example")
    assert caught.value.retry_after == 30
    clock.advance(timedelta(seconds=30).total_seconds())
    ask(database, clock, "one-more@else.example")
    with database.read() as session:
        assert [row.sent for row in session.scalars(select(TestMailDay))] == [1]  # yesterday's are forgotten


def test_confirmed_readers_and_editors_are_not_counted(
    database: Database, clock: SettableClock, tide: Publication
) -> None:
    add_readers(database, clock, tide, 2)
    with database.write() as session:
        editors.add(session, Editor(address="mara@tide.example.org", name="", password_hash="", created_at=clock.now()))
    use_up(database, clock)
    for to in ("reader0@readers.example", "READER1@readers.example", "Mara@tide.example.org"):
        ask(database, clock, to)
    assert mails(database) == TESTS_A_DAY + 3


def test_an_editor_who_was_disabled_is_a_stranger(database: Database, clock: SettableClock, tide: object) -> None:
    with database.write() as session:
        gone = Editor(address="mara@tide.example.org", name="", password_hash="", created_at=clock.now())
        gone.disabled_at = clock.now()
        editors.add(session, gone)
    use_up(database, clock)
    with pytest.raises(LimitError):
        ask(database, clock, "mara@tide.example.org")


@pytest.mark.parametrize("state", [SubscriptionState.PENDING, SubscriptionState.UNSUBSCRIBED])
def test_who_has_not_confirmed_or_has_left_is_a_stranger(
    database: Database, clock: SettableClock, tide: Publication, state: SubscriptionState
) -> None:
    add_readers(database, clock, tide, 1)
    with database.write() as session:
        session.execute(update(Subscription).values(state=state))
    use_up(database, clock)
    with pytest.raises(LimitError):
        ask(database, clock, "reader0@readers.example")


def test_a_reader_of_another_publication_is_a_stranger(database: Database, clock: SettableClock, tide: object) -> None:
    add_readers(database, clock, add_publication(database, "other"), 1)
    use_up(database, clock)
    with pytest.raises(LimitError):
        ask(database, clock, "reader0@readers.example")


def test_what_is_refused_is_not_counted(database: Database, clock: SettableClock, tide: object) -> None:
    for _ in range(TESTS_A_DAY):
        with pytest.raises(InputError):
            ask(database, clock, "no address")
    ask(database, clock, "stranger@else.example")


def test_many_at_once_are_no_more_than_twenty(database: Database, clock: SettableClock, tide: object) -> None:
    def one(number: int) -> bool:
        try:
            ask(database, clock, f"s{number}@else.example")
        except LimitError:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        sent = sum(threads.map(one, range(TESTS_A_DAY + 6)))
    assert sent == mails(database) == TESTS_A_DAY
