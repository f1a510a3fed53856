"""Worker and scheduler as threads of the process that starts them."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from newsletter.bootstrap import Parts, wire
from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.issues.deleting import Deleting
from newsletter.store.issues import binned
from tests.issues.samples import add_publication, issue_text
from tests.parts.actors import OPERATOR
from tests.parts.lending import migrated_sqlite
from tests.parts.named import id_of_issue
from tests.parts.waiting import comes_true
from workers import embedded

pytestmark = pytest.mark.skipif(not hasattr(os, "SCHED_BATCH"), reason="this system has no SCHED_BATCH")


@pytest.fixture
def parts(tmp_path: Path) -> Iterator[Parts]:
    migrated_sqlite(tmp_path / "newsletter.db").close()
    parts = wire(Settings(data_dir=tmp_path, smtp_url="memory:", _env_file=None))
    yield parts
    parts.close()


def policies() -> dict[str, int]:
    """The scheduling policy of each thread of this process, by the thread's name and number."""
    return {f"{t.name} {t.native_id}": os.sched_getscheduler(t.native_id or 0) for t in threading.enumerate()}


def test_threads_that_send_interrupt_nobody_when_they_wake(parts: Parts) -> None:
    before = policies()
    running = embedded.start(parts, threads=3)
    begun = {thread: policy for thread, policy in policies().items() if thread not in before}
    running.stop()
    assert sum(policy == os.SCHED_BATCH for policy in begun.values()) >= 3
    assert [t for t, policy in begun.items() if policy != os.SCHED_BATCH and not t.startswith("scheduler")] == []
    assert os.sched_getscheduler(0) == os.SCHED_OTHER


def test_where_it_is_not_allowed_they_run_as_they_are(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(*_: object) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "sched_setscheduler", refused)
    before = policies()
    running = embedded.start(parts, threads=2)
    begun = {policy for thread, policy in policies().items() if thread not in before}
    running.stop()
    assert begun == {os.SCHED_OTHER}


def test_the_scheduler_empties_the_bin_of_what_lies_there_for_thirty_days(parts: Parts) -> None:
    now = parts.clock.now()
    add_publication(parts.database)
    for days, slug in ((31, "old"), (29, "young")):
        parts.editing.import_issue(issue_text(slug=slug), source="x.md", by=OPERATOR)
        long_ago = SettableClock(now - timedelta(days=days))
        Deleting(parts.database, long_ago).delete(id_of_issue(parts.database, slug, "tide"), by=OPERATOR)

    def left() -> list[str]:
        with parts.database.read() as session:
            return [each.slug for each in binned.listing(session)]

    running = embedded.start(parts)
    assert comes_true(lambda: left() == ["young"])
    running.stop()
