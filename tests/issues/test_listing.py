"""The rows that link counters read of a frozen issue."""

from __future__ import annotations

from newsletter.issues.listing import link_rows
from newsletter.model.document import LinkItem, SponsorItem
from tests.rendering.documents import BRAND, BUDGET, RENDERER, document, section

ACME = "https://acme.example/"


def test_links_that_a_sponsor_paid_for_are_told_from_others_to_the_same_place() -> None:
    doc = document(
        lead="See [there](https://there.example/).",
        sections=(
            section("links", LinkItem(key="story", title="A story", url=ACME)),
            section("ad", SponsorItem(key="cards", title="Cards", url=ACME, sponsor="Acme")),
        ),
    )
    mail = RENDERER.email(doc, BRAND, byte_budget=BUDGET)
    assert [(row.number, row.url, row.item_key, row.paid) for row in link_rows(7, doc, mail)] == [
        (1, "https://there.example/", "", False),
        (2, ACME, "story", False),
        (3, ACME, "cards", True),
    ]
