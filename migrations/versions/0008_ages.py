"""Since when a deferred delivery ages, after its issue was sent again or held back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("plan_records", sa.Column("aged_from", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("plan_records", "aged_from")
