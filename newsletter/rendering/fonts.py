"""The stacks of fonts that a publication may choose from: all of them stand on the reader's device already."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.model.brand import FontChoice

_SANS = "-apple-system,Segoe UI,Roboto,Arial,sans-serif"


@dataclass(frozen=True, slots=True)
class Fonts:
    """`text` for what is read, `small` for what stands around it, `outlook` for Outlook on Windows, which takes one font only."""

    text: str
    outlook: str
    small: str = _SANS


_CHOICES = {
    FontChoice.SERIF: Fonts("Charter,Bitstream Charter,Iowan Old Style,Georgia,serif", "Georgia,serif"),
    FontChoice.SANS: Fonts(_SANS, "Arial,sans-serif"),
    FontChoice.CLASSIC: Fonts("Palatino,Palatino Linotype,Book Antiqua,Georgia,serif", "Palatino Linotype,serif"),
}


def fonts(choice: FontChoice) -> Fonts:
    """Return the stacks of a choice."""
    return _CHOICES[choice]
