"""Who followed a link of a section is found by the links, and not among all that was followed."""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    columns = ["edition_id", "link", "at", "kind", "score", "delivery_id"]
    op.create_index("ix_events_followed", "events", columns)


def downgrade() -> None:
    op.drop_index("ix_events_followed", table_name="events")
