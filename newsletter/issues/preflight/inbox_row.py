"""How wide a line is in an inbox, and where the row cuts it off: an estimate by the widths of Helvetica.

Widths are in thousandths of the size of type (Adobe Core 14 AFM, Helvetica; Arial has the same). A letter beyond ASCII counts as one
of its kind; East Asian wide letters and emoji are as wide as they are tall.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from wcwidth import wcwidth

_WIDTHS = (
    (191, "'"), (222, "ijl"), (260, "|"), (278, " !,./:;I[\\]ft"), (333, "()-r`"), (334, "{}"), (355, '"'), (389, "*"),
    (469, "^"), (500, "Jckvxyzs"), (556, "#$0123456789?L_abdeghnopqu"), (584, "+<=>~"), (611, "FTZ"),
    (667, "&ABEKPSVXY"), (722, "CDHNRUw"), (778, "GOQ"), (833, "Mm"), (889, "%"), (944, "W"), (1015, "@"),
)  # fmt: skip
_OF_LETTER = {letter: width for width, letters in _WIDTHS for letter in letters}
_USUAL = 556


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A typical row of an inbox: the size of its type and the room there is, in CSS pixels."""

    name: str
    type_size: int
    subject: int
    preheader: int


ROWS = (
    InboxRow("phone", 15, 300, 600),  # 390 px less picture, time and margins; the preheader has two lines
    InboxRow("tablet", 15, 420, 420),  # a list of 460 px beside the mail
    InboxRow(
        "desktop", 14, 560, 700
    ),  # subject and preheader share what a window of 1280 px leaves beside folders and names
)
"""No mail program promises these: each is what is left of its window beside name, time and margins."""
PHONE, WIDEST = ROWS[0], ROWS[-1]
LONGEST_PREHEADER = 140
"""Characters; no row shows more."""


def width(text: str, type_size: int) -> int:
    """Return about how wide a line of text is, in CSS pixels."""
    return round(sum(map(_thousandths, text)) * type_size / 1000)


def seen(text: str, room: int, type_size: int) -> str:
    """Return what a row with so many pixels of room shows of a line; cut off, it ends with an ellipsis."""
    left = room * 1000 / type_size
    for number, letter in enumerate(text):
        left -= _thousandths(letter)
        if left < 0:
            return f"{text[:number].rstrip()}…"
    return text


def _thousandths(letter: str) -> int:
    if letter in _OF_LETTER:
        return _OF_LETTER[letter]
    columns = wcwidth(letter)
    if columns != 1:
        return 1000 * max(columns, 0) // 2  # a wide letter has two columns and is as wide as it is tall
    base = unicodedata.normalize("NFD", letter)[:1]
    return _OF_LETTER.get(base, _USUAL)
