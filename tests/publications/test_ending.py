"""A publication is closed, and takes nobody and sends nothing; then it is removed with all its rows, in bounded steps, and others keep theirs."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, inspect, select, text, update

from newsletter.audience.asking import SignUpForm
from newsletter.audience.importing import ListTerms
from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, InputError
from newsletter.model import AuditEntry, Issue, Publication, Subscriber, Subscription
from newsletter.model.states import IssueState, SubscriptionState
from newsletter.publications import removing as rounds
from newsletter.store.database import Database
from newsletter.store.publications import publications, removing
from tests.parts.actors import OPERATOR
from tests.parts.answers import MEANT
from tests.publications.changes import _close as close_scene
from tests.publications.changes import _idle as settle
from tests.web.places import add_publication
from tests.web.scene import Scene

NAME = "The Orchard Letter"


@pytest.fixture
def scene(database: Database, clock: SettableClock, tmp_path: Path) -> Scene:
    """A service with one of everything, on each database."""
    return Scene(database, clock, tmp_path)


@pytest.fixture
def closed(scene: Scene) -> Scene:
    close_scene(scene)
    return scene


def run_to_the_end(scene: Scene) -> None:
    """Let the scheduler do its rounds until the publication is gone."""
    for _ in range(200):
        scene.clock.sleep(rounds.LOOK_SECONDS)
        scene.parts.removal_rounds.tick()
        with scene.database.read() as session:
            if not removing.to_be_removed(session):
                return
    raise AssertionError("it is still there")


def left_of(scene: Scene, publication_id: int) -> dict[str, int]:
    """Return how many rows of each table name the publication, or an issue or reader that is not there."""
    found: dict[str, int] = {}
    with scene.database.read() as session:
        for name in inspect(session.connection()).get_table_names():
            columns = {each["name"] for each in inspect(session.connection()).get_columns(name)}
            if "publication_id" in columns and name != "audit_entries":
                asked = text(f"SELECT count(*) FROM {name} WHERE publication_id = {publication_id}")
                found[name] = session.scalar(asked) or 0
            if "issue_id" in columns:
                asked = text(
                    f"SELECT count(*) FROM {name} WHERE issue_id IS NOT NULL AND issue_id NOT IN (SELECT id FROM issues)"
                )
                found[f"{name} without issue"] = session.scalar(asked) or 0
            if "delivery_id" in columns:
                asked = text(
                    f"SELECT count(*) FROM {name} WHERE delivery_id IS NOT NULL AND delivery_id NOT IN (SELECT id FROM deliveries)"
                )
                found[f"{name} without delivery"] = session.scalar(asked) or 0
    return {name: count for name, count in found.items() if count}


def test_while_an_issue_is_on_its_way_nothing_ends(scene: Scene) -> None:
    with pytest.raises(ConflictError, match="is scheduled or on its way"):
        scene.parts.ending.close(scene.publication.id, by=OPERATOR)
    settle(scene)
    scene.parts.ending.close(scene.publication.id, by=OPERATOR)
    with scene.database.write() as session:
        session.execute(update(Issue).where(Issue.id == 1).values(state=IssueState.SENDING))
    with pytest.raises(ConflictError, match="is scheduled or on its way"):
        scene.parts.ending.remove(scene.publication.id, NAME, by=OPERATOR)


def test_a_closed_publication_takes_nobody_and_sends_nothing_until_it_is_opened_again(closed: Scene) -> None:
    parts, home = closed.parts, closed.publication.id
    refused = pytest.raises(ConflictError, match="has ended")
    with refused:
        parts.asking.ask(home, SignUpForm("t" * 40, "yes"), address="new@pear.example", ip="192.0.2.9")
    with closed.database.write() as session:
        issue = session.scalars(select(Issue).where(Issue.publication_id == home)).first()
        assert issue is not None
        issue.state, issue_id = IssueState.DRAFT, issue.id
    with pytest.raises(ConflictError, match="is closed"):
        parts.publishing.schedule(issue_id, closed.clock.now() + timedelta(days=1), despite=MEANT, by=OPERATOR)
    with pytest.raises(ConflictError, match="is closed"):
        parts.importing.import_list([], ListTerms("a fair", consent="x"), publication_id=home, by=OPERATOR)
    parts.ending.reopen(home, by=OPERATOR)
    parts.asking.ask(home, SignUpForm("u" * 40, "yes"), address="new@pear.example", ip="192.0.2.9")


def test_only_the_whole_name_of_a_closed_publication_has_it_removed(scene: Scene) -> None:
    with pytest.raises(ConflictError, match="it is not closed"):
        scene.parts.ending.remove(scene.publication.id, NAME, by=OPERATOR)
    close_scene(scene)
    with pytest.raises(InputError, match="that is not its name"):
        scene.parts.ending.remove(scene.publication.id, "The Orchard", by=OPERATOR)


def test_what_is_removed_is_found_by_nobody_and_leaves_no_row_but_the_audit_trail(
    closed: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removing, "MOST_ROWS", 2)  # so that each table takes several steps
    home, other = closed.publication, add_publication(closed.database, "grove")
    with closed.database.write() as session:
        member = session.scalars(select(Subscription).where(Subscription.publication_id == home.id)).first()
        assert member is not None
        both = member.subscriber_id
        values = {"state": SubscriptionState.ACTIVE, "created_at": closed.clock.now(), "changed_at": closed.clock.now()}
        session.add(Subscription(publication_id=other.id, subscriber_id=both, **values))
    closed.parts.ending.remove(home.id, NAME, by=OPERATOR)
    with closed.database.read() as session:
        assert publications.find(session, home.slug) is None
        assert [each.slug for each in publications.all_of(session)] == ["grove"]
    run_to_the_end(closed)
    assert left_of(closed, home.id) == {}
    with closed.database.read() as session:
        assert session.get(Publication, home.id) is None
        assert session.get(Subscriber, both) is not None
        assert session.scalar(select(func.count()).select_from(Subscription)) == 1
        acts = session.scalars(select(AuditEntry.action).where(AuditEntry.publication_id == home.id))
        assert {"publication.close", "publication.remove"} <= set(acts)


def test_nothing_is_removed_while_a_late_journal_lets_an_issue_go_on(closed: Scene) -> None:
    closed.parts.ending.remove(closed.publication.id, NAME, by=OPERATOR)
    with closed.database.write() as session:
        session.execute(update(Issue).where(Issue.id == 1).values(state=IssueState.SENDING))
    before = closed.fingerprint()
    closed.clock.sleep(rounds.LOOK_SECONDS)
    closed.parts.removal_rounds.tick()
    assert closed.fingerprint() == before
