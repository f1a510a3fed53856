"""What an issue says as a digest, so that the same text is noticed; and the zone in which a publication's days begin.

Rows from before keep no digest: what was frozen by an earlier release is not known, and never counts as the same.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publications", sa.Column("time_zone", sa.String(length=64), server_default="UTC", nullable=False))
    op.add_column("issues", sa.Column("text_digest", sa.String(length=64), nullable=True))
    op.add_column("issue_items", sa.Column("digest", sa.String(length=64), nullable=True))
    op.create_index(
        op.f("ix_issues_publication_id_issues_published_at"), "issues", ["publication_id", "published_at"], unique=False
    )
    op.create_index(
        op.f("ix_issues_publication_id_issues_text_digest"), "issues", ["publication_id", "text_digest"], unique=False
    )
    op.create_index(
        op.f("ix_issue_items_publication_id_issue_items_digest"),
        "issue_items",
        ["publication_id", "digest"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_issue_items_publication_id_issue_items_digest"), table_name="issue_items")
    op.drop_index(op.f("ix_issues_publication_id_issues_text_digest"), table_name="issues")
    op.drop_index(op.f("ix_issues_publication_id_issues_published_at"), table_name="issues")
    op.drop_column("issue_items", "digest")
    op.drop_column("issues", "text_digest")
    op.drop_column("publications", "time_zone")
