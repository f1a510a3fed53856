"""What keeps strangers from being written to and clicks from filling the ledger; and issues that nobody got are hidden again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "test_mail_days",
        sa.Column(
            "editor_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("editor_id", "day", name=op.f("pk_test_mail_days")),
    )
    _hide_what_nobody_got()


def downgrade() -> None:
    op.drop_table("test_mail_days")


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
