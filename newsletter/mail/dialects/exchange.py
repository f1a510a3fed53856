"""Microsoft Exchange: the Internet Mail Service of 5.5 and 2003, and the text of 2007 and later in any language."""

from __future__ import annotations

import re

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ReturnedMessage

_OLD = re.compile(
    r"did not reach the following recipient|the following recipient\(?s?\)? (?:could not|cannot) be reached|\bMSEXCH:",
    re.IGNORECASE,
)
_PATH = re.compile(r"The MTS-ID of the original message is:[^\n]*(?:\n;[^\n]*)?|MSEXCH:[^\n)]{0,200}\)", re.IGNORECASE)
_OLD_HEAD = re.compile(
    r"^[ \t]*(?:'[^']{0,80}'\s*)?(?:[^\n@<>]{0,200}?(?:dda:)?smtp=)?<?'?(?P<address>[^\s<>()\[\],;:\"'=]{1,128}@[\w.-]{3,255}\w)'?>?;?(?: on [^\n]{5,80}|:)?[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_GUID_HEAD = re.compile(
    r"^[ \t]*(?:\S[^\n<]{0,80}[ \t<])?<?(?:mailto:)?(?P<address>[^\s<>()\[\],;:\"'#]{1,128}@[\w.-]{3,255}\w)>?(?:<mailto:[^>\s]{1,320}>)?[ \t]*$",
    re.MULTILINE,
)
_NEW = re.compile(
    r"^[ \t]*+#?<?[ \t]*+#?[45]\d\d[ -#][^\n]{0,400}#|generating server|serveur de g.n.ration|servidor de generaci|generierender server|server di generazione|remote server returned|\u751f\u6210\u5143\u30b5\u30fc\u30d0\u30fc",
    re.IGNORECASE | re.MULTILINE,
)
_FOR_ADMINS = re.compile(
    r"^[ \t]*(?:more info for e-?mail admins|status code:[ \t]*[45]\d\d [45]\.\d\.\d+)", re.IGNORECASE | re.MULTILINE
)
_ERROR = re.compile(
    r"^[ \t]*(?:error|reported error|message rejected by)[ \t]*:[ \t]*(?P<words>[45]\d\d [^\n]{3,1000})",
    re.IGNORECASE | re.MULTILINE,
)
_PAGE = re.compile(
    r"^[ \t]*(?:[^\n@<>]{0,80}[ \t<])?(?P<address>[^\s<>()\[\],;:\"'#]{1,128}@[\w.-]{3,255}\w)", re.MULTILINE
)
_CODE = re.compile(r"\b[45]\.\d\.\d{1,3}\b|\b[45]\d\d [45]\.\d\.\d", re.IGNORECASE)


def _read_old(letter: ReturnedMessage) -> list[Failure]:
    start = _OLD.search(letter.text)
    found = excerpts.by_heads(letter.text[start.start() if start else 0 :], _OLD_HEAD)
    return failures(letter, [(address, _PATH.sub(" ", words)) for address, words in found], command="RCPT")


def _read_new(letter: ReturnedMessage) -> list[Failure]:
    """The address stands twice: for people, and after "Generating server" with the code; the second one tells."""
    found = excerpts.by_heads(letter.text, _GUID_HEAD)
    return failures(letter, [pair for pair in found if _CODE.search(pair[1])] or found, command="RCPT")


def _read_page(letter: ReturnedMessage) -> list[Failure]:
    """The page Microsoft 365 writes for people: who is named first, the error far below it."""
    named = _PAGE.search(letter.text)
    error = _ERROR.search(letter.text) or _FOR_ADMINS.search(letter.text)
    if not named or not error:
        return []
    words = error["words"] if "words" in error.re.groupindex else letter.text[error.start() :][: excerpts.MAX_PASSAGE]
    return failures(letter, [(named["address"], words)], command="RCPT")


def _recognises_new(letter: ReturnedMessage) -> bool:
    return bool(_NEW.search(letter.text) and _GUID_HEAD.search(letter.text))


EXCHANGE_2003 = Dialect(
    "exchange2003",
    "Exchange 5.5/2000/2003 Internet Mail Service",
    lambda letter: bool(_OLD.search(letter.text)),
    _read_old,
)
OFFICE_365 = Dialect(
    "office365",
    "https://learn.microsoft.com/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online",
    lambda letter: bool(_FOR_ADMINS.search(letter.text)),
    _read_page,
)
EXCHANGE = Dialect(
    "exchange",
    "https://learn.microsoft.com/exchange/mail-flow/non-delivery-reports-and-bounce-messages",
    _recognises_new,
    _read_new,
)
