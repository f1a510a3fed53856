"""Alarms: what somebody must be told of, and whether anybody was."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("cause", sa.String(length=120), nullable=False),
        sa.Column("publication_id", _BIG, nullable=True),
        sa.Column("issue_id", _BIG, nullable=True),
        sa.Column("title", sa.String(length=400), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("remedy", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_by", _BIG, nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tell_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told", _BIG, nullable=False),
        sa.Column("failed", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_alarms_publication_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_alarms_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_alarms")),
    )
    op.create_index(op.f("ix_alarms_cause"), "alarms", ["cause"])
    op.create_index(op.f("ix_alarms_tell_at"), "alarms", ["tell_at"])
    op.add_column("notices", sa.Column("alarm_id", _BIG, nullable=True))


def downgrade() -> None:
    op.drop_column("notices", "alarm_id")
    op.drop_table("alarms")
