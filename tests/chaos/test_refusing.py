"""A server that refuses us stops an issue within two hundred mails, however fast they go and however many hosts send them."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pytest
from sqlalchemy import func, select

from newsletter.delivery.control import Control
from newsletter.delivery.progress import Progress, progress
from newsletter.delivery.watching import HANDFUL
from newsletter.model import Heartbeat
from newsletter.model.states import IssueState
from tests.chaos.rig import ALONE, Rig
from tests.chaos.test_chaos import LONG
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_issue
from tests.parts.postgres import PostgresServer
from tests.parts.refusing_smtp import RefusingSmtp, Words, nothing
from tests.parts.valkey import ValkeyServer
from tests.parts.waiting import comes_true

ISSUE = {"publication": "daily", "slug": "first"}
READERS = 20_000 if LONG else 4000
MOST = 200
HOSTS = ("host", "host", "scheduler")
SETTINGS = {"CONNECTIONS": "8", "BATCH_SIZE": "250", "LEASE_SECONDS": "60"}
TEN = ("one",) * 10
"""Worker processes that each talk over eight connections; the scheduler comes when all of them are there."""
NUMBERS = itertools.count(100_000)


def policy_at(stage: str) -> Words:
    """Refuse everybody at a stage, each in words that differ by a number and by the reader's address."""

    def words(at: str, recipient: str, _offered: int) -> str:
        who = recipient if at != "MAIL" else "you"
        return f"550 5.7.1 <{who}>: rejected due to local policy, id {next(NUMBERS):x}" if at == stage else ""

    return words


pytestmark = pytest.mark.timeout(900)  # five processes begin, on a machine that has other work


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


class Begin(Protocol):
    def __call__(self, words: Words, alone: bool, roles: tuple[str, ...] = HOSTS) -> Rig: ...


@pytest.fixture
def begin(stack: ExitStack, tmp_path: Path) -> Begin:
    """A service at work for a server that refuses: two hosts on PostgreSQL and Valkey, or one process on SQLite."""

    def start(words: Words, alone: bool, roles: tuple[str, ...] = HOSTS) -> Rig:
        receiver = RefusingSmtp(words)
        stack.callback(receiver.stop)
        postgres, valkey = (None, None) if alone else (PostgresServer(), ValkeyServer())
        for server in (postgres, valkey):
            if server:
                stack.callback(server.stop)
        rig = Rig(
            receiver,
            tmp_path,
            READERS,
            1,
            ALONE if alone else roles,
            postgres=postgres,
            valkey=valkey,
            settings=SETTINGS,
        )
        rig.prepare()
        stack.callback(rig.database.close)
        stack.callback(rig.stop)
        rig.start()
        return rig

    return start


def look(rig: Rig) -> Progress:
    return progress(rig.database, clock=rig.clock, issue_id=id_of_issue(rig.database, **ISSUE))


def mend(rig: Rig) -> None:
    """Let the server take everything, resume, and see that everybody got it once."""
    rig.receiver.begin_anew(nothing)
    Control(rig.database, rig.clock).resume(id_of_issue(rig.database, **ISSUE), by=OPERATOR)
    rig.wait_until(lambda states: look(rig).state == IssueState.SENT, 300)
    assert rig.states() == {"submitted": READERS}
    assert len(rig.receiver.taken) == READERS
    assert set(rig.receiver.taken.values()) == {1}


def wait_until_paused(rig: Rig) -> None:
    rig.wait_until(lambda states: look(rig).state in (IssueState.PAUSED, IssueState.SENT), 300)
    rig.wait_until(lambda states: not states.get("submitting"), 60)
    assert look(rig).state == IssueState.PAUSED
    assert "the server refuses the " in look(rig).paused_why


@pytest.mark.parametrize(
    ("stage", "alone"),
    [("RCPT", True), ("DOT", False), *([("DOT", True), ("MAIL", False), ("DATA", False)] if LONG else [])],
    ids=lambda value: {True: "sqlite", False: "postgresql"}.get(value, value),
)
def test_a_server_that_refuses_all_for_policy_is_offered_at_most_two_hundred_and_nobody_is_rejected(
    stage: str, alone: bool, begin: Begin, record_property: Callable[[str, object], None]
) -> None:
    rig = begin(policy_at(stage), alone)
    wait_until_paused(rig)
    record_property(f"mails offered to a server that refuses all at {stage}", rig.receiver.offered_since)
    assert rig.receiver.offered_since <= MOST
    assert rig.states() == {"queued": READERS}
    mend(rig)


def test_a_server_that_begins_to_refuse_in_the_middle_is_offered_at_most_two_hundred_more(
    begin: Begin, record_property: Callable[[str, object], None]
) -> None:
    always = policy_at("DOT")
    rig = begin(lambda at, who, offered: always(at, who, offered) if offered > READERS // 4 else "", alone=False)
    wait_until_paused(rig)
    record_property("mails offered to a server that begins to refuse all at full speed", rig.receiver.offered_since)
    assert rig.receiver.offered_since <= MOST
    found = rig.states()
    assert set(found) == {"submitted", "queued"}
    assert found["submitted"] == rig.receiver.taken.total() > READERS // 5
    mend(rig)


@pytest.mark.parametrize("taken", [0, READERS // 4], ids=["from-the-beginning", "in-the-middle"])
def test_ten_processes_offer_no_more_than_one_in_the_beginning_and_in_the_middle_what_is_on_the_wire(
    taken: int, begin: Begin, record_property: Callable[[str, object], None]
) -> None:
    always = policy_at("DOT")
    rig = begin(lambda at, who, offered: always(at, who, offered) if offered > taken else "", alone=False, roles=TEN)
    assert comes_true(lambda: alive(rig) == len(TEN), within=300), alive(rig)
    rig.join("scheduler")
    wait_until_paused(rig)
    record_property(
        f"mails that ten processes offer to a server that refuses all after {taken}", rig.receiver.offered_since
    )
    on_the_wire = 2 * len(TEN) * int(SETTINGS["CONNECTIONS"])
    assert rig.receiver.offered_since <= (HANDFUL * len(TEN) + on_the_wire if taken else MOST // 4)
    assert rig.states().get("queued", 0) > READERS // 2
    mend(rig)


def alive(rig: Rig) -> int:
    """How many workers gave a heartbeat."""
    with rig.database.read() as session:
        return session.scalar(select(func.count()).select_from(Heartbeat)) or 0
