"""Feedback."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("edition_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("link", sa.Integer(), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("signs", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
    )
    op.create_index(op.f("ix_events_delivery_id"), "events", ["delivery_id"], unique=False)
    op.create_index(op.f("ix_events_edition_id"), "events", ["edition_id"], unique=False)
    op.create_table(
        "raw_reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("source", sa.String(length=30), nullable=False),
        sa.Column("sent_to", sa.String(length=320), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("octets", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("error", sa.Text(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_reports")),
        sa.UniqueConstraint("digest", name=op.f("uq_raw_reports_digest")),
    )
    op.create_index(op.f("ix_raw_reports_state_raw_reports_due_at"), "raw_reports", ["state", "due_at"], unique=False)
    op.create_table(
        "tallies",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("count", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_tallies")),
    )
    op.create_table(
        "applied_reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("mark", sa.String(length=120), nullable=False),
        sa.Column("raw_report_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("notice_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("issue_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("publication_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("subscriber_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("code", sa.SmallInteger(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("reported_by", sa.String(length=255), nullable=False),
        sa.Column("dialect", sa.String(length=30), nullable=False),
        sa.Column("blame", sa.String(length=20), nullable=False),
        sa.Column("weight", sa.Double(), nullable=False),
        sa.Column("effect", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["raw_report_id"], ["raw_reports.id"], name=op.f("fk_applied_reports_raw_report_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_applied_reports")),
        sa.UniqueConstraint("mark", name=op.f("uq_applied_reports_mark")),
    )
    op.create_index(op.f("ix_applied_reports_delivery_id"), "applied_reports", ["delivery_id"], unique=False)
    op.create_index(op.f("ix_applied_reports_issue_id"), "applied_reports", ["issue_id"], unique=False)
    op.create_index(op.f("ix_applied_reports_raw_report_id"), "applied_reports", ["raw_report_id"], unique=False)
    op.create_index(op.f("ix_applied_reports_subscriber_id"), "applied_reports", ["subscriber_id"], unique=False)
    op.add_column("publications", sa.Column("counts_clicks", sa.Boolean(), server_default=sa.false(), nullable=False))


def downgrade() -> None:
    op.drop_column("publications", "counts_clicks")
    op.drop_index(op.f("ix_applied_reports_subscriber_id"), table_name="applied_reports")
    op.drop_index(op.f("ix_applied_reports_raw_report_id"), table_name="applied_reports")
    op.drop_index(op.f("ix_applied_reports_issue_id"), table_name="applied_reports")
    op.drop_index(op.f("ix_applied_reports_delivery_id"), table_name="applied_reports")
    op.drop_table("applied_reports")
    op.drop_table("tallies")
    op.drop_index(op.f("ix_raw_reports_state_raw_reports_due_at"), table_name="raw_reports")
    op.drop_table("raw_reports")
    op.drop_index(op.f("ix_events_edition_id"), table_name="events")
    op.drop_index(op.f("ix_events_delivery_id"), table_name="events")
    op.drop_table("events")
