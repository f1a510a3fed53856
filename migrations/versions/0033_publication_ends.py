"""The further languages of a publication and of a sign-up; when a publication was closed or is to be removed; room for the words of forms."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_POINTING = ("invitations", "notices")
"""Tables whose rows are looked up when subscriptions go."""


def upgrade() -> None:
    op.add_column("publications", sa.Column("languages", sa.String(length=200), server_default="", nullable=False))
    op.add_column("publications", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publications", sa.Column("removal_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sign_ups", sa.Column("language", sa.String(length=35), server_default="", nullable=False))
    with op.batch_alter_table("growth_days") as table:
        table.alter_column(
            "source", type_=sa.String(length=60), existing_type=sa.String(length=20), existing_nullable=False
        )
    for pointing in _POINTING:
        op.create_index(op.f(f"ix_{pointing}_subscription_id"), pointing, ["subscription_id"])


def downgrade() -> None:
    for pointing in _POINTING:
        op.drop_index(op.f(f"ix_{pointing}_subscription_id"), table_name=pointing)
    op.execute("DELETE FROM growth_days WHERE length(source) > 20")
    with op.batch_alter_table("growth_days") as table:
        table.alter_column(
            "source", type_=sa.String(length=20), existing_type=sa.String(length=60), existing_nullable=False
        )
    op.drop_column("sign_ups", "language")
    with op.batch_alter_table("publications") as table:
        for column in ("removal_at", "closed_at", "languages"):
            table.drop_column(column)
