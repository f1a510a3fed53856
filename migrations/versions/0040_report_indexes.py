"""Indexes that hold all that a report of an issue counts, so that it reads no rows of what came back and of clicks."""

from __future__ import annotations

from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

NEW = (
    ("ix_events_counted", "events", ["edition_id", "delivery_id", "kind", "score", "link"]),
    ("ix_applied_reports_of_issue", "applied_reports", ["issue_id", "kind", "reason", "blame"]),
    ("ix_applied_reports_of_delivery", "applied_reports", ["delivery_id", "dialect", "reason"]),
)
OLD = (
    ("ix_events_edition_id", "events", ["edition_id"]),
    ("ix_applied_reports_issue_id", "applied_reports", ["issue_id"]),
    ("ix_applied_reports_delivery_id", "applied_reports", ["delivery_id"]),
)


def upgrade() -> None:
    for name, table, columns in NEW:
        op.create_index(op.f(name), table, columns)
    for name, table, _ in OLD:
        op.drop_index(op.f(name), table_name=table)


def downgrade() -> None:
    for name, table, columns in OLD:
        op.create_index(op.f(name), table, columns)
    for name, table, _ in NEW:
        op.drop_index(op.f(name), table_name=table)
