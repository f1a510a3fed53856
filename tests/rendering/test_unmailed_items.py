"""Items that are not mailed: in the file and on pages of their own, and in no mail, text or issue page, which do not know of them."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.issues.listing import item_rows, link_rows
from newsletter.issues.parsing import parse_issue
from newsletter.issues.sameness import item_digest, text_digest
from newsletter.model import Issue
from newsletter.model.document import Document, LinkItem, PaperItem, TextItem
from newsletter.model.surroundings import Surroundings
from newsletter.rendering.markdown_file import write_markdown
from newsletter.rendering.renderer import TrackingForm
from tests.parts.documents import DOCUMENTS
from tests.rendering.documents import BRAND, BUDGET, RENDERER, document, section


def _without(doc: Document) -> Document:
    """The document as if those items had never been written."""
    sections = [
        each.model_dump() | {"items": [i.model_dump() for i in each.items if i.mailed]} for each in doc.sections
    ]
    return Document.model_validate(doc.model_dump() | {"sections": sections})


STORY = LinkItem(title="A story", url="https://a.example/")
MORE = LinkItem(title="One more", url="https://b.example/", body="See [there](https://c.example/).", mailed=False)


@given(DOCUMENTS, st.sampled_from(TrackingForm), st.sampled_from([BUDGET, 9_000]))
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_mail_text_and_page_are_those_of_the_issue_without_them(doc: Document, form: TrackingForm, budget: int) -> None:
    bare = _without(doc)
    assert RENDERER.email(doc, BRAND, byte_budget=budget, form=form) == RENDERER.email(
        bare, BRAND, byte_budget=budget, form=form
    )
    assert RENDERER.text(doc, BRAND) == RENDERER.text(bare, BRAND)
    assert RENDERER.web(doc, BRAND) == RENDERER.web(bare, BRAND)
    assert text_digest(doc) == text_digest(bare)


@given(DOCUMENTS)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_file_and_the_rows_of_the_archive_hold_them_all(doc: Document) -> None:
    read = parse_issue(write_markdown(doc))
    flags = [[item.mailed for item in each.items] for each in doc.sections]
    assert [[item.mailed for item in each.items] for each in read.sections] == flags
    rows = item_rows(Issue(id=1, publication_id=1), doc)
    assert [row.content["mailed"] for row in rows] == [flag for each in flags for flag in each]


def test_each_is_shown_alone() -> None:
    doc = document(sections=(section("links", STORY, MORE),))
    shown = RENDERER.web_item(doc, "links", MORE.key, BRAND)
    assert "https://b.example/" in shown and "https://c.example/" in shown


def test_they_take_no_number_of_a_link_not_even_for_an_address_that_is_mailed() -> None:
    elsewhere = MORE.model_copy(update={"url": "https://there.example/"})
    doc = document(lead="See [it](https://there.example/).", sections=(section("links", elsewhere, STORY),))
    mail = RENDERER.email(doc, BRAND, byte_budget=BUDGET)
    assert [(row.url, row.item_key) for row in link_rows(7, doc, mail)] == [
        ("https://there.example/", ""),
        ("https://a.example/", "a-story"),
    ]


def test_they_take_no_time_to_read() -> None:
    long = TextItem(title="Long", body="word " * 2_000, mailed=False)
    doc = document(sections=(section("essays", long, TextItem(title="Short", body="word")),))
    assert "min read" not in RENDERER.email(doc, BRAND, byte_budget=BUDGET).html


def test_a_section_of_them_alone_is_shown_as_an_empty_one_that_leads_to_its_page() -> None:
    doc = document(sections=(section("links", MORE, all_title="All links"),))
    around = Surroundings(filled=frozenset({"links"}))
    for shown in (
        RENDERER.web(doc, BRAND, around),
        RENDERER.email(doc, BRAND, byte_budget=BUDGET, around=around).html,
    ):
        assert f"{BRAND.base_url}/letter/all/links" in shown
        assert "One more" not in shown and "<h2" not in shown


def test_whether_an_item_is_mailed_changes_nothing_of_what_it_says() -> None:
    paper = PaperItem(title="On moss", body="Abstract.", category="q-bio")
    kept = paper.model_copy(update={"mailed": False})
    assert item_digest(paper) == item_digest(kept)
    known = "a53f0a"  # of the release before: a field that is new must not make all items look new
    assert item_digest(LinkItem(title="A story"))[:6] == known


def test_what_a_former_release_kept_under_that_name_is_let_go_and_the_item_was_mailed() -> None:
    read = TextItem.model_validate({"title": "Old", "attributes": {"mail": "no", "tldr": "x"}})
    assert (read.mailed, read.attributes) == (True, {"tldr": "x"})
