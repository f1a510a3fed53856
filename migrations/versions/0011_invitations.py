"""Invitations: who of the imported is asked once whether they want it, and who was ever."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_DUE = sa.text("due_at IS NOT NULL")
_NEXT = sa.text("turn_at IS NULL AND invited_at IS NULL")


def upgrade() -> None:
    op.create_table(
        "invitations",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("address_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("publication_id", _BIG, nullable=True),
        sa.Column("subscription_id", _BIG, nullable=True),
        sa.Column("queued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("turn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("invited_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_invitations_publication_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_invitations_subscription_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("address_hash", name=op.f("uq_invitations_address_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_invitations_turn_at"), "invitations", ["turn_at"])
    op.create_index("ix_invitations_due", "invitations", ["due_at"], postgresql_where=_DUE, sqlite_where=_DUE)
    op.create_index(
        "ix_invitations_next", "invitations", ["publication_id", "id"], postgresql_where=_NEXT, sqlite_where=_NEXT
    )


def downgrade() -> None:
    op.drop_table("invitations")
