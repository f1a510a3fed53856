"""Gateways and smaller servers, each known by one sentence: where it names the recipient, and where its words begin."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ADDRESS, ReturnedMessage, clean_address

MAX_CHARS = 8 * 1024
"""Such servers write short; a longer text is not searched to its end."""

_A = r"<?(?P<address>[^\s<>()\[\],;:\"']{1,128}@[\w.-]{3,255}\w)>?"


@dataclass(frozen=True, slots=True)
class ServerSentence:
    """A server's sentence. `says` names the `address`, and `words` when they stand in the sentence itself.

    Otherwise the words are what follows, up to the next address of the same form. `command` is what such a server has
    asked when it does not tell.
    """

    name: str
    source: str
    mark: str
    says: str
    command: str = ""


SENTENCES: tuple[ServerSentence, ...] = (
    ServerSentence("imailserver", "Ipswitch IMail SMTP32", r"smtp32|^(?:unknown user|user mailbox exceeds|undeliverable to|delivery failed \d+ attempts|invalid final delivery)",
             rf"^(?P<words>(?:unknown user|user mailbox exceeds allowed size|invalid final delivery userid|undeliverable to|delivery failed \d+ attempts?|error|[^\n:@]{{4,80}})):? *{_A}[^\n]*", "RCPT"),
    ServerSentence("x6", "a relay that writes `Reason:`", r"we had trouble delivering your message|the following recipients? returned (?:permanent|temporary) errors",
             rf"(?:permanent|temporary) errors?: *{_A}\.? *reason: *(?P<words>[^\n]{{3,1000}})"),
    ServerSentence("aborted", "a server that writes `Delivery ... was aborted after`", r"was aborted after \d+ second|the following recipients returned permanent errors",
             rf"^[ \t]*\* +{_A}[ \t]*(?P<words>(?:\n(?![ \t]*\* )[^\n]*){{0,12}})"),
    ServerSentence("zoho", "Zoho Mail", r"\[status: *\w+, *address:", rf"\[status: *\w+, *address: *{_A} *,(?P<words>[^\]]{{0,800}})\]?"),
    ServerSentence("mailfoundry", "MailFoundry", r"unable to deliver message to:", rf"unable to deliver message to: *{_A}", ""),
    ServerSentence("surfcontrol", "SurfControl E-mail Filter", r"addressed to:|failed to send to identified host", rf"failed to send to identified host,?\s*{_A}: *(?P<words>[\s\S]{{3,600}}?)(?=\n---|\n\n|\Z)"),
    ServerSentence("james", "Apache James, and mail-to-mobile gateways built on it", r"error message below:|message details:|rcpt to: \S+@", rf"error message below:\s*+(?P<words>[^\n]{{3,600}})(?:\n[^\n]*){{0,16}}?\n[ \t]*rcpt to: *{_A}"),
    ServerSentence("mdaemon", "Alt-N MDaemon", r"session transcript|fatal delivery error", rf"(?:failed address|failed recipient)e?s?: *{_A}"),
    ServerSentence("mailenable", "MailEnable", r"recipient: \[smtp:", rf"recipient: \[smtp:{_A}\]\s*(?:reason: *)?(?P<words>[^\n]{{3,600}})", "RCPT"),
    ServerSentence("groupwise", "Novell GroupWise", r"undeliverable to the following", rf"^[ \t]*{_A} *\((?P<words>[^)\n]{{3,300}})\)", "RCPT"),
    ServerSentence("smail", "Smail 3 (notify.c), still in front of some German mailboxes", r"failed addresses follow", rf"^[ \t]*{_A}[ \t]*\.\.\.[ \t]*(?P<words>[^\n]{{3,600}})", "RCPT"),
    ServerSentence("messagingserver", "Sun/Oracle Messaging Server", r"recipient address: \S+@", rf"recipient address: *(?:[^\s@]{{1,128}}@\S{{1,255}}(?=[^\S\n]*+\n)\s*+original address: *)?{_A}(?P<words>(?:\n[^\n]+){{0,12}})"),
    ServerSentence("messagelabs", "Symantec Email Security.cloud", r"mail delivery agent at (?:messagelabs|symantec)", rf"^{_A}(?=[^\S\n]*+\n)\s*+reason: *(?P<words>[\s\S]{{3,800}}?)(?=\n *\n|\Z)"),
    ServerSentence("mxlogic", "McAfee/MX Logic", r"had delivery problems|the following address(?:es|\(es\))? (?:had|failed)", rf"^[ \t]*{_A}[ \t]*[:(] *(?P<words>[^\n]{{3,600}}(?:\n[ \t]+\S[^\n]{{0,300}}){{0,6}})", "RCPT"),
    ServerSentence("interscan", "Trend Micro InterScan", r"unable to deliver message to", rf"unable to deliver message to *{_A}"),
    ServerSentence("quoted", "Cisco IronPort, Barracuda and others: `the following message to <...> was undeliverable`", r"the following message to",
             rf"following message to *{_A} *(?:was undeliverable|could not be delivered|failed)\.?(?P<words>[\s\S]{{0,1000}})"),
    ServerSentence("kerio", "Kerio Connect", r"could not be delivered to the following recipient", rf"^[ \t]*{_A}[ \t]*(?::|\n)[ \t]*(?P<words>[^\n]{{3,600}})"),
)  # fmt: skip

_BECAUSE_OF = re.compile(r"could not be delivered because of\s*+", re.IGNORECASE)
_AFFECTED = re.compile(r"^[^\S\n]*+the following recipients? (?:were|was) affected:?\s*+", re.IGNORECASE | re.MULTILINE)

_MOBILE = re.compile(r"could not be delivered to mobile\.?\s*error: *(?P<words>[^\n]{3,300})", re.IGNORECASE)
_MOBILE_TO = re.compile(rf"^to: *{_A}", re.IGNORECASE | re.MULTILINE)


def _dialect(sentence: ServerSentence) -> Dialect:
    mark = re.compile(sentence.mark, re.IGNORECASE | re.MULTILINE)
    says = re.compile(sentence.says, re.IGNORECASE | re.MULTILINE)

    def recognises(letter: ReturnedMessage) -> bool:
        return bool(
            (mark.search(letter.text) or mark.search(letter.header("x-mailer")))
            and says.search(letter.text[:MAX_CHARS])
        )

    def read(letter: ReturnedMessage) -> list[Failure]:
        text = letter.text[:MAX_CHARS]
        if "words" not in says.groupindex:
            heads = excerpts.by_heads(text, says)
            return failures(letter, [(address, words or text) for address, words in heads], command=sentence.command)
        found = [(match["address"], (match["words"] or "").strip()) for match in says.finditer(text)]
        return failures(letter, found[: excerpts.MAX_RECIPIENTS], command=sentence.command)

    return Dialect(sentence.name, sentence.source, recognises, read)


def _affected(text: str) -> Iterator[tuple[str, str]]:
    """Why and who, as often as it stands there."""
    return excerpts.parted(text, _BECAUSE_OF, _AFFECTED, most=(1000, 2000))


def _read_affected(letter: ReturnedMessage) -> list[Failure]:
    found = []
    for words, who in _affected(letter.whole_text):
        found += [(address, words.strip()) for address in ADDRESS.findall(who)]
    return failures(letter, found, command="RCPT")


def _read_mobile(letter: ReturnedMessage) -> list[Failure]:
    """The number stands in the returned headers: in the text, in a part of their own, or in the returned message."""
    found = _MOBILE.search(letter.whole_text)
    who = _MOBILE_TO.search(letter.whole_text)
    address = who["address"] if who else clean_address(letter.original_header("to"))
    return failures(letter, [(address, found["words"].strip())] if found else [], command="RCPT")


VERIZON = Dialect(
    "verizon", "Verizon's mail-to-mobile gateway", lambda letter: bool(_MOBILE.search(letter.whole_text)), _read_mobile
)
MAILMARSHAL = Dialect(
    "mailmarshal", "Trustwave MailMarshal", lambda letter: any(_affected(letter.whole_text)), _read_affected
)
GATEWAYS = (MAILMARSHAL, VERIZON, *(_dialect(sentence) for sentence in SENTENCES))
