"""Japanese carriers and gateways: au (ezweb), KDDI, m-FILTER, Active!hunter, InterScan, and a nameless one."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from newsletter.mail import commands, excerpts
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.report import Failure, Reason
from newsletter.mail.returned_message import ADDRESS, ReturnedMessage

_EZWEB_FROM = re.compile(r"postmaster@(?:ezweb|au|\w+\.ezweb)\.(?:ne\.jp|com)", re.IGNORECASE)
_EZWEB = re.compile(
    r"each of the following recipients was rejected by a remote|the following recipients did not receive|the user\(?s?\)? (?:account|mail)|your mail attempted to be delivered|delivered to the following recipient",
    re.IGNORECASE,
)
_EZWEB_HEAD = re.compile(
    r"^[ \t]*(?:recipient:[ \t]*)?<(?P<address>[^\s<>]{3,320})>[ \t]*$", re.IGNORECASE | re.MULTILINE
)
_REJECTED = re.compile(r"was rejected by a remote", re.IGNORECASE)
_KDDI = re.compile(
    r"could not be delivered to:\s*<?(?P<address>[^\s<>]{3,320})>?\s*(?P<words>[\s\S]{0,300})", re.IGNORECASE
)
_KDDI_MARK = re.compile(
    r"your mail sent on:? |^as (?:their|the) (?:mailbox|remote|user|domain)", re.IGNORECASE | re.MULTILINE
)
_MFILTER = re.compile(r"^-{3,}server message\s*$", re.IGNORECASE | re.MULTILINE)
_MFILTER_COMMAND = re.compile(r"^-{3,}smtp command(?=[^\S\n]*+\n)\s*+(\w{4})", re.IGNORECASE | re.MULTILINE)
_HUNTER = re.compile(r"^[ \t]*>>+[ \t]*<?(?P<address>[^\s<>]{3,320}@[^\s<>]{3,255})>?[ \t]*<<+[ \t]*$", re.MULTILINE)
_INTERSCAN = re.compile(
    r"^[ \t]*sent[ \t]+>>>[ \t]+(?P<sent>[^\n]{4,400})\n[ \t]*received[ \t]+<<<[ \t]+(?P<reply>[^\n]{3,400})",
    re.IGNORECASE | re.MULTILINE,
)
_BRACKETED = re.compile(
    r"^[ \t]*<?(?P<address>[^\s<>\[\]]{1,128}@[\w.-]{3,255})>?[ \t]+\[(?P<words>[^\]\n]{3,300})\][ \t]*$", re.MULTILINE
)


def _recognises_ezweb(letter: ReturnedMessage) -> bool:
    return bool(
        _EZWEB_HEAD.search(letter.whole_text)
        and (_EZWEB.search(letter.whole_text) or _EZWEB_FROM.search(letter.sender))
    )


def _read_ezweb(letter: ReturnedMessage) -> list[Failure]:
    """Au refuses by its owner's filter before it looks the mailbox up, so only a quoted RCPT speaks of the address."""
    found = []
    rejected = bool(_REJECTED.search(letter.whole_text))
    for failure in failures(letter, excerpts.by_heads(letter.whole_text, _EZWEB_HEAD)):
        verb, reply = commands.transcript(failure.diagnostic)
        reason = Reason.FILTERED if not reply and rejected else None
        found.append(
            replace(
                failure,
                diagnostic=reply,
                command=verb,
                context=letter.whole_text[: excerpts.MAX_PASSAGE],
                reason=reason,
            )
        )
    return found


def _read_kddi(letter: ReturnedMessage) -> list[Failure]:
    return failures(
        letter,
        [(found["address"], found["words"].strip()) for found in _KDDI.finditer(letter.whole_text)],
        command="RCPT",
    )


def _read_mfilter(letter: ReturnedMessage) -> list[Failure]:
    mark, command = _MFILTER.search(letter.whole_text), _MFILTER_COMMAND.search(letter.whole_text)
    if not mark:
        return []
    words = letter.whole_text[mark.end() :].strip().partition("\n---")[0]
    who = ADDRESS.findall(letter.whole_text[: mark.start()])[-1:] or ADDRESS.findall(words)
    return [
        replace(each, command=command[1].upper() if command else "")
        for each in failures(letter, [(address, words) for address in who])
    ]


def _read_interscan(letter: ReturnedMessage) -> list[Failure]:
    found: list[Failure] = []
    action, above = excerpts.action(letter), ADDRESS.search(letter.text)
    meant = ADDRESS.findall(letter.original_header("to"))
    for match in islice(_INTERSCAN.finditer(letter.whole_text), excerpts.MAX_RECIPIENTS):
        who = ADDRESS.findall(match["sent"]) if match["sent"].lower().startswith("rcpt") else []
        who = who or ([above[0]] if above and above.end() <= match.start() else meant)
        verb = {"RCPT": "RCPT", "MAIL": "MAIL", "DATA": "DATA"}.get(match["sent"][:4].upper(), "")
        found += [
            Failure(recipient=each, diagnostic=match["reply"], action=action, command=verb)
            for each in dict.fromkeys(who)
        ]
    return found


def _read_bracketed(letter: ReturnedMessage) -> list[Failure]:
    """Such a gateway takes the message whole before it looks the reader up, so "unknown" may be a filter's word."""
    found = [(bracketed["address"], bracketed["words"]) for bracketed in _BRACKETED.finditer(letter.whole_text)]
    return failures(letter, found, command="DATA")


EZWEB = Dialect(
    "ezweb", "https://www.au.com/support/ (Mail System Error - Returned Mail)", _recognises_ezweb, _read_ezweb
)
KDDI = Dialect(
    "kddi",
    "au one net, DION",
    lambda letter: bool(_KDDI_MARK.search(letter.whole_text) and _KDDI.search(letter.whole_text)),
    _read_kddi,
)
MFILTER = Dialect(
    "mfilter", "Digital Arts m-FILTER", lambda letter: bool(_MFILTER.search(letter.whole_text)), _read_mfilter
)
ACTIVEHUNTER = Dialect(
    "activehunter",
    "TransWARE Active! hunter",
    lambda letter: bool(_HUNTER.search(letter.text)),
    lambda letter: failures(letter, excerpts.by_heads(letter.text, _HUNTER), command="RCPT"),
)
INTERSCAN = Dialect(
    "interscan", "Trend Micro InterScan MSS", lambda letter: bool(_INTERSCAN.search(letter.whole_text)), _read_interscan
)
BRACKETED = Dialect(
    "bracketed",
    "a gateway that writes `address [words]`",
    lambda letter: bool(_BRACKETED.search(letter.whole_text) and letter.about_delivery),
    _read_bracketed,
)
CARRIERS = (KDDI, EZWEB, MFILTER, ACTIVEHUNTER, INTERSCAN, BRACKETED)
