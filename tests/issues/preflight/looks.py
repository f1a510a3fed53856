"""What preflight finds in an issue that a test writes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from newsletter.issues.parsing import parse_issue
from newsletter.issues.preflight import Finding, Inspected, check
from newsletter.mail.slots import Slot
from newsletter.model.brand import Brand
from newsletter.rendering.renderer import EmailRendering
from tests.issues.samples import issue_text
from tests.rendering.documents import RENDERER

BRAND = Brand(
    slug="tide", name="Tide", description="", language="en", postal_address="3 Pier Road", accent="#1f5f8b",
    base_url="https://news.example.org", from_address="mara@tide.example.org",
)  # fmt: skip
MAIL = EmailRendering(
    "s", f'<html lang="en"><p>{Slot.UNSUBSCRIBE}</p></html>', f"x {Slot.UNSUBSCRIBE}", ("https://a.example.org",), 0
)
SOUND = issue_text().partition("\n## Quiet")[0] + "\n"
"""An issue in which there is nothing to mend."""


def inspected(text: str, mail: EmailRendering | None = None, **brand: Any) -> Inspected:
    """Return an issue file under inspection."""
    return Inspected(parse_issue(text), replace(BRAND, **brand), mail, text)


def found(text: str, mail: EmailRendering | None = None, **brand: Any) -> list[Finding]:
    """Return what is found in an issue file."""
    return check(inspected(text, mail, **brand))


def found_in_mail(text: str, **brand: Any) -> list[Finding]:
    """Return what is found in an issue file and in the mail it becomes."""
    document = parse_issue(text)
    return found(text, RENDERER.email(document, replace(BRAND, **brand), byte_budget=95_000), **brand)


def changed(old: str, new: str) -> str:
    """Return the sound issue with other words."""
    assert old in SOUND
    return SOUND.replace(old, new)


def with_words(words: str) -> str:
    """Return the sound issue with these words in its first item."""
    return changed("It opens in spring.", words)


def rules(findings: list[Finding]) -> list[str]:
    """Return the names of rules that found something."""
    return [finding.rule for finding in findings]
