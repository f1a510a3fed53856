"""The page of hour and days: what will not do stands below its field, with what was typed."""

from __future__ import annotations

import pytest

from newsletter.bootstrap import Parts
from newsletter.model import Publication
from newsletter.store.publications import publications
from tests.parts.actors import OPERATOR
from tests.web.seats import Browser

AT = "/desk/tide/slot"


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("hour", {"hour": "25:00"}),
        ("hour", {"hour": "", "weekday": "1"}),
        ("warnings", {"hour": "07:00", "warnings": "soon"}),
        ("reader_zones", {"hour": "07:00", "reader_zones": "Europe/Nowhere"}),
    ],
)
def test_what_will_not_do_is_told_below_its_field(
    seated: Browser, parts: Parts, home: Publication, field: str, typed: dict[str, str]
) -> None:
    page = seated.post(AT, {}, **typed)
    assert page.status_code == 422
    place = page.text.index(f'id="{field}"')
    assert 'aria-invalid="true"' in page.text[place : place + 200]
    assert page.text.index('id="mistake"') > place and page.text.count('id="mistake"') == 1
    with parts.database.read() as session:
        assert publications.by_id(session, home.id).slot_hour == ""


@pytest.mark.parametrize(
    ("field", "day", "why"),
    [
        ("day", "2001-01-01", "Once"),
        ("day", "9999-12-31", "Once"),
        ("day", "2200-01-01", "Once"),
        ("day", "x", "Once"),
        ("why", "2031-01-01", " "),
    ],
)
def test_a_day_that_cannot_be_left_out_is_told_beside_it(
    seated: Browser, home: Publication, field: str, day: str, why: str
) -> None:
    page = seated.post(f"{AT}/skip", day=day, why=why)
    assert page.status_code == 422 and f'value="{day}"' in page.text
    place = page.text.index(f'id="{field}"')
    assert 'aria-invalid="true"' in page.text[place : place + 200]


def test_a_closed_publication_says_so_where_one_would_wonder(seated: Browser, parts: Parts, home: Publication) -> None:
    parts.ending.close(home.id, by=OPERATOR)
    for page in (AT, "/desk/tide"):
        assert "The Tide Table is closed" in seated.get(page).text
