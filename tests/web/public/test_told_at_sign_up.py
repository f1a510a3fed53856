"""Fields in the sign-up form: asked for by their kind, told beside what is wrong, and brought in by the link of their own mail alone."""

from __future__ import annotations

import re

import httpx
import pytest
from sqlalchemy import select

from newsletter.audience.keeping_fields import FieldWish
from newsletter.bootstrap import Parts
from newsletter.model import FieldKind, FieldValue, Notice, Publication, SignUp, ToldValues
from tests.parts.actors import OPERATOR
from tests.web.places import Visitor
from tests.web.public.test_subscribe import FORM, all_of, answer_all, confirm_path, send_form, soup

PIP = "pip@pear.example"


@pytest.fixture
def fields(parts: Parts, orchard: Publication) -> None:
    """A field of each kind in the form, and one that only the desk knows."""
    wishes = (
        FieldWish("City", on_form=True, required=True),
        FieldWish("Trees", FieldKind.NUMBER, on_form=True),
        FieldWish("Born", FieldKind.DATE, on_form=True),
        FieldWish("Fruit", FieldKind.CHOICE, ("Apple & Pear", "Plum"), on_form=True),
        FieldWish("Grower", FieldKind.YES_NO, on_form=True),
        FieldWish("Rating"),
    )
    for wish in wishes:
        parts.keeping_fields.add(orchard.id, wish, by=OPERATOR)


def values(parts: Parts) -> dict[str, str]:
    with parts.database.read() as session:
        known = parts.keeping_fields.listed(1)
        keys = {field.id: field.key for field in known}
        return {keys[row.field_id]: row.text for row in session.scalars(select(FieldValue))}


def sign_up(visitor: Visitor, parts: Parts, address: str = PIP, **told: str) -> httpx.Response:
    more = {"field-city": "Ulm"} | {f"field-{key}": text for key, text in told.items()}
    return send_form(visitor, parts, address, **more)


@pytest.mark.usefixtures("fields")
def test_the_form_asks_for_each_kind_with_a_label_and_keeps_what_the_desk_alone_knows_to_itself(
    visitor: Visitor,
) -> None:
    page = soup(visitor.get(FORM))
    named = {str(each["name"]): each for each in page.select("[name^=field-]")}
    assert list(named) == ["field-city", "field-trees", "field-born", "field-fruit", "field-grower"]
    assert [each.name for each in named.values()] == ["input", "input", "input", "select", "select"]
    assert named["field-born"]["type"] == "date" and named["field-city"].has_attr("required")
    assert [option.text for option in named["field-fruit"].select("option")] == ["", "Apple & Pear", "Plum"]
    assert all(page.select_one(f'label[for="{each["id"]}"]') for each in named.values())


@pytest.mark.usefixtures("fields")
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(visitor: Visitor, parts: Parts) -> None:
    told = {"city": "", "trees": "many", "born": "someday", "fruit": "Fig", "grower": "perhaps"}
    answer = sign_up(visitor, parts, **told)
    page = soup(answer)
    assert answer.status_code == 422 and all_of(parts, SignUp) == []
    for key in told:
        input_ = page.select_one(f"#field-{key}")
        assert input_["aria-invalid"] == "true"
        assert page.select_one(f"#{input_['aria-describedby']}").text.startswith("Please ")
    assert page.select_one("#field-trees")["value"] == "many" and page.select_one("#address")["value"] == PIP


@pytest.mark.usefixtures("fields")
def test_values_come_in_when_their_own_link_is_followed_and_not_before(visitor: Visitor, parts: Parts) -> None:
    sign_up(visitor, parts, trees="12.5", born="2001-05-09", fruit="plum", grower="yes", rating="9")
    path = confirm_path(parts)
    assert values(parts) == {}
    visitor.post(path)
    assert values(parts) == {"city": "Ulm", "trees": "12.5", "born": "2001-05-09", "fruit": "Plum", "grower": "yes"}
    assert all_of(parts, ToldValues) == []


@pytest.mark.usefixtures("fields")
def test_a_stranger_who_signs_somebody_up_changes_nothing_that_is_known_of_them(visitor: Visitor, parts: Parts) -> None:
    sign_up(visitor, parts)
    mine = confirm_path(parts)
    parts.clock.sleep(60)
    sign_up(visitor, parts, city="Nowhere", trees="666")  # a stranger, while the owner has not confirmed
    answer_all(parts)
    visitor.post(mine)
    assert values(parts) == {"city": "Ulm"}
    parts.clock.sleep(60)
    sign_up(visitor, parts, city="Elsewhere")  # and once more, now that they are a reader
    answer_all(parts)
    for notice in all_of(parts, Notice):
        for link in re.findall(r"http://news\.test(/confirm/[\w-]+)", notice.text):
            visitor.post(link)
    assert values(parts) == {"city": "Ulm"}


@pytest.mark.usefixtures("fields")
def test_what_was_told_and_never_confirmed_is_forgotten(visitor: Visitor, parts: Parts) -> None:
    sign_up(visitor, parts)
    answer_all(parts)
    assert [row.told for row in all_of(parts, ToldValues)] == [{"city": "Ulm"}]
    parts.clock.sleep(5 * 86_400)
    parts.sign_up_rounds.tick()
    assert all_of(parts, ToldValues) == []
