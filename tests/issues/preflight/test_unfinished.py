"""Words that a writer left to be done stop a send; words that only look like them do not."""

from __future__ import annotations

import pytest

from newsletter.issues.parsing import parse_issue
from newsletter.issues.unfinished import unfinished
from tests.issues.samples import issue_text


def _rules(words: str) -> list[str]:
    return [rule for rule, _, _ in unfinished(parse_issue(issue_text().replace("It opens in spring.", words)))]


@pytest.mark.parametrize(
    ("words", "rule"),
    [
        ("TK check the number", "TK"),
        ("It has TKTK rooms.", "TK"),
        ("(TK)", "TK"),
        ("It opens in TK.", "TK"),
        ("**TK**", "TK"),
        ("TODO ask Ben", "TODO"),
        ("todo: ask Ben", "TODO"),
        ("FIXME", "TODO"),
        ("Lorem ipsum and so on", "lorem"),
        ("lorem\nipsum", "lorem"),
        ("Dear {{ first_name }}", "merge-tag"),
        ("Dear {{first_name|default:'you'}}", "merge-tag"),
        ("Dear *|FNAME|*", "merge-tag"),
        ("{% if user %}Hello{% endif %}", "merge-tag"),
        ("Dear %%first_name%%", "merge-tag"),
        ("[leave](https://x.example.org/{{ id }})", "merge-tag"),
        ("costs $5 or {{ price }} or $6", "merge-tag"),
    ],
)
def test_what_was_left_to_be_done_is_found(words: str, rule: str) -> None:
    assert _rules(words) == [rule]


@pytest.mark.parametrize(
    "words",
    [
        "TKE grows, and TKO too.",
        "TK-421 and https://example.tk/TK and a@TK.example",
        "Shops such as TK Maxx.",
        "The tk toolkit, Tk and tkinter.",
        "A todo app, and todos; the todo-list.",
        "Mastodon, and metodo: nada.",
        "See TODO.md and docs/TODO for it.",
        "A chlorem ipsumer.",
        "`TK` and ``a ` {{ b }}`` in code",
        "```\n{{ user }} TODO\n```\nafter",
        "~~~\nTODO\n~~~",
        "before\n\n    TODO in a block\n\nafter",
        "The sum $x^{{n}}$ is small, and $$y_{{m}}$$ too.",
        "100% of {it}, 5%% more",
        "{ single } and {{}}",
    ],
)
def test_what_only_looks_like_it_is_left_alone(words: str) -> None:
    assert _rules(words) == []


@pytest.mark.parametrize("place", ["High water at noon.", "Springs and neaps", "Waves that meet", "The **moon**"])
def test_every_place_is_looked_at(place: str) -> None:
    text = issue_text().replace(place, f"{place} TK")
    assert [rule for rule, _, _ in unfinished(parse_issue(text))] == ["TK"]
