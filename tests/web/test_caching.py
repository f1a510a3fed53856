from __future__ import annotations

from datetime import UTC, datetime

import pytest
from starlette.requests import Request

from newsletter.web.caching import cache_headers, etag, unchanged

CHANGED = datetime(2026, 3, 2, 8, 0, 0, 500, tzinfo=UTC)


def asking(**headers: str) -> Request:
    given = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "method": "GET", "path": "/", "headers": given})


def test_a_tag_depends_on_every_part_and_their_borders() -> None:
    tags = {etag("a", "b"), etag("ab"), etag("a", "b", ""), etag("b", "a")}
    assert len(tags) == 4
    assert all(tag.startswith('W/"') for tag in tags)


@pytest.mark.parametrize(
    ("headers", "kept"),
    [
        ({}, False),
        ({"if_none_match": "*"}, True),
        ({"if_none_match": '"x", {tag}'}, True),
        ({"if_none_match": '"x"'}, False),
        ({"if_modified_since": "Mon, 02 Mar 2026 08:00:00 GMT"}, True),
        ({"if_modified_since": "Mon, 02 Mar 2026 07:59:59 GMT"}, False),
        ({"if_modified_since": "some day"}, False),
        # RFC 9110 section 13.1.3: a tag that does not match outweighs a date that does
        ({"if_none_match": '"x"', "if_modified_since": "Mon, 02 Mar 2026 08:00:00 GMT"}, False),
    ],
)
def test_a_copy_is_kept_when_the_conditions_say_so(headers: dict[str, str], kept: bool) -> None:
    tag = etag("page")
    given = {name: value.replace("{tag}", tag) for name, value in headers.items()}
    answer = unchanged(asking(**given), tag, CHANGED)
    assert (answer is not None) is kept
    if answer is not None:
        assert (answer.status_code, answer.headers["etag"]) == (304, tag)


def test_without_a_date_a_date_is_not_believed() -> None:
    asked = asking(if_modified_since="Mon, 02 Mar 2026 08:00:00 GMT")
    assert unchanged(asked, etag("page")) is None
    assert "Last-Modified" not in cache_headers(etag("page"))
