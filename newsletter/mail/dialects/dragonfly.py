"""The DragonFly Mail Agent, dma(8): one recipient, one sentence."""

from __future__ import annotations

import re
from itertools import islice

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ReturnedMessage

_MARK = re.compile(r"this is the dragonfly mail agent", re.IGNORECASE)
_ERROR = re.compile(r"error delivering your mail to\s+<(?P<address>[^<>\s]{3,320})>\.?", re.IGNORECASE)


def _read(letter: ReturnedMessage) -> list[Failure]:
    return failures(
        letter,
        [
            (found["address"], letter.text[found.end() : found.end() + excerpts.MAX_PASSAGE].strip())
            for found in islice(_ERROR.finditer(letter.text), excerpts.MAX_RECIPIENTS)
        ],
    )


DRAGONFLY = Dialect(
    "dragonfly",
    "https://github.com/corecode/dma, mail.c: bounce()",
    lambda letter: bool(_MARK.search(letter.text)),
    _read,
)
