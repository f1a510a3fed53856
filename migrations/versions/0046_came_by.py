"""How a reader came stands at the subscription, with an index: of a million it was the first record of each that was looked for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    for name, length in (("came_by", 20), ("came_place", 200)):
        op.add_column("subscriptions", sa.Column(name, sa.String(length), nullable=False, server_default=""))
    op.execute(_first("came_by", "action"))
    op.execute(_first("came_place", "place"))
    came = ["publication_id", "came_by", "came_place", "state", "id"]
    op.create_index("ix_subscriptions_came", "subscriptions", came)
    op.drop_index("ix_consent_records_way", table_name="consent_records")


def downgrade() -> None:
    op.create_index("ix_consent_records_way", "consent_records", ["action", "place", "subscription_id"])
    op.drop_index("ix_subscriptions_came", table_name="subscriptions")
    for name in ("came_place", "came_by"):
        op.drop_column("subscriptions", name)


def _first(column: str, told: str) -> str:
    records = "FROM consent_records WHERE consent_records.subscription_id = subscriptions.id"
    return (
        f"UPDATE subscriptions SET {column} = COALESCE((SELECT {told} {records}"  # noqa: S608 - names of ours
        f" AND consent_records.id = (SELECT MIN(consent_records.id) {records})), '')"
    )
