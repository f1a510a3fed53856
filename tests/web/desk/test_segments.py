"""Segments are built at the desk from rows and groups of rows, with and without script; nothing is kept before Save is pressed."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import update

from newsletter.audience.keeping_fields import FieldWish
from newsletter.audience.segmenting import read_rule
from newsletter.bootstrap import Parts
from newsletter.model import FieldKind, Issue, Publication
from newsletter.model.segment import AllOf, AnyOf, HasTag, NoneOf
from newsletter.model.states import IssueState
from newsletter.web.desk.segment_form import GROUPS, SegmentForm, SegmentRow, form_of, read_form
from tests.parts.actors import OPERATOR
from tests.parts.ledger import add_issue, add_readers
from tests.web.seats import Browser

AT = "/desk/tide/segments"
ROWS = {
    "name": "Press in Ulm", "mode": "all",
    "r.0-kind": "tag", "r.0-key": "Press",
    "r.1-kind": "any",
    "r.1.0-kind": "field", "r.1.0-key": "city", "r.1.0-how": "is", "r.1.0-value": "ULM",
    "r.1.1-kind": "domain", "r.1.1-domain": "@Ulm.example",
    "r.2-kind": "none",
    "r.2.0-kind": "bounced", "r.2.0-days": "30",
}  # fmt: skip
RULE = {
    "rule": "all",
    "of": [
        {"rule": "tag", "key": "press"},
        {"rule": "any", "of": [
            {"rule": "field", "key": "city", "how": "is", "value": "ulm"},
            {"rule": "domain", "domain": "ulm.example"},
        ]},
        {"rule": "none", "of": [{"rule": "bounced", "days": 30}]},
    ],
}  # fmt: skip


def known(parts: Parts, home: Publication) -> None:
    parts.keeping_fields.add(home.id, FieldWish("City"), by=OPERATOR)
    readers = add_readers(parts.database, parts.clock, home, 3)
    for reader in readers[:2]:
        parts.describing_readers.describe(home.id, reader, {"city": "Ulm"}, ["Press"], by=OPERATOR)


def test_a_segment_is_kept_shown_changed_and_removed(parts: Parts, home: Publication, seated: Browser) -> None:
    known(parts, home)
    seated.post(AT, **ROWS)
    [kept] = parts.segmenting.all_of(home.id, by=OPERATOR)
    assert (kept.name, kept.rule) == ("Press in Ulm", RULE)
    page = seated.get(f"{AT}/{kept.id}").text
    assert "<strong>2</strong> active readers now" in page and "r…@readers.example" in page
    assert "reader0@readers.example" not in page
    assert "Press in Ulm" in seated.get(AT).text
    seated.post(f"{AT}/{kept.id}", **{"name": "Tagged", "mode": "any", "r.0-kind": "tag", "r.0-key": "press"})
    [kept] = parts.segmenting.all_of(home.id, by=OPERATOR)
    assert (kept.name, kept.rule["rule"], len(kept.rule["of"])) == ("Tagged", "any", 1)
    seated.post(f"{AT}/{kept.id}/remove")
    assert parts.segmenting.all_of(home.id, by=OPERATOR) == []


def test_rows_come_and_go_without_script_and_nothing_is_kept_meanwhile(
    parts: Parts, home: Publication, seated: Browser
) -> None:
    known(parts, home)
    page = seated.post(f"{AT}/build", **ROWS, do="add", add="language").text
    assert 'name="r.3-language"' in page and 'name="r.1.1-domain"' in page and 'value="Press"' in page
    page = seated.post(f"{AT}/build", **ROWS, **{"do": "add:1", "add-1": "joined"}).text
    assert 'name="r.1.2-since"' in page
    page = seated.post(f"{AT}/build", **ROWS, do="drop:1.0").text
    assert 'name="r.1.0-domain"' in page and "r.1.1" not in page
    page = seated.post(f"{AT}/build", **ROWS, do="drop:0").text
    assert 'name="r.0-kind"' in page and 'name="r.0.0-key"' in page and 'name="r.0-key"' not in page
    page = seated.post(f"{AT}/build", **ROWS, do="look").text
    assert "<strong>2</strong> active readers now" in page
    assert parts.segmenting.all_of(home.id, by=OPERATOR) == []


def test_what_is_wrong_is_said_and_stays_in_the_form(parts: Parts, home: Publication, seated: Browser) -> None:
    parts.keeping_fields.add(home.id, FieldWish("Trees", FieldKind.NUMBER), by=OPERATOR)
    typed = {"name": "X", "r.0-kind": "field", "r.0-key": "trees", "r.0-how": "above", "r.0-value": "many"}
    for at in (AT, f"{AT}/build"):
        answer = seated.post(at, **typed, do="look")
        assert 'role="alert"' in answer.text and 'value="many"' in answer.text
    assert seated.post(AT, **typed).status_code == 422
    assert seated.post(AT, **{**typed, "r.0-value": "3", "name": ""}).status_code == 422
    assert parts.segmenting.all_of(home.id, by=OPERATOR) == []


def test_a_segment_that_a_scheduled_issue_goes_to_does_not_vanish(
    parts: Parts, home: Publication, seated: Browser
) -> None:
    segment = parts.segmenting.add(home.id, "The press", HasTag(key="press"), by=OPERATOR)
    issue = add_issue(parts.database, parts.clock, home)
    with parts.database.write() as session:
        session.execute(update(Issue).where(Issue.id == issue.id).values(state=IssueState.DRAFT))
    parts.choosing_audience.choose(issue.id, segment.id, by=OPERATOR)
    assert "first" in seated.get(AT).text
    with parts.database.write() as session:
        session.execute(update(Issue).where(Issue.id == issue.id).values(state=IssueState.SCHEDULED))
    answer = seated.post(f"{AT}/{segment.id}/remove")
    assert answer.status_code == 409 and "is scheduled and goes to it" in answer.text
    assert len(parts.segmenting.all_of(home.id, by=OPERATOR)) == 1


def test_groups_that_lie_deeper_are_told_as_they_are(parts: Parts, home: Publication, seated: Browser) -> None:
    deep = AllOf(of=(AnyOf(of=(NoneOf(of=(HasTag(key="press"),)),)),))
    segment = parts.segmenting.add(home.id, "Deep", deep, by=OPERATOR)
    page = seated.get(f"{AT}/{segment.id}").text
    assert "deeper than this page shows" in page and "active readers now" in page


TEXTS = st.text(st.characters(categories=("L", "N", "P", "Zs")), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text
)
RULES = st.one_of(
    TEXTS.map(lambda key: {"rule": "tag", "key": key}),
    st.tuples(TEXTS, st.sampled_from(["is", "begins", "known"]), TEXTS).map(
        lambda told: {"rule": "field", "key": told[0], "how": told[1], "value": told[2]}
    ),
    st.dates(date(2000, 1, 1), date(2030, 1, 1)).map(lambda day: {"rule": "joined", "since": day.isoformat()}),
    st.integers(1, 3660).map(lambda days: {"rule": "bounced", "days": days}),
    st.integers(1, 9).map(lambda number: {"rule": "got", "issue_id": number}),
    st.just({"rule": "came by", "way": "form", "place": "form:podcast"}),
    st.sampled_from(["", "de"]).map(lambda tag: {"rule": "language", "language": tag}),
)
GROUPED = st.builds(
    lambda kind, of: {"rule": kind, "of": of}, st.sampled_from(sorted(GROUPS)), st.lists(RULES, max_size=4)
)
TOPS = st.builds(
    lambda kind, of: {"rule": kind, "of": of}, st.sampled_from(sorted(GROUPS)), st.lists(RULES | GROUPED, max_size=5)
)


@given(TOPS)
def test_a_rule_comes_back_from_its_form_as_it_was(told: dict) -> None:
    rule = read_rule(told)
    form = form_of("X", rule.model_dump(mode="json"))
    assert form is not None
    sent = {"name": form.name, "mode": form.group.kind}
    for path, row in _rows(form):
        sent |= {f"{path}-kind": row.kind} | {f"{path}-{name}": text for name, text in row.values.items()}
    assert read_rule(read_form(sent).group.told()) == rule


@given(
    st.dictionaries(
        st.text(max_size=12) | st.from_regex(r"r\.\d{1,2}(\.\d)?-(kind|key|how)", fullmatch=True),
        st.text(max_size=9) | st.sampled_from(["tag", "any", "field"]),
    ),
    st.text(max_size=6),
)
def test_whatever_is_sent_there_is_a_form(sent: dict[str, str], where: str) -> None:
    form = read_form(sent)
    form.drop(where)
    form.add("tag", where)
    form.group.told()


def _rows(form: SegmentForm) -> list[tuple[str, SegmentRow]]:
    found = []
    for number, row in enumerate(form.group.rows):
        found.append((f"r.{number}", row))
        found += [(f"r.{number}.{inner}", each) for inner, each in enumerate(row.rows)]
    return found
