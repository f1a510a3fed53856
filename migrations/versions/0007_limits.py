"""What keeps strangers from being written to and clicks from filling the ledger; and issues that nobody got are hidden again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "test_mail_days",
        sa.Column("editor_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("editor_id", "day", name=op.f("pk_test_mail_days")),
    )
    op.create_table(
        "sign_ups",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ip", sa.String(length=45), nullable=False),
        sa.Column("wording", sa.Text(), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publications.id"],
            name=op.f("fk_sign_ups_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_ups")),
    )
    op.create_index(op.f("ix_sign_ups_due_at"), "sign_ups", ["due_at"])
    op.create_table(
        "spent_forms",
        sa.Column("token", sa.String(length=40), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_spent_forms")),
    )
    op.create_index(op.f("ix_spent_forms_expires_at"), "spent_forms", ["expires_at"])
    op.create_table(
        "event_counts",
        sa.Column("edition_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("link", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("count", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("edition_id", "kind", "link", name=op.f("pk_event_counts")),
    )
    op.create_table(
        "event_files",
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_event_files")),
    )
    _hide_what_nobody_got()


def downgrade() -> None:
    for table in ("event_files", "event_counts", "spent_forms", "sign_ups", "test_mail_days"):
        op.drop_table(table)


def _hide_what_nobody_got() -> None:
    # Planning used to publish an issue; now its first message does.
    op.execute(
        """
        UPDATE issues SET published_at = NULL
        WHERE state IN ('sending', 'paused', 'cancelled') AND NOT EXISTS (
            SELECT 1 FROM deliveries
            WHERE deliveries.issue_id = issues.id AND deliveries.state NOT IN ('queued', 'skipped')
        )
        """
    )
