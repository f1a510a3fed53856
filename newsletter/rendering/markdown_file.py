"""Write a Document as an issue file: the inverse of `newsletter.issues.parsing`."""

from __future__ import annotations

from newsletter.model.document import Document


def write_markdown(document: Document) -> str:
    """Return the canonical issue file of `document`: reading it again gives an equal Document."""
    raise NotImplementedError
