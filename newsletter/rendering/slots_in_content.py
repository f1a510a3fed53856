"""Content may not speak the language of slots: a mark written by an editor is broken up and appears literally."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from newsletter.mail.slots import Slot

OPENING = "%%slot"
BROKEN = "%\u2060%slot"  # U+2060 WORD JOINER: no width, no line break
assert all(slot.value.startswith(OPENING) for slot in Slot)


class SlotText(Markup):
    """An address of our own that holds a slot mark and keeps it."""


def defuse(text: str) -> str:
    """Return `text` without anything that would be filled; a Markup stays one."""
    return text.replace(OPENING, BROKEN) if OPENING in text else text


def finalize(value: Any) -> Any:
    """Jinja's last step before output: defuse all text but our own slots."""
    return defuse(value) if isinstance(value, str) and not isinstance(value, SlotText) else value
