"""Words that a writer left to be done stop a send; words that only look like them do not."""

from __future__ import annotations

import pytest

from newsletter.issues.preflight.unfinished import MOST_OF_A_LINE, unfinished
from tests.issues.preflight.looks import inspected
from tests.issues.samples import issue_text


def _rules(words: str) -> list[str]:
    text = issue_text().replace("It opens in spring.", words)
    return [left.rule for left in unfinished(inspected(text))]


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
        ("{% if user %} Hello", "merge-tag"),
        ("Dear %%first_name%%", "merge-tag"),
        ("[leave](https://x.example.org/{{ id }})", "merge-tag"),
        ("costs $5 or {{ price }} or $6", "merge-tag"),
        ("Hello %name%, you", "merge-tag"),
        ("Hello %recipient.first_name%, you", "merge-tag"),
        ('Hello [[data:firstname:"reader"]], you', "merge-tag"),
        ("Hello [[FIRSTNAME]], you", "merge-tag"),
        ("Hello %FIRSTNAME%, you", "merge-tag"),
        ("from %Sender_Name%, you", "merge-tag"),
        ("Hello {FIRSTNAME}, you", "merge-tag"),
        ("Hello [FIRST_NAME], you", "merge-tag"),
        ("Hello @FIRSTNAME@, you", "merge-tag"),
        ("Hello %%=v(@first)=%%, you", "merge-tag"),
        ("Hello %%FirstName|there%%, you", "merge-tag"),
        ("Hello [firstname,fallback=reader], you", "merge-tag"),
        ("<unsubscribe>leave</unsubscribe>", "merge-tag"),
        ("or leave: [unsubscribe]", "merge-tag"),
        ("Hello [subscriber:firstname | default:reader], you", "merge-tag"),
        ("Hello {$subscriber.name}, you", "merge-tag"),
        ("Hello {!firstname_fix}, you", "merge-tag"),
        ('Hello {first_name, "there"}, you', "merge-tag"),
        ("Hello {contactfield=firstname|you}", "merge-tag"),
        ("Hello [%FirstName%], you", "merge-tag"),
        ("Hello <%= name %>, you", "merge-tag"),
        ("Hello ~Contact.FirstName~, you", "merge-tag"),
        ("A ` here.\n\nTK\n\nAnother ` there.", "TK"),
        ("It costs $$ here.\n\nTK\n\nIt costs $$ there.", "TK"),
        ("```make``` is a command.\n\nTK", "TK"),
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
        "- a list\n\n  ```\n  TODO\n\n  more\n  ```",
        "`TODO\nin two lines`",
        "before\n\n    TODO in a block\n\nafter",
        "The sum $x^{{n}}$ is small, and $$y_{{m}}$$ too.",
        "100% of {it}, 5%% more",
        "{ single } and {{}}",
        "see [[1]](https://a.example/) and [[note]](https://a.example/)",
        "the matrix [[1,2],[3,4]]",
        "https://a.example/%ad%20x%be%",
        "5% of it, and 10% more; %PATH% too",
        "the [CLS] and [MASK] tokens, [unsubscribe](https://a.example/) and {name}",
        "echo ${name}, {$x$}, a~B.C~d and f(x) = {!x}",
        "`[[name]] %name% %recipient.name% *|FNAME|* %%name%%`",
    ],
)
def test_what_only_looks_like_it_is_left_alone(words: str) -> None:
    assert _rules(words) == []


@pytest.mark.parametrize("place", ["High water at noon.", "Springs and neaps", "Waves that meet", "The **moon**"])
def test_every_place_is_looked_at(place: str) -> None:
    text = issue_text().replace(place, f"{place} TK")
    assert [left.rule for left in unfinished(inspected(text))] == ["TK"]


def _words(text: str) -> list[tuple[str, int]]:
    return [(left.words, left.line) for left in unfinished(inspected(text))]


def test_each_merge_tag_of_a_line_is_told_and_the_same_one_once() -> None:
    text = issue_text().replace(
        "It opens in spring.", "Dear {{ first }} {{ last }}, *|FNAME|* {{ first }}\nand %%name%%. TK TK"
    )
    told = _words(text)
    assert [words for words, _ in told if words != "TK"] == ["{{ first }}", "{{ last }}", "*|FNAME|*", "%%name%%"]
    assert [words for words, _ in told].count("TK") == 1
    lines = [line for words, line in told if words.startswith("{{")]
    assert lines[0] == lines[1] == next(line for words, line in told if words == "%%name%%") - 1


def test_each_merge_tag_of_a_title_and_of_an_address_is_told() -> None:
    text = issue_text().replace("A new pier", "{{ a }} and {{ b }}")
    assert [words for words, _ in _words(text)] == ["{{ a }}", "{{ b }}"]


def test_only_so_many_of_a_line_are_told() -> None:
    text = issue_text().replace("It opens in spring.", " ".join(f"%%n{n}%%" for n in range(500)))
    assert len(_words(text)) == MOST_OF_A_LINE
