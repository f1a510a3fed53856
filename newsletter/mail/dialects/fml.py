"""fml, the mailing list server: a list that takes no mail from strangers answers without a word of RFC 3464."""

from __future__ import annotations

import re

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect
from newsletter.mail.report import Failure, Reason
from newsletter.mail.returned_message import ReturnedMessage

_MESSAGE_ID = re.compile(r"<\d{6,20}\.FML[0-9A-Za-z]{1,20}\.(?P<address>[^\s<>]{1,64}@[^\s<>]{3,255})>")
_WORDS: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    (Reason.NETWORKERROR, re.compile(r"loop", re.IGNORECASE)),
    (Reason.MESGTOOBIG, re.compile(r"too (?:large|big)|exceed\w{0,20} the (?:limit|size)|message size", re.IGNORECASE)),
    (Reason.SYSTEMERROR, re.compile(r"system error|fml internal", re.IGNORECASE)),
    (Reason.SECURITYERROR, re.compile(r"security alert", re.IGNORECASE)),
)


def recognises(letter: ReturnedMessage) -> bool:
    """An fml server names itself in a header and its list in the Message-ID."""
    return "x-mlserver" in letter.part.headers and bool(_MESSAGE_ID.search(letter.header("message-id")))


def _read(letter: ReturnedMessage) -> list[Failure]:
    found = _MESSAGE_ID.search(letter.header("message-id"))
    words = f"{letter.subject}\n{letter.text}"[: excerpts.MAX_PASSAGE]
    reason = next((reason for reason, says in _WORDS if says.search(words)), Reason.REJECTED)
    return (
        [Failure(recipient=found["address"], diagnostic=letter.text[: excerpts.MAX_PASSAGE].strip(), reason=reason)]
        if found
        else []
    )


FML = Dialect("fml", "fml 4 and 8 (https://www.fml.org), libmodule, error messages", recognises, _read)
