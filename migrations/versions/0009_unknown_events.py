"""Events of providers that this release does not know: kept by name, counted and told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "unknown_events",
        sa.Column("provider", sa.String(length=30), nullable=False),
        sa.Column("event", sa.String(length=80), nullable=False),
        sa.Column("count", _BIG, nullable=False),
        sa.Column("raw_report_id", _BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("provider", "event", name=op.f("pk_unknown_events")),
    )


def downgrade() -> None:
    op.drop_table("unknown_events")
