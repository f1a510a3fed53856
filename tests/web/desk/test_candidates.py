"""The desk's page of candidates: keep, dismiss, put into the draft, join, take apart, and undo each of them, without a script."""

from __future__ import annotations

import re
from html import unescape

import httpx
import pytest
from sqlalchemy import select

from newsletter.bootstrap import Parts
from newsletter.model import Candidate, Issue, Publication
from newsletter.model.rights import Role
from newsletter.model.states import CandidateState, IssueState
from newsletter.store.sources import candidates
from newsletter.web.app import create_app
from tests.issues.samples import add_publication
from tests.parts.looking import looking
from tests.sources.rows import add_candidate, add_sighting, add_source
from tests.web.seats import Browser, add_editor

PAGE = "/desk/tide/candidates"


@pytest.fixture
def offered(parts: Parts, home: Publication) -> list[Candidate]:
    """Three candidates of two sources, the best first."""
    lab, other = (add_source(parts.database, parts.clock, home, name) for name in ("lab", "other"))
    found = []
    for number, title in enumerate(("A <b>tide</b> table", "Nets, mended", "The pier at night")):
        more = {"title": title, "rank_sum": 9.0 - number, "rank_parts": [["weight", 3], ["recent", 6.0 - number]]}
        url = f"https://lab.example/{number}"
        row = add_candidate(parts.database, parts.clock, home, url, source_id=lab.id, text="So it is.", **more)
        add_sighting(parts.database, parts.clock, lab, row)
        found.append(row)
    add_sighting(parts.database, parts.clock, other, found[0], key="other", url="https://other.example/0")
    return found


def state(parts: Parts, candidate: Candidate) -> CandidateState:
    with parts.database.read() as session:
        return candidates.by_id(session, candidate.id).state


def undo_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return unescape(answer.headers["location"]).partition("undo=")[2]


def test_each_stands_there_with_its_host_its_sum_and_where_else_it_is(
    seated: Browser, offered: list[Candidate]
) -> None:
    page = unescape(seated.get(PAGE).text)
    titles = re.findall(r'class="title"[^>]*>(.*?)</a>', page)
    assert titles == [row.title for row in offered]
    assert "A <b>tide</b> table" not in seated.get(PAGE).text
    assert "lab.example" in page
    assert '<span class="sum">9.00</span> = weight 3 + recent 6' in page
    assert '<a href="https://other.example/0"' in page


@pytest.mark.parametrize(("word", "there"), [("dismiss", "dismissed"), ("shortlist", "shortlisted")])
def test_what_is_pressed_is_done_and_can_be_undone(
    parts: Parts, seated: Browser, offered: list[Candidate], word: str, there: str
) -> None:
    answer = seated.post(PAGE, one=f"{word} {offered[1].id}")
    assert state(parts, offered[1]) == there
    page = seated.get(f"{PAGE}?undo={undo_of(answer)}").text
    assert f"{there[:1].upper()}{there[1:]}: 1." in page
    assert seated.post(PAGE, act="back", back=undo_of(answer)).status_code == 303
    assert state(parts, offered[1]) is CandidateState.NEW
    again = seated.post(PAGE, act="back", back=undo_of(answer))
    assert (again.status_code, "nothing is to be undone" in again.text.lower()) == (409, True)


def test_several_are_ticked_and_a_second_press_of_one_that_moved_is_told(
    parts: Parts, seated: Browser, offered: list[Candidate]
) -> None:
    ids = [str(row.id) for row in offered[:2]]
    answer = seated.post(PAGE, act="dismiss", id=ids)
    assert [state(parts, row).value for row in offered] == ["dismissed", "dismissed", "new"]
    assert "Nets, mended" in unescape(seated.get(f"{PAGE}?show=dismissed").text)
    assert "Nets, mended" not in unescape(seated.get(PAGE).text)
    assert seated.post(PAGE, act="dismiss", id=ids).status_code == 409
    seated.post(PAGE, act="back", back=undo_of(answer))
    assert {state(parts, row) for row in offered} == {CandidateState.NEW}


def test_one_goes_into_the_draft_of_the_day_and_out_again(
    parts: Parts, seated: Browser, offered: list[Candidate], home: Publication
) -> None:
    answer = seated.post(PAGE, one=f"place {offered[2].id}")
    with parts.database.read() as session:
        placed = candidates.by_id(session, offered[2].id)
        issue = session.get_one(Issue, placed.issue_id)
        assert "[The pier at night](https://lab.example/2)" in issue.source
        assert "Nets, mended" not in issue.source
    assert f'href="/desk/tide/issues/{issue.id}"' in seated.get(PAGE).text
    seated.post(PAGE, act="back", back=undo_of(answer))
    with parts.database.read() as session:
        assert "pier at night" not in session.get_one(Issue, issue.id).source
        assert candidates.by_id(session, offered[2].id).issue_id is None


