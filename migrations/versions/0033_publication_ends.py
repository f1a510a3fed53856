"""The further languages of a publication and of a sign-up; when a publication was closed, and when it is to be removed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0031"
branch_labels = None
depends_on = None

_POINTING = ("invitations", "notices")
"""Tables whose rows are looked up when subscriptions go."""


def upgrade() -> None:
    op.add_column("publications", sa.Column("languages", sa.String(length=200), server_default="", nullable=False))
    op.add_column("publications", sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publications", sa.Column("removal_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("sign_ups", sa.Column("language", sa.String(length=35), server_default="", nullable=False))
    for pointing in _POINTING:
        op.create_index(op.f(f"ix_{pointing}_subscription_id"), pointing, ["subscription_id"])


def downgrade() -> None:
    for pointing in _POINTING:
        op.drop_index(op.f(f"ix_{pointing}_subscription_id"), table_name=pointing)
    op.drop_column("sign_ups", "language")
    with op.batch_alter_table("publications") as table:
        for column in ("removal_at", "closed_at", "languages"):
            table.drop_column(column)
