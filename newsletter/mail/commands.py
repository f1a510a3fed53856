"""Which SMTP command was answered, as far as a notification tells: what RCPT refuses is the address, what DATA refuses is not."""

from __future__ import annotations

import re
from functools import lru_cache

_VERBS = {
    "rcpt": "RCPT", "mail": "MAIL", "data": "DATA", "bdat": "DATA", "helo": "EHLO", "ehlo": "EHLO", "lhlo": "EHLO",
    "starttls": "EHLO", "auth": "EHLO", "conn": "CONN", "end": "DATA", "text": "DATA", "final": "DATA", "sending": "DATA",
    "initial": "CONN", "message": "DATA", "pipelined": "DATA", "recipient": "RCPT", "sender": "MAIL", "connect": "CONN",
}  # fmt: skip
_VERB = r"(rcpt|mail|data|bdat|helo|ehlo|lhlo|starttls|auth|end\s+of\s+data|conn\w*|text|final\s+data|initial\s+connection|pipelined\s+(?:sending|data)|sending\s+data|message\s+body)"

_PHRASES: tuple[re.Pattern[str], ...] = (
    re.compile(rf"in\s+reply\s+to\s+{_VERB}", re.IGNORECASE),  # Postfix smtp(8)
    re.compile(
        rf"(?:error|timeout|closed connection|lost connection|response|rejected)\b[^\n]{{0,80}}?\bafter\s+(?:sending\s+)?{_VERB}",
        re.IGNORECASE,
    ),  # Exim
    re.compile(rf"(?:for|after)\s+{_VERB}\s+command", re.IGNORECASE),  # GMX, 1&1
    re.compile(rf"did not like our\s+{_VERB}", re.IGNORECASE),  # DragonFly dma(8)
    re.compile(rf"most progress was\s+{_VERB}", re.IGNORECASE),  # qmail-remote, patched
    re.compile(rf"\[{_VERB}_?(?:to|from)?\]\s*$", re.IGNORECASE | re.MULTILINE),  # Yahoo
    re.compile(rf"while\s+(?:sending|talking|performing the)\s+[\"']?{_VERB}\b", re.IGNORECASE),  # Postfix, Notes
    re.compile(
        rf"(?:smtp command|command was|command)\s*+[:\-]*+\s*+[\"']?{_VERB}\b", re.IGNORECASE
    ),  # m-FILTER and others
    re.compile(r"connected to \S+ but (sender|recipient) was rejected", re.IGNORECASE),  # qmail-remote(8)
    re.compile(rf"\({_VERB}\)|\bsmtp:{_VERB}\b", re.IGNORECASE),
)
_FIXED: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("RCPT", re.compile(r"does not like recipient|failed on rcpt|rejected (?:the )?recipient|rejected your address|recipient address rejected", re.IGNORECASE)),  # qmail, iPlanet, Postfix
    ("MAIL", re.compile(r"does not like (?:the )?sender|sender was rejected|sender address rejected", re.IGNORECASE)),
    ("DATA", re.compile(r"failed (?:on data|after i sent the message)|failed after|rejected (?:the )?message (?:body|content)", re.IGNORECASE)),  # qmail-remote(8)
    ("CONN", re.compile(r"refused to talk to me|but greeting failed|connected to \S+ but my name was rejected|does not like me", re.IGNORECASE)),  # Postfix, qmail
    ("RCPT", re.compile(r"\brcpt to\b", re.IGNORECASE)),  # a command quoted anywhere, when no phrase says more
    ("MAIL", re.compile(r"\bmail from:", re.IGNORECASE)),
    ("DATA", re.compile(r"\bend of (?:data|message)\b", re.IGNORECASE)),
    ("RCPT", re.compile(r"\(state 14\)", re.IGNORECASE)),  # Google's numbering of its SMTP client
    ("DATA", re.compile(r"\(state 1[5-9]\)", re.IGNORECASE)),
    ("RCPT", re.compile(r"\brcpt to\b", re.IGNORECASE)),  # a command quoted anywhere, when no phrase says more
    ("MAIL", re.compile(r"\bmail from:", re.IGNORECASE)),
    ("DATA", re.compile(r"\bend of (?:data|message)\b", re.IGNORECASE)),
)  # fmt: skip
_SENT = re.compile(r"^[ \t]*(?:>>>|-->|sent(?: >>>|:)|C:)[ \t]*\"?([A-Za-z]{4,8})", re.IGNORECASE)
_RECEIVED = re.compile(r"^[ \t]*(?:<<<|<--|received(?: <<<|:)|S:)[ \t]*\"?([245]\d\d[\s\S]*)", re.IGNORECASE)


_FOLLOWS = re.compile(r"need rcpt|no valid recip|bad sequence|need mail", re.IGNORECASE)
"""Replies that only say that an earlier command was refused."""


@lru_cache(maxsize=16)  # the many recipients of one report often share its words
def answered(text: str, reply: str = "") -> str:
    """CONN, EHLO, MAIL, RCPT or DATA, or empty. `reply` picks the right line of a transcript when there are several."""
    if any(mark in text for mark in (">>>", "-->", "C:")) and (verb := transcript(text, reply)[0]):
        return verb
    for phrase in _PHRASES:
        if found := phrase.search(text):
            verb = re.split(r"[\s_]", next(group for group in found.groups() if group).lower())[0]
            return "CONN" if verb.startswith("conn") else _VERBS.get(verb, "")
    return next((verb for verb, phrase in _FIXED if phrase.search(text)), "")


def transcript(text: str, reply: str = "") -> tuple[str, str]:
    """The command and the reply of a session quoted as `>>> RCPT TO:...` and `<<< 550 ...`.

    The line that repeats `reply` wins, else the first refusal; replies that only follow from an earlier one
    (503 need RCPT, 554 no valid recipients) are passed over. With PIPELINING sendmail writes all replies behind `>>> DATA`: one
    that such a reply follows was to RCPT.
    """
    verb, refused = _refused(text, _squeeze(reply)[:24])
    if verb == "DATA" and refused and _FOLLOWS.search(text.partition(refused)[2].partition(">>>")[0]):
        verb = "RCPT"
    return verb, refused


def _refused(text: str, wanted: str) -> tuple[str, str]:
    verb, first = "", ("", "")
    for line in text.split("\n"):
        if sent := _SENT.match(line):
            verb = _VERBS.get(sent[1].lower(), verb if sent[1].upper() == "QUIT" else "")
        elif (received := _RECEIVED.match(line)) and received[1][0] in "45":
            if wanted and wanted in _squeeze(received[1]):
                return verb, received[1].strip()
            if not first[1] and not _FOLLOWS.search(received[1]):
                first = (verb, received[1].strip())
    return first


def _squeeze(text: str) -> str:
    return re.sub(r"[^a-z0-9]+", "", text.lower())
