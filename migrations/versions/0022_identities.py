"""Who editors are at an issuer of single sign-on."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLE = "editor_identities"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", _BIG, nullable=False),
        sa.Column("editor_id", _BIG, nullable=False),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["editor_id"], ["editors.id"], name=op.f("fk_editor_identities_editor_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editor_identities")),
        sa.UniqueConstraint("issuer", "subject", name=op.f("uq_editor_identities_issuer_subject")),
        sa.UniqueConstraint("editor_id", "issuer", name=op.f("uq_editor_identities_editor_id_issuer")),
        sqlite_autoincrement=True,
    )


def downgrade() -> None:
    op.drop_table(_TABLE)
