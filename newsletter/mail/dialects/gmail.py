"""Google: the old plain form, groups, and the groups of Workspace."""

from __future__ import annotations

import re
from dataclasses import replace

from newsletter.mail import excerpts
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.reasons import grammar
from newsletter.mail.report import Failure, Reason
from newsletter.mail.returned_message import ReturnedMessage

_FROM_GOOGLE = re.compile(r"@google(?:mail|groups)?\.com", re.IGNORECASE)
_FORM = re.compile(
    r"technical details of (?:permanent|temporary) failure|delivery to the following recipients? (?:has been delayed|failed)",
    re.IGNORECASE,
)
_GROUP = re.compile(
    r"groups\.google\.com|google groups|googlegroups\.com|google-groups|support\.google\.com/a/answer/168383|posting permission|send mail as|permission to post|the group you tried to contact",
    re.IGNORECASE,
)
_NOT_FOUND = re.compile(
    r"address not found|adresse nicht gefunden|adresse introuvable|no se ha encontrado la direcci|direcci.n no encontrada|indirizzo non trovato|endere.o n.o encontrado|adres niet gevonden|nie znaleziono adresu|адрес не найден|adress hittades inte|アドレス不明|アドレスが見つかりません|找不到(?:地址|该地址|電子郵件地址)|주소를 찾을 수 없음",
    re.IGNORECASE,
)
_LEAD = re.compile(r"technical details of (?:permanent|temporary) failure:?", re.IGNORECASE)
_RETURNED = re.compile(r"the error that the other server returned was:?", re.IGNORECASE)
_OWN: tuple[tuple[Reason, re.Pattern[str]], ...] = (
    (Reason.EXPIRED, re.compile(r"did not accept our requests to connect|could not be delivered for|timed out|message could not be delivered|socket error|connection (?:dropped|refused)|unable to connect|retry(?:ing)? for", re.IGNORECASE)),
    (Reason.HOSTUNKNOWN, re.compile(r"dns error: (?:domain name not found|.{0,80}nxdomain)|domain name not found", re.IGNORECASE)),
    (Reason.NETWORKERROR, re.compile(r"dns error", re.IGNORECASE)),
    (Reason.MAILBOXFULL, re.compile(r"quota exceeded|storage quota|out of storage", re.IGNORECASE)),
    (Reason.USERUNKNOWN, re.compile(r"the email account that you tried to reach does not exist|no such user|address not found", re.IGNORECASE)),
)  # fmt: skip


def _recognises(letter: ReturnedMessage) -> bool:
    return bool(_FORM.search(letter.text) and (_LEAD.search(letter.text) or _FROM_GOOGLE.search(letter.sender)))


def _read(letter: ReturnedMessage) -> list[Failure]:
    details = _LEAD.search(letter.text)
    listed = letter.text[: details.start()] if details else letter.text
    words = letter.text[details.end() :] if details else letter.text
    found = [address for address, _ in excerpts.by_heads(listed, excerpts.ALONE)] or excerpts.failed_recipients(letter)
    return [_own(failure) for failure in failures(letter, [(address, words.strip()) for address in found])]


def _own(failure: Failure) -> Failure:
    """Before "the other server returned", Google speaks for itself."""
    if returned := _RETURNED.search(failure.diagnostic):
        return replace(failure, diagnostic=failure.diagnostic[returned.end() :].strip(), context=failure.diagnostic)
    return replace(failure, reason=next((reason for reason, says in _OWN if says.search(failure.diagnostic)), None))


def judge_page(letter: ReturnedMessage, failure: Failure) -> Failure:
    """Under the heading "Address not found" Gmail has asked for the address: "unknown" is about it, whoever the host."""
    if not _FROM_GOOGLE.search(letter.sender) or failure.command in {"MAIL", "DATA"}:
        return failure
    if not _NOT_FOUND.search(letter.text[:2000]):
        return failure
    unknown = grammar.said_by_text(grammar.plain(failure.diagnostic)) is Reason.USERUNKNOWN
    return replace(failure, command="RCPT", reason=Reason.USERUNKNOWN if unknown else failure.reason)


def _recognises_group(letter: ReturnedMessage) -> bool:
    return bool(
        _FROM_GOOGLE.search(letter.sender)
        and _GROUP.search(letter.text + letter.sender)
        and excerpts.failed_recipients(letter)
        and not letter.fields.strip()
    )


def _read_group(letter: ReturnedMessage) -> list[Failure]:
    """A group that takes no mail from strangers, in the language of the group: the words need not be understood."""
    found = failures(letter, [(address, letter.text.strip()) for address in excerpts.failed_recipients(letter)])
    return [
        replace(failure, reason=None if re.search(r"\b5\d\d[ -]5\.\d", failure.diagnostic) else Reason.REJECTED)
        for failure in found
    ]


GMAIL = Dialect("gmail", "https://support.google.com/mail/answer/6596", _recognises, _read)
GOOGLE_GROUPS = Dialect("googlegroups", "https://support.google.com/a/answer/168383", _recognises_group, _read_group)
