"""A message that came back, laid out for the readers: what it says, what it carries, and what it returns.

A report has three layers (RFC 6522): words for a person, fields for a machine, and the returned message. MTAs without
RFC 6522 write all three into one text; the returned message is cut off here, so that no reader takes its words for a verdict.
"""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field

from newsletter.mail import mime
from newsletter.mail.mime import Part

ADDRESS = re.compile(
    r"""(?<![\w.%+-])(?<!(?<![dlDL])\w['\u2019])(?!(?i:smtp|rfc822|rcpt|to|address|e-?mail|recipient|user)=)(?:"[^"\s<>]{1,64}"|(?:[^\s<>()\[\],;:"'|\\@`\u2019\u3000-\u303f\uff00-\uff20]|(?<=\w)(?<![dlDL])'(?=\w)){1,128})@(?:[\w-]{1,63}\.){1,10}[\w-]{2,63}(?![\w-])"""
)
"""An address in running text: a practical reading of RFC 5321 section 4.1.2, bounded so that it stays linear."""

_FIELDS = frozenset({"message/delivery-status", "message/global-delivery-status"})
_RETURNED = frozenset(
    {
        "message/rfc822",
        "message/global",
        "text/rfc822-headers",
        "message/global-headers",
        "text/rfc822",
        "message/partial",
    }
)
_ORIGINAL = re.compile(
    r"""^[ \t>]*+(?:[-=*_]{2,}+(?<=--)[ ]*+(?:header|kopf|copy|start)[ ]of[ ].*|(?>(?:[-=*_]{2,}+[ ]*+)?)(?:
        (?:below|beneath)[ ]this[ ]line[ ]is[ ]a[ ]copy[ ]of[ ]the[ ]message
      | below[ ]is[ ]a[ ]copy[ ]of[ ]the[ ]original(?:[ ]message)?
      | this[ ]is[ ]a[ ]copy[ ]of[ ](?:the|your)[ ](?:\w+[ ])?message(?:,[ ]including[ ]all[ ]the[ ]headers)?
      | (?:the[ ])?(?:(?:body|header)s?[ ]of[ ]the[ ]original[ ]message[ ](?:is|are)[ ]following|(?:un)?sent[ ]message[ ](?:follows|below))
      | (?:the[ ])?(?:original|returned|undelivered|unsent|rejected|undeliverable)[ ](?:e-?mail[ ]?)?(?:message|mail)?[ ]?(?:header)?s?
           [ ]?(?:follows?|below|attached|header[s]?)?
      | (?:the[ ])?(?:original[ ])?message[ ](?:header[s]?|text|body|content)[ ]?(?:follows?)?
      | (?:included|following)[ ]is[ ]a[ ]copy[ ]of[ ]the[ ](?:message|e-?mail)[ ]header.*
    )[-=*_.: \t]*+)$""",
    re.IGNORECASE | re.MULTILINE | re.VERBOSE,
)
_BARE = re.compile(
    r"[ \t>]*(?:undeliver(?:ed|able)|returned|rejected)[ ](?:e-?mail[ ]?)?(?:message|mail)?[ \t:.]*", re.IGNORECASE
)
_HEADER_NEXT = re.compile(r"(?:[ \t]*+[-=*_]*+[ \t]*+\n){1,4}[ \t>]*+[A-Za-z][A-Za-z0-9-]{1,40}:[ \t]")
MAX_HEADINGS = 20
"""Headings that look like the announcement of a returned message before the search for one is given up."""
_HEADER_RUN = re.compile(
    r"^(?:Received|Return-Path|DKIM-Signature|Message-ID|From|X-[\w-]+):.*\n(?:[ \t]+\S.*\n|[A-Za-z][\w-]*:.*\n){2,}",
    re.IGNORECASE | re.MULTILINE,
)
_MACHINES = re.compile(
    r"mailer[-_ ]?daemon|mail[-_ ]?daemon|post[-_ ]?master|daemon@|^daemon|mail delivery|delivery (?:sub)?system|system administrator|"
    r"^mail system|mdaemon|no-?reply|mailerdaemon|bounce|system (?:error|admin)|mailsystem|^root@|^mail@|^mmdf|^smtp@|undeliver|mail ?admin|postoffice|mail system|mail server|mail gateway|interscan|webshield|mail ?marshal",
    re.IGNORECASE,
)
_NEWS = re.compile(
    r"undeliver|undelivered|not (?:be )?deliver|deliver(?:y|ing)? (?:has )?(?:fail|status|report|notif|error|problem|failure|of your|incomplete)"
    r"|(?:mail|delivery|message) (?:could|was|can)|return(?:ed|ing) (?:mail|message|to sender)|failure (?:notice|delivery|notification)|"
    r"mail (?:system )?(?:error|failure|status)|non-?deliver|nondeliverable|bounce|fail(?:ed|ure)|could not send|unzustellbar|"
    r"error sending|permanent error|user unknown|delayed|warning|mail fehler|rejected|配信|エラー|non remis|no se puede|не доставлено|"
    r"unable to deliver|not sent|not delivered|delivery",
    re.IGNORECASE,
)
_FIELDS_AHEAD = re.compile(
    r"^(?:reporting-mta|final-recipient|original-recipient)[ \t]*:", re.IGNORECASE | re.MULTILINE
)
_TAGS = re.compile(r"<[^<>]{0,2000}>")
_HIDDEN = re.compile(r"<(style|script|head|title)\b[^<>]{0,500}>", re.IGNORECASE)
_BREAKS = re.compile(r"<(?:br|/p|/div|/tr|/li|/h\d)\b[^<>]{0,200}>", re.IGNORECASE)


