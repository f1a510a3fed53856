"""The audience page: what readers are looked for by, changes of many readers, and notes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_AT = sa.DateTime(timezone=True)
_NAMED, _AWAY = sa.text("name <> ''"), sa.text("state <> 'active'")
_AT_WORK = sa.text("state IN ('running', 'undoing')")


def upgrade() -> None:
    _seek()
    _changes()
    _changed_readers()
    _notes()


def _seek() -> None:
    pattern = "varchar_pattern_ops"
    op.create_index(op.f("ix_subscribers_address"), "subscribers", ["address"], postgresql_ops={"address": pattern})
    op.create_index(
        "ix_subscribers_name",
        "subscribers",
        ["name"],
        postgresql_ops={"name": pattern},
        postgresql_where=_NAMED,
        sqlite_where=_NAMED,
    )
    op.create_index(op.f("ix_subscribers_domain_subscribers_id"), "subscribers", ["domain", "id"])
    op.create_index(
        "ix_subscriptions_joined",
        "subscriptions",
        ["publication_id", "created_at", "id"],
    )
    away = ["publication_id", "state", "id"]
    op.create_index("ix_subscriptions_away", "subscriptions", away, postgresql_where=_AWAY, sqlite_where=_AWAY)
    op.create_index(
        "ix_consent_records_way",
        "consent_records",
        ["action", "place", "subscription_id"],
    )
    op.create_index(op.f("ix_applied_reports_at"), "applied_reports", ["at"])


def _changes() -> None:
    op.create_table(
        "reader_changes",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("tag_id", _BIG, nullable=True),
        sa.Column("tag", sa.String(length=100), nullable=False),
        sa.Column("filter", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("upto", _BIG, nullable=False),
        sa.Column("last", _BIG, nullable=False),
        sa.Column("matched", _BIG, nullable=False),
        sa.Column("changed", _BIG, nullable=False),
        sa.Column("undone", _BIG, nullable=False),
        sa.Column("left_alone", _BIG, nullable=False),
        sa.Column("actor", sa.String(length=20), nullable=False),
        sa.Column("actor_id", _BIG, nullable=True),
        sa.Column("actor_name", sa.String(length=200), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=False),
        sa.Column("created_at", _AT, nullable=False),
        sa.Column("ended_at", _AT, nullable=True),
        sa.Column("undo_until", _AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_reader_changes_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_reader_changes_at_work", "reader_changes", ["id"], postgresql_where=_AT_WORK, sqlite_where=_AT_WORK
    )
    op.create_index(
        op.f("ix_reader_changes_publication_id_reader_changes_id"), "reader_changes", ["publication_id", "id"]
    )


def _changed_readers() -> None:
    op.create_table(
        "changed_readers",
        sa.Column("change_id", _BIG, nullable=False),
        sa.Column("subscription_id", _BIG, nullable=False),
        sa.Column("was", sa.String(length=20), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["change_id"], ["reader_changes.id"], name=op.f("fk_changed_readers_change_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_changed_readers_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("change_id", "subscription_id", name=op.f("pk_changed_readers")),
    )
    op.create_index(op.f("ix_changed_readers_subscription_id"), "changed_readers", ["subscription_id"])


def _notes() -> None:
    op.create_table(
        "reader_notes",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("subscription_id", _BIG, nullable=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", _AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"], ["subscriptions.id"], name=op.f("fk_reader_notes_subscription_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reader_notes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_reader_notes_subscription_id"), "reader_notes", ["subscription_id"])


def downgrade() -> None:
    for table in ("reader_notes", "changed_readers", "reader_changes"):
        op.drop_table(table)
    op.drop_index(op.f("ix_applied_reports_at"), table_name="applied_reports")
    op.drop_index("ix_consent_records_way", table_name="consent_records")
    op.drop_index("ix_subscriptions_away", table_name="subscriptions")
    op.drop_index("ix_subscriptions_joined", table_name="subscriptions")
    op.drop_index(op.f("ix_subscribers_domain_subscribers_id"), table_name="subscribers")
    op.drop_index("ix_subscribers_name", table_name="subscribers")
    op.drop_index(op.f("ix_subscribers_address"), table_name="subscribers")
