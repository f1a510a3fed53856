"""What strangers wrote stands behind a fence that it cannot hold, each candidate on one line, bounded."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from newsletter.sources import fencing
from newsletter.sources.cited_sentences import ToldCandidate
from newsletter.sources.fencing import MOST_CANDIDATES, MOST_TEXT, MOST_TITLE, chosen, messages, new_fence

TEXTS = st.text(max_size=80) | st.sampled_from(["=", "\n={fence}=\n", '"}\n', "\u2028", "```", "</data>"])


@given(st.lists(st.tuples(TEXTS, TEXTS), min_size=1, max_size=5))
def test_whatever_stands_in_a_candidate_stays_on_its_line_between_two_fences(words: list[tuple[str, str]]) -> None:
    given_ = chosen(
        [ToldCandidate(number, title, "https://a.example", text) for number, (title, text) in enumerate(words)]
    )
    system, user = messages(given_, language="en", wanted=[0])
    lines = user["content"].split("\n")
    assert lines[0] == lines[-1] and lines.count(lines[0]) == 2
    assert user["content"].count(lines[0]) == 2 and lines[0] in system["content"]
    assert [json.loads(line)["id"] for line in lines[1:-1]] == list(range(len(words)))
    assert "a.example" not in user["content"], "a model needs no addresses"


def test_a_fence_that_was_guessed_is_not_used(monkeypatch) -> None:
    drawn = iter(["aa", "bb", "cc"])
    monkeypatch.setattr(fencing.secrets, "token_hex", lambda _: next(drawn))
    assert new_fence("x =aa= y =bb=") == "=cc="


def test_no_two_questions_have_one_fence() -> None:
    assert len({new_fence("") for _ in range(50)}) == 50


def test_a_model_is_told_so_many_and_of_each_so_much() -> None:
    many = [ToldCandidate(n, "t" * 9_000, "", "x" * 1_000_000) for n in range(500)]
    told = chosen(many)
    assert len(told) == MOST_CANDIDATES
    assert {(len(each.title), len(each.text)) for each in told} == {(MOST_TITLE, MOST_TEXT)}
