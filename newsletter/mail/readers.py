"""Whom a notification is about: the reader, and never the sender, the list, or a name that merely stands in it."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import islice

from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ADDRESS, ReturnedMessage, clean_address

_OFFICES = (
    "mailer-daemon@", "postmaster@", "post_master@", "abuse@", "support@", "helpdesk@", "hostmaster@", "webmaster@", "no-reply@", "noreply@", "mdaemon@",
)  # fmt: skip
"""Addresses to complain to (RFC 2142), and those that nobody reads."""
_TYPE = re.compile(r"^(?:[^@]{0,200};)?(?:dda:)?(?:smtp|rfc822|mailto|rcpt|to)[=:;]", re.IGNORECASE)
_OTHERS = re.compile(
    r"(?:(?<!expanded )(?<!generated )\bfrom|\bsender|return-path|reply-to|in-reply-to|references|message(?:-id)?|\bid|contact|(?:write|complain|complaints) to|help:)\s{0,3}:?\s{0,3}[<\"'(]{0,3}\Z",
    re.IGNORECASE,
)
"""Words before an address that is not the reader's: who wrote, a message-id, whom to ask."""
_BARE = re.compile(r"<?[^\s<>,;@]{1,128}@[^\s<>,;@]{1,255}>?")
_ASKED = re.compile(r"\brcpt to:?[ \t]{0,4}", re.IGNORECASE)


def tidy(address: str) -> str:
    """The address without the type that some write before it: `SMTP=anna@example.com` (X.400's dda, RFC 2156 section 4.2)."""
    return _TYPE.sub("", address)


def ours(letter: ReturnedMessage) -> frozenset[str]:
    """Who sent the message and where the report went, in lower case: sender, list, return path."""
    found = {clean_address(letter.header(name)).lower() for name in ("to", "from", "delivered-to", "x-original-to")}
    for name in ("from", "sender", "reply-to", "return-path", "list-post", "list-owner", "errors-to"):
        found.add(clean_address(letter.original_header(name).replace("mailto:", "")).lower())
    return frozenset(found - {clean_address(letter.original_header("to")).lower(), ""})


def about_readers(letter: ReturnedMessage, failures: list[Failure]) -> list[Failure]:
    """Those failures that speak of a reader, each address whole and bare.

    Where a dialect's own form names nobody but the sender, he has written to himself, and is the reader.
    """
    senders = ours(letter)
    to = letter.original_header("to")
    own = alone[0].strip("<>") if (alone := _BARE.fullmatch(to.strip())) else clean_address(to)
    found = [replace(each, recipient=_whole(tidy(each.recipient), own)) for each in failures]
    named_whole = [each for each in found if "." in each.recipient.rpartition("@")[2] and "@" in each.recipient]
    return [each for each in named_whole if is_reader(each.recipient, senders)] or named_whole


def is_reader(address: str, senders: frozenset[str]) -> bool:
    """Whether an address may be a reader's: in a domain with a dot (`NAME@directory` is a directory's), and not ours."""
    name = address.lower()
    return "." in name.rpartition("@")[2] and name not in senders and not name.startswith(_OFFICES)


def asked(text: str) -> list[str]:
    """The addresses behind `RCPT TO:` in the words of a session, each once (RFC 5321 section 4.1.1.3)."""
    found = (ADDRESS.search(text, ask.end(), ask.end() + 400) for ask in _ASKED.finditer(text))
    return list(dict.fromkeys(each[0] for each in found if each))[:500]


def named(text: str) -> list[str]:
    """The addresses of a text in order, each once, without those that a word before them gives to somebody else."""
    found = (
        each[0]
        for each in islice(ADDRESS.finditer(text), 50)
        if not _OTHERS.search(text, max(0, each.start() - 30), each.start())
    )
    return list(dict.fromkeys(found))


def somebody_elses(text: str) -> frozenset[str]:
    """The addresses, in lower case, that a word before them gives to somebody else wherever they stand."""
    free: set[str] = set()
    others: set[str] = set()
    for each in islice(ADDRESS.finditer(text), 500):
        given = _OTHERS.search(text, max(0, each.start() - 30), each.start())
        (others if given else free).add(each[0].lower())
    return frozenset(others - free)


def _whole(address: str, own: str) -> str:
    """`angelo@example.it` is `d'angelo@example.it` when that is whom the message was for."""
    cut = own.lower().removesuffix(address.lower()) if address else own
    return own if cut != own.lower() and cut.endswith(("'", "\u2019")) else address
