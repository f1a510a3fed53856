"""Sources, candidates, sightings, snapshots and gatherings; what a publication's sections hold, and how items are known again."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _gatherings()
    _sources()
    _candidates()
    _gathering_lines()
    _snapshots()
    _sightings()
    op.add_column("issue_items", sa.Column("address_key", sa.String(length=300), nullable=True))
    op.create_index(
        op.f("ix_issue_items_publication_id_issue_items_address_key"), "issue_items", ["publication_id", "address_key"]
    )
    op.add_column("publications", sa.Column("gather_at", sa.String(length=5), server_default="", nullable=False))
    op.add_column("publications", sa.Column("gathered_day", sa.Date(), nullable=True))
    op.add_column("publications", sa.Column("gather_wished_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("publications", sa.Column("sections", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))


def _gatherings() -> None:
    op.create_table(
        "gatherings",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("asked", _BIG, server_default="0", nullable=False),
        sa.Column("answered", _BIG, server_default="0", nullable=False),
        sa.Column("new", _BIG, server_default="0", nullable=False),
        sa.Column("by", sa.String(length=250), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_gatherings_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gatherings")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_gatherings_publication_id_gatherings_id"), "gatherings", ["publication_id", "id"])


def _sources() -> None:
    op.create_table(
        "sources",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("section", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("address", sa.Text(), server_default="", nullable=False),
        sa.Column("mapping", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("header", sa.String(length=100), server_default="", nullable=False),
        sa.Column("secret", sa.String(length=80), server_default="", nullable=False),
        sa.Column("plain_http", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("weight", _BIG, server_default="3", nullable=False),
        sa.Column("most", _BIG, server_default="50", nullable=False),
        sa.Column("keep_days", _BIG, server_default="7", nullable=False),
        sa.Column("every_minutes", _BIG, server_default="0", nullable=False),
        sa.Column("wished", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("etag", sa.Text(), server_default="", nullable=False),
        sa.Column("last_modified", sa.String(length=200), server_default="", nullable=False),
        sa.Column("validators_of", sa.Text(), server_default="", nullable=False),
        sa.Column("validators_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("digest", sa.String(length=64), server_default="", nullable=False),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failures", _BIG, server_default="0", nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_ok_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_result", sa.String(length=20), nullable=True),
        sa.Column("last_words", sa.Text(), server_default="", nullable=False),
        sa.Column("proposed_address", sa.Text(), server_default="", nullable=False),
        sa.Column("proposed_runs", _BIG, server_default="0", nullable=False),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.String(length=250), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_sources_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
        sa.UniqueConstraint("publication_id", "name", name=op.f("uq_sources_publication_id_name")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_sources_publication_id_sources_id"), "sources", ["publication_id", "id"])
    op.create_index(op.f("ix_sources_state_sources_next_at"), "sources", ["state", "next_at"])


def _candidates() -> None:
    op.create_table(
        "candidates",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("section", sa.String(length=80), nullable=False),
        sa.Column("source_id", _BIG, nullable=True),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("canonical_url", sa.Text(), server_default="", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("attributes", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_is_seen", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", _BIG, nullable=True),
        sa.Column("sightings", _BIG, server_default="1", nullable=False),
        sa.Column("rank_sum", sa.Double(), server_default="0", nullable=False),
        sa.Column("rank_parts", sa.JSON(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("cluster", _BIG, nullable=True),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("issue_id", _BIG, nullable=True),
        sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f("fk_candidates_issue_id"), ondelete="SET NULL"),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_candidates_publication_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_candidates_source_id"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_candidates")),
        sa.UniqueConstraint("publication_id", "section", "key", name=op.f("uq_candidates_publication_id_section_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_candidates_cluster"), "candidates", ["cluster"])
    op.create_index("ix_candidates_in_all", "candidates", ["publication_id", "state", "rank_sum", "id"])
    op.create_index("ix_candidates_in_section", "candidates", ["publication_id", "state", "section", "rank_sum", "id"])
    op.create_index(op.f("ix_candidates_issue_id"), "candidates", ["issue_id"])
    op.create_index(
        op.f("ix_candidates_publication_id_candidates_last_seen"), "candidates", ["publication_id", "last_seen"]
    )
    op.create_index(op.f("ix_candidates_source_id"), "candidates", ["source_id"])


def _gathering_lines() -> None:
    op.create_table(
        "gathering_lines",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("gathering_id", _BIG, nullable=False),
        sa.Column("source_id", _BIG, nullable=False),
        sa.Column("result", sa.String(length=20), nullable=False),
        sa.Column("words", sa.Text(), server_default="", nullable=False),
        sa.Column("found", _BIG, server_default="0", nullable=False),
        sa.Column("new", _BIG, server_default="0", nullable=False),
        sa.Column("milliseconds", _BIG, server_default="0", nullable=False),
        sa.Column("octets", _BIG, server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["gathering_id"], ["gatherings.id"], name=op.f("fk_gathering_lines_gathering_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["source_id"], ["sources.id"], name=op.f("fk_gathering_lines_source_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gathering_lines")),
        sa.UniqueConstraint("gathering_id", "source_id", name=op.f("uq_gathering_lines_gathering_id_source_id")),
    )
    op.create_index(op.f("ix_gathering_lines_source_id_gathering_lines_id"), "gathering_lines", ["source_id", "id"])


def _snapshots() -> None:
    op.create_table(
        "snapshots",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("source_id", _BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("rows", sa.JSON(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_snapshots_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_snapshots")),
        sa.UniqueConstraint("source_id", "day", name=op.f("uq_snapshots_source_id_day")),
    )


def _sightings() -> None:
    op.create_table(
        "sightings",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("candidate_id", _BIG, nullable=False),
        sa.Column("source_id", _BIG, nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("guid", sa.String(length=300), server_default="", nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), server_default="", nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("attributes", sa.JSON(), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("published", sa.DateTime(timezone=True), nullable=True),
        sa.Column("points", _BIG, nullable=True),
        sa.Column("first_seen", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("apart", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.ForeignKeyConstraint(
            ["candidate_id"], ["candidates.id"], name=op.f("fk_sightings_candidate_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_sightings_source_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sightings")),
        sa.UniqueConstraint("source_id", "key", name=op.f("uq_sightings_source_id_key")),
    )
    op.create_index(op.f("ix_sightings_candidate_id"), "sightings", ["candidate_id"])
    op.create_index(op.f("ix_sightings_source_id_sightings_guid"), "sightings", ["source_id", "guid"])
    op.create_index(op.f("ix_sightings_source_id_sightings_seen_at"), "sightings", ["source_id", "seen_at"])


def downgrade() -> None:
    for column in ("sections", "gather_wished_at", "gathered_day", "gather_at"):
        op.drop_column("publications", column)
    op.drop_index(op.f("ix_issue_items_publication_id_issue_items_address_key"), table_name="issue_items")
    op.drop_column("issue_items", "address_key")
    op.drop_table("sightings")
    op.drop_table("snapshots")
    op.drop_table("gathering_lines")
    op.drop_table("candidates")
    op.drop_table("sources")
    op.drop_table("gatherings")
