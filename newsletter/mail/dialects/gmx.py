"""GMX, mail.com and 1&1: Exim's greeting, but the address quoted or bare with a colon, and their own error lines."""

from __future__ import annotations

import re

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ReturnedMessage

_MARK = re.compile(
    r"^smtp error from remote server|^(?:host|reason|explanation): |returned mail: .{0,40}kundenserver",
    re.IGNORECASE | re.MULTILINE,
)
_PLACE = re.compile(r"kundenserver\.de|gmx\.|mail\.com|1and1|ionos|einsundeins|web\.de", re.IGNORECASE)
_HEAD = re.compile(r"^[\"<]?(?P<address>[^\s<>()\[\],;:\"']{1,128}@[\w.-]{3,255}\w)[\">]?:[ \t]*$", re.MULTILINE)


def _recognises(letter: ReturnedMessage) -> bool:
    return bool(_HEAD.search(letter.text) and (_MARK.search(letter.text) or _PLACE.search(letter.sender)))


def _read(letter: ReturnedMessage) -> list[Failure]:
    return failures(letter, excerpts.by_heads(letter.text, _HEAD))


GMX = Dialect("gmx", "https://postmaster.gmx.net/en/error-messages", _recognises, _read)
