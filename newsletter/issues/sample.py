"""The issue that comes with the service: what `newsletter demo` sends, and an example of the file format."""

from __future__ import annotations

from newsletter.resources import TEMPLATES


def sample_text() -> str:
    """Return the sample issue of the publication `demo`, as Markdown."""
    return (TEMPLATES / "sample" / "issue.md").read_text(encoding="utf-8")
