"""Images of publications; their octets lie in the image store."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_TABLE = "images"


def upgrade() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=40), nullable=False),
        sa.Column("width", _BIG, nullable=False),
        sa.Column("height", _BIG, nullable=False),
        sa.Column("octets", _BIG, nullable=False),
        sa.Column("alt", sa.Text(), nullable=False, server_default=""),
        sa.Column("caption", sa.Text(), nullable=False, server_default=""),
        sa.Column("credit", sa.String(length=300), nullable=False, server_default=""),
        sa.Column("dark_image_id", _BIG, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=250), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_images_publication_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["dark_image_id"], ["images.id"], name=op.f("fk_images_dark_image_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_images")),
        sa.UniqueConstraint("publication_id", "digest", name=op.f("uq_images_publication_id_digest")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_images_publication_id_images_id"), _TABLE, ["publication_id", "id"])
    op.create_index(op.f("ix_images_publication_id_images_name"), _TABLE, ["publication_id", "name"])
    op.create_index(op.f("ix_images_digest"), _TABLE, ["digest"])
    op.create_index(op.f("ix_images_dark_image_id"), _TABLE, ["dark_image_id"])


def downgrade() -> None:
    op.drop_table(_TABLE)
