"""Preflight of merge fields: one without a fallback, in a title or in an address, and one that names no field of the readers."""

from __future__ import annotations

import pytest

from newsletter.audience.keeping_fields import FieldKeeping, FieldWish
from newsletter.clock import SettableClock
from newsletter.issues.editing import Editing
from newsletter.issues.publishing import Publishing, RefusedError
from newsletter.store.database import Database
from tests.issues.samples import RENDERER, SETTINGS, add_publication, issue_text
from tests.parts.actors import OPERATOR


def refused(database: Database, clock: SettableClock, words: str, **replaced: str) -> list[tuple[str, int, str]]:
    home = add_publication(database)
    FieldKeeping(database, clock).add(home.id, FieldWish("Home town"), by=OPERATOR)
    text = issue_text().replace("The **moon**", f"{words}\n\nThe **moon**")
    for old, new in replaced.items():
        text = text.replace(old, new)
    issue = Editing(database, clock).import_issue(text, source="x.md", by=OPERATOR)
    try:
        Publishing(database, clock, RENDERER, SETTINGS).schedule(
            issue.id, clock.now(), despite=["other-date"], by=OPERATOR
        )
    except RefusedError as error:
        return [(each.rule, each.line, each.remedy) for each in error.findings]
    return []


def test_known_fields_with_fallbacks_pass_in_texts_and_subject(database: Database, clock: SettableClock) -> None:
    subject = {"subject: Springs and neaps": 'subject: "{{home_town|Neaps}}"'}
    assert refused(database, clock, "{{home_town|x}} {{name|}} {{address|you}} `{{what|x}}`", **subject) == []


@pytest.mark.parametrize(
    ("words", "rule", "remedy"),
    [
        ("First\n{{home_twon|x}}", "unknown-field", "did you mean home_town?"),
        ("First\n{{name}}", "merge-tag", "write {{name|there}}"),
        ("First\n[x](https://a.example/{{name|y}})", "merge-tag", "not in titles and addresses"),
    ],
)
def test_what_nothing_fills_stops_it_with_its_line_and_a_remedy(
    database: Database, clock: SettableClock, words: str, rule: str, remedy: str
) -> None:
    [(found, line, told)] = refused(database, clock, words)
    text = issue_text().replace("The **moon**", f"{words}\n\nThe **moon**").split("\n")
    assert (found, text[line - 1]) == (rule, words.split("\n")[1]) and remedy in told


def test_a_title_takes_no_merge_field(database: Database, clock: SettableClock) -> None:
    [(found, _, told)] = refused(database, clock, "x", **{"title: The Tide Table": 'title: "{{name|x}}"'})
    assert found == "merge-tag" and "not in titles" in told
