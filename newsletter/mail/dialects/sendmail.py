"""sendmail's transcripts, for the versions and gateways that send no RFC 3464 part."""

from __future__ import annotations

import re

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ReturnedMessage

_MARK = re.compile(
    r"(?<!-)-{3,}+\s*+(?:transcript of session follows|the following (?:addresses|recipients?|message) had .{0,60}|the following addresses have .{0,60}|recipients of this delivery)\s*-{3,}",
    re.IGNORECASE,
)
_SENT = re.compile(
    r"^[ \t]*(?:>>>|-->|C:)[ \t]*(\w{4})(?:[^<\n]{0,40}<([^<>\s]{3,320})>|[ \t]+(?:to|from):[ \t]*([^<>\s]{3,320}))?",
    re.IGNORECASE,
)
_RECEIVED = re.compile(r"^[ \t]*(?:<<<|<--|S:)[ \t]*(.{3,1000})")
_VERDICT = re.compile(
    r"^[ \t]*(\d{3})?[ \t]*(?:([245]\.\d{1,3}\.\d{1,3})[ \t]+)?<?([^\s<>,;:()]{1,128}@[\w.-]{3,255}\w)>?[ \t]*(?:\.\.\.|,)[ \t]*(.{0,1000})"
)
_LISTED = re.compile(
    r"^[ \t]*<(?P<address>[^\s<>]{1,128}@[^\s<>]{3,255})>[ \t]*(?:\((?:reason: )?[^)]{0,500}\)?)?", re.MULTILINE
)
_REASON = re.compile(r"\((?:reason: )?(?!expanded from|generated)([^\n]{3,500}+)(?=\n|\Z)")
_ABOUT_HOST = re.compile(r"^[ \t]*\d{3}[ \t]+(?:[245]\.\d\.\d{1,3}[ \t]+)?\S+[ \t]+\(\w*smtp\w*\)\.{3}", re.IGNORECASE)


def _recognises(letter: ReturnedMessage) -> bool:
    return bool(_MARK.search(letter.whole_text))


def _read(letter: ReturnedMessage) -> list[Failure]:
    text = letter.text if _MARK.search(letter.text) else letter.whole_text
    action = excerpts.action(letter)
    found = session(text, action)
    for address, words in _listed(text):
        known = found.get(address.lower())
        if known is None:
            found[address.lower()] = Failure(
                recipient=address,
                diagnostic=words,
                action=action,
                context=text[: excerpts.MAX_PASSAGE],
            )
    return list(found.values())


def session(text: str, action: str) -> dict[str, Failure]:
    """Walk the dialogue: a verdict line belongs to the refusal before it, else it is sendmail's own word."""
    found: dict[str, Failure] = {}
    verb, asked, reply = "", "", ""
    for line in text.split("\n")[:5000]:
        if sent := _SENT.match(line):
            verb, asked, reply = sent[1].upper(), sent[2] or sent[3] or "", ""
        elif received := _RECEIVED.match(line):
            reply = reply or (received[1].strip() if received[1][:1] in "45" else "")
            if asked and verb == "RCPT" and reply:
                found.setdefault(
                    asked.lower(), Failure(recipient=asked, diagnostic=reply, action=action, command="RCPT")
                )
        elif not _ABOUT_HOST.match(line) and (verdict := _VERDICT.match(line)):
            command = (
                ("EHLO" if verb in {"HELO", "EHLO"} else verb if verb in {"MAIL", "RCPT", "DATA"} else "CONN")
                if reply
                else "RCPT"
            )
            failure = Failure(
                recipient=verdict[3],
                diagnostic=reply or line.strip(),
                status=verdict[2] or "",
                action=action,
                command=command,
                context=line.strip(),
            )
            found.setdefault(verdict[3].lower(), failure)
            reply = "" if verb in {"RCPT", "DATA"} else reply
    return found


def _listed(text: str) -> list[tuple[str, str]]:
    listed = excerpts.by_heads(text, _LISTED)
    whole = {match["address"]: match[0] for match in _LISTED.finditer(text)}
    return [
        (
            address,
            reason[1].rstrip(" \t").removesuffix(")")
            if (reason := _REASON.search(whole.get(address, "") + "\n" + words))
            else "",
        )
        for address, words in listed
    ]


SENDMAIL = Dialect("sendmail", "Sendmail Installation and Operation Guide; savemail.c, conf.c", _recognises, _read)
