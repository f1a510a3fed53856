"""Paces that were learned, for people to see: which receivers asked for less, since when, and how fast mail goes to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "learned_paces",
        sa.Column("transport", sa.String(length=20), nullable=False),
        sa.Column("receivers", sa.String(length=40), nullable=False),
        sa.Column("rate", sa.Double(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("transport", "receivers", name=op.f("pk_learned_paces")),
    )


def downgrade() -> None:
    op.drop_table("learned_paces")
