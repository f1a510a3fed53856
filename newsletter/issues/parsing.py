"""Read an issue file: Markdown with YAML front matter and typed sections."""

from __future__ import annotations

from newsletter.model.document import Document


def parse_issue(text: str | bytes, *, source: str = "issue") -> Document:
    """Return the Document in `text`. Raises DocumentError with line, column and remedy; never anything else."""
    raise NotImplementedError
