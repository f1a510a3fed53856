"""The sample exports of other products become what is said of each row (../shared/imports/expected.csv)."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from newsletter.audience.importing import Importing
from newsletter.audience.lists_reading import ListTerms, Watching
from newsletter.audience.moving.opening import opened
from newsletter.audience.moving.recognising import SaidOfFiles, recognise
from newsletter.errors import InputError
from newsletter.mail.address import parse_address
from tests.audience.conftest import Desk
from tests.conftest import SHARED
from tests.parts.actors import OPERATOR

IMPORTS = SHARED / "imports"


def expected() -> Mapping[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = defaultdict(list)
    if IMPORTS.exists():
        with (IMPORTS / "expected.csv").open(encoding="utf-8") as file:
            for row in csv.DictReader(file):
                found[row["file"]].append(row)
    return found


def known(address: str) -> str:
    try:
        return parse_address(address).text.lower()
    except InputError:
        return address


def verdicts(desk: Desk, path: Path, **more: Any) -> dict[str, dict[str, Any]]:
    told: dict[str, dict[str, Any]] = {}
    with opened([str(path)]) as files:
        found = recognise(files, SaidOfFiles(**more))
        Importing(desk.database, desk.clock).move_in(
            found.lists,
            ListTerms("a test", "They agreed there", confirmed=True),
            publication_id=desk.publication_id,
            by=OPERATOR,
            watching=Watching(row=lambda row: told.setdefault(known(row["address"]), row)),
        )
    return told


@pytest.mark.parametrize("name", [*expected()] or ["absent"])
def test_each_row_of_a_sample_export_is_what_is_said_of_it(small_desk: Desk, name: str) -> None:
    if not IMPORTS.exists():
        pytest.skip("the sample exports of other products are not beside this checkout")
    if name == "listmonk/subscribers.csv":
        with pytest.raises(InputError, match="does not say who left") as caught:
            verdicts(small_desk, IMPORTS / name)
        assert "subscription_status" in caught.value.remedy
        return
    told = verdicts(small_desk, IMPORTS / name, list_id="3" if "api" in name else "")
    for row in expected()[name]:
        if row["address"] == "not an address":
            assert told["not an address"]["state"] == "invalid"
            continue
        found = told[known(row["address"])]
        assert found["state"] == row["state"], row
        if row["state"] == "active":
            if "listmonk" not in name:  # its API tells more than the table of verdicts does
                assert (found["consent_at"], found["consent_ip"]) == (row["consent_at"], row["consent_ip"]), row
            if row["tags"]:
                assert ";".join(found["tags"]) == row["tags"], row
        word = row["reason"].split()[0] if row["state"] == "suppressed" else ""
        if word in ("bounced", "complaint", "manual"):
            assert found["reason"].startswith(word), row
