"""What of a file moves in at the desk: readers, or past issues; and issues that moved in may lie in the bin."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("list_moves", sa.Column("kind", sa.String(length=10), server_default="readers", nullable=False))
    op.add_column("binned_issues", sa.Column("published_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("binned_issues", sa.Column("old_paths", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))


def downgrade() -> None:
    op.execute("DELETE FROM binned_issues WHERE published_at IS NOT NULL")  # before, none could lie there
    op.drop_column("binned_issues", "old_paths")
    op.drop_column("binned_issues", "published_at")
    op.drop_column("list_moves", "kind")
