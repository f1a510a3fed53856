"""What an inbox shows of an issue before it is opened: sender, subject and preheader, cut as Gmail, Apple Mail and Outlook cut them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape

from newsletter.issues.preflight.inbox_row import seen
from newsletter.rendering.renderer import EmailRendering

_PREHEADER = re.compile(r'<div style="display:none[^"<>]*">([^<]*)')
_FILLER = "\u034f\u200c\u00a0 "


@dataclass(frozen=True, slots=True)
class InboxProgram:
    """A mail program at its usual width: the size of its type and the room of each line, in CSS pixels."""

    name: str
    type_size: int
    sender: int
    subject: int
    preheader: int
    together: bool = False
    """Whether subject and preheader share one line, and so its room."""


PROGRAMS = (
    InboxProgram("Gmail in a browser", 14, 168, 700, 700, together=True),
    InboxProgram("Gmail on a phone", 14, 220, 300, 300),
    InboxProgram("Apple Mail on a phone", 15, 240, 330, 650),
    InboxProgram("Outlook", 14, 250, 290, 290),
)
"""No mail program promises these: each is what its list leaves beside picture, time and margins."""


@dataclass(frozen=True, slots=True)
class InboxLine:
    """What one program shows of a mail."""

    program: str
    sender: str
    subject: str
    preheader: str


def inbox_lines(mail: EmailRendering, sender: str) -> list[InboxLine]:
    """Return what each program shows of a mail from `sender`, by the widths of its letters."""
    words = preheader_of(mail)
    return [_line(program, sender, mail.subject, words) for program in PROGRAMS]


def preheader_of(mail: EmailRendering) -> str:
    """Return the words beside the subject, without what fills the line behind them."""
    found = _PREHEADER.search(mail.html)
    return unescape(found[1]).rstrip(_FILLER).strip() if found else ""


def _line(program: InboxProgram, sender: str, subject: str, preheader: str) -> InboxLine:
    size = program.type_size
    shown = seen(subject, program.subject, size)
    rest = preheader
    if program.together:
        both = seen(f"{subject} - {preheader}", program.subject, size)
        rest = "" if shown.endswith("…") and shown != subject else both[len(subject) + 3 :]
    else:
        rest = seen(preheader, program.preheader, size)
    return InboxLine(program.name, seen(sender, program.sender, size), shown, rest)
