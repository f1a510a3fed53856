"""An index by which a page of the suppressions that one publication obeys is read in order, without those of others."""

from __future__ import annotations

from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_suppressions_publication_id_suppressions_id"), "suppressions", ["publication_id", "id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_suppressions_publication_id_suppressions_id"), table_name="suppressions")
