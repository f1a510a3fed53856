"""A draft is assembled of what was gathered; hands may do to it what they like, and the next run adds only what is new."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select

from newsletter.clock import SettableClock
from newsletter.errors import ConflictError, ForbiddenError
from newsletter.issues.deleting import Deleting
from newsletter.issues.editing import Editing
from newsletter.issues.filling import Filling
from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import Inspected, check
from newsletter.issues.publishing import Publishing
from newsletter.issues.starting import LEAD_TO_WRITE
from newsletter.model import AuditEntry, Candidate, Gathering, GatheringLine, Issue, Publication
from newsletter.model.actor import SCHEDULER
from newsletter.model.document import Column, Document, SectionKind, TableItem
from newsletter.model.section_plan import SectionPlan
from newsletter.model.sources import GatherResult, SourceKind
from newsletter.model.states import CandidateState
from newsletter.sources.assembling import AssembledIssue, Assembling
from newsletter.sources.showing_boards import Boards
from newsletter.store.database import Database
from tests.issues.samples import RENDERER, SETTINGS, add_publication
from tests.parts.actors import OPERATOR, able
from tests.parts.answers import MEANT
from tests.rendering.documents import BRAND
from tests.sources.rows import add_candidate, add_source

DAY = date(2026, 5, 8)  # a Friday
PLAN = (
    SectionPlan(slug="wire", title="From the Wire", all_title="All feeds", mailed=3, kept=2),
    SectionPlan(slug="papers", title="Papers", kind=SectionKind.PAPERS, all_title="All papers", mailed=2, kept=5),
    SectionPlan(slug="boards", title="Boards", kind=SectionKind.TABLES, all_title="Full tables", mailed=5, kept=0),
    SectionPlan(slug="code", title="Code", kind=SectionKind.REPOSITORIES, mailed=2, kept=2, drops_empty=True),
)
BOARD = TableItem(title="Open index", columns=(Column(title="Model"),), rows=(("A",),))


@dataclass
class Desk:
    """A publication with a plan, and what is done for it."""

    database: Database
    clock: SettableClock
    home: Publication
    boards: tuple[TableItem, ...] = ()

    def offer(self, *words: str, section: str = "wire", **more: Any) -> list[Candidate]:
        """Offer one thing for each word, the best first."""
        return [
            add_candidate(
                self.database, self.clock, self.home, f"https://{section}.example/{word}",
                **{"section": section, "title": f"Story {word}", "rank_sum": 100.0 - place, "text": f"Text {word}.", **more},
            )
            for place, word in enumerate(words)
        ]  # fmt: skip

    @property
    def tool(self) -> Assembling:
        return Assembling(
            self.database, self.clock, Filling(self.database, self.clock), lambda *_: Boards(self.boards, ())
        )

    def run(self, day: date | None = DAY, **more: Any) -> AssembledIssue:
        return self.tool.assemble(self.home.id, day, **{"by": OPERATOR, **more})

    @property
    def draft(self) -> Issue:
        with self.database.read() as session:
            return session.scalars(select(Issue).order_by(Issue.id.desc())).first()  # type: ignore[return-value]

    def save(self, change: Callable[[str], str]) -> str:
        """Change the draft by hand; return its text."""
        draft = self.draft
        text = change(draft.source)
        Editing(self.database, self.clock).save(draft.id, text=text, revision=draft.revision, by=OPERATOR)
        return text

    def titles(self, section: str, *, mailed: bool | None = None) -> list[str]:
        document = Document.model_validate(self.draft.content)
        items = [item for each in document.sections if each.slug == section for item in each.items]
        return [item.title.removeprefix("Story ") for item in items if mailed in {None, item.mailed}]


def desk_on(database: Database, clock: SettableClock, plan: Sequence[SectionPlan] = PLAN, slug: str = "tide") -> Desk:
    sections = [each.model_dump(mode="json") for each in plan]
    home = add_publication(database, slug)
    with database.write() as session:
        session.get_one(Publication, home.id).sections = sections
    return Desk(database, clock, home)


@pytest.fixture
def desk(database: Database, clock: SettableClock) -> Desk:
    return desk_on(database, clock)


def test_the_best_are_mailed_the_next_are_kept_and_the_sections_stand_in_their_order(desk: Desk) -> None:
    desk.offer(*"abcdefg")
    made = desk.run()
    assert (made.slug, made.added, made.kept) == ("2026-05-08", 3, 2)
    assert desk.draft.id == made.issue_id
    assert desk.titles("wire", mailed=True) == ["a", "b", "c"]
    assert desk.titles("wire", mailed=False) == ["d", "e"]
    document = parse_issue(desk.draft.source)
    assert [(each.slug, each.all_title) for each in document.sections] == [
        ("wire", "All feeds"), ("papers", "All papers"), ("boards", "Full tables"),
    ]  # fmt: skip
    assert (document.title, document.date, document.publication) == (desk.home.name, DAY, "tide")
    assert document.model_dump(mode="json") == desk.draft.content


def test_nobody_can_send_it_before_its_lead_is_written(desk: Desk) -> None:
    desk.offer("a")
    desk.run()
    document = parse_issue(desk.draft.source)
    assert document.lead == LEAD_TO_WRITE
    stops = [
        each.rule for each in check(Inspected(document, BRAND, None, desk.draft.source)) if each.severity == "stop"
    ]
    assert stops == ["starter"]
    desk.save(lambda text: text.replace(LEAD_TO_WRITE, f"My words.\n{LEAD_TO_WRITE}"))
    assert "starter" in [each.rule for each in check(Inspected(parse_issue(desk.draft.source), BRAND, None))]
    desk.save(lambda text: text.replace(LEAD_TO_WRITE, ""))
    assert "starter" not in [each.rule for each in check(Inspected(parse_issue(desk.draft.source), BRAND, None))]


def test_its_head_says_which_sources_are_missing_to_editors_and_no_reader(desk: Desk) -> None:
    desk.offer("a")
    names = {"Good": GatherResult.NEW, "Slow\n---\nx: y": GatherResult.SLOW}
    sources = {add_source(desk.database, desk.clock, desk.home, name).id: result for name, result in names.items()}
    with desk.database.write() as session:
        run = Gathering(publication_id=desk.home.id, started_at=desk.clock.now(), ended_at=desk.clock.now())
        session.add(run)
        session.flush()
        for source_id, result in sources.items():
            session.add(GatheringLine(gathering_id=run.id, source_id=source_id, result=result))
    made = desk.run()
    assert made.told[0].startswith("1 of 2 sources; missing: Slow")
    source = desk.draft.source
    assert source.split("\n")[1].startswith("# Assembled 20") and "1 of 2 sources; missing: Slow --- x: y" in source
    document = parse_issue(source)
    findings = [each.rule for each in check(Inspected(document, BRAND, None, source))]
    assert "lost-comment" not in findings
    for shown in (RENDERER.text(document, BRAND), RENDERER.web(document, BRAND)):
        assert "missing" not in shown


def test_running_again_with_nothing_new_changes_nothing(desk: Desk) -> None:
    desk.offer(*"abcdefg")
    desk.boards = (BOARD,)
    desk.run()
    before = desk.draft
    made = desk.run()
    assert (made.issue_id, made.added, made.kept) == (before.id, 0, 0)
    assert (desk.draft.revision, desk.draft.source) == (before.revision, before.source)


def test_what_is_new_comes_behind_what_is_there_and_what_was_taken_out_stays_out(desk: Desk) -> None:
    desk.offer("a", "b")
    desk.boards = (BOARD,)
    desk.run()

    def edited(text: str) -> str:
        start, end = text.index("### [Story a]"), text.index("### [Story b]")
        table = text.index("### Open index")
        text = text[:table] + text[text.index("\n| A", table) + len("\n| A     |\n") :]
        return text[:start] + text[end:].replace("Text b.", "My own words on b.") + "\n## Mine\n\nHand-made."

    text = desk.save(edited)
    assert "Open index" not in parse_issue(text).model_dump_json()
    desk.offer("c", "d", "e")
    made = desk.run()
    assert (made.added, made.kept) == (2, 1)
    assert desk.titles("wire", mailed=True) == ["b", "c", "d"]
    assert desk.titles("wire", mailed=False) == ["e"]
    assert desk.titles("boards") == []
    lines = iter(desk.draft.source.splitlines())
    assert all(line in lines for line in text.splitlines()), "each line stands there still, in its order"


def test_what_an_editor_typed_by_hand_is_not_put_in_again_nor_offered(desk: Desk) -> None:
    (given_,) = desk.offer("a")
    text = (
        f"---\npublication: tide\ntitle: T\nslug: {DAY}\ndate: {DAY}\n---\n\n"
        "## Mine {kind=links}\n\n### [By hand](http://www.wire.example/a/?utm_source=x)\n"
    )
    Editing(desk.database, desk.clock).import_issue(text, source="x", by=OPERATOR)
    made = desk.run()
    assert (made.added, made.kept, desk.draft.source, desk.draft.revision) == (0, 0, text, 1)
    with desk.database.read() as session:
        assert session.get_one(Candidate, given_.id).issue_id == made.issue_id


def test_an_address_that_two_sections_offer_stands_in_the_first_one_alone(desk: Desk) -> None:
    for section in ("papers", "wire"):
        add_candidate(desk.database, desk.clock, desk.home, "https://one.example/", section=section, title="One")
    desk.run()
    assert (desk.titles("wire"), desk.titles("papers")) == (["One"], [])


def test_of_what_says_much_the_same_one_is_mailed_also_in_the_next_run(desk: Desk) -> None:
    desk.offer("a", "b", cluster=1)
    desk.run()
    desk.offer("c", cluster=1)
    desk.offer("d")
    desk.run()
    assert desk.titles("wire", mailed=True) == ["a", "d"]
    assert desk.titles("wire", mailed=False) == ["b", "c"]


def test_two_stories_of_one_title_get_keys_of_their_own(desk: Desk) -> None:
    desk.offer("a", "b", "c", title="The same")
    desk.run()
    document = Document.model_validate(desk.draft.content)
    assert [item.key for item in document.sections[0].items] == ["the-same", "the-same-2", "the-same-3"]


def test_a_section_without_anything_keeps_its_heading_or_is_dropped_by_the_plan(desk: Desk) -> None:
    desk.offer("a")
    desk.run()
    assert "code" not in [each.slug for each in parse_issue(desk.draft.source).sections]
    desk.offer("r", section="code", attributes={"stars": 5, "language": "C"})
    desk.run()
    assert [each.slug for each in parse_issue(desk.draft.source).sections][-1] == "code"
    assert "{language=C stars=5}" in desk.draft.source


def test_nothing_is_begun_of_nothing_where_every_empty_section_is_dropped(
    database: Database, clock: SettableClock
) -> None:
    desk = desk_on(database, clock, [SectionPlan(slug="wire", title="Wire", drops_empty=True)])
    assert desk.run().issue_id is None
    with database.read() as session:
        assert session.scalar(select(func.count(Issue.id))) == 0


def test_a_dry_run_says_what_would_come_and_writes_nothing(desk: Desk) -> None:
    desk.offer("a", "b")
    made = desk.run(dry_run=True)
    assert (made.issue_id, made.slug, made.added) == (None, "2026-05-08", 2)
    with desk.database.read() as session:
        assert session.scalar(select(func.count(Issue.id))) == 0
        assert session.scalar(select(func.count(Candidate.id)).where(Candidate.issue_id.is_not(None))) == 0


def test_an_issue_of_that_day_that_is_no_draft_any_more_is_left_and_told(desk: Desk) -> None:
    desk.offer("a")
    desk.run()
    desk.save(lambda text: text.replace(LEAD_TO_WRITE, "A lead."))
    at = desk.clock.now() + timedelta(days=1)
    Publishing(desk.database, desk.clock, RENDERER, SETTINGS).schedule(desk.draft.id, at, despite=MEANT, by=OPERATOR)
    desk.offer("b")
    made = desk.run()
    assert made.told[-1] == "the issue '2026-05-08' is scheduled: nothing was put into it"
    assert (made.added, desk.titles("wire")) == (0, ["a"])


def test_a_draft_that_was_given_another_slug_is_known_again(desk: Desk) -> None:
    desk.offer("a")
    desk.run()
    desk.save(lambda text: text.replace("slug: 2026-05-08", "slug: week-19"))
    desk.offer("b")
    assert desk.run().slug == "week-19"
    assert desk.titles("wire") == ["a", "b"]


def test_what_stood_in_a_draft_that_was_deleted_is_offered_anew(desk: Desk) -> None:
    desk.offer("a")
    desk.run()
    Deleting(desk.database, desk.clock).delete(desk.draft.id, by=OPERATOR)
    desk.run()
    assert desk.titles("wire") == ["a"]


def test_the_shortlist_comes_first_and_what_was_dismissed_or_used_never(desk: Desk) -> None:
    desk.offer("a", "b")
    desk.offer("s", state=CandidateState.SHORTLISTED, rank_sum=1.0)
    desk.offer("x", state=CandidateState.DISMISSED)
    desk.offer("u", state=CandidateState.USED)
    desk.run()
    assert desk.titles("wire") == ["s", "a", "b"]


def test_someone_who_saves_meanwhile_loses_nothing(desk: Desk) -> None:
    desk.offer("a")
    desk.run()
    desk.offer("b")
    saved: list[str] = []

    class Meddled(Filling):
        """Saves by another hand just before the first try."""

        def add(self, *given_: Any, **more: Any) -> Issue:
            if not saved:
                saved.append(desk.save(lambda text: text.replace(LEAD_TO_WRITE, "Their lead.")))
            return super().add(*given_, **more)

    tool = Assembling(desk.database, desk.clock, Meddled(desk.database, desk.clock))
    assert tool.assemble(desk.home.id, DAY, by=OPERATOR).added == 1
    assert "Their lead." in desk.draft.source
    assert desk.titles("wire") == ["a", "b"]


def test_a_draft_that_changes_each_time_is_told_after_some_tries_and_nothing_is_marked(desk: Desk) -> None:
    desk.offer("a")
    desk.run()
    (new,) = desk.offer("b")

    class Meddled(Filling):
        def add(self, *given_: Any, **more: Any) -> Issue:
            desk.save(lambda text: text + "\nx\n")
            return super().add(*given_, **more)

    tool = Assembling(desk.database, desk.clock, Meddled(desk.database, desk.clock))
    with pytest.raises(ConflictError, match="changed each time"):
        tool.assemble(desk.home.id, DAY, by=OPERATOR)
    with desk.database.read() as session:
        assert session.get_one(Candidate, new.id).issue_id is None


def test_it_takes_the_right_to_write_which_the_clock_has_and_each_run_is_written_down(desk: Desk) -> None:
    desk.offer("a")
    with pytest.raises(ForbiddenError):
        desk.run(by=able())
    with pytest.raises(ForbiddenError):
        desk.run(by=able(), dry_run=True)
    desk.run(by=SCHEDULER)
    desk.offer("b")
    desk.run()
    with desk.database.read() as session:
        acts = [(each.action, each.actor) for each in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert [act for act, _ in acts] == ["issue.create", "issue.change"]
    assert desk.draft.written_by == OPERATOR.person


def test_today_is_the_day_of_the_publication(desk: Desk) -> None:
    desk.offer("a")
    assert desk.run(None).slug == desk.clock.now().date().isoformat()


def test_a_weekend_without_papers_is_told(desk: Desk) -> None:
    add_source(desk.database, desk.clock, desk.home, "arxiv", section="papers", kind=SourceKind.ARXIV)
    said = "Papers: arXiv announces nothing on the evenings of Friday and Saturday"
    desk.offer("a")
    assert said not in desk.run(DAY, dry_run=True).told
    assert said in desk.run(DAY + timedelta(days=1), dry_run=True).told
    assert said in desk.run(DAY + timedelta(days=2), dry_run=True).told
    assert said not in desk.run(DAY + timedelta(days=3), dry_run=True).told


def test_a_morning_of_very_long_texts_leaves_room_for_an_editor(database: Database, clock: SettableClock) -> None:
    plan = [SectionPlan(slug="papers", title="Papers", kind=SectionKind.PAPERS, mailed=2, kept=500)]
    desk = desk_on(database, clock, plan)
    desk.offer(*(f"p{n}" for n in range(120)), section="papers", text="A word of it. " * 1_400)
    made = desk.run()
    assert made.told[-1] == "Papers: no room for more; the file would be too large"
    assert 800_000 < len(desk.draft.source) < 950_000
    assert desk.run().added == 0


HANDS = st.lists(
    st.tuples(st.sampled_from(["cut", "double", "swap", "words", "crlf", "tail", "none"]), st.integers(0, 10**6), st.integers(0, 10**6)),
    max_size=4,
)  # fmt: skip


_NUMBERS = count()


def by_hand(text: str, edits: Sequence[tuple[str, int, int]]) -> str:
    """Change a text as hands might; what cannot be read any more is not kept."""
    for what, one, other in edits:
        lines = text.split("\n")
        body = next(n for n, line in enumerate(lines) if n and line == "---") + 1 if "\r" not in text else len(lines)
        if body >= len(lines):
            return text
        first, second = sorted((body + one % (len(lines) - body), body + other % (len(lines) - body)))
        match what:
            case "cut":
                del lines[first : second + 1]
            case "double":
                lines[second:second] = [
                    f"{line} again" if line.startswith("#") else line for line in lines[first:second]
                ]
            case "swap":
                lines[first], lines[second] = lines[second], lines[first]
            case "words":
                lines[first] = f"{lines[first]} *and* {{words=1}} <b>of</b> `mine"
            case "tail":
                lines += ["## Of mine", "", "```", "## no heading", "```", "- [x](https://m.example/)"]
        changed = "\r\n".join(lines) if what == "crlf" else "\n".join(lines)
        try:
            parse_issue(changed)
        except Exception:  # noqa: BLE001 - a text that nobody could save
            continue
        text = changed
    return text


@given(HANDS, st.lists(st.sampled_from(["wire", "papers", "code"]), max_size=6))
@settings(
    max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
def test_any_hand_made_change_survives_byte_for_byte_and_nothing_stands_twice(
    sqlite_database: Database, clock: SettableClock, edits: Sequence[tuple[str, int, int]], later: list[str]
) -> None:
    desk = desk_on(sqlite_database, clock, slug=f"tide-{next(_NUMBERS)}")
    for section in ("wire", "papers"):
        desk.offer(*(f"{section}{n}" for n in range(6)), section=section)
    desk.run()
    text = by_hand(desk.draft.source, edits)
    desk.save(lambda _: text)
    for place, section in enumerate(later):
        desk.offer(f"late{place}", section=section, rank_sum=500.0)
    desk.run()
    after = desk.draft.source
    lines = iter(after.splitlines(keepends=True))
    assert all(any(line in {other, other.rstrip("\r\n")} for other in lines) for line in text.splitlines(keepends=True))
    document = parse_issue(after)
    late = [item.url for each in document.sections for item in each.items if "/late" in item.url]
    assert len(late) == len(set(late))
    revision = desk.draft.revision
    assert (desk.run().added, desk.draft.revision, desk.draft.source) == (0, revision, after)
