"""What is doubtful in the furniture of an issue."""

from __future__ import annotations

import dataclasses

from newsletter.issues.preflight import Inspected, check
from newsletter.issues.preflight.furniture import look
from newsletter.model.brand import Author
from newsletter.model.document import SponsorItem, TextItem
from newsletter.model.images import ShownImage
from newsletter.rendering.markdown_file import write_markdown
from tests.rendering.documents import BRAND, document, section

OURS = dataclasses.replace(BRAND, authors=(Author("ada", "Ada"),))
PICTURE = "https://a.example/x.png"


def whats(doc, brand=OURS) -> list[tuple[str, str]]:
    return [(found.what, found.where) for found in look(Inspected(doc, brand, None))]


def test_an_issue_that_is_well_furnished_raises_no_doubt() -> None:
    doc = document(author="ada", image=PICTURE, image_alt="A tree", image_caption="By [Ada](https://a.example/)")
    assert whats(doc) == []


def test_each_doubt_names_its_place() -> None:
    items = (
        (SponsorItem(key="s", title="S"),),
        (TextItem(key="t", title="T", image=PICTURE), TextItem(key="u", title="U", image_alt="A")),
    )
    doc = document(
        author="adaa",
        image=PICTURE,
        image_caption="[x](ftp://a.example/)",
        sections=tuple(section(f"x{n}", *each) for n, each in enumerate(items)),
    )
    assert whats(doc) == [
        ("the image has no description", "front matter"),
        ("the link to “ftp://a.example/” in the caption does not reach readers", "front matter"),
        ("the publication has no author “adaa”", "author"),
        ("it does not say who paid for it", "x0/s"),
        ("the image has no description", "x1/t"),
        ("words of an image stand without an image", "x1/u"),
    ]


def test_preflight_tells_them_with_their_lines_and_blocks_that_are_none() -> None:
    doc = document(lead="Words\n\n:::carousel\nx\n:::", image=PICTURE)
    found = {finding.rule: finding for finding in check(Inspected(doc, OURS, None))}
    lines = write_markdown(doc).split("\n")
    assert (found["image-without-alt"].severity, found["image-without-alt"].where) == ("stop", "front matter")
    assert lines[found["image-without-alt"].line - 1].startswith("image:")
    assert found["lost-block"].what == "the block “:::carousel” does not reach readers"
    assert lines[found["lost-block"].line - 1] == ":::carousel"


def test_a_picture_of_the_service_that_it_does_not_have_is_told_and_its_own_words_describe_it() -> None:
    ours, unknown = f"/images/{'a' * 64}.png", f"/images/{'b' * 64}.jpg"
    items = (TextItem(key="t", title="T", image=ours), TextItem(key="u", title="U", image=unknown, image_alt="A"))
    shown = ShownImage("a" * 64, "png", 10, 10, alt="A chart")
    doc = document(sections=(section("s", *items),))
    found = list(look(Inspected(doc, OURS, None, images={"a" * 64: shown})))
    assert [(each.rule, each.where) for each in found] == [("unknown-image", "s/u")]
