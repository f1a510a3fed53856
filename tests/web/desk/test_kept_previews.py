"""What a process keeps from one keystroke to the next changes nothing: its answer is the one of a process that has just begun."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from newsletter.bootstrap import Parts
from newsletter.issues.sample import sample_text
from newsletter.model import Publication
from newsletter.model.brand import brand_of
from newsletter.rendering.kept_work import KeptWork
from newsletter.rendering.renderer import TrackingForm
from newsletter.web.desk.drafts import Draft, read

PIECES = (
    "Plain words, TK, and [a link](https://one.example/?utm_source=x).",
    "An ![image](https://two.example/a.png) in [![a link](https://two.example/b.png)](https://two.example/) of $x^2$.",
    "A note.[^n]\n\n[^n]: Said [there](https://three.example/).",
    "| Model | Score |\n|---|---:|\n| **one** | 1.5 |\n| two | [2](https://four.example/) |",
    "- a list of https://five.example/\n- <b>bold</b> <script>alert(1)</script> <!-- nothing -->\n\n> quoted",
    "::: note\nA callout with [words](https://six.example/).\n:::",
    "```python\nTODO = 1\n```\n\n#### A heading\n\n{{name}} :tada: \\alpha",
    "## Another\n\n### [An item](https://seven.example/)\n\nIts words.",
    "### Figures {#figures}\n\n| a | b[^m] |\n|---|---|\n| 1 | 2 |\n\n[^m]: of a table",
    "---",
    "",
)
EDITS = st.lists(
    st.tuples(st.sampled_from(["put in", "take out", "type"]), st.floats(0, 1), st.sampled_from(PIECES)),
    min_size=1,
    max_size=4,
)


def edited(lines: list[str], edit: tuple[str, float, str]) -> list[str]:
    """Return the lines after one edit: a piece put in, some lines taken out, or a word typed at the end of a line."""
    what, where, piece = edit
    at = int(where * (len(lines) - 1))
    match what:
        case "put in":
            return [*lines[:at], "", *piece.split("\n"), "", *lines[at:]]
        case "take out":
            return lines[:at] + lines[at + 1 + len(piece) % 4 :]
    return [*lines[:at], f"{lines[at]} {piece[:7]}", *lines[at + 1 :]]


def answer(parts: Parts, home: Publication, text: str) -> tuple[Any, ...]:
    """What is told of a text, and the mail and page that it becomes when it is sent."""
    found = read(parts, home, text)
    if not isinstance(found, Draft):
        return (found,)
    brand = brand_of(home, parts.settings.base_url)
    sent = parts.renderer.email(found.document, brand, byte_budget=20_000, form=TrackingForm.INDIVIDUAL, edition_id=7)
    return found, sent, parts.renderer.web(found.document, brand), parts.renderer.text(found.document, brand)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(edits=EDITS)
def test_a_process_that_keeps_its_work_answers_as_one_that_has_just_begun(
    parts: Parts, home: Publication, edits: list[tuple[str, float, str]]
) -> None:
    lines = re.sub(r"^publication: .*$", f"publication: {home.slug}", sample_text(), flags=re.MULTILINE).split("\n")
    for edit in edits:
        lines = edited(lines, edit)
        warm = answer(parts, home, "\n".join(lines))
        with pytest.MonkeyPatch.context() as bare:
            bare.setattr(KeptWork, "get", lambda *_: None)
            cold = answer(parts, home, "\n".join(lines))
        assert warm == cold
        again = answer(parts, home, "\n".join(lines))
        assert again == cold
