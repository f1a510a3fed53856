"""An MTA nobody described: a mail system speaks of a failure and names somebody. Asked after all known dialects."""

from __future__ import annotations

import re

from newsletter.mail import commands, excerpts, readers
from newsletter.mail.dialects import labels, sendmail
from newsletter.mail.dialects.base import Dialect, failures
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ReturnedMessage, clean_address

_FAILED = re.compile(
    r"(?:could not|cannot|can not|couldn.t|was not|wasn.t|not|unable to|failed to|fail(?:ed|ure)(?: in| of)?|impossible to|error|problem|trouble)[^.\n]{0,60}(?:deliver|sen[dt]|reach|process|accept|forward)|"
    r"undeliver|returned to (?:the )?sender|permanent (?:fatal )?(?:error|failure)|delivery (?:has )?(?:fail|error|problem|incomplete)|"
    r"(?:reject|refus|bounc)ed|\b[45]\d\d[ -]+(?:[45]\.\d\.\d+\b|[<a-z])|mail(?:box)? (?:is )?full|user unknown|unknown (?:user|host)|no such user|fail(?:ed|ure)\b|"
    r"nicht (?:zugestellt|ausgeliefert|zustell)|unzustellbar|n.a pas (?:pu|\S+) (?:\S+ )?(?:remis|distribu|livr)|non (?:remis|distribu|livr)|no (?:se )?(?:ha |pudo )(?:podido )?\S{0,12}entreg|no entregad|"
    r"non (?:\S+ )?(?:\S+ )?(?:recapitat|consegnat)|n.o (?:\S+ )?(?:\S+ )?entreg|niet (?:\S+ )?(?:bezorgd|afgeleverd)|nie (?:\S+ )?dostarcz|kunde inte levereras|"
    "(?:配信|送信|配送|送達)が?(?:できま|不能|失敗|エラー)|届きません|戻って|не (?:может быть |было |был |удалось )?достав|退信|退回|无法(?:送达|投递|发送)|投递失败|發送失敗|無法(?:送達|投遞)|전송 ?실패|발송 ?실패|발송되지|반송",
    re.IGNORECASE,
)
_DAEMON = re.compile(
    r"mailer[-_ ]?daemon|mail[-_ ]?daemon|post[-_ ]?master|mdaemon|mail delivery|delivery (?:sub)?system|system administrator|mail (?:admin|system|server)",
    re.IGNORECASE,
)


def _recognises(letter: ReturnedMessage) -> bool:
    """Stricter than for a dialect with a mark of its own: a no-reply address that thanks for a message is no MTA."""
    null_path = letter.header("return-path").strip() == "<>"
    daemon = bool(_DAEMON.search(letter.sender))
    returned = letter.about_delivery and bool(letter.original)  # a person's name on it, but our message inside
    if not (daemon or null_path or returned or excerpts.failed_recipients(letter)):
        return False
    if not (_FAILED.search(letter.text) or _FAILED.search(letter.subject)):
        return False
    return letter.about_delivery or bool(letter.original) or (daemon and null_path)


def _read(letter: ReturnedMessage) -> list[Failure]:
    """The surest first: a header that names them, a session, lines that begin with an address, labels, anybody named."""
    text = letter.text
    if named := excerpts.failed_recipients(letter):
        return failures(letter, [(address, excerpts.about(text, address) or text) for address in named])
    if found := list(sendmail.session(text, excerpts.action(letter)).values()):
        return found
    for head in (excerpts.ALONE, excerpts.HEAD, excerpts.BESIDE):
        if heads := _not_ours(letter, excerpts.by_heads(text, head)):
            return _with_command(letter, [(address, words or text) for address, words in heads])
    return _with_command(letter, _not_ours(letter, labels.read(text)) or _anyone(letter))


def _with_command(letter: ReturnedMessage, found: list[tuple[str, str]]) -> list[Failure]:
    """The words for one address may lie beside the sentence that tells which command was answered."""
    return failures(letter, found, command=commands.answered(letter.text) if len(found) == 1 else "")


def _anyone(letter: ReturnedMessage) -> list[tuple[str, str]]:
    """The first address in the text that is neither sender nor reader of the report, else whom the message was for."""
    words = letter.text[: excerpts.MAX_PASSAGE]
    inside = _not_ours(
        letter, [(address, words) for address in readers.asked(letter.text) or readers.named(letter.text)[:20]]
    )
    original = "" if letter.fields else clean_address(letter.original_header("to"))
    return inside[:1] or ([(original, words)] if original else [])


def _not_ours(letter: ReturnedMessage, found: list[tuple[str, str]]) -> list[tuple[str, str]]:
    senders = readers.ours(letter)
    return [(address, words) for address, words in found if readers.is_reader(address, senders)]


UNNAMED = Dialect("unnamed", "no source: the grammar of notifications in general", _recognises, _read)
