from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from newsletter.sources.found import BrokenAnswerError, LimitedAnswerError, Reading
from newsletter.sources.kinds import github
from newsletter.sources.kinds.question import Question
from tests.parts.source_samples import sample
from tests.sources.mutating import mutated

NOW = datetime(2026, 5, 8, 21, tzinfo=UTC)


def repository(number: int = 1, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "full_name": f"owner/name-{number}",
        "html_url": f"https://github.com/owner/name-{number}",
        "description": "Does it",
        "language": "Python",
        "stargazers_count": 10,
        "forks_count": 2,
        "fork": False,
        "archived": False,
        "pushed_at": "2026-05-08T05:00:00Z",
    } | changes


def read(answer: Any, mapping: dict[str, Any] | None = None) -> Reading:
    content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    return github.read(content, Question("https://api.github.com/search/repositories", NOW, mapping))


def test_the_repositories_of_a_search_are_told_by_number() -> None:
    found = read(sample("github-search-day1.json"))
    assert [(each.key, each.title) for each in found.candidates] == [
        ("github:1001", "example-org/agent-plumb"),
        ("github:1002", "sample-labs/tiny-runtime"),
        ("github:1003", "example-org/no-language"),
        ("github:1006", "sample-labs/renamed-soon"),
    ]
    assert found.candidates[0].attributes["stars"] == 4210
    assert found.candidates[0].text == "Connects agents | tools, with tests"
    assert found.candidates[2].text == ""
    assert "language" not in found.candidates[2].attributes
    assert found.told == ("1 archived repository is left out", "1 fork is left out")
    assert found.stars == {"1001": 4210, "1002": 1800, "1003": 950, "1006": 500}


def test_archived_ones_and_forks_come_where_they_are_wished() -> None:
    found = read(sample("github-search-day1.json"), {"archived": True, "fork": True})
    assert len(found.candidates) == 6
    assert [each.attributes.get("archived") for each in found.candidates] == [None, None, None, True, None, None]
    assert found.told == ()


def test_a_list_of_repositories_and_one_alone_are_read_as_well() -> None:
    assert [each.key for each in read([repository(1), repository(2)]).candidates] == ["github:1", "github:2"]
    assert [each.key for each in read(repository(3)).candidates] == ["github:3"]


def test_an_answer_that_is_not_complete_says_so() -> None:
    found = read({"total_count": 9, "incomplete_results": True, "items": [repository()]})
    assert found.told == ("GitHub's search ran out of time: its answer is not complete",)


def test_no_repositories_are_no_fault() -> None:
    assert read({"total_count": 0, "incomplete_results": False, "items": []}) == Reading()


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("API rate limit exceeded for 192.0.2.1. (But here's the good news: ...)", None),
        ("You have exceeded a secondary rate limit. Please wait a few minutes before you try again.", 60.0),
        ("You have triggered an abuse detection mechanism.", 60.0),
    ],
)
def test_a_limit_is_no_empty_answer(message: str, seconds: float | None) -> None:
    with pytest.raises(LimitedAnswerError) as caught:
        read({"message": message, "documentation_url": "https://docs.github.com/rest"})
    assert caught.value.words.startswith("GitHub says: ")
    assert caught.value.seconds == seconds


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ({"message": "Bad credentials"}, "GitHub says: Bad credentials"),
        (
            {"message": "Validation Failed", "errors": [{"message": "no such user"}]},
            "GitHub says: Validation Failed (no such user)",
        ),
        ({"message": "Not Found", "errors": "x"}, "GitHub says: Not Found"),
        (b"<!doctype html><title>Trending</title>", "this is a page and not an answer of GitHub's interface"),
        (b"[" * 100_000, "this is no JSON"),
        (b"\xff\xfe\x00", "this is no JSON"),
        (7, "the answer is neither a search"),
        ({}, "the answer holds no repositories"),
        ([1, {"id": True, "full_name": "a/b"}], "none of the 2 entries is a repository"),
    ],
)
def test_what_is_no_answer_of_repositories_is_refused_in_words(answer: Any, words: str) -> None:
    with pytest.raises(BrokenAnswerError) as caught:
        read(answer)
    assert caught.value.words.startswith(words)


def test_what_does_not_fit_is_told_and_the_others_are_read() -> None:
    found = read(
        {"items": [None, repository(1), {"id": 2, "full_name": "no slash"}, repository(1, full_name="owner/other")]}
    )
    assert [each.key for each in found.candidates] == ["github:1"]
    assert found.told == (
        "repository 1 of the answer is left out: it is no object",
        "repository 3 of the answer is left out: it has no full_name of owner and name",
        "1 named twice in the answer: the first is taken",
    )


def test_figures_that_nobody_knows_are_left_out_and_never_nought() -> None:
    found = read(
        [repository(1, stargazers_count=None, forks_count="7", language=None, topics=None, pushed_at="yesterday")]
    )
    assert found.candidates[0].attributes == {}
    assert found.stars == {}


def test_a_description_is_words_and_an_address_leads_to_a_page() -> None:
    found = read(
        [repository(1, description="# A [link](https://x.example)\n<b>", html_url="javascript:alert(1)")]
    ).candidates[0]
    assert found.text == r"\# A \[link\](https:&#47;&#47;x.example) \<b>"
    assert found.url == "https://github.com/owner/name-1"


def test_it_knows_its_answers() -> None:
    assert github.sniff(sample("github-search-day1.json"), "")
    assert github.sniff(b'{"message": "Not Found", "documentation_url": "https://docs.github.com/rest"}', "")
    assert not github.sniff(sample("leaderboard-index-day1.json"), "https://board.example/data.json")
    assert not github.sniff(b"<rss/>", "https://api.github.com/feed")


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_whatever_became_of_an_answer_no_other_error_comes_of_it(data: st.DataObject) -> None:
    content = data.draw(mutated(json.dumps({"items": [repository(1), repository(2, archived=True)]}).encode()))
    try:
        found = read(content)
    except (BrokenAnswerError, LimitedAnswerError):
        return
    assert len({each.key for each in found.candidates}) == len(found.candidates)
