"""Two issues say the same when a reader could not tell them apart; whatever names or lays them out does not count."""

from __future__ import annotations

import pytest

from newsletter.issues.parsing import parse_issue
from newsletter.issues.sameness import item_digest, text_digest
from newsletter.issues.starting import starter
from newsletter.model.document import Document, LinkItem, RepositoryItem, TextItem
from tests.issues.samples import issue_text

TEXT = issue_text()


def _with(old: str, new: str) -> Document:
    assert old in TEXT
    return parse_issue(TEXT.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("slug: 2026-01-02", "slug: again"),
        ("date: 2026-01-01", "date: 2026-02-03"),
        ("Springs and neaps", "The Tide Table, 3 February"),
        ("High water at noon.", "Low water at noon."),
        ("title: The Tide Table", "title: Tides"),
        ("\nIt opens in spring.", "\n\n  It opens\nin   spring.  \n"),
        ("The **moon** stands", "The **moon** \N{NO-BREAK SPACE}stands"),
        ("#harbours", "#ports"),
        ('{source="Pier Post"}', '{#pier source="Pier Post"}'),
    ],
)
def test_what_names_dates_or_lays_out_an_issue_does_not_count(old: str, new: str) -> None:
    assert text_digest(_with(old, new)) == text_digest(parse_issue(TEXT))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("It opens in spring.", "It opens in autumn."),
        ("It opens in spring.", "it opens in spring."),
        ("The **moon** stands", "The moon stands"),
        ("A new pier", "An old pier"),
        ("https://pier.example.org/", "https://pier.example.org/2"),
        ("Pier Post", "Pier Mail"),
        ("category=physics.ao", "category=physics.bio"),
        ("## Harbours", "## Ports"),
        ("## Quiet", "## Silent"),
    ],
)
def test_whatever_a_reader_reads_or_follows_counts(old: str, new: str) -> None:
    assert text_digest(_with(old, new)) != text_digest(parse_issue(TEXT))


def test_composed_and_decomposed_letters_are_the_same() -> None:
    composed, decomposed = (
        _with("in spring", f"in {word}")
        for word in ("Z\N{LATIN SMALL LETTER U WITH DIAERESIS}rich", "Zu\N{COMBINING DIAERESIS}rich")
    )
    assert text_digest(composed) == text_digest(decomposed)


def test_items_are_the_same_in_whatever_section_and_differ_by_kind_and_words() -> None:
    told = [
        LinkItem(title="A pier", body="It opens."),
        TextItem(title="A pier", body="It opens."),
        LinkItem(title="A pier", body="It shuts."),
        RepositoryItem(title="A pier", body="It opens.", stars=1),
        RepositoryItem(title="A pier", body="It opens.", stars=2),
    ]
    assert len({item_digest(item) for item in told}) == len(told)
    assert item_digest(LinkItem(title="A pier", body="It  opens.\n", key="other")) == item_digest(told[0])


def test_a_digest_stays_what_it_is_from_release_to_release() -> None:
    """What was frozen keeps its digest in the ledger: a change here would let every text pass once more."""
    begun = parse_issue(starter("tide", "The Tide Table", "en", "2026-05-09", parse_issue(TEXT).date))
    assert text_digest(parse_issue(TEXT)) == "b0a628820f125b21e96c3f035825c4bd839c8611c4d6d20818da8f7f3e5acfb3"
    assert item_digest(begun.sections[1].items[0]) == "dc3e67aa44996cacb21022d6d909b38c77ababcbfff9a03663c1011392b2ae7d"
