"""Who never confirms is looked for by how long they are pending here, and not by a date that a list told."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

_PENDING = sa.text("state = 'pending'")


def upgrade() -> None:
    _index_by("changed_at")
    # Lists that were let in before may have told when somebody changed elsewhere; what was recorded here of it is no older than the list.
    op.execute(
        "UPDATE subscriptions SET changed_at = (SELECT MAX(consent_records.at) FROM consent_records"
        " WHERE consent_records.subscription_id = subscriptions.id)"
        " WHERE state = 'pending' AND changed_at < (SELECT MAX(consent_records.at) FROM consent_records"
        " WHERE consent_records.subscription_id = subscriptions.id)"
    )


def downgrade() -> None:
    _index_by("created_at")


def _index_by(column: str) -> None:
    op.drop_index("ix_subscriptions_pending", table_name="subscriptions")
    op.create_index(
        "ix_subscriptions_pending",
        "subscriptions",
        [column, "id"],
        postgresql_where=_PENDING,
        sqlite_where=_PENDING,
    )
