"""Postfix and OpenSMTPD when their RFC 3464 part was stripped: `<address>: words`, folded and indented."""

from __future__ import annotations

import re
from dataclasses import replace

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.report import Failure, Reason
from newsletter.mail.returned_message import ReturnedMessage

_MARK = re.compile(
    r"this is the (?:mail system|postfix (?:program|mail system)) at host|message (?:returned )?below could not be delivered to|could not\s+be delivered to one or more (?:recipients|destinations)",
    re.IGNORECASE,
)
_HEAD = re.compile(
    r"^[ \t]{0,3}<(?P<address>[^\s<>]{1,128}@[^\s<>]{3,255})>(?: \(expanded from <[^<>\s]{1,320}>\))?:[ \t]*",
    re.MULTILINE,
)
_OPENSMTPD = re.compile(r"this is the mailer-daemon, please do not reply to this e-?mail", re.IGNORECASE)
_OPENSMTPD_WORDS: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    (Reason.HOSTUNKNOWN, re.compile(r"invalid domain name|domain does not exist|no mx found for (?:domain|destination)|bad domain|could not retrieve", re.IGNORECASE)),
    (Reason.EXPIRED, re.compile(r"envelope expired", re.IGNORECASE)),
    (Reason.NOTACCEPT, re.compile(r"destination (?:seems to |does not )accept|destination seem to reject all mails", re.IGNORECASE)),
    (Reason.NETWORKERROR, re.compile(r"could not retrieve credentials|bad dns lookup|network error|no mx could be reached|loop detected|connection (?:failed|reset|closed)|address family mismatch", re.IGNORECASE)),
    (Reason.SECURITYERROR, re.compile(r"could not retrieve credentials|starttls failed|certificate", re.IGNORECASE)),
)  # fmt: skip
"""usr.sbin/smtpd/mta.c, mta_session.c, queue.c"""


def _read(letter: ReturnedMessage) -> list[Failure]:
    text = letter.text if _HEAD.search(letter.text) else letter.whole_text
    return failures(letter, excerpts.by_heads(text, _HEAD))


def _read_opensmtpd(letter: ReturnedMessage) -> list[Failure]:
    found = failures(letter, excerpts.by_heads(letter.text, excerpts.HEAD))
    return [replace(each, reason=_opensmtpd_reason(each.diagnostic), command=each.command or "RCPT") for each in found]


def _opensmtpd_reason(words: str) -> Reason | None:
    if re.search(r"\b[45]\d\d[ -]", words):
        return None
    return next((reason for reason, says in _OPENSMTPD_WORDS if says.search(words)), None)


_NOTICE = re.compile(r"^transcript of session follows", re.IGNORECASE | re.MULTILINE)
_ASKED = re.compile(r"^ In:\s+RCPT\s+TO:\s*<(?P<address>[^<>\s]{3,320})>", re.IGNORECASE | re.MULTILINE)
_SAID = re.compile(r"^ (?P<side>In|Out):\s+(?P<words>.{3,1000})", re.MULTILINE)


def _read_notice(letter: ReturnedMessage) -> list[Failure]:
    """The copy of a failed session that Postfix sends to its postmaster (postconf(5), notify_classes)."""
    verb, reply = "", ""
    for said in _SAID.finditer(letter.whole_text):
        if said["side"] == "In":
            verb = said["words"][:4].upper()
        elif said["words"][:1] in "45" and not reply:
            reply = said["words"].strip()
            verb = "DATA" if verb not in {"MAIL", "RCPT", "EHLO", "HELO"} else verb
            break
    return [
        replace(each, diagnostic=reply, command=verb)
        for each in failures(letter, [(found["address"], reply) for found in _ASKED.finditer(letter.whole_text)])
    ]


POSTFIX_NOTICE = Dialect(
    "postfix-notice",
    "https://www.postfix.org/postconf.5.html#notify_classes",
    lambda letter: bool(_NOTICE.search(letter.whole_text) and _ASKED.search(letter.whole_text)),
    _read_notice,
)
POSTFIX = Dialect(
    "postfix", "https://www.postfix.org/bounce.5.html", lambda letter: bool(_MARK.search(letter.whole_text)), _read
)
OPENSMTPD = Dialect(
    "opensmtpd", "OpenSMTPD bounce.c", lambda letter: bool(_OPENSMTPD.search(letter.text)), _read_opensmtpd
)
