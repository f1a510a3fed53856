"""Sessions named by secrets, editors who can be disabled, known browsers, and ids that are never dealt twice."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

NAMED_BY_TOKENS = ("publications", "issues", "editions", "subscriptions", "notices")
"""Tables whose ids stand in tokens and links. Editors and their sessions are made anew below."""


def upgrade() -> None:
    op.drop_table("editor_sessions")  # everybody signs in once more: a cookie that names a row number opens nothing
    with op.batch_alter_table("editors", **_rebuilt(autoincrement=True)) as batch:
        batch.add_column(sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True))
    _make_table(
        "editor_sessions",
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("browser", sa.String(length=60), nullable=False),
        sa.Column("network", sa.String(length=45), nullable=False),
    )
    _make_table("known_browsers")
    _rebuild_on_sqlite(autoincrement=True)


def downgrade() -> None:
    _rebuild_on_sqlite(autoincrement=False)
    op.drop_table("known_browsers")
    op.drop_table("editor_sessions")
    with op.batch_alter_table("editors", **_rebuilt(autoincrement=False)) as batch:
        batch.drop_column("disabled_at")
    _make_table("editor_sessions", secret=False)


def _make_table(name: str, *more: sa.Column[Any], secret: bool = True) -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    hashes = [sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False)] if secret else []
    unique = [sa.UniqueConstraint("secret_hash", name=op.f(f"uq_{name}_secret_hash"))] if secret else []
    op.create_table(
        name,
        sa.Column("id", big, nullable=False),
        sa.Column("editor_id", big, nullable=False),
        *hashes,
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        *more,
        sa.ForeignKeyConstraint(["editor_id"], ["editors.id"], name=op.f(f"fk_{name}_editor_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        *unique,
        sqlite_autoincrement=secret,
    )
    op.create_index(op.f(f"ix_{name}_editor_id"), name, ["editor_id"], unique=False)


def _rebuild_on_sqlite(*, autoincrement: bool) -> None:
    if op.get_bind().dialect.name == "sqlite":  # elsewhere a sequence deals no number twice
        for table in NAMED_BY_TOKENS:
            with op.batch_alter_table(table, **_rebuilt(autoincrement=autoincrement)):
                pass


def _rebuilt(*, autoincrement: bool) -> dict[str, Any]:
    """Return how SQLite makes a table anew: it cannot add AUTOINCREMENT to one that is there."""
    on_sqlite = op.get_bind().dialect.name == "sqlite"
    return {"recreate": "always" if on_sqlite else "never", "table_kwargs": {"sqlite_autoincrement": autoincrement}}
