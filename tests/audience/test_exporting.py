"""Readers can be taken elsewhere: every one, in order, without those who were forgotten."""

from __future__ import annotations

from typing import Any

import pytest

from newsletter.audience import erasure, exporting
from newsletter.audience.exporting import COLUMNS, export_subscribers
from newsletter.errors import NotFoundError
from newsletter.mail.address import address_hash
from newsletter.store import rehearsal
from tests.audience.conftest import Desk
from tests.parts.actors import OPERATOR
from tests.parts.looking import looking


def test_every_reader_is_exported_once_over_several_pages(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 2)
    names = [f"r{n}@example.org" for n in range(5)]
    for number, name in enumerate(names):
        desk.subscribe(name, ip=f"192.0.2.{number}")
    desk.confirm(desk.token())
    rows = list(desk.export())
    assert [row["email"] for row in rows] == names
    assert [row["state"] for row in rows] == ["pending"] * 4 + ["active"]
    assert all(tuple(row) == COLUMNS for row in rows)


def test_of_the_forgotten_only_the_hash_is_exported(small_desk: Desk) -> None:
    small_desk.join()
    erasure.forget(small_desk.database, clock=small_desk.clock, address="reader@example.org", by=OPERATOR)
    (row,) = small_desk.export()
    assert row["hash"] == address_hash("reader@example.org").hex()
    assert '"reason":"erased"' in row["suppressions"]
    assert not any(row[name] for name in COLUMNS if name not in ("hash", "suppressions"))


def test_what_an_export_looks_at_grows_as_the_list_does_and_not_as_its_square(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporting, "_PAGE", 50)
    looks = []
    for number in (300, 3000):
        rows = ({"email": f"r{n}@example.org"} for n in range(number))
        terms: dict[str, Any] = {"publication": "harbour", "place": "list.csv", "consent": "They asked."}
        desk.import_list(rows, confirmed=True, **terms)
        rehearsal.settle_statistics(desk.database)
        with looking(desk.database, "subscriptions") as looked:
            assert len(list(desk.export())) == number
        looks.append(looked[0])
    assert looks[0] > 300, "it is counted"
    assert looks[1] < 13 * looks[0], looks


def test_an_unknown_publication_is_said_before_the_first_row(small_desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        export_subscribers(small_desk.database, clock=small_desk.clock, publication_id=99, by=OPERATOR)
