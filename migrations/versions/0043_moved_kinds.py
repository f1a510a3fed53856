"""What of a file moves in at the desk: readers, or past issues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0041"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("list_moves", sa.Column("kind", sa.String(length=10), server_default="readers", nullable=False))


def downgrade() -> None:
    op.drop_column("list_moves", "kind")
