"""Ways in at the desk: links that work once, second factors, passkeys, the keys of programs; and when a session was proved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MADE = ("api_keys", "challenges", "passkeys", "recovery_codes", "authenticators", "account_links")


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _editor(table: str, column: str = "editor_id") -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], ["editors.id"], name=op.f(f"fk_{table}_{column}"), ondelete="CASCADE")


def _publication(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_publication_id")
    return sa.ForeignKeyConstraint(["publication_id"], ["publications.id"], name=name, ondelete="CASCADE")


def upgrade() -> None:
    op.add_column("editor_sessions", _moment("proved_at", nullable=True))
    _make_links()
    _make_factors()
    _make_challenges()
    _make_keys()


def _make_links() -> None:
    op.create_table(
        "account_links",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=320), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=True),
        sa.Column("publication_id", _BIG, nullable=True),
        sa.Column("notice_id", _BIG, nullable=True),
        _moment("created_at"),
        _moment("expires_at"),
        _publication("account_links"),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notices.id"], name=op.f("fk_account_links_notice_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_links")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_account_links_secret_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_account_links_address"), "account_links", ["address"])
    op.create_index(op.f("ix_account_links_notice_id"), "account_links", ["notice_id"])


def _make_factors() -> None:
    op.create_table(
        "authenticators",
        sa.Column("editor_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(length=120), nullable=False),
        sa.Column("step", _BIG, nullable=False),
        _moment("created_at"),
        _moment("confirmed_at", nullable=True),
        _editor("authenticators"),
        sa.PrimaryKeyConstraint("editor_id", name=op.f("pk_authenticators")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("editor_id", _BIG, autoincrement=False, nullable=False),
        sa.Column("code_hash", sa.LargeBinary(length=32), nullable=False),
        _editor("recovery_codes"),
        sa.PrimaryKeyConstraint("editor_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("editor_id", _BIG, nullable=False),
        sa.Column("credential_id", sa.LargeBinary(length=1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(length=2000), nullable=False),
        sa.Column("sign_count", _BIG, nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        _moment("created_at"),
        _moment("used_at", nullable=True),
        _editor("passkeys"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_passkeys")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_passkeys_credential_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_passkeys_editor_id"), "passkeys", ["editor_id"])


def _make_challenges() -> None:
    op.create_table(
        "challenges",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("purpose", sa.String(length=20), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("editor_id", _BIG, nullable=True),
        sa.Column("octets", sa.LargeBinary(length=64), nullable=False),
        sa.Column("proves", sa.Boolean(), nullable=False),
        sa.Column("tries", _BIG, nullable=False),
        _moment("created_at"),
        _moment("expires_at"),
        _editor("challenges"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_challenges")),
        sa.UniqueConstraint("secret_hash", name=op.f("uq_challenges_secret_hash")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_challenges_editor_id"), "challenges", ["editor_id"])


def _make_keys() -> None:
    op.create_table(
        "api_keys",
        sa.Column("id", _BIG, nullable=False),
        sa.Column("prefix", sa.String(length=12), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(length=32), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("rights", sa.Text(), nullable=False),
        sa.Column("publication_id", _BIG, nullable=True),
        sa.Column("made_by", _BIG, nullable=True),
        _moment("created_at"),
        _moment("expires_at", nullable=True),
        _moment("used_at", nullable=True),
        _moment("revoked_at", nullable=True),
        _publication("api_keys"),
        _editor("api_keys", "made_by"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_api_keys_publication_id"), "api_keys", ["publication_id"])
    op.create_index(op.f("ix_api_keys_made_by"), "api_keys", ["made_by"])


def downgrade() -> None:
    for table in _MADE:
        op.drop_table(table)
    op.drop_column("editor_sessions", "proved_at")
