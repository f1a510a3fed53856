"""Whether anything proves a report, what counts once, and the bytes of reports once for all their recipients."""

from __future__ import annotations

import hashlib

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _proof()
    _counts()
    _contents()


def downgrade() -> None:
    op.add_column("raw_reports", sa.Column("content", sa.LargeBinary(), nullable=True))
    op.execute(
        "UPDATE raw_reports SET content = (SELECT c.content FROM raw_contents c WHERE c.id = raw_reports.content_id)"
    )
    content = sa.table("raw_reports", sa.column("content", sa.LargeBinary()))
    op.execute(content.update().where(content.c.content.is_(None)).values(content=b""))
    with op.batch_alter_table("raw_reports") as batch:
        batch.alter_column("content", existing_type=sa.LargeBinary(), nullable=False)
        batch.drop_index(op.f("ix_raw_reports_content_id"))
        batch.drop_constraint(op.f("fk_raw_reports_content_id"), type_="foreignkey")
        batch.drop_column("content_id")
    for table in ("raw_contents", "used_tokens", "unproven_days"):
        op.drop_table(table)
    with op.batch_alter_table("suppressions") as batch:
        batch.drop_column("unproven")
    with op.batch_alter_table("applied_reports") as batch:
        batch.drop_column("proven")


def _proof() -> None:
    op.add_column("applied_reports", sa.Column("proven", sa.Boolean(), server_default=sa.true(), nullable=False))
    op.add_column("suppressions", sa.Column("unproven", sa.Boolean(), server_default=sa.false(), nullable=False))
    # A complaint that counts everywhere named no publication: until now nobody asked who had written it.
    op.execute("UPDATE suppressions SET unproven = true WHERE reason = 'complaint' AND publication_id IS NULL")


def _counts() -> None:
    op.create_table(
        "unproven_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("reports", BIG, nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_unproven_days")),
    )
    op.create_table(
        "used_tokens",
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("came_with", sa.LargeBinary(length=32), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_used_tokens")),
    )
    op.create_index(op.f("ix_used_tokens_expires_at"), "used_tokens", ["expires_at"], unique=False)


def _contents() -> None:
    op.create_table(
        "raw_contents",
        sa.Column("id", BIG, nullable=False),
        sa.Column("digest", sa.LargeBinary(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_raw_contents")),
        sa.UniqueConstraint("digest", name=op.f("uq_raw_contents_digest")),
    )
    with op.batch_alter_table("raw_reports") as batch:
        batch.add_column(sa.Column("content_id", BIG, nullable=True))
        batch.create_index(op.f("ix_raw_reports_content_id"), ["content_id"], unique=False)
        batch.create_foreign_key(
            op.f("fk_raw_reports_content_id"), "raw_contents", ["content_id"], ["id"], ondelete="SET NULL"
        )
    if not op.get_context().as_sql:
        _move_contents(op.get_bind())
    with op.batch_alter_table("raw_reports") as batch:
        batch.drop_column("content")


def _move_contents(connection: sa.Connection) -> None:
    """Move the bytes of each report, one at a time for they may be large, to where they are kept once; a report whose bytes are forgotten has none."""
    reports = sa.table("raw_reports", *map(sa.column, ("id", "content", "content_id", "received_at")))
    contents = sa.table("raw_contents", *map(sa.column, ("id", "digest", "content", "received_at")))
    after, size = 0, sa.func.length(reports.c.content)
    while True:
        page = sa.select(reports).where(reports.c.id > after, size > 0).order_by(reports.c.id).limit(1)
        row = connection.execute(page).one_or_none()
        if row is None:
            return
        after, digest = row.id, hashlib.sha256(row.content).digest()
        find = sa.select(contents.c.id).where(contents.c.digest == digest)
        if connection.scalar(find) is None:
            values = {"digest": digest, "content": row.content, "received_at": row.received_at}
            connection.execute(sa.insert(contents).values(**values))
        move = sa.update(reports).where(reports.c.id == row.id)
        connection.execute(move.values(content_id=connection.scalar(find)))
