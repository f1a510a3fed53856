"""Past issues that moved in, and their old addresses."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "moved_posts",
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("product", sa.String(length=20), nullable=False),
        sa.Column("foreign_id", sa.String(length=300), nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("revision", _BIG, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("copied", sa.Boolean(), nullable=False),
        sa.Column("moved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_moved_posts_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("publication_id", "product", "foreign_id", name=op.f("pk_moved_posts")),
    )
    op.create_table(
        "old_addresses",
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_old_addresses_publication_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_old_addresses_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("publication_id", "path", name=op.f("pk_old_addresses")),
    )
    op.create_index(op.f("ix_old_addresses_issue_id"), "old_addresses", ["issue_id"])
    op.create_index(op.f("ix_old_addresses_path"), "old_addresses", ["path"])


def downgrade() -> None:
    op.drop_table("old_addresses")
    op.drop_table("moved_posts")
