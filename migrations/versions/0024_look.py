"""What a publication chose for its masthead, its footer and its letters."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_TABLE = "publications"
_NEW = ("tagline", "footer", "font", "social", "sponsor_label", "typographer", "logo")


def upgrade() -> None:
    op.add_column(_TABLE, sa.Column("tagline", sa.String(length=200), server_default="", nullable=False))
    op.add_column(_TABLE, sa.Column("footer", sa.Text(), server_default="", nullable=False))
    op.add_column(_TABLE, sa.Column("font", sa.String(length=10), server_default="serif", nullable=False))
    op.add_column(_TABLE, sa.Column("social", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column(_TABLE, sa.Column("sponsor_label", sa.String(length=80), server_default="", nullable=False))
    op.add_column(_TABLE, sa.Column("typographer", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column(_TABLE, sa.Column("logo", sa.JSON(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table(_TABLE) as table:
        for column in reversed(_NEW):
            table.drop_column(column)
