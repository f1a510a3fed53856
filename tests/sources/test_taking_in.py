"""What is taken in beside candidates: boards and stars a day each, held where they are not to be believed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from newsletter.model import Candidate, Snapshot
from newsletter.store.database import Database
from tests.parts.source_server import Stand
from tests.sources.gathering_rig import Rig, results, rig_on

MAPPING = {
    "rows": "data",
    "key": "id",
    "columns": [{"title": "Model", "path": "name"}, {"title": "Score", "path": "s", "type": "number"}],
}
MAPPING["columns"][1]["direction"] = "highest"  # type: ignore[index]


@pytest.fixture
def rig(database: Database, tmp_path: Path) -> Iterator[Rig]:
    """A publication, on each database."""
    with rig_on(database, tmp_path) as made:
        yield made


def board(*scores: float, **stand: Any) -> Stand:
    rows = [{"id": f"m{n}", "name": f"Model {n}", "s": score} for n, score in enumerate(scores)]
    return Stand(json.dumps({"data": rows}).encode(), content_type="application/json", **stand)


def repositories(**stars: int) -> Stand:
    items = [
        {
            "id": number,
            "full_name": f"owner/{name}",
            "html_url": f"https://github.com/owner/{name}",
            "description": f"What {name} does.",
            "stargazers_count": count,
            "language": "Python",
            "topics": [],
            "archived": False,
            "fork": False,
            "pushed_at": "2026-05-08T04:00:00Z",
            "created_at": "2026-05-01T00:00:00Z",
        }
        for number, (name, count) in enumerate(stars.items(), 1)
    ]
    found = {"total_count": len(items), "incomplete_results": False, "items": items}
    return Stand(json.dumps(found).encode(), content_type="application/json")


def snapshots(rig: Rig) -> list[Snapshot]:
    with rig.database.read() as session:
        return list(session.scalars(select(Snapshot).order_by(Snapshot.day)))


def test_a_board_is_kept_a_day_each_also_when_it_says_the_same(rig: Rig) -> None:
    rig.server.put("b.example", "/feed", board(9, 8, 7, 6, etag='"1"'))
    rig.add("b.example", section="benchmarks", kind="table", mapping=MAPPING)
    assert results(rig.gather()) == {"b.example": "new"}
    rig.gather()
    assert len(snapshots(rig)) == 1, "one a day"
    rig.clock.moment += timedelta(days=1)
    assert results(rig.gather()) == {"b.example": "unchanged"}
    first, second = snapshots(rig)
    assert first.rows == second.rows and first.digest == second.digest
    assert (second.day - first.day, second.held) == (timedelta(days=1), "")
    assert first.rows["rows"][0] == ["m0", ["Model 0", 9.0]]


def test_the_rows_of_a_board_are_no_candidates(rig: Rig) -> None:
    rig.server.put("a.example", "/feed", board(60.0, 57.3))
    rig.add("a.example", kind="table", section="benchmarks", mapping=MAPPING)
    assert results(rig.gather()) == {"a.example": "new"}
    assert len(snapshots(rig)) == 1
    with rig.database.read() as session:
        assert session.scalars(select(Candidate)).all() == []


@pytest.mark.parametrize(
    ("scores", "why"), [((9, 8), "2 of the 4 rows"), ((900, 800, 700, 600), "has its unit changed")]
)
def test_a_board_that_is_not_to_be_believed_is_held(rig: Rig, scores: tuple[float, ...], why: str) -> None:
    rig.server.put("b.example", "/feed", board(9, 8, 7, 6))
    rig.add("b.example", section="benchmarks", kind="table", mapping=MAPPING)
    rig.gather()
    rig.clock.moment += timedelta(days=1)
    rig.server.put("b.example", "/feed", board(*scores))
    rig.gather()
    assert [why in each.held for each in snapshots(rig)] == [False, True]


def test_a_mapping_that_fits_no_row_is_told_and_what_was_known_stays(rig: Rig) -> None:
    rig.server.put("b.example", "/feed", board(9, 8))
    rig.add("b.example", section="benchmarks", kind="table", mapping=MAPPING)
    rig.gather()
    rig.clock.moment += timedelta(days=1)
    rig.server.put("b.example", "/feed", Stand(b'{"other": []}', content_type="application/json"))
    assert results(rig.gather())["b.example"] in ("unfit", "broken")
    assert len(snapshots(rig)) == 1


def test_stars_are_a_difference_of_days_and_at_first_sight_unknown(rig: Rig) -> None:
    def gained() -> dict[str, object]:
        with rig.database.read() as session:
            found = session.scalars(select(Candidate).order_by(Candidate.id))
            return {each.key: each.attributes.get("stars-today") for each in found}

    rig.server.put("g.example", "/feed", repositories(one=100, two=50))
    rig.add("g.example", section="repositories", kind="github")
    assert results(rig.gather()) == {"g.example": "new"}
    assert set(gained().values()) == {None}
    rig.clock.moment += timedelta(days=1)
    rig.server.put("g.example", "/feed", repositories(one=130, two=50, three=7))
    rig.gather()
    assert gained() == {f"github.com/owner/{name}": stars for name, stars in (("one", 30), ("two", 0), ("three", None))}
