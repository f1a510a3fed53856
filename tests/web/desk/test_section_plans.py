"""The desk's page of sections and the hour: each section changed by itself, moved, taken out and added; the hour for whoever manages."""

from __future__ import annotations

from html import unescape

import pytest

from newsletter.bootstrap import Parts
from newsletter.model import Publication
from newsletter.model.rights import Role
from newsletter.model.section_plan import USUAL_PLAN, SectionPlan
from newsletter.store.publications import publications
from newsletter.web.app import create_app
from tests.sources.rows import add_source
from tests.web.seats import Browser, add_editor

PAGE = "/desk/tide/sources/plan"
WIRE = {"slug": "wire", "title": "From the Wire", "all_title": "All feeds", "mailed": "12", "kept": "50"}


def plan(parts: Parts, home: Publication) -> tuple[SectionPlan, ...]:
    return parts.section_keeping.planned(home.id)


def slugs(parts: Parts, home: Publication) -> list[str]:
    return [each.slug for each in plan(parts, home)]


def test_a_section_is_changed_in_what_its_form_says(parts: Parts, seated: Browser, home: Publication) -> None:
    typed = WIRE | {"act": "save", "title": "Wire", "mailed": "3", "kept": "7", "drops_empty": "yes"}
    assert seated.post(PAGE, **typed).headers["location"] == f"{PAGE}?done=plan-saved"
    assert plan(parts, home)[1] == USUAL_PLAN[1].model_copy(
        update={"title": "Wire", "mailed": 3, "kept": 7, "drops_empty": True}
    )
    assert 'value="3"' in seated.get(PAGE).text


@pytest.mark.parametrize(
    ("act", "slug", "place"), [("up", "wire", 0), ("down", "wire", 2), ("up", "labs", 0), ("down", "repositories", 4)]
)
def test_a_section_is_moved_one_place_and_never_off_the_list(
    parts: Parts, seated: Browser, home: Publication, act: str, slug: str, place: int
) -> None:
    assert seated.post(PAGE, act=act, slug=slug).status_code == 303
    assert slugs(parts, home).index(slug) == place
    assert sorted(slugs(parts, home)) == sorted(each.slug for each in USUAL_PLAN)


def test_one_is_added_and_taken_out_and_one_that_sources_fill_stays(
    parts: Parts, seated: Browser, home: Publication
) -> None:
    assert seated.post(PAGE, act="add", slug="videos", kind="links", mailed="2", kept="0").status_code == 303
    assert plan(parts, home)[-1].title == "Videos"
    assert seated.post(PAGE, act="drop", slug="videos").status_code == 303
    assert "videos" not in slugs(parts, home)
    add_source(parts.database, parts.clock, home, "lab")
    refused = seated.post(PAGE, act="drop", slug="wire")
    assert (refused.status_code, "fill it" in refused.text) == (409, True)
    assert "wire" in slugs(parts, home)


@pytest.mark.parametrize(
    ("typed", "status", "told"),
    [
        ({"act": "save", "mailed": "many"}, 422, "is no number"),
        ({"act": "save", "mailed": "101"}, 422, "100"),
        ({"act": "save", "slug": "videos"}, 404, "is not there any more"),
        ({"act": "up", "slug": "videos"}, 404, "is not there any more"),
        ({"act": "add", "kind": "links"}, 409, "already"),
        ({"act": "add", "slug": "No Slug", "kind": "links"}, 422, "see docs/sources.md"),
        ({"act": "add", "slug": "letters", "kind": "sponsor"}, 422, "source fills a section of kind sponsor"),
        ({"act": "burn"}, 422, "no such button"),
    ],
)
def test_a_mistake_changes_nothing_and_is_told_beside_what_was_typed(
    parts: Parts, seated: Browser, home: Publication, typed: dict[str, str], status: int, told: str
) -> None:
    answer = seated.post(PAGE, **(WIRE | {"title": "A & B"} | typed))
    assert (answer.status_code, told in unescape(answer.text)) == (status, True)
    assert plan(parts, home) == USUAL_PLAN
    if typed["act"] == "add" or typed.get("mailed"):
        assert 'value="A &amp; B"' in answer.text


def test_the_hour_is_set_and_taken_away_by_whoever_manages(parts: Parts, seated: Browser, home: Publication) -> None:
    def hour() -> str:
        with parts.database.read() as session:
            return publications.by_id(session, home.id).gather_at

    assert seated.post(f"{PAGE}/hour", gather_at="05:30").status_code == 303
    assert hour() == "05:30"
    assert "Asked every day at 05:30" in seated.get("/desk/tide/sources").text
    assert seated.post(f"{PAGE}/hour", gather_at="25:00").status_code == 422
    assert hour() == "05:30"
    assert seated.post(f"{PAGE}/hour", gather_at="").status_code == 303
    assert hour() == ""


def test_an_editor_plans_and_chooses_no_hour_and_an_analyst_looks(parts: Parts, home: Publication) -> None:
    for role, forms in ((Role.EDITOR, True), (Role.ANALYST, False)):
        there = Browser(create_app(parts))
        there.take_seat(parts, add_editor(parts, f"{role}@tide.example", role=role))
        page = there.get(PAGE).text
        assert ('name="mailed"' in page, "gather_at" in page) == (forms, False)
        assert there.post(f"{PAGE}/hour", gather_at="05:30").status_code == 403
        assert there.post(PAGE, **WIRE, act="save").status_code == (303 if forms else 403)
