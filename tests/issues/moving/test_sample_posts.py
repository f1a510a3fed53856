"""The sample exports of other products (../shared/imports) move in: what was public is in the archive, and nothing of the products is left."""

from __future__ import annotations

import re

import pytest

from newsletter.bootstrap import Parts
from newsletter.issues.moving.post_report import PostFate
from tests.conftest import SHARED
from tests.issues.moving.exports import issue_named, move

IMPORTS = SHARED / "imports"
_RUBBLE = re.compile(r"\*\||\{\{|\{%|<script|javascript:|data:|subscribe|track\.", re.IGNORECASE)


@pytest.mark.parametrize(
    ("product", "archived", "drafts"),
    [("substack", 2, 2), ("ghost", 2, 1), ("buttondown", 2, 2), ("mailchimp", 1, 0), ("beehiiv", 1, 2)],
)
def test_the_posts_of_a_sample_become_what_they_were(
    small_parts: Parts, product: str, archived: int, drafts: int
) -> None:
    if not IMPORTS.exists():
        pytest.skip("the sample exports of other products are not beside this checkout")
    report = move(small_parts, IMPORTS / product)
    assert (report.fates["archived"], report.fates["draft"], report.fates["failed"]) == (archived, drafts, 0)
    for each in report.posts:
        if each.fate in (PostFate.ARCHIVED, PostFate.DRAFT):
            text = issue_named(small_parts, each.slug).source
            assert not _RUBBLE.search(text), text
    assert move(small_parts, IMPORTS / product).changes == {"unchanged": archived + drafts}
