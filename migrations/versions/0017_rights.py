"""Roles of editors, and the audit trail. Whoever could sign in could do everything: they stay owners."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "grants",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("editor_id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["editor_id"], ["editors.id"], name=op.f("fk_grants_editor_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_grants_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grants")),
        sa.UniqueConstraint("editor_id", "publication_id", name=op.f("uq_grants_editor_id_publication_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_grants_publication_id"), "grants", ["publication_id"])
    op.create_table(
        "audit_entries",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("actor_id", _BIG, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("publication_id", _BIG, nullable=True),
        sa.Column("subject", sa.String(length=30), nullable=False),
        sa.Column("subject_id", _BIG, nullable=True),
        sa.Column("subject_name", sa.String(length=200), nullable=False),
        sa.Column("old", sa.Text(), nullable=False),
        sa.Column("new", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_audit_entries_at"), "audit_entries", ["at"])
    op.create_index("ix_audit_entries_publication", "audit_entries", ["publication_id", "id"])
    op.create_index("ix_audit_entries_subject", "audit_entries", ["subject", "subject_id"])
    op.execute(
        "INSERT INTO grants (editor_id, publication_id, role, created_at) "
        "SELECT id, NULL, 'owner', created_at FROM editors ORDER BY id"
    )


def downgrade() -> None:
    op.drop_table("audit_entries")
    op.drop_table("grants")
