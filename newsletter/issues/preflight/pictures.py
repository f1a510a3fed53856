"""Rules about images as they are written."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.issues.image_faults import ALT, image_faults
from newsletter.issues.preflight.finding import Finding, Rule
from newsletter.issues.preflight.inspected import Inspected

NO_ALT = Rule(ALT, "stop", "an image without a description, in a text or named by `image`", may_pass=True)
UNKNOWN = Rule("unknown-image", "stop", "an image of the service that it does not have")
RULES = (NO_ALT, UNKNOWN)


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at every image of the issue's texts."""
    for passage in issue.passages:
        for fault in image_faults(passage.text, issue.images):
            rule = NO_ALT if fault.rule == ALT else UNKNOWN
            line = passage.line + (fault.line - 1 if passage.is_block else 0)
            yield rule.found(fault.what, passage.where, fault.remedy, line=line)
