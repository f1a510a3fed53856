"""A sent issue on each database, and what handles the reports about it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from newsletter.clock import SettableClock
from newsletter.feedback import reading
from newsletter.feedback.handling import Handler
from newsletter.store.database import Database
from newsletter.tokens import Signer
from tests.feedback.mailing import Mailing, send_issue
from tests.parts.kept_counts import agree

LEAVE = "leave@news.example"


@pytest.fixture
def mailing(database: Database, clock: SettableClock, signer: Signer) -> Iterator[Mailing]:
    """An issue that went to three readers; whatever comes back, the kept counts are those of the rows."""
    yield send_issue(database, clock, signer)
    agree(database)


@pytest.fixture
def handler(database: Database, clock: SettableClock, signer: Signer) -> Handler:
    """Reads in this process."""
    return Handler(database, clock, signer, read=reading.read, leave_address=LEAVE)
