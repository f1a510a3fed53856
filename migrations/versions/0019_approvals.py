"""Former slugs, which lead on to the new ones; and a second person before a send, where a publication asks for one."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("publications", sa.Column("four_eyes", sa.Boolean(), server_default=sa.false(), nullable=False))
    for table in ("issues", "binned_issues"):
        op.add_column(table, sa.Column("written_by", sa.String(length=250), server_default="", nullable=False))
    op.create_table(
        "former_publications",
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"],
            ["publications.id"],
            name=op.f("fk_former_publications_publication_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_former_publications")),
    )
    op.create_index(op.f("ix_former_publications_publication_id"), "former_publications", ["publication_id"])
    op.create_table(
        "former_issues",
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("until", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_former_issues_publication_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_former_issues_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("publication_id", "slug", name=op.f("pk_former_issues")),
    )
    op.create_index(op.f("ix_former_issues_issue_id"), "former_issues", ["issue_id"])
    op.create_table(
        "approvals",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("revision", _BIG, nullable=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_approvals_issue_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approvals")),
        sa.UniqueConstraint("issue_id", "revision", "person", name=op.f("uq_approvals_issue_id_revision_person")),
    )


def downgrade() -> None:
    for table in ("approvals", "former_issues", "former_publications"):
        op.drop_table(table)
    for table, column in (("binned_issues", "written_by"), ("issues", "written_by"), ("publications", "four_eyes")):
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
