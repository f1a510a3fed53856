"""What is completed while one writes is what the file knows: each word of the vocabulary is read."""

from __future__ import annotations

import pytest

from newsletter.issues.front_matter import OPTIONAL, REQUIRED
from newsletter.issues.parsing import parse_issue
from newsletter.issues.vocabulary import vocabulary
from newsletter.model.document import SectionKind
from tests.issues.samples import issue_text


def test_it_has_every_key_kind_and_block() -> None:
    words = vocabulary()
    assert set(words["front"]) == {*REQUIRED, *OPTIONAL}
    assert words["kinds"] == [*SectionKind] and set(words["items"]) == {*SectionKind}
    assert {"quote", "button", "note"} <= set(words["blocks"])


@pytest.mark.parametrize("kind", [kind for kind in SectionKind if kind is not SectionKind.TABLES])
def test_an_attribute_of_an_item_is_read_as_a_field_of_its_own(kind: SectionKind) -> None:
    for word in vocabulary()["items"][kind]:
        if word.startswith(("stars", "published", "image=")):
            continue  # a number, a day or an address
        value = word if not word.endswith(('=""', "=")) else f"{word.removesuffix(chr(34) * 2)}cs.CL"
        title = "[A](https://a.example/)" if kind != "repositories" else "[a/b](https://github.com/a/b)"
        body = f"## Words {{#words kind={kind}}}\n\n### {title} {{{value}}}\n\nWords.\n"
        item = parse_issue(issue_text().partition("## ")[0] + body).sections[0].items[0]
        assert item.attributes == {}, word
