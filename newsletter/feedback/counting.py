"""Whether a publication counts clicks without knowing whose they are: in its mails to readers who did not agree to more."""

from __future__ import annotations

from newsletter.store import publications
from newsletter.store.database import Database


def count_clicks(database: Database, *, publication: str, on: bool) -> None:
    """Count clicks from the next batch on, or stop. Raises NotFoundError."""
    with database.write() as session:
        publications.get(session, publication).counts_clicks = on