def test_what_is_dismissed_and_stands_in_a_draft_is_told_to_stay_there(
    parts: Parts, seated: Browser, offered: list[Candidate]
) -> None:
    seated.post(PAGE, one=f"place {offered[2].id}")
    told = "stays there until it is taken out"
    for row, is_told in ((offered[2], True), (offered[1], False)):
        answer = seated.post(PAGE, one=f"dismiss {row.id}")
        assert (told in seated.get(f"{PAGE}?undo={undo_of(answer)}").text) == is_told


def test_the_way_back_takes_out_what_this_press_put_in_and_nothing_else(
    parts: Parts, seated: Browser, offered: list[Candidate]
) -> None:
    seated.post(PAGE, one=f"place {offered[0].id}")
    answer = seated.post(PAGE, act="place", id=[str(row.id) for row in offered])
    assert undo_of(answer) == f"placed.{offered[1].id}-{offered[2].id}"
    seated.post(PAGE, act="back", back=undo_of(answer))
    with parts.database.read() as session:
        placed = [candidates.by_id(session, row.id).issue_id is not None for row in offered]
    assert placed == [True, False, False]


def test_what_was_dismissed_or_placed_in_another_tab_is_not_put_into_the_draft_and_told(
    parts: Parts, seated: Browser, offered: list[Candidate]
) -> None:
    seated.post(PAGE, one=f"dismiss {offered[0].id}")
    seated.post(PAGE, one=f"place {offered[1].id}")
    for row in offered[:2]:
        refused = seated.post(PAGE, one=f"place {row.id}")
        assert refused.status_code == 409
        assert "is not put into it: look at the candidates as they are now" in refused.text


def test_one_whose_section_is_planned_no_more_is_told(parts: Parts, seated: Browser, home: Publication) -> None:
    row = add_candidate(parts.database, parts.clock, home, "https://lab.example/x", section="videos")
    refused = seated.post(PAGE, one=f"place {row.id}")
    assert (refused.status_code, "not planned any more" in refused.text) == (409, True)


def test_the_way_back_leaves_what_somebody_chose_meanwhile(
    parts: Parts, seated: Browser, offered: list[Candidate]
) -> None:
    answer = seated.post(PAGE, act="dismiss", id=[str(row.id) for row in offered[:2]])
    for word in ("reopen", "shortlist"):
        seated.post(PAGE, one=f"{word} {offered[0].id}")
    assert seated.post(PAGE, act="back", back=undo_of(answer)).status_code == 303
    assert [state(parts, row).value for row in offered[:2]] == ["shortlisted", "new"]


def test_an_issue_of_today_that_is_scheduled_is_left_and_told(
    parts: Parts, seated: Browser, offered: list[Candidate]
) -> None:
    seated.post(PAGE, one=f"place {offered[0].id}")
    with parts.database.write() as session:
        session.scalars(select(Issue)).one().state = IssueState.SCHEDULED
    for page, pressed in ((f"{PAGE}/assemble", {}), (PAGE, {"one": f"place {offered[1].id}"})):
        refused = seated.post(page, **pressed)
        assert (refused.status_code, "is scheduled: nothing was put into it" in refused.text) == (409, True)


def test_what_one_source_offers_is_chosen_on_the_page_and_sections_tell_how_many_they_have(
    seated: Browser, offered: list[Candidate]
) -> None:
    page = unescape(seated.get(PAGE).text)
    assert 'From the Wire <span class="many">3</span>' in page
    assert '<option value="2">other</option>' in page
    page = unescape(seated.get(f"{PAGE}?source=2&section=wire").text)
    assert '<option value="2" selected>other</option>' in page
    assert page.count('class="title"') == 1
    assert f'<a href="{PAGE}?section=wire">Show those of all sources</a>' in page
    assert 'class="many"' not in page


def test_more_than_a_hundred_are_counted_no_further(parts: Parts, seated: Browser, home: Publication) -> None:
    for number in range(101):
        add_candidate(parts.database, parts.clock, home, f"https://many.example/{number}")
    assert 'From the Wire <span class="many">99+</span>' in seated.get(PAGE).text


