"""Finding, in a notification written for people, the words that belong to one address."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from newsletter.mail.returned_message import ADDRESS, ReturnedMessage

MAX_PASSAGE = 2000
MAX_RECIPIENTS = 500

_ADDRESS = r"""(?P<address>"[^"\s<>]{1,64}"@[\w.-]{3,255}|(?:[^\s<>()\[\],;:"'|\\`*\u3000-\u303f\uff00-\uff20]|(?<=\w)'(?=\w)){1,128}@[\w.-]{3,255}\w)"""
ALONE = re.compile(rf"^[ \t]*+[*-]?[ \t]*+[<\"']*{_ADDRESS}[>\"']*+[ \t]*+:?[ \t]*+$", re.MULTILINE)
"""A line that holds an address and nothing else: qmail, Exim, Yahoo, GMX, Gmail, Exchange 2007."""
HEAD = re.compile(rf"^[ \t]*+[*-]?[ \t]*+[<\"']*{_ADDRESS}[>\"']*+[ \t]*+(?::|\.\.\.)[ \t]*+", re.MULTILINE)
"""An address, a colon, and the words: Postfix, OpenSMTPD."""
BESIDE = re.compile(
    rf"^[ \t]*+[*-]?[ \t]*+[<\"']*{_ADDRESS}[>\"']*+[ \t]++(?=[(\[]\w|[-=\u2013]+>?[ \t]+\w)", re.MULTILINE
)
"""An address and the words beside it in parentheses, in brackets, or after a dash."""

_DELAY = re.compile(
    r"warning message only|only a warning|this is (?:just |only )?a warning|do not need to re-?send|still (?:being tried|trying|in the queue)|"
    r"(?:has|have) been delayed|is delayed|(?:has|have) not yet been delivered|not yet been delivered|not been able to deliver[^.]{0,40}yet|"
    r"will (?:be retried|continue|keep trying|try again|be re-?tried|retry|attempt)|delivery attempts will continue|temporary failure report|"
    r"will be (?:attempted|tried) (?:again|for)|no action is required on your part|(?<!not )continue (?:trying|to try)|"
    r"versucht weiterhin|weitere zustellversuche|continuera d.essayer|seguir\w{0,9} intentando|continuer\w{0,9} a tentare|continuar\w{0,9} tentando|"
    r"\u914d\u4fe1\u304c\u9045\u308c|\u518d\u9001\u3092?\u7d9a|\u9045\u5ef6|\u7ee7\u7eed\u5c1d\u8bd5|\u043f\u043e\u043f\u044b\u0442\u043a\u0438 \u0431\u0443\u0434\u0443\u0442 \u043f\u0440\u043e\u0434\u043e\u043b\u0436",
    re.IGNORECASE,
)
_DELAY_SUBJECT = re.compile(r"delay|warning|still trying|verz\S{1,2}ger|not yet delivered", re.IGNORECASE)
_DELIVERED_SUBJECT = re.compile(
    r"success|\b(?:delivered|relayed|zugestellt|remis|consegnato|entregado)\s*:|delivery status notification \((?:success|relay)",
    re.IGNORECASE,
)
_DELIVERED = re.compile(
    r"\b(?:was|were|has been|have been|is) success?fully (?:delivered|relayed|sent)|delivery to (?:these|the following) recipients? (?:is complete|was successful|succeeded)|"
    r"no delivery notification was sent by the destination|wurde erfolgreich zugestellt|remis avec succ|entregado correctamente|\u6b63\u5e38\u306b\u914d\u4fe1",
    re.IGNORECASE,
)
_BLANK_LINE = re.compile(r"\n[^\S\n]*+\n")
_GIVEN_UP = re.compile(
    r"(?:giving up|given up|not going to try again|no (?:further|more) (?:delivery )?attempts?|permanent|will be deleted from queue)",
    re.IGNORECASE,
)


def by_heads(text: str, head: re.Pattern[str]) -> list[tuple[str, str]]:
    """Each address that heads a passage, with the words up to the next head; a repeated address does not end its own."""
    found: list[re.Match[str]] = []
    for match in head.finditer(text):
        if not found or match["address"].lower() != found[-1]["address"].lower():
            found.append(match)
        if len(found) == MAX_RECIPIENTS:
            break
    ends = [*(match.start() for match in found[1:]), len(text)]
    return [(match["address"], text[match.end() : ends[at]][:MAX_PASSAGE].strip()) for at, match in enumerate(found)]


def parted(
    text: str, start: re.Pattern[str], middle: re.Pattern[str], *, most: tuple[int, int]
) -> Iterator[tuple[str, str]]:
    """What stands between `start` and `middle`, and from there to the next blank line; at most so many characters each.

    One expression for all of it would try every middle with every end.
    """
    at = 0
    while opening := start.search(text, at):
        at = opening.end()
        cut = middle.search(text, at, at + most[0])
        end = _end_of_paragraph(text, cut.end(), most[1]) if cut else -1
        if cut and end >= 0:
            yield text[at : cut.start()], text[cut.end() : end]
            at = end


def _end_of_paragraph(text: str, start: int, most: int) -> int:
    blank = _BLANK_LINE.search(text, start, start + most)
    if blank:
        return blank.start()
    return len(text) if len(text) <= start + most else -1


def about(text: str, address: str) -> str:
    """The words about one address: the passage it heads, else the paragraph that names it and the next one."""
    if words := headed(text, address):
        return words
    at = text.lower().find(address.lower()) if address else -1
    if at < 0:
        return ""
    start = text.rfind("\n\n", 0, at) + 1
    end = text.find("\n\n", at + len(address) + 3)
    if end < 0:
        return text[start : start + MAX_PASSAGE].strip()
    further = text.find("\n\n", end + 2)
    return text[start : end if end - at > len(address) + 60 else further if further > 0 else len(text)][
        :MAX_PASSAGE
    ].strip()


def headed(text: str, address: str) -> str:
    """The words of the passage an address heads, to the next blank line, or empty."""
    words = _words_of(text, HEAD).get(address.lower()) or _words_of(text, ALONE).get(address.lower(), "")
    return words.partition("\n\n")[0]


@lru_cache(maxsize=4)  # a report about many asks for each of them
def _words_of(text: str, head: re.Pattern[str]) -> dict[str, str]:
    """The first words that an address heads, by the address in lower case."""
    found: dict[str, str] = {}
    for address, words in by_heads(text, head):
        if words:
            found.setdefault(address.lower(), words)
    return found


def delayed(letter: ReturnedMessage) -> bool:
    """Whether this only warns that delivery takes long (RFC 3464 section 2.3.3, "delayed") and the MTA keeps trying."""
    if _DELAY_SUBJECT.search(letter.subject) and not re.search(
        r"fail|undeliver|returned", letter.subject, re.IGNORECASE
    ):
        return True
    found = _DELAY.search(letter.text)
    return bool(found) and not _GIVEN_UP.search(letter.text)


def failed_recipients(letter: ReturnedMessage) -> list[str]:
    """The addresses of the `X-Failed-Recipients` header, which Exim and Google write."""
    values = letter.part.headers.get("x-failed-recipients", [])
    return [found for value in values for found in ADDRESS.findall(value)][:MAX_RECIPIENTS]


def succeeded(letter: ReturnedMessage) -> bool:
    """Whether a report only tells that all went well, in its subject and in its words (RFC 3464 section 2.3.3, "delivered")."""
    return bool(_DELIVERED_SUBJECT.search(letter.subject) and _DELIVERED.search(letter.text))


def action(letter: ReturnedMessage) -> str:
    """`delivered`, `delayed` or `failed`, for reports without an Action field."""
    if succeeded(letter):
        return "delivered"
    return "delayed" if delayed(letter) else "failed"
