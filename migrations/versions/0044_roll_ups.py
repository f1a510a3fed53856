"""Old deliveries: issues that were rolled up, and what is left of each of their deliveries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "roll_ups",
        sa.Column("issue_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_batch_id", _BIG, nullable=False),
        sa.Column("deliveries", _BIG, nullable=False),
        sa.Column("refusals", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_roll_ups_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_roll_ups")),
    )
    op.create_index(op.f("ix_roll_ups_ended_at"), "roll_ups", ["ended_at"])
    op.create_table(
        "old_deliveries",
        sa.Column("id", _BIG, autoincrement=False, nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("subscriber_id", _BIG, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_old_deliveries")),
        sa.UniqueConstraint("issue_id", "subscriber_id", name=op.f("uq_old_deliveries_issue_id_subscriber_id")),
    )


def downgrade() -> None:
    op.drop_table("old_deliveries")
    op.drop_index(op.f("ix_roll_ups_ended_at"), table_name="roll_ups")
    op.drop_table("roll_ups")
