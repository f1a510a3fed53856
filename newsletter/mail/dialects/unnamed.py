"""An MTA nobody described: a mail system speaks of a failure and names somebody. Asked after all known dialects."""

from __future__ import annotations

import re

from newsletter.mail import passages
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.letter import ADDRESS, Letter, clean_address
from newsletter.mail.report import Failure

_FAILED = re.compile(
    r"(?:could not|cannot|can not|couldn.t|was not|wasn.t|not|unable to|failed to|fail(?:ed|ure)(?: in| of)?|impossible to|error|problem)[^.\n]{0,60}(?:deliver|sen[dt]|reach|process|accept|forward)|"
    r"undeliver|returned to (?:the )?sender|permanent (?:fatal )?(?:error|failure)|delivery (?:has )?(?:fail|error|problem|incomplete)|"
    r"(?:reject|refus|bounc)ed|\b[45]\d\d[ -]+(?:[45]\.\d\.\d+\b|[<a-z])|mail(?:box)? (?:is )?full|user unknown|unknown user|no such user|"
    r"nicht zugestellt|unzustellbar|n.a pas (?:pu|\S+) (?:\S+ )?(?:remis|distribu|livr)|no (?:se )?(?:ha |pudo )(?:podido )?\S{0,12}entreg|non (?:\S+ )?(?:\S+ )?(?:recapitat|consegnat)|"
    r"(?:\u914d\u4fe1|\u9001\u4fe1)\u304c?\u3067\u304d\u307e|\u5c4a\u304d\u307e\u305b\u3093|\u043d\u0435 \u043c\u043e\u0436\u0435\u0442 \u0431\u044b\u0442\u044c \u0434\u043e\u0441\u0442\u0430\u0432",
    re.IGNORECASE,
)

_DAEMON = re.compile(
    r"mailer[-_ ]?daemon|mail[-_ ]?daemon|post[-_ ]?master|mdaemon|mail delivery|delivery (?:sub)?system|system administrator|mail (?:admin|system|server)",
    re.IGNORECASE,
)


def _recognises(letter: Letter) -> bool:
    """Stricter than for a dialect with a mark of its own: a no-reply address that thanks for a message is no MTA."""
    null_path = letter.header("return-path").strip() == "<>"
    daemon = bool(_DAEMON.search(letter.sender))
    if not (daemon or null_path or passages.failed_recipients(letter)) or not _FAILED.search(letter.text):
        return False
    return letter.about_delivery or bool(letter.original) or (daemon and null_path)


def _read(letter: Letter) -> list[Failure]:
    named = passages.failed_recipients(letter)
    if named:
        return failures(letter, [(address, passages.about(letter.text, address) or letter.text) for address in named])
    for head in (passages.ALONE, passages.HEAD):
        if heads := _not_ours(letter, passages.by_heads(letter.text, head)):
            return failures(letter, [(address, words or letter.text) for address, words in heads])
    return failures(letter, _anyone(letter))


def _anyone(letter: Letter) -> list[tuple[str, str]]:
    """The first address in the text that is neither sender nor reader of the report, else whom the message was for."""
    words = letter.text[: passages.MAX_PASSAGE]
    inside = _not_ours(letter, [(address, words) for address in ADDRESS.findall(letter.text)[:20]])
    original = clean_address(letter.original_header("to"))
    return inside[:1] or ([(original, words)] if original else [])


def _not_ours(letter: Letter, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    ours = {clean_address(letter.header(name)).lower() for name in ("to", "from", "delivered-to", "x-original-to")}
    ours.add(clean_address(letter.original_header("from")).lower())
    hosts = ("mailer-daemon@", "postmaster@", "abuse@", "support@", "helpdesk@", "no-reply@", "noreply@")
    return [
        (address, words)
        for address, words in found
        if address.lower() not in ours and not address.lower().startswith(hosts)
    ]


UNNAMED = Dialect("unnamed", "no source: the grammar of notifications in general", _recognises, _read)
