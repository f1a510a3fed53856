"""Keys of programs by command: printed once."""

from __future__ import annotations

from tests.cli.conftest import Newsletter


def test_a_key_is_made_listed_and_revoked(daily: Newsletter) -> None:
    said = daily("api-key", "create", "importer", "--right", "manage audience", "-p", "daily", "--days", "90")
    key = said.out.strip()
    assert (said.code, key[:4], len(key)) == (0, "nlk_", 56)
    assert key not in said.err
    (row,) = daily("api-key", "list", "--json").json
    assert (row["prefix"], row["rights"], row["publication"], row["works"]) == (
        key[:12],
        ["manage audience"],
        "daily",
        True,
    )
    assert key[13:] not in daily("api-key", "list").out
    assert daily("api-key", "revoke", key[:12]).code == 0
    assert daily("api-key", "list", "--json").json[0]["works"] is False
    assert daily("api-key", "revoke", "nlk_nothere0").code == 3


def test_what_cannot_be_is_told(daily: Newsletter) -> None:
    assert daily("api-key", "create", "importer", "--right", "fly").code == 2
    assert daily("api-key", "create", "importer", "--right", "read", "-p", "nowhere").code == 3
    assert daily("api-key", "create", "importer", "--right", "manage accounts", "-p", "daily").code == 2
    assert "newsletter api-key create" in daily("api-key", "list").out


def test_people_read_until_when_a_key_works_by_the_day(daily: Newsletter) -> None:
    daily("api-key", "create", "importer", "--right", "read", "--days", "0")
    daily("api-key", "create", "exporter", "--right", "read", "--days", "90")
    second, first = daily("api-key", "list").out.splitlines()[1:]  # the newest is told first
    assert first.endswith("no end")
    assert len(second.split()[-1]) == len("2026-01-01")
