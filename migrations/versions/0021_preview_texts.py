"""Texts kept for the frames of previews, which another process may be asked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "preview_texts",
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_preview_texts_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issue_id", "name", name=op.f("pk_preview_texts")),
    )
    op.create_index(op.f("ix_preview_texts_at"), "preview_texts", ["at"])


def downgrade() -> None:
    op.drop_table("preview_texts")
