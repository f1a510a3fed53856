"""The places in a compiled message that are filled once per delivery.

A slot mark is opaque to Jinja, MJML, premailer and quoted-printable, and exactly as long as the token that replaces it
(`newsletter.tokens.TOKEN_CHARS`), so compiled line lengths still hold after filling. That of the reader's address, which may
be longer, stands on a row of its own.
"""

from __future__ import annotations

from enum import StrEnum

SLOT_CHARS = 24
"""Length of every slot mark and of what fills it."""


class Slot(StrEnum):
    """One kind of token that differs per delivery, or the reader's address."""

    __hash__ = str.__hash__  # that of Enum is a Python function, and slots are looked up for each message

    UNSUBSCRIBE = "%%slotunsubscribexxxxx%%"
    CLICK = "%%slotclickxxxxxxxxxxx%%"
    OPEN = "%%slotopenxxxxxxxxxxxx%%"
    VOTE = "%%slotvotexxxxxxxxxxxx%%"
    READER = "%%slotreaderxxxxxxxxxx%%"
