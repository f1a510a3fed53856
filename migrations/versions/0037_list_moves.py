"""Lists that are moved in at the desk."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "list_moves",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("editor_id", _BIG, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("kept_as", sa.String(length=64), nullable=False),
        sa.Column("octets", _BIG, nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("choices", sa.JSON(), nullable=False),
        sa.Column("survey", sa.JSON(), nullable=False),
        sa.Column("report", sa.JSON(), nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("trouble_where", sa.String(length=400), nullable=False),
        sa.Column("holder", sa.String(length=100), nullable=False),
        sa.Column("leased_until", _AT, nullable=True),
        sa.Column("runs", _BIG, nullable=False),
        *(
            sa.Column(name, _BIG, nullable=False)
            for name in ("rows", "octets_read", "octets_due", "stored", "stored_due")
        ),
        sa.Column("asked_at", _AT, nullable=False),
        *(sa.Column(name, _AT, nullable=True) for name in ("begun_at", "ended_at", "forgotten_at")),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_list_moves_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_list_moves")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_list_moves_publication_id"), "list_moves", ["publication_id"])
    op.create_index(op.f("ix_list_moves_state"), "list_moves", ["state"])


def downgrade() -> None:
    op.drop_table("list_moves")
