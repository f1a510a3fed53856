"""Tokens of webhooks that count once, remembered in the ledger for all processes."""

from __future__ import annotations

from datetime import timedelta

from newsletter.clock import Clock
from newsletter.inbound.signatures import REPLAY_WINDOW, refused
from newsletter.store.database import Database
from newsletter.store.feedback import used_tokens

_KEEP = timedelta(seconds=4 * REPLAY_WINDOW)
"""Longer than a token is taken, whichever way a provider's clock is wrong."""


def use_once(database: Database, clock: Clock, scope: str, token: str, body: bytes) -> None:
    """Raise TokenError when another call came with this token, to whichever process; the same call may come again."""
    with database.write() as session:
        if not used_tokens.use(session, f"webhook {scope}", token, body, clock.now() + _KEEP):
            raise refused()