def test_what_was_changed_by_hand_is_not_taken_out(parts: Parts, seated: Browser, offered: list[Candidate]) -> None:
    answer = seated.post(PAGE, one=f"place {offered[2].id}")
    with parts.database.write() as session:
        issue = session.get_one(Issue, candidates.by_id(session, offered[2].id).issue_id)
        issue.source = kept = issue.source.replace("So it is.", "So it is, and more.")
    refused = seated.post(PAGE, act="back", back=undo_of(answer))
    assert refused.status_code == 409
    assert "changed by hand" in refused.text
    with parts.database.read() as session:
        assert session.get_one(Issue, issue.id).source == kept


def test_two_become_one_and_two_again(parts: Parts, seated: Browser, offered: list[Candidate]) -> None:
    answer = seated.post(PAGE, act="join", id=[str(row.id) for row in offered[1:]])
    assert unescape(seated.get(PAGE).text).count('class="title"') == 2
    assert "They are one from now on." in seated.get(f"{PAGE}?undo={undo_of(answer)}").text
    seated.post(PAGE, act="back", back=undo_of(answer))
    assert unescape(seated.get(PAGE).text).count('class="title"') == 3


def test_what_two_sources_offer_is_taken_apart(seated: Browser, offered: list[Candidate]) -> None:
    [sighting] = re.findall(r'value="(apart \d+)"', seated.get(PAGE).text)[1:]
    answer = seated.post(PAGE, one=sighting)
    assert answer.headers["location"].endswith("done=apart")
    [offered_part] = re.findall(
        r'<div id="offered">(.*)</main>', seated.get(answer.headers["location"]).text, re.DOTALL
    )
    assert "Taken apart: they are two from now on." in offered_part, "it is said where the script draws anew"
    assert unescape(seated.get(PAGE).text).count('class="title"') == 4


def test_a_press_of_the_button_assembles_the_draft_of_the_day(
    parts: Parts, seated: Browser, offered: list[Candidate]
) -> None:
    answer = seated.post(f"{PAGE}/assemble")
    assert answer.headers["location"].endswith("?done=assembled")
    draft = seated.get(answer.headers["location"]).text
    assert all(row.url in unescape(draft) for row in offered)
    assert seated.post(f"{PAGE}/assemble").headers["location"].endswith("?done=unchanged")


@pytest.mark.parametrize(
    "pressed",
    [
        {},
        {"act": "dismiss"},
        {"one": "burn 1"},
        {"one": "dismiss 999999"},
        {"act": "apart", "id": "1"},
        {"act": "back"},
    ],
)
def test_a_press_that_means_nothing_changes_nothing_and_is_told(
    parts: Parts, seated: Browser, offered: list[Candidate], pressed: dict[str, str]
) -> None:
    answer = seated.post(PAGE, **pressed)
    assert answer.status_code in {404, 422}
    assert "mistake" in answer.text
    assert {state(parts, row) for row in offered} == {CandidateState.NEW}


def test_a_candidate_of_another_publication_is_not_touched(
    parts: Parts, seated: Browser, offered: list[Candidate]
) -> None:
    other = add_publication(parts.database, "harbour")
    foreign = add_candidate(parts.database, parts.clock, other, "https://far.example/1")
    for pressed in ({"one": f"dismiss {foreign.id}"}, {"act": "back", "back": f"dismissed.{foreign.id}n"}):
        assert seated.post(PAGE, **pressed).status_code == 422
    assert state(parts, foreign) is CandidateState.NEW


def test_an_analyst_sees_them_and_has_no_button(parts: Parts, home: Publication, offered: list[Candidate]) -> None:
    analyst = Browser(create_app(parts))
    analyst.take_seat(parts, add_editor(parts, "bo@tide.example", role=Role.ANALYST))
    page = analyst.get(PAGE).text
    assert "Nets, mended" in unescape(page)
    assert 'name="one"' not in page
    assert analyst.post(PAGE, one=f"dismiss {offered[0].id}").status_code == 403
    assert state(parts, offered[0]) is CandidateState.NEW


def test_a_page_costs_the_same_however_many_candidates_there_are(
    parts: Parts, seated: Browser, home: Publication
) -> None:
    source = add_source(parts.database, parts.clock, home, "many")

    def add(first: int, last: int) -> None:
        with parts.database.write() as session:
            now = parts.clock.now()
            session.add_all(
                Candidate(
                    publication_id=home.id,
                    section="wire",
                    source_id=source.id,
                    key=f"many.example/{number}",
                    title=f"Number {number}",
                    first_seen=now,
                    last_seen=now,
                    rank_sum=float(number % 97),
                )
                for number in range(first, last)
            )

    def steps() -> int:
        seated.get(PAGE)
        with looking(parts.database, "candidates") as counted:
            assert "Further" in seated.get(PAGE).text
        return counted[0]

    add(0, 200)
    few = steps()
    add(200, 6_000)
    assert steps() < 1.5 * few
