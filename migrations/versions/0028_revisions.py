"""What issues said before, what is typed and not stored, who has them open, and advice that was accepted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _issue_revisions()
    _working_copies()
    _open_pages()
    _accepted_findings()


def _home(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["publication_id"], ["publications.id"], name=op.f(f"fk_{table}_publication_id"), ondelete="CASCADE"
    )


def _issue_revisions() -> None:
    op.create_table(
        "issue_revisions",
        sa.Column("issue_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("number", _BIG, nullable=False, autoincrement=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("octets", _BIG, nullable=False),
        sa.Column("added", _BIG, nullable=False),
        sa.Column("removed", _BIG, nullable=False),
        _home("issue_revisions"),
        sa.PrimaryKeyConstraint("issue_id", "number", name=op.f("pk_issue_revisions")),
    )
    op.create_index(op.f("ix_issue_revisions_at"), "issue_revisions", ["at"])
    op.create_index(op.f("ix_issue_revisions_publication_id"), "issue_revisions", ["publication_id"])


def _working_copies() -> None:
    op.create_table(
        "working_copies",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("revision", _BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("octets", _BIG, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _home("working_copies"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_working_copies")),
        sa.UniqueConstraint("issue_id", "person", "page", name=op.f("uq_working_copies_issue_id_person_page")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_working_copies_at"), "working_copies", ["at"])
    op.create_index(op.f("ix_working_copies_publication_id"), "working_copies", ["publication_id"])


def _open_pages() -> None:
    op.create_table(
        "open_pages",
        sa.Column("issue_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("typed", sa.Boolean(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "person", "page", name=op.f("pk_open_pages")),
    )
    op.create_index(op.f("ix_open_pages_seen_at"), "open_pages", ["seen_at"])


def _accepted_findings() -> None:
    op.create_table(
        "accepted_findings",
        sa.Column("issue_id", _BIG, nullable=False, autoincrement=False),
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("rule", sa.String(length=80), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        _home("accepted_findings"),
        sa.PrimaryKeyConstraint("issue_id", "key", name=op.f("pk_accepted_findings")),
    )
    op.create_index(op.f("ix_accepted_findings_publication_id"), "accepted_findings", ["publication_id"])


def downgrade() -> None:
    for table in ("accepted_findings", "open_pages", "working_copies", "issue_revisions"):
        op.drop_table(table)
