"""What the styles of pasted HTML mean to a reader: bold, italic, struck, raised, or not to be seen at all (CSS 2.2, CSS Fonts 4).

Nothing else of a style is kept. `mso-hide` is Word's, the classes are those of Bootstrap, GitHub and WordPress for words that only
screen readers get: a mail or a page of ours would show them to everybody.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from newsletter.rendering.attributes import attribute

BOLD, REGULAR, ITALIC, UPRIGHT, STRUCK = "bold", "regular", "italic", "upright", "struck"
RAISED, LOWERED, CENTER, RIGHT, HIDDEN = "raised", "lowered", "center", "right", "hidden"
_DECLARATION = re.compile(r"(?<![^;])\s*+([a-z-]++)\s*+:([^;]*+)", re.IGNORECASE)
_MAY_HIDE = re.compile("hid|none|collapse|sr-only|screen", re.IGNORECASE)
_HIDING_CLASSES = frozenset({"sr-only", "visually-hidden", "screen-reader-text"})
_BOLD = frozenset({"bold", "bolder"})
_BOLD_FROM = 600
"""Weight (CSS Fonts 4, section 2.2) from which letters are bold."""


@lru_cache(maxsize=1024)  # a pasted text repeats a few
def meanings(style: str) -> frozenset[str]:
    """Return what a `style` attribute means, in the words of this module; the last declaration of a property counts."""
    declared = {found[1].lower(): found[2].lower().split() for found in _DECLARATION.finditer(style)}
    return frozenset(word for name, value in declared.items() for word in _meaning(name, value) if word)


def hides(attributes: str) -> bool:
    """Tell whether a tag with these attributes is not to be seen, nor what is in it."""
    return bool(_MAY_HIDE.search(attributes)) and (
        attribute(attributes, "hidden") is not None
        or HIDDEN in meanings(attribute(attributes, "style") or "")
        or hides_by_class(attribute(attributes, "class") or "")
    )


def hides_by_class(names: str) -> bool:
    """Tell whether one of the classes is for screen readers alone."""
    return not _HIDING_CLASSES.isdisjoint(names.split())


def _meaning(name: str, value: list[str]) -> Iterator[str]:
    words = [word.removesuffix("!important") for word in value if word != "!important"]
    first = words[0] if words else ""
    match name:
        case "font-weight":
            yield _weight(first)
        case "font-style":
            yield ITALIC if first in {"italic", "oblique"} else UPRIGHT if first == "normal" else ""
        case "font":
            yield BOLD if any(_weight(word) == BOLD for word in words) else ""
            yield ITALIC if "italic" in words or "oblique" in words else ""
        case "text-decoration" | "text-decoration-line":
            yield STRUCK if "line-through" in words else ""
        case "vertical-align":
            yield {"super": RAISED, "sub": LOWERED}.get(first, "")
        case "text-align":
            yield {"center": CENTER, "right": RIGHT, "end": RIGHT}.get(first, "")
        case "display" | "visibility" | "mso-hide":
            yield HIDDEN if first in {"none", "hidden", "collapse", "all"} else ""


def _weight(word: str) -> str:
    if word in _BOLD or (word.isdigit() and word.isascii() and int(word[:4]) >= _BOLD_FROM):
        return BOLD
    return REGULAR if word in {"normal", "lighter"} or word.isdigit() else ""
