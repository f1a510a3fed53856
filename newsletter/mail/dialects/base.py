"""What a dialect is: how one MTA writes a failure when it does not speak RFC 3464."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from newsletter.mail import commands, passages
from newsletter.mail.letter import Letter
from newsletter.mail.report import Failure


@dataclass(frozen=True, slots=True)
class Dialect:
    """One MTA's way to report: `recognises` looks at marks only that MTA leaves, `read` finds recipients and words.

    `source` says where the wording is known from. `read` may return nothing: then the next dialect is asked.
    """

    name: str
    source: str
    recognises: Callable[[Letter], bool]
    read: Callable[[Letter], list[Failure]]


def failures(letter: Letter, found: Iterable[tuple[str, str]], *, command: str = "") -> list[Failure]:
    """One failure for each address and its words; a repeated address keeps the first words that say something.

    `command` is assumed when the words do not tell which command was answered.
    """
    action = passages.action(letter)
    known: dict[str, Failure] = {}
    for address, words in found:
        said = commands.answered(words) or command
        failure = Failure(recipient=address, diagnostic=words, action=action, command=said)
        if address.lower() not in known or not known[address.lower()].diagnostic:
            known[address.lower()] = failure
    return list(known.values())
