"""Segments; whom an issue goes to."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_CHOOSING = ("issues", "binned_issues", "plan_records")
_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "segments",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("rule", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_segments_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
        sa.UniqueConstraint("publication_id", "name", name=op.f("uq_segments_publication_id_name")),
        sqlite_autoincrement=True,
    )
    for table in _CHOOSING:
        op.add_column(table, sa.Column("audience", sa.JSON(none_as_null=True), nullable=True))


def downgrade() -> None:
    for table in _CHOOSING:
        op.drop_column(table, "audience")
    op.drop_table("segments")
