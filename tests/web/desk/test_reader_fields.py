"""The page of fields, and what is noted of a reader."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from newsletter.audience.keeping_fields import FieldWish
from newsletter.bootstrap import Parts
from newsletter.errors import ForbiddenError, InputError
from newsletter.model import AuditEntry, FieldKind, FieldValue, Publication, Subscription
from newsletter.model.rights import Right
from newsletter.model.segment import FieldIs
from tests.issues.samples import issue_text
from tests.parts.actors import OPERATOR, able
from tests.parts.ledger import add_readers
from tests.web.seats import Browser

AT = "/desk/tide/fields"
AS_SCRIPT = {"accept": "application/json"}


def listed(parts: Parts, home: Publication) -> list[tuple[str, str, str]]:
    return [(each.key, each.title, each.kind.value) for each in parts.keeping_fields.listed(home.id)]


def test_fields_are_added_changed_put_in_order_and_removed(parts: Parts, home: Publication, seated: Browser) -> None:
    assert "No field yet." in seated.get(AT).text
    seated.post(AT, title="City", kind="text", on_form="1", required="1")
    seated.post(AT, title="Size of shirt", kind="choice", choices="S\nM\nL\nM\n")
    assert listed(parts, home) == [("city", "City", "text"), ("size_of_shirt", "Size of shirt", "choice")]
    city, size = parts.keeping_fields.listed(home.id)
    assert size.choices == "S\nM\nL" and city.on_form and city.required and not size.on_form
    seated.post(f"{AT}/{size.id}/move", to="up")
    seated.post(f"{AT}/{city.id}", title="Your <town>", kind="number")
    assert listed(parts, home) == [("size_of_shirt", "Size of shirt", "choice"), ("city", "Your <town>", "number")]
    assert "Your &lt;town&gt;" in seated.get(AT).text
    seated.post(f"{AT}/{city.id}/remove")
    assert [key for key, *_ in listed(parts, home)] == ["size_of_shirt"]
    with parts.database.read() as session:
        noted = [each.action for each in session.scalars(select(AuditEntry).order_by(AuditEntry.id))]
    assert [each for each in noted if each.startswith("field.")] == [
        *["field.add"] * 2, "field.move", "field.change", "field.remove",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "typed",
    [
        {"title": ""},
        {"title": "City"},
        {"title": "Name"},
        {"title": "X", "kind": "choice"},
        {"title": "X", "kind": "?"},
    ],
)
def test_what_is_refused_stays_in_its_form(
    parts: Parts, home: Publication, seated: Browser, typed: dict[str, str]
) -> None:
    parts.keeping_fields.add(home.id, FieldWish("City"), by=OPERATOR)
    answer = seated.post(AT, **typed)
    assert answer.status_code in {409, 422} and 'role="alert"' in answer.text
    assert len(listed(parts, home)) == 1


def test_a_field_with_values_keeps_its_kind_and_one_that_a_segment_asks_for_stays(
    parts: Parts, home: Publication, seated: Browser
) -> None:
    field = parts.keeping_fields.add(home.id, FieldWish("City"), by=OPERATOR)
    (reader,) = add_readers(parts.database, parts.clock, home, 1)
    parts.describing_readers.describe(home.id, reader, {"city": "Ulm"}, by=OPERATOR)
    assert seated.post(f"{AT}/{field.id}", title="City", kind="number").status_code == 409
    parts.segmenting.add(home.id, "In Ulm", FieldIs(key="city", value="Ulm"), by=OPERATOR)
    answer = seated.post(f"{AT}/{field.id}/remove")
    assert answer.status_code == 409 and "In Ulm" in answer.text


def test_what_is_noted_of_a_reader_is_read_by_kind_and_a_mistake_stores_nothing(
    parts: Parts, home: Publication, seated: Browser
) -> None:
    for wish in (
        FieldWish("City"),
        FieldWish("Size", FieldKind.CHOICE, ("S", "M")),
        FieldWish("Trees", FieldKind.NUMBER),
    ):
        parts.keeping_fields.add(home.id, wish, by=OPERATOR)
    (reader,) = add_readers(parts.database, parts.clock, home, 1)
    page, at = f"/desk/tide/readers/{reader}", f"/desk/tide/readers/{reader}/known"
    told = {"field-city": "Ulm <b>", "field-size": "m", "field-trees": "7", "tags": "Press, early , press"}
    assert seated.post(at, **told).headers["location"].startswith(page)
    known = parts.describing_readers.known_of(home.id, reader, by=OPERATOR)
    assert dict(known.values) == {"city": "Ulm <b>", "size": "M", "trees": "7"}
    assert [tag.casefold() for tag in known.tags] == ["early", "press"] or list(known.tags) == ["Press", "early"]
    assert 'value="Ulm &lt;b&gt;"' in seated.get(page).text
    answer = seated.post(at, **{**told, "field-city": "", "field-trees": "many"})
    assert answer.status_code == 422 and "many" in answer.text
    assert dict(parts.describing_readers.known_of(home.id, reader, by=OPERATOR).values) == dict(known.values)
    seated.post(at, **{"field-city": "", "field-size": "S", "field-trees": "", "tags": ""})
    known = parts.describing_readers.known_of(home.id, reader, by=OPERATOR)
    assert (dict(known.values), list(known.tags)) == ({"size": "S"}, [])


def test_only_who_manages_the_audience_notes_anything(parts: Parts, home: Publication) -> None:
    (reader,) = add_readers(parts.database, parts.clock, home, 1)
    field = parts.keeping_fields.add(home.id, FieldWish("City"), by=OPERATOR)
    writer = able(Right.READ, Right.WRITE, Right.SEE_PEOPLE)
    for refused in (
        lambda: parts.describing_readers.describe(home.id, reader, {"city": "Ulm"}, by=writer),
        lambda: parts.keeping_fields.add(home.id, FieldWish("X"), by=writer),
        lambda: parts.keeping_fields.change(field.id, FieldWish("X"), by=writer),
        lambda: parts.keeping_fields.move(field.id, up=True, by=writer),
        lambda: parts.keeping_fields.remove(field.id, by=writer),
    ):
        with pytest.raises(ForbiddenError):
            refused()
    with pytest.raises(InputError, match="no such field"):
        parts.describing_readers.describe(home.id, reader, {"town": "Ulm"}, by=OPERATOR)
    with parts.database.read() as session:
        assert list(session.scalars(select(FieldValue))) == []
        assert session.scalars(select(Subscription)).one().state == "active"


def test_the_preview_as_a_reader_shows_theirs_and_that_of_anybody_the_fallback(
    parts: Parts, home: Publication, seated: Browser
) -> None:
    parts.keeping_fields.add(home.id, FieldWish("City"), by=OPERATOR)
    (reader,) = add_readers(parts.database, parts.clock, home, 1)
    parts.describing_readers.describe(home.id, reader, {"city": "Bonn <b>"}, by=OPERATOR)
    text = issue_text().replace("\n---\n", "\n---\n\nIn {{city|our town}} it rains.\n", 1)
    issue = parts.editing.import_issue(text, source="x.md", by=OPERATOR)
    at, typed = f"/desk/tide/issues/{issue.id}/preview", {"text": text, "revision": "1"}
    shown = seated.post(at, headers=AS_SCRIPT, **typed).json()["page"]
    assert "In our town it rains." in shown
    shown = seated.post(at, headers=AS_SCRIPT, reader="reader0@readers.example", **typed).json()["page"]
    assert "In Bonn &lt;b&gt; it rains." in shown
