"""Authors of a publication, votes on an issue, and which links of an edition a sponsor paid for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_VOTES = "votes"


def upgrade() -> None:
    op.add_column("publications", sa.Column("authors", sa.JSON(), server_default="[]", nullable=False))
    op.add_column("edition_links", sa.Column("paid", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        _VOTES,
        sa.Column("mark", sa.LargeBinary(length=32), nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("answer", sa.String(length=20), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("signs", sa.String(length=120), nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_votes_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mark", name=op.f("pk_votes")),
    )
    op.create_index(op.f("ix_votes_issue_id"), _VOTES, ["issue_id"])


def downgrade() -> None:
    op.drop_table(_VOTES)
    op.drop_column("edition_links", "paid")
    op.drop_column("publications", "authors")
