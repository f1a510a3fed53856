"""The issue that comes with the service: what `newsletter demo` sends, and an example of the file format."""

from __future__ import annotations

from newsletter.issues.parsing import parse_issue
from newsletter.model.document import Document
from newsletter.resources import TEMPLATES


def sample_text() -> str:
    """Return the sample issue of the publication `demo`, as Markdown."""
    return (TEMPLATES / "sample" / "issue.md").read_text(encoding="utf-8")


def sample_document(publication: str, language: str) -> Document:
    """Return the sample issue as one of the publication with this slug, in its language."""
    return parse_issue(sample_text()).model_copy(update={"publication": publication, "language": language})
