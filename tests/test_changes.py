"""Every change that a person can make takes a right, and is written down in its own transaction; every other is the service's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from newsletter.clock import SettableClock
from newsletter.errors import ForbiddenError
from newsletter.model import AuditEntry
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from tests.parts.actors import able
from tests.parts.changes import Change, Table, tables, told_who_acts, writers
from tests.web.places import add_publication
from tests.web.scene import Scene

TABLES = tables()
CHANGES = [change for table in TABLES for change in table.changes]
WALK = pytest.mark.parametrize("change", CHANGES, ids=[change.name for change in CHANGES])
EACH = pytest.mark.parametrize("table", TABLES, ids=[table.room for table in TABLES])


@pytest.fixture
def scene(database: Database, clock: SettableClock, tmp_path: Path) -> Scene:
    """A service with one of everything, on each database."""
    return Scene(database, clock, tmp_path)


def entries(scene: Scene) -> list[AuditEntry]:
    """Return what is written down, oldest first."""
    with scene.database.read() as session:
        return list(audit.page(session, limit=100))[::-1]


def without(change: Change, scene: Scene) -> list[Actor]:
    """Return people who may do much, and not this."""
    here, others = scene.publication.id, add_publication(scene.database, "elsewhere").id
    all_but_this = [right for right in Right if right is not change.right]
    found = [able(), able(*all_but_this), able(*all_but_this, publication_id=here), able(*Right, publication_id=others)]
    return [*found, able(*Right, publication_id=here)] if change.of_service else found


@EACH
def test_every_function_that_is_told_who_acts_stands_in_the_table(table: Table) -> None:
    there = {name for module in table.modules for name in told_who_acts(module)}
    assert there == {change.name for change in table.changes}, f"say in tests/{table.room}/changes.py what it takes"


@EACH
def test_whatever_writes_is_told_who_acts_or_is_what_the_service_does_by_itself(table: Table) -> None:
    found = [(name, by) for module in table.modules for name, by in writers(module)]
    assert found, "nothing was read"
    unnamed = [name for name, by in found if not by]
    assert [name for name in unnamed if not any(f"{name}.".startswith(f"{own}.") for own in table.by_itself)] == []
    idle = [own for own in table.by_itself if not any(f"{name}.".startswith(f"{own}.") for name in unnamed)]
    assert idle == [], "gone: take it out of the list"


@WALK
def test_without_the_right_or_without_its_entry_nothing_is_done_and_with_both_one_entry_says_by_whom(
    scene: Scene, change: Change, monkeypatch: pytest.MonkeyPatch
) -> None:
    change.prepare(scene)
    people = without(change, scene)
    somebody = able(change.right, publication_id=None if change.of_service else scene.publication.id)
    before, known = scene.fingerprint(), len(entries(scene))

    for one in people:
        with pytest.raises(ForbiddenError):
            change.do(scene, one)
    assert scene.fingerprint() == before, "without the right"

    with monkeypatch.context() as patch:
        patch.setattr(audit, "add", full)
        with pytest.raises(OSError, match="no space left"):
            change.do(scene, somebody)
    assert scene.fingerprint() == before, "what cannot be written down"

    change.do(scene, somebody)
    (entry,) = entries(scene)[known:]
    assert (entry.action, entry.at, entry.actor, entry.actor_id) == (change.action, scene.clock.now(), "editor", 1)
    assert (entry.actor_name, entry.place) == (somebody.name, somebody.place)
    assert entry.subject_name, "whoever reads it a year later shall know what it was"
    if not change.of_service:
        assert entry.publication_id == scene.publication.id
    changed = {name for name, now in scene.fingerprint().items() if now != before[name]}
    assert "audit_entries" in changed


_ADD = audit.add


def full(*given: object, **more: object) -> None:
    """Write the entry, and then find the disk full."""
    _ADD(*given, **more)  # type: ignore[arg-type]
    raise OSError("no space left")
