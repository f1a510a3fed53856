"""Fields and tags of readers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _owned(name: str, key: int, *more: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("key", sa.String(length=key), nullable=False),
        *more,
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f(f"fk_{name}_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
        sa.UniqueConstraint("publication_id", "key", name=op.f(f"uq_{name}_publication_id_key")),
        sqlite_autoincrement=True,
    )


def _of_reader(name: str, owner: str, owners: str, *more: sa.Column[object]) -> None:
    op.create_table(
        name,
        sa.Column(owner, _BIG, nullable=False),
        sa.Column("subscription_id", _BIG, nullable=False),
        *more,
        sa.ForeignKeyConstraint([owner], [f"{owners}.id"], name=op.f(f"fk_{name}_{owner}"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f(f"fk_{name}_subscription_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(owner, "subscription_id", name=op.f(f"pk_{name}")),
    )
    op.create_index(op.f(f"ix_{name}_subscription_id"), name, ["subscription_id"])


def upgrade() -> None:
    _owned(
        "reader_fields",
        40,
        sa.Column("title", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("choices", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    _of_reader(
        "field_values",
        "field_id",
        "reader_fields",
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("folded", sa.String(length=100), nullable=False),
        sa.Column("number", sa.Double(), nullable=True),
    )
    op.create_index(op.f("ix_field_values_field_id_field_values_folded"), "field_values", ["field_id", "folded"])
    op.create_index(op.f("ix_field_values_field_id_field_values_number"), "field_values", ["field_id", "number"])
    _owned("tags", 100, sa.Column("name", sa.String(length=100), nullable=False))
    _of_reader("taggings", "tag_id", "tags")


def downgrade() -> None:
    for name in ("taggings", "tags", "field_values", "reader_fields"):
        op.drop_table(name)
