"""What the doctor looks at of feedback: whether bounces and complaints can be read."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable

from newsletter.errors import NewsletterError
from newsletter.feedback.guarded_reading import GuardedReader
from newsletter.feedback.telling import IN_A_ROW
from newsletter.store.database import Database
from newsletter.store.feedback import reports as store
from newsletter.verdicts import Result


def reports(database: Database, reader: GuardedReader) -> Iterable[Result]:
    """See that what reads reports starts, and that reports can be read."""
    try:
        reader.check()
    finally:
        reader.close()
    yield Result("reports", "good", "what reads bounces and complaints starts, and reads")
    with contextlib.suppress(NewsletterError), database.read() as session:
        if store.unread_in_a_row(session, IN_A_ROW):
            what = f"the last {IN_A_ROW} reports that came in could not be read"
            yield Result("reports", "wrong", what, "`newsletter feedback list` says why")
