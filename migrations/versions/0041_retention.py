"""What went because its days were over; indexes by which that is found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger()
_PENDING, _NAMED = sa.text("state = 'pending'"), sa.text("sent_to <> ''")
_PARTIAL = (
    ("ix_subscriptions_pending", "subscriptions", ["created_at", "id"], _PENDING),
    ("ix_raw_reports_named", "raw_reports", ["received_at"], _NAMED),
)


def upgrade() -> None:
    op.create_table(
        "retention_runs",
        sa.Column("job", sa.String(length=30), nullable=False),
        sa.Column("ran_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("gone_last", _BIG.with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("gone", _BIG.with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("place", _BIG.with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.PrimaryKeyConstraint("job", name=op.f("pk_retention_runs")),
    )
    for name, table, columns, where in _PARTIAL:
        op.create_index(op.f(name), table, columns, postgresql_where=where, sqlite_where=where)
    op.create_index(op.f("ix_raw_contents_received_at"), "raw_contents", ["received_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_raw_contents_received_at"), table_name="raw_contents")
    for name, table, _, _ in _PARTIAL:
        op.drop_index(op.f(name), table_name=table)
    op.drop_table("retention_runs")
