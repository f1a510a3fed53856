"""Cells of other products: moments in their many forms, tags, and values that lie in one cell."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newsletter.audience.moving.cells import json_values, of_parts, python_values, read_moment, tags_of


@pytest.mark.parametrize(
    ("cell", "moment"),
    [
        ("2023-04-21 11:16:57", "2023-04-21T11:16:57"),
        ("2023-02-01T10:00:00.000Z", "2023-02-01T10:00:00"),
        ("2023-03-24 10:23:10 UTC", "2023-03-24T10:23:10"),
        ("2023-02-10 23:07:16.199433 +0100 CET", "2023-02-10T22:07:16.199433"),
        ("2023-02-10 23:07:16.199433123 +0000 UTC", "2023-02-10T23:07:16.199433"),
        ("2024-03-13 00:05:09.183465+00:00", "2024-03-13T00:05:09.183465"),
        ("2021-03-07T09:05:00+01:00", "2021-03-07T08:05:00"),
        ("07.03.2021 09:05", "2021-03-07T09:05:00"),
        ("7.3.2021", "2021-03-07T00:00:00"),
        ("Jan 15, 2023", "2023-01-15T00:00:00"),
        ("15 January 2023", "2023-01-15T00:00:00"),
        ("2023-01-15", "2023-01-15T00:00:00"),
        ("25/12/2021", "2021-12-25T00:00:00"),
        ("12/25/2021 1:05 PM", "2021-12-25T13:05:00"),
        ("04/04/2021", "2021-04-04T00:00:00"),
        ("Sun, 07 Mar 2021 09:05:00 +0000", "2021-03-07T09:05:00"),
        ("Sun, 07 Mar 2021 09:05:00 +0100", "2021-03-07T08:05:00"),
        ("Sun Mar 07 2021 09:05:00 GMT+0100 (Central European Standard Time)", "2021-03-07T08:05:00"),
        ("March 7 2021", "2021-03-07T00:00:00"),
        ("Mar 7, 2021, 9:05:00 PM", "2021-03-07T21:05:00"),
        ("March 7th, 2021 at 9:05 AM", "2021-03-07T09:05:00"),
        ("7 Mar 2021 09:05", "2021-03-07T09:05:00"),
        ("7-Mar-2021", "2021-03-07T00:00:00"),
        ("7. März 2021", "2021-03-07T00:00:00"),
        ("7. März 2021, 09:05 Uhr", "2021-03-07T09:05:00"),
        ("7 février 2021", "2021-02-07T00:00:00"),
        ("7 de marzo de 2021", "2021-03-07T00:00:00"),
        ("2021.03.07 09:05", "2021-03-07T09:05:00"),
        ("12/31/21 4:05 PM", "2021-12-31T16:05:00"),
        ("1615104300", "2021-03-07T08:05:00"),
        ("1615104300000", "2021-03-07T08:05:00"),
    ],
)
def test_a_moment_is_read_in_the_forms_of_products(cell: str, moment: str) -> None:
    assert read_moment(cell) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "cell",
    [
        "",
        "03/04/2021",
        "soon",
        "yes",
        "2021-13-01",
        "0000-00-00 00:00:00",
        "x" * 100,
        "31/31/2021",
        "31 February 2021",
        "5551234567",
        "7 Foo 2021",
    ],
)
def test_what_is_no_moment_or_may_be_two_days_is_none(cell: str) -> None:
    assert read_moment(cell) is None


@given(st.text(max_size=70))
def test_any_text_is_a_moment_or_none(cell: str) -> None:
    found = read_moment(cell)
    assert found is None or found.tzinfo is UTC


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("", []),
        ("a;b", ["a", "b"]),
        ("a|b", ["a", "b"]),
        ("a, b|c", ["a", "b|c"]),
        ("a, b", ["a", "b"]),
        ('"Founding reader","Events, Berlin"', ["Founding reader", "Events, Berlin"]),
        ('["a", "b, c", 3]', ["a", "b, c"]),
        ("founding, Lead Magnet: A list", ["founding", "Lead Magnet: A list"]),
        ("a,,a, ", ["a"]),
        ('two\nlines,"open', ["two lines", "open"]),
    ],
)
def test_tags_are_read_however_they_are_parted(cell: str, tags: list[str]) -> None:
    assert tags_of(cell) == tags


def test_values_of_one_cell_are_read_as_json_or_as_a_literal_and_never_run() -> None:
    assert json_values('{"city": "Berlin", "tags": ["a"], "paid": true, "none": null}') == {
        "city": "Berlin",
        "tags": '["a"]',
        "paid": "true",
    }
    assert python_values("""{'first_name': 'Ada', 'role': "writer's", 'n': 3}""") == {
        "first_name": "Ada",
        "role": "writer's",
        "n": "3",
    }
    assert python_values('{"city": "Berlin", "paid": true, "none": null}') == {"city": "Berlin", "paid": "true"}
    for cell in (
        "__import__('os').system('true')",
        "{'a': open('x')}",
        "[1]",
        "{" * 5000,
        "-" * 5000,
        "nonsense",
        "\0",
    ):
        assert python_values(cell) == {}
        assert json_values(cell) == {}


@given(st.text(max_size=60))
def test_any_text_is_values_or_none(cell: str) -> None:
    assert all(isinstance(value, str) for value in {**json_values(cell), **python_values(cell)}.values())
    assert all(tag.strip() == tag != "" for tag in tags_of(cell))


def test_a_moment_of_six_columns_is_read() -> None:
    assert of_parts(["2019", "3", "7", "9", "5", "0"]) == datetime(2019, 3, 7, 9, 5, tzinfo=UTC)
    assert of_parts(["2019", "", "", "", "", ""]) is None
