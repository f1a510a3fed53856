from __future__ import annotations

import pytest

from newsletter.issues.preflight import Finding, Inspected, check, stops
from newsletter.model.images import ShownImage
from newsletter.rendering.images import NO_IMAGES, Images
from newsletter.rendering.markdown_file import write_markdown
from tests.rendering.documents import BRAND, document

DIGEST = "ab" * 32
RULES = {"image-without-alt", "unknown-image"}


def found(lead: str, images: Images = NO_IMAGES) -> list[Finding]:
    inspected = Inspected(document(lead=lead), BRAND, None, images=images)
    return [finding for finding in check(inspected) if finding.rule in RULES]


@pytest.mark.parametrize(
    "image",
    [
        "![](https://x.example.org/a.png)",
        "![  ][a]\n\n[a]: https://x.example.org/a.png",
        '<img src="https://x.example.org/a.png">',
        '<img alt="" src="https://x.example.org/a.png">',
    ],
)
def test_an_image_without_a_description_stops_an_issue_and_may_be_let_pass(image: str) -> None:
    [finding] = found(f"It opens.\n\n{image}")
    assert (finding.severity, finding.rule, finding.where) == ("stop", "image-without-alt", "lead")
    assert (
        write_markdown(document(lead=f"It opens.\n\n{image}")).split("\n")[finding.line - 1]
        == image.split("\n", maxsplit=1)[0]
    )
    assert stops([finding]) == [finding]
    assert stops([finding], ["image-without-alt"]) == []


def test_an_image_of_the_service_that_is_not_there_stops_and_one_that_is_there_lends_its_words() -> None:
    [finding] = found(f"![](/images/{DIGEST}.png)")
    assert (finding.severity, finding.rule, finding.may_pass) == ("stop", "unknown-image", False)
    assert DIGEST in finding.what
    assert found(f"![](/images/{DIGEST}.png)", {DIGEST: ShownImage(DIGEST, "png", 10, 10, alt="A pier")}) == []
    [finding] = found(f"![](/images/{DIGEST}.png)", {DIGEST: ShownImage(DIGEST, "png", 10, 10)})
    assert finding.rule == "image-without-alt"


@pytest.mark.parametrize("text", ["Write `![](a.png)` for one.", "![A pier](https://x.example.org/a.png)"])
def test_an_image_in_code_is_words_and_one_with_a_description_is_fine(text: str) -> None:
    assert found(text) == []
