"""The bin: drafts that were deleted, for as long as they can be restored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "binned_issues",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("dated", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("revision", _BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publications.id"],
            name=op.f("fk_binned_issues_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_binned_issues")),
    )
    op.create_index(op.f("ix_binned_issues_deleted_at"), "binned_issues", ["deleted_at"])
    op.create_index(
        op.f("ix_binned_issues_publication_id_binned_issues_slug"), "binned_issues", ["publication_id", "slug"]
    )


def downgrade() -> None:
    op.drop_table("binned_issues")
