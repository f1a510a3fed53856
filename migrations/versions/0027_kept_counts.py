"""Counts of deliveries, kept beside the rows; filled for the issues that were planned before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_FIGURES = ("planned", "accepted", "bounced", "people", "machines", "unsubscribes", "complaints")
_DOMAINS = """
    INSERT INTO counted_domains (issue_id, domain, planned)
    SELECT d.issue_id, s.domain, count(*)
      FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id
     WHERE d.issue_id = :issue AND s.domain <> ''
     GROUP BY d.issue_id, s.domain ORDER BY count(*) DESC, s.domain LIMIT 20
"""
_COUNTS = """
    INSERT INTO delivery_counts (issue_id, block, domain, state, reason, count)
    SELECT issue_id, block, domain, state, reason, count(*)
      FROM (SELECT d.issue_id, d.id / 8192 AS block, coalesce(c.domain, '') AS domain, d.state,
                   CASE WHEN d.state IN ('deferred', 'rejected', 'bounced')
                        THEN trim(coalesce(CAST(d.code AS VARCHAR(6)), '') || ' ' || coalesce(d.status, ''))
                        ELSE '' END AS reason
              FROM deliveries AS d
              LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
              LEFT JOIN counted_domains AS c ON c.issue_id = d.issue_id AND c.domain = s.domain
             WHERE d.issue_id = :issue AND d.state NOT IN ('queued', 'submitting')) AS found
     GROUP BY issue_id, block, domain, state, reason
"""


def upgrade() -> None:
    op.create_table(
        "delivery_counts",
        sa.Column("issue_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("block", _BIG, autoincrement=False, nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("count", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "block", "domain", "state", "reason", name=op.f("pk_delivery_counts")),
    )
    op.create_table(
        "counted_domains",
        sa.Column("issue_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("domain", sa.String(length=255), nullable=False),
        sa.Column("planned", _BIG, nullable=False),
        sa.PrimaryKeyConstraint("issue_id", "domain", name=op.f("pk_counted_domains")),
    )
    op.create_index(op.f("ix_consent_records_at"), "consent_records", ["at"])
    _figures()
    ledger = op.get_bind()
    for issue_id in ledger.execute(sa.text("SELECT DISTINCT issue_id FROM batches")).scalars().all():
        for statement in (_DOMAINS, _COUNTS):  # issue by issue: no sort is larger than one
            ledger.execute(sa.text(statement), {"issue": issue_id})


def _figures() -> None:
    op.create_table(
        "issue_figures",
        sa.Column("issue_id", _BIG, nullable=False),
        *(sa.Column(name, _BIG, nullable=False) for name in _FIGURES),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["issue_id"], ["issues.id"], name=op.f("fk_issue_figures_issue_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("issue_id", name=op.f("pk_issue_figures")),
    )
    op.create_table(
        "growth_days",
        sa.Column("publication_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("count", _BIG, nullable=False),
        sa.ForeignKeyConstraint(
            ["publication_id"], ["publications.id"], name=op.f("fk_growth_days_publication_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("publication_id", "day", "source", name=op.f("pk_growth_days")),
    )


def downgrade() -> None:
    op.drop_table("growth_days")
    op.drop_table("issue_figures")
    op.drop_index(op.f("ix_consent_records_at"), table_name="consent_records")
    op.drop_table("counted_domains")
    op.drop_table("delivery_counts")