@dataclass(slots=True)
class ReturnedMessage:
    """One received message. `text` ends where the returned message begins; `original` holds that message's headers."""

    part: Part
    subject: str = ""
    sender: str = ""
    text: str = ""
    whole_text: str = ""
    fields: str = ""  # message/delivery-status, all of them, a blank line between
    feedback: str = ""  # message/feedback-report
    disposition: str = ""  # message/disposition-notification
    original: dict[str, list[str]] = field(default_factory=dict)
    enclosed: Part | None = None  # the first message inside, which may be a report itself

    def header(self, name: str) -> str:
        """The first value of a header of the report itself, or empty."""
        return self.part.header(name)

    def original_header(self, name: str) -> str:
        """The first value of a header of the message that came back, or empty."""
        values = self.original.get(name)
        return mime.decode_words(values[0]) if values else ""

    @property
    def from_a_machine(self) -> bool:
        """Whether a mail system speaks here, so that its text may be read as a verdict.

        A null return path or a daemon's name says so (RFC 5321 section 4.5.5), unless the message is marked as list mail
        (RFC 2369, 2919) or answers somebody: a newsletter may quote a bounce, a person may forward one.
        """
        if any(name in self.part.headers for name in ("list-id", "list-unsubscribe", "list-post")):
            return False
        if _MACHINES.search(self.sender) or _MACHINES.search(self.header("return-path")):
            return True
        if self.header("return-path").strip() == "<>" or "x-failed-recipients" in self.part.headers:
            return True
        answered = "in-reply-to" in self.part.headers or "references" in self.part.headers
        personal = re.match(r"(?:re|fwd?|aw|wg|sv|tr)\s*:", self.subject, re.IGNORECASE)
        marked = not self.sender or self.header("auto-submitted").lower().startswith("auto-")
        return not answered and not personal and marked and self.about_delivery

    @property
    def about_delivery(self) -> bool:
        """Whether the subject speaks of a delivery."""
        return bool(_NEWS.search(self.subject))


def open_letter(raw: bytes) -> ReturnedMessage:
    """Lay out one received message; never raises."""
    part = mime.parse(raw)
    letter = ReturnedMessage(
        part=part, subject=part.header("subject")[:2000], sender=part.header("from")[:2000].strip()
    )
    texts: list[str] = []
    pages: list[str] = []
    for leaf in part.walk():
        _sort(leaf, letter, texts, pages)
    letter.whole_text = "\n".join(texts) if any(text.strip() for text in texts) else "\n".join(pages)
    letter.whole_text = letter.whole_text[: mime.MAX_TEXT]
    letter.text, rest = split_original(letter.whole_text)
    if rest and not letter.original:
        letter.original = mime.parse_headers(rest.lstrip("\n")[:65536].partition("\n\n")[0])
    return letter


def _sort(leaf: Part, letter: ReturnedMessage, texts: list[str], pages: list[str]) -> None:
    kind = leaf.content_type
    if kind in _FIELDS:
        letter.fields += (leaf.text().strip("\n") + "\n\n").lstrip("\n")
    elif kind == "message/feedback-report":
        letter.feedback += leaf.text().strip("\n") + "\n"
    elif kind in _RETURNED:
        letter.original = letter.original or mime.parse_headers(leaf.text().lstrip("\n").partition("\n\n")[0])
        letter.enclosed = letter.enclosed or leaf
    elif kind == "message/disposition-notification":  # RFC 8098: its Final-Recipient is no bounce by itself
        letter.disposition += leaf.text().strip("\n") + "\n"
    elif kind == "application/octet-stream" and _FIELDS_AHEAD.search(leaf.text()[:4000]):
        texts.append(leaf.text())  # a gateway that made an attachment of the fields
    elif kind == "text/html":
        pages.append(strip_tags(leaf.text()))
    elif not leaf.parts and kind.startswith(
        ("text/", "multipart/", "message/")
    ):  # a multipart whose parts were not found is read as text
        texts.append(leaf.text())


def split_original(text: str) -> tuple[str, str]:
    """Cut a notification where the returned message begins: at the words that announce it or at its header lines."""
    cuts = []
    if run := _HEADER_RUN.search(text):
        cuts.append((run.start(), run.start()))
    if words := _announced(text):
        cuts.append((words.start(), words.end()))
    if not cuts or not text[: min(cuts)[0]].strip():
        cuts = [cut for cut in cuts if text[: cut[0]].strip()]
    if not cuts:
        return text, ""
    start, end = min(cuts)
    return text[:start], text[end:]


def _announced(text: str) -> re.Match[str] | None:
    """The words that announce the returned message; a bare "undeliverable mail" may be a heading instead."""
    for count, words in enumerate(_ORIGINAL.finditer(text)):
        if not _BARE.fullmatch(words[0]) or _HEADER_NEXT.match(text, words.end()):
            return words
        if count > MAX_HEADINGS:
            break
    return None


def strip_tags(page: str) -> str:
    """HTML as plain words; good enough to read a verdict from."""
    kept, at = [], 0
    lower = page.lower()
    while hidden := _HIDDEN.search(page, at):
        kept.append(page[at : hidden.start()])
        at = lower.find(f"</{hidden[1].lower()}", hidden.end())
        if at < 0:
            at = len(page)
    kept.append(page[at:])
    return html.unescape(_TAGS.sub(" ", _BREAKS.sub("\n", " ".join(kept))))


def addresses(text: str) -> list[str]:
    """The addresses in a text, in order, each once."""
    return list(dict.fromkeys(ADDRESS.findall(text)))


def clean_address(text: str) -> str:
    """The address in a field or phrase without brackets, type and comment, or empty (RFC 3464 section 2.3.2)."""
    value = text.strip()
    if found := re.search(r"<([^<>\s]{1,320}@[^<>\s]{1,255})>", value):
        return found[1]
    first = ADDRESS.search(value)
    return first[0] if first else ""
