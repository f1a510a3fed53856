"""What a dialect is: how one MTA writes a failure when it does not speak RFC 3464."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from newsletter.mail import commands, excerpts
from newsletter.mail.report import Failure
from newsletter.mail.returned_message import ReturnedMessage

MAX_WHOLE = 5
"""Addresses of one report that may have its whole text as their words."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """One MTA's way to report: `recognises` looks at marks only that MTA leaves, `read` finds recipients and words.

    `source` says where the wording is known from. `read` may return nothing: then the next dialect is asked.
    """

    name: str
    source: str
    recognises: Callable[[ReturnedMessage], bool]
    read: Callable[[ReturnedMessage], list[Failure]]


def failures(letter: ReturnedMessage, found: Iterable[tuple[str, str]], *, command: str = "") -> list[Failure]:
    """One failure for each address and its words; a repeated address keeps the first words that say something.

    `command` is assumed when the words do not tell which command was answered. After the first `MAX_WHOLE` addresses words
    are cut to a passage: where many share a whole text, each would be judged by all of it.
    """
    action = excerpts.action(letter)
    known: dict[str, Failure] = {}
    for address, told in found:
        if address.lower() in known and known[address.lower()].diagnostic:
            continue
        words = told if len(known) < MAX_WHOLE else told[: excerpts.MAX_PASSAGE]
        said = commands.answered(words) or command
        known[address.lower()] = Failure(recipient=address, diagnostic=words, action=action, command=said)
    return list(known.values())
