"""Fields of readers on the form, in an order; merge fields of editions; what a sign-up tells, until its link confirms it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.add_column("reader_fields", sa.Column("position", _BIG, nullable=False, server_default=sa.text("0")))
    op.add_column("reader_fields", sa.Column("on_form", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.add_column("reader_fields", sa.Column("required", sa.Boolean(), nullable=False, server_default=sa.false()))
    for column in ("folded", "number"):
        op.drop_index(op.f(f"ix_field_values_field_id_field_values_{column}"), table_name="field_values")
        columns = ["field_id", column, "subscription_id"]
        op.create_index(op.f(f"ix_field_values_{column}"), "field_values", columns)
    op.add_column("editions", sa.Column("merge_fields", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("sign_ups", sa.Column("told", sa.JSON(none_as_null=True), nullable=True))
    op.add_column("subscriptions", sa.Column("language", sa.String(length=35), nullable=False, server_default=""))
    op.create_table(
        "told_values",
        sa.Column("subscription_id", _BIG, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("told", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_told_values_subscription_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("subscription_id", "asked_at", name=op.f("pk_told_values")),
    )
    op.create_index(op.f("ix_told_values_asked_at"), "told_values", ["asked_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_told_values_asked_at"), table_name="told_values")
    op.drop_table("told_values")
    op.drop_column("subscriptions", "language")
    op.drop_column("sign_ups", "told")
    op.drop_column("editions", "merge_fields")
    for column in ("folded", "number"):
        op.drop_index(op.f(f"ix_field_values_{column}"), table_name="field_values")
        op.create_index(op.f(f"ix_field_values_field_id_field_values_{column}"), "field_values", ["field_id", column])
    for column in ("required", "on_form", "position"):
        op.drop_column("reader_fields", column)
