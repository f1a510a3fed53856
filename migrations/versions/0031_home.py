"""What a new issue of a publication begins with; what DNS said of a domain; an index for the desk's list of issues."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("publications", sa.Column("new_issue", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "domain_checks",
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("records", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("domain", name=op.f("pk_domain_checks")),
    )
    op.create_index(
        op.f("ix_issues_publication_id_issues_state_issues_dated"), "issues", ["publication_id", "state", "dated"]
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_issues_publication_id_issues_state_issues_dated"), table_name="issues")
    op.drop_table("domain_checks")
    op.drop_column("publications", "new_issue")
