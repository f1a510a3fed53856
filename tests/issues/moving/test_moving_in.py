"""Past issues move in: public ones into the archive under their own dates, drafts as drafts, the same posts again without a change."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import func, select

from newsletter.bootstrap import Parts
from newsletter.clock import SettableClock
from newsletter.delivery.planning import plan_due
from newsletter.errors import ConflictError, ForbiddenError
from newsletter.issues.moving.post_terms import PostTerms
from newsletter.issues.moving.recognising import find_posts
from newsletter.model import AuditEntry, Batch, Delivery, Edition, Issue, IssueItem, IssueSection, MovedPost, OldAddress
from newsletter.model.actor import Actor, ActorKind
from newsletter.model.states import IssueState
from newsletter.moved_files import opened
from newsletter.store.archive import published
from newsletter.store.feedback import figures
from newsletter.store.issues import issues
from tests.issues.moving.exports import HOME, ghost, issue_named, move, substack, substack_row
from tests.parts.actors import OPERATOR
from tests.parts.named import id_of_publication

HTML = "<h2>Mud</h2><p>The <b>flats</b> lie dry, see <a href='/p/high-water'>the other one</a>.</p>"


def rows(parts: Parts) -> list[object]:
    """Return all that a move writes, but for the moments."""
    with parts.database.read() as session:
        found: list[object] = [
            (issue.id, issue.slug, issue.state, issue.revision, issue.source, issue.published_at)
            for issue in session.scalars(select(Issue).order_by(Issue.id))
        ]
        found += [(row.path, row.issue_id) for row in session.scalars(select(OldAddress).order_by(OldAddress.path))]
        found += [
            (row.foreign_id, row.digest) for row in session.scalars(select(MovedPost).order_by(MovedPost.foreign_id))
        ]
        for table in (Edition, AuditEntry):
            found.append(session.scalar(select(func.count()).select_from(table)))
    return found


def test_a_public_post_stands_in_the_archive_under_its_own_day(parts: Parts, tmp_path: Path) -> None:
    late = substack_row(post_date="2021-05-05T22:30:00.000Z")  # half past midnight in Vienna
    report = move(parts, substack(tmp_path, (late, HTML)))
    issue = issue_named(parts, "low-water")
    assert report.fates == {"archived": 1}
    assert (issue.state, issue.dated) == (IssueState.ARCHIVED, date(2021, 5, 6))
    assert issue.published_at == datetime(2021, 5, 5, 22, 30, tzinfo=UTC)
    assert (issue.title, issue.content["preheader"]) == ("Low water", "Mud & birds")
    assert "The **flats** lie dry" in issue.source
    with parts.database.read() as session:
        found = published.find(session, issue.publication_id, "low-water")
        assert found is not None
        assert found[1].content == issue.content
        assert [each.id for each in published.issues(session, issue.publication_id, before=None, limit=9)] == [issue.id]


def test_no_feed_announces_it_and_no_figure_counts_it(small_parts: Parts, tmp_path: Path) -> None:
    move(small_parts, substack(tmp_path, (substack_row(), HTML)))
    home = id_of_publication(small_parts.database, HOME)
    with small_parts.database.read() as session:
        assert published.newest(session, home, limit=9) == []
        assert figures.due(session, small_parts.clock.now(), 9) == []
        assert figures.published(session, home, datetime(2000, 1, 1, tzinfo=UTC), small_parts.clock.now(), 9) == []
        assert issues.last_published(session, Issue(id=0, publication_id=home)) is None
        assert list(published.section_slugs(session, home)) == []
        for table in (IssueItem, IssueSection, Delivery, Batch):
            assert session.scalar(select(func.count()).select_from(table)) == 0


def test_nothing_mails_it(small_parts: Parts, clock: SettableClock, tmp_path: Path) -> None:
    move(small_parts, substack(tmp_path, (substack_row(), HTML)))
    issue = issue_named(small_parts, "low-water")
    tries = (
        lambda: small_parts.publishing.schedule(issue.id, clock.now(), by=OPERATOR),
        lambda: small_parts.publishing.schedule(issue.id, clock.now(), again=True, by=OPERATOR),
        lambda: small_parts.publishing.reschedule(issue.id, clock.now(), by=OPERATOR),
        lambda: small_parts.publishing.undo(issue.id, by=OPERATOR),
        lambda: small_parts.control.pause(issue.id, by=OPERATOR),
        lambda: small_parts.control.resume(issue.id, by=OPERATOR),
        lambda: small_parts.control.cancel(issue.id, by=OPERATOR),
        lambda: small_parts.control.resend(issue.id, by=OPERATOR),
        lambda: small_parts.sending_later.send(issue.id, by=OPERATOR),
        lambda: small_parts.editing.save(issue.id, text=issue.source + "\nmore", revision=1, by=OPERATOR),
    )
    for attempt in tries:
        with pytest.raises(ConflictError):
            attempt()
    assert issue_named(small_parts, "low-water").state is IssueState.ARCHIVED
    with small_parts.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Delivery)) == 0


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"is_published": "false"}, "it was a draft there"),
        ({"audience": "only_paid"}, "it was for payers only"),
        ({"post_date": ""}, "no date tells when it was published"),
        ({"post_date": "2090-01-01T00:00:00Z"}, "its date is still to come"),
    ],
)
def test_what_was_not_public_is_a_draft_and_the_reason_is_told(
    small_parts: Parts, tmp_path: Path, more: dict[str, str], why: str
) -> None:
    report = move(small_parts, substack(tmp_path, (substack_row(**more), HTML)))
    assert issue_named(small_parts, "low-water").state is IssueState.DRAFT
    assert report.reasons == {why: 1}


def test_a_post_for_members_stands_in_the_archive_and_that_is_told(small_parts: Parts, tmp_path: Path) -> None:
    (tmp_path / "substack").mkdir()
    rows = (substack_row(audience="only_free"), HTML), (substack_row(post_id="2.two"), HTML)
    hidden = {"html": "<p>x</p>", "visibility": "members", "slug": "hers"}
    draft = {"html": "<p>y</p>", "visibility": "members", "slug": "his", "status": "draft"}
    written = json.dumps({"root": {"children": [{"type": "paragraph", "children": [{"type": "text", "text": "x"}]}]}})
    file = ghost(tmp_path / "ghost.json", hidden, draft, {"lexical": written, "visibility": "members", "slug": "its"})
    folder = substack(tmp_path / "substack", *rows)
    for report in (move(small_parts, folder, file, dry_run=True), move(small_parts, folder, file)):
        told = {each.slug: [words for words in each.told if "for members there" in words] for each in report.posts}
        assert {slug for slug, words in told.items() if words} == {"low-water", "hers", "its"}


def test_what_was_for_payers_is_public_where_somebody_says_so(small_parts: Parts, tmp_path: Path) -> None:
    folder = substack(tmp_path, (substack_row(audience="founding"), HTML))
    move(small_parts, folder)
    report = move(small_parts, folder, include_paid=True)
    assert report.changes == {"changed": 1}
    assert issue_named(small_parts, "low-water").state is IssueState.ARCHIVED


def test_the_same_posts_again_change_nothing(parts: Parts, tmp_path: Path) -> None:
    folder = substack(
        tmp_path, (substack_row(), HTML), (substack_row("78.high-water", title="High water"), "<p>Up.</p>")
    )
    move(parts, folder)
    before = rows(parts)
    report = move(parts, folder)
    assert report.changes == {"unchanged": 2}
    assert rows(parts) == before


def test_a_post_that_was_changed_there_is_changed_here_and_stays_public(parts: Parts, tmp_path: Path) -> None:
    move(parts, substack(tmp_path, (substack_row(), HTML)))
    report = move(parts, substack(tmp_path, (substack_row(), HTML.replace("flats", "sands"))))
    issue = issue_named(parts, "low-water")
    assert report.changes == {"changed": 1}
    assert (issue.state, issue.revision) == (IssueState.ARCHIVED, 2)
    with parts.database.read() as session:
        found = published.find(session, issue.publication_id, "low-water")
        assert found is not None
        assert "sands" in str(found[1].content)


def test_what_somebody_wrote_or_deleted_here_stays_so(small_parts: Parts, tmp_path: Path) -> None:
    draft, gone = substack_row(is_published="false"), substack_row("79.gone", title="Gone", is_published="false")
    move(small_parts, substack(tmp_path, (draft, HTML), (gone, HTML)))
    issue = issue_named(small_parts, "low-water")
    small_parts.editing.save(issue.id, text=issue.source + "\nOurs.\n", revision=1, by=OPERATOR)
    small_parts.deleting.delete(issue_named(small_parts, "gone").id, by=OPERATOR)
    report = move(small_parts, substack(tmp_path, (draft, "<p>Theirs</p>"), (gone, "<p>Theirs</p>")))
    assert report.changes == {"left": 2}
    assert {each.why for each in report.posts} == {"it was deleted here", "somebody changed it here"}
    assert "Ours." in issue_named(small_parts, "low-water").source


def test_a_run_that_was_killed_between_two_posts_ends_as_one_that_was_not(parts: Parts, tmp_path: Path) -> None:
    posts = [(substack_row(f"{n}.post-{n}", title=f"Post {n}"), f"<p>Number {n}</p>") for n in range(10, 15)]
    folder = substack(tmp_path, *posts)

    class Killed(Exception):  # noqa: N818 - it stands for a signal
        pass

    def die(done: int) -> None:
        if done == 3:
            raise Killed

    with opened([str(folder)]) as files, pytest.raises(Killed):
        parts.moving_posts.move_in(
            find_posts(files),
            PostTerms(),
            publication_id=id_of_publication(parts.database, HOME),
            by=OPERATOR,
            progress=die,
        )
    assert move(parts, folder).changes == {"unchanged": 3, "new": 2}
    assert move(parts, folder).changes == {"unchanged": 5}
    assert [issue_named(parts, f"post-{n}").state for n in range(10, 15)] == [IssueState.ARCHIVED] * 5


def test_a_dry_run_tells_the_same_and_stores_nothing(small_parts: Parts, tmp_path: Path) -> None:
    folder = substack(
        tmp_path, (substack_row(), HTML), (substack_row("80.about", type="page", title="About"), "<p>x</p>")
    )
    before = rows(small_parts)
    report = move(small_parts, folder, dry_run=True)
    assert report.fates == {"archived": 1, "skipped": 1}
    assert report.reasons == {"it is a page": 1}
    assert rows(small_parts) == before
    assert move(small_parts, folder).fates == report.fates


def test_a_slug_that_is_taken_gets_a_number_and_one_of_the_archive_is_not_taken(
    small_parts: Parts, tmp_path: Path
) -> None:
    taken = ghost(
        tmp_path / "one.json", {"slug": "ebb", "html": "<p>One</p>"}, {"slug": "subscribe", "html": "<p>x</p>"}
    )
    move(small_parts, taken)
    move(small_parts, substack(tmp_path / "s", (substack_row("5.ebb"), HTML)))
    assert issue_named(small_parts, "ebb-2").title == "Low water"
    assert issue_named(small_parts, "subscribe-2").state is IssueState.ARCHIVED


def test_links_between_posts_lead_to_the_archive(small_parts: Parts, tmp_path: Path) -> None:
    other = substack_row("78.high-water", title="High water")
    move(small_parts, substack(tmp_path, (substack_row(), HTML), (other, "<p>Up.</p>")))
    assert "[the other one](https://news.example.org/tide/high-water)" in issue_named(small_parts, "low-water").source


def test_a_link_that_leads_nowhere_any_more_is_told_and_its_words_stay(small_parts: Parts, tmp_path: Path) -> None:
    report = move(small_parts, substack(tmp_path, (substack_row(), HTML)))
    assert "see the other one" in issue_named(small_parts, "low-water").source
    assert any("/p/high-water" in what for what in report.posts[0].told)


def test_a_post_that_no_issue_can_hold_is_a_draft_of_its_words(small_parts: Parts, tmp_path: Path) -> None:
    deep = "<blockquote>" * 90 + "<p>far down</p>" + "</blockquote>" * 90
    report = move(small_parts, substack(tmp_path, (substack_row(), f"<p>Above</p>{deep}")))
    issue = issue_named(small_parts, "low-water")
    assert issue.state is IssueState.DRAFT
    assert "far down" in issue.source
    assert "its words are kept as a draft" in report.posts[0].told[0]


def test_an_episode_keeps_a_link_to_what_is_heard(small_parts: Parts, tmp_path: Path) -> None:
    row = substack_row(type="podcast", podcast_url="https://sound.example.org/7.mp3")
    move(small_parts, substack(tmp_path, (row, "")))
    assert "https://sound.example.org/7.mp3" in issue_named(small_parts, "low-water").source


def test_whoever_may_not_send_moves_nothing_in(small_parts: Parts, tmp_path: Path) -> None:
    substack(tmp_path, (substack_row(), HTML))
    with opened([str(tmp_path)]) as files, pytest.raises(ForbiddenError):
        small_parts.moving_posts.move_in(
            find_posts(files),
            PostTerms(),
            publication_id=id_of_publication(small_parts.database, HOME),
            by=Actor(ActorKind.EDITOR, 7),
        )


def test_planning_passes_it_by(small_parts: Parts, clock: SettableClock, tmp_path: Path) -> None:
    move(small_parts, substack(tmp_path, (substack_row(), HTML)))
    assert plan_due(small_parts.database, clock=clock, batch_size=10) == []
    assert issue_named(small_parts, "low-water").state is IssueState.ARCHIVED
