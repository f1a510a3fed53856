"""What pacing remembers, and answers counted by batch."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

ANSWERS = ("answered", "refused", "policy")


def upgrade() -> None:
    big = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    for name in ANSWERS:
        op.add_column("batches", sa.Column(name, sa.Integer(), server_default=sa.text("0"), nullable=False))
    op.create_table(
        "brakes",
        sa.Column("transport", sa.String(length=20), nullable=False),
        sa.Column("part", sa.String(length=40), nullable=False),
        sa.Column("shut_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("transport", "part", name=op.f("pk_brakes")),
    )
    op.create_table(
        "sending_days",
        sa.Column("transport", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("taken", big, nullable=False),
        sa.PrimaryKeyConstraint("transport", "day", name=op.f("pk_sending_days")),
    )
    op.create_table(
        "trips",
        sa.Column("issue_id", big, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        *(sa.Column(name, big, nullable=False) for name in (*ANSWERS, "bounced", "complained")),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_trips_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_trips")),
    )


def downgrade() -> None:
    op.drop_table("trips")
    op.drop_table("sending_days")
    op.drop_table("brakes")
    for name in ANSWERS:
        op.drop_column("batches", name)
