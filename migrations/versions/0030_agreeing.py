"""Agree and send: the hour at which a publication sends by itself, skip days, comments, requests, later plans, rehearsals, zones of editors."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("rehearsals", "test_readers", "later_plans", "approval_requests", "comments", "slot_turns", "skip_days")
_COLUMNS = (
    ("approvals", "source"),
    ("approvals", "despite"),
    ("editors", "time_zone"),
    ("binned_issues", "offered_at"),
    ("issues", "offered_at"),
    ("publications", "reader_zones"),
    ("publications", "slot_warnings"),
    ("publications", "slot_weekdays"),
    ("publications", "slot_hour"),
)


def upgrade() -> None:
    _add_columns()
    _create_slots()
    _create_talk()
    _create_sending()


def _word(name: str, length: int, default: str = "") -> sa.Column[str]:
    return sa.Column(name, sa.String(length=length), server_default=default, nullable=False)


def _home(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_publication_id")
    return sa.ForeignKeyConstraint(["publication_id"], ["publications.id"], name=name, ondelete="CASCADE")


def _of_issue(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["issue_id"], ["issues.id"], name=op.f(f"fk_{table}_issue_id"), ondelete="CASCADE")


def _add_columns() -> None:
    op.add_column("publications", _word("slot_hour", 5))
    op.add_column("publications", _word("slot_weekdays", 7))
    op.add_column("publications", _word("slot_warnings", 20, "30,10"))
    op.add_column("publications", _word("reader_zones", 300))
    for table in ("issues", "binned_issues"):
        op.add_column(table, sa.Column("offered_at", _MOMENT, nullable=True))
    op.add_column("editors", _word("time_zone", 64))
    op.add_column("approvals", sa.Column("despite", sa.JSON(), server_default=sa.text("'[]'"), nullable=False))
    op.add_column("approvals", sa.Column("source", sa.Text(), server_default="", nullable=False))


def _create_slots() -> None:
    op.create_table(
        "skip_days",
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("why", sa.String(length=200), nullable=False),
        _home("skip_days"),
        sa.PrimaryKeyConstraint("publication_id", "day", name=op.f("pk_skip_days")),
    )
    op.create_table(
        "slot_turns",
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("warned", _BIG, nullable=True),
        sa.Column("passed_at", _MOMENT, nullable=True),
        sa.Column("issue_id", _BIG, nullable=True),
        sa.Column("taken_at", _MOMENT, nullable=True),
        sa.Column("trouble", sa.Text(), nullable=False),
        _home("slot_turns"),
        sa.PrimaryKeyConstraint("publication_id", "day", name=op.f("pk_slot_turns")),
    )


def _create_talk() -> None:
    op.create_table(
        "comments",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("answers_id", _BIG, nullable=True),
        sa.Column("revision", _BIG, nullable=False),
        sa.Column("line", _BIG, nullable=False),
        sa.Column("quote", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("resolved_at", _MOMENT, nullable=True),
        sa.Column("resolved_by", sa.String(length=200), nullable=False),
        _home("comments"),
        sa.ForeignKeyConstraint(
            ["answers_id"], ["comments.id"], name=op.f("fk_comments_answers_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_comments_issue_id"), "comments", ["issue_id"])
    op.create_index(op.f("ix_comments_publication_id"), "comments", ["publication_id"])
    op.create_index(op.f("ix_comments_answers_id"), "comments", ["answers_id"])
    op.create_table(
        "approval_requests",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("revision", _BIG, nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        _of_issue("approval_requests"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_requests")),
    )
    op.create_index(op.f("ix_approval_requests_issue_id"), "approval_requests", ["issue_id"])


def _create_sending() -> None:
    op.create_table(
        "later_plans",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("edition_id", _BIG, nullable=False),
        *(
            sa.Column(name, _BIG, nullable=False)
            for name in ("candidates", "planned", "already", "excluded_standing", "excluded_suppressed")
        ),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("planned_at", _MOMENT, nullable=False),
        _of_issue("later_plans"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_later_plans")),
    )
    op.create_index(op.f("ix_later_plans_issue_id"), "later_plans", ["issue_id"])
    op.create_table(
        "test_readers",
        sa.Column("publication_id", _BIG, nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("used_at", _MOMENT, nullable=False),
        _home("test_readers"),
        sa.PrimaryKeyConstraint("publication_id", "address", name=op.f("pk_test_readers")),
    )
    op.create_table(
        "rehearsals",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("issue_id", _BIG, nullable=False),
        sa.Column("revision", _BIG, nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("sample", _BIG, nullable=False),
        sa.Column("person", sa.String(length=250), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        *(
            sa.Column(name, _BIG, nullable=False)
            for name in ("composed", "faults", "least_octets", "most_octets", "sampled")
        ),
        sa.Column("octets", _BIG, nullable=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        _of_issue("rehearsals"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rehearsals")),
    )
    op.create_index(op.f("ix_rehearsals_issue_id"), "rehearsals", ["issue_id"])


def downgrade() -> None:
    for table in _TABLES:
        op.drop_table(table)
    for table, column in _COLUMNS:
        with op.batch_alter_table(table) as batch:
            batch.drop_column(column)
