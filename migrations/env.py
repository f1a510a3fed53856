"""How Alembic runs here: on the connection that `newsletter.store.migrating` hands over, inside its one transaction."""

from __future__ import annotations

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Connection

from newsletter.model import Base
from newsletter.model.base import Moment, Word


def render_item(kind: str, item: Any, _context: AutogenContext) -> str | Literal[False]:
    """Write our column types as what they are in the database, so that a migration never depends on today's model."""
    if kind == "type" and isinstance(item, Moment):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, Word):
        return "sa.String(length=20)"
    return False


def run(connection: Connection) -> None:
    """Apply what is asked for on this connection; the caller commits."""
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_as_batch=context.config.attributes.get("as_batch", True),  # SQLite cannot alter most things in place
        render_item=render_item,
        on_version_apply=context.config.attributes["on_version_apply"],
    )
    with context.begin_transaction():
        context.run_migrations()


run(context.config.attributes["connection"])
