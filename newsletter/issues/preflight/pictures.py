"""Rules about images as they are written."""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.issues.preflight.finding import Finding, Rule
from newsletter.issues.preflight.inspected import Inspected
from newsletter.rendering.attributes import attribute

NO_ALT = Rule("image-without-alt", "advise", "an image without a description")
RULES = (NO_ALT,)
_NAMELESS = re.compile(r"!\[\s*\](?:\(|\[)|<img\b(?P<rest>[^<>]*+)>", re.IGNORECASE)


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at every image of the issue's texts."""
    for passage in issue.passages:
        if "![" not in passage.text and "<" not in passage.text:
            continue
        line, position = passage.line, 0
        for found in _NAMELESS.finditer(passage.prose):
            line += passage.text.count("\n", position, found.start())
            position = found.start()
            if found["rest"] is None or not attribute(found["rest"], "alt"):
                what = "an image has no description"
                remedy = "write it between the brackets: ![what it shows](address)"
                yield NO_ALT.found(what, passage.where, remedy, line=line)
