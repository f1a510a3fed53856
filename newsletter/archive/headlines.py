"""What an issue is called in a list, where every issue bearing the publication's own name would tell nothing."""

from __future__ import annotations

from typing import Protocol


class Titled(Protocol):
    """An Issue or a Document."""

    @property
    def title(self) -> str:
        """Its title."""
        ...

    @property
    def subject(self) -> str:
        """Its subject line."""
        ...


def headline(titled: Titled, publication_name: str) -> str:
    """Return the title; when that is only the publication's name, the subject without that name in front."""
    if titled.title.casefold() != publication_name.casefold():
        return titled.title
    subject = titled.subject
    if subject[: len(publication_name)].casefold() == publication_name.casefold():
        subject = subject[len(publication_name) :].lstrip(" :–—-|·")  # noqa: RUF001 - dashes as people type them
    return subject[:1].upper() + subject[1:] if subject else titled.title
