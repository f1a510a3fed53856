"""The question at the end of an issue that a reader answers with one click: a thumb up or down."""

from __future__ import annotations

from newsletter.rendering.language import Language
from newsletter.rendering.latex import soften_line
from newsletter.sentences import sentence

USUAL = "yes"
"""What a file says that asks the usual question."""
USUAL_QUESTION = sentence("Was this issue worth your time?")

YES, NO = sentence("Yes"), sentence("No")


def question(poll: str, language: Language) -> str:
    """Return the question an issue asks, or nothing."""
    return language.say(USUAL_QUESTION) if poll.casefold() == USUAL else soften_line(poll)


def answers(language: Language) -> tuple[tuple[str, str], ...]:
    """Return the answers as they stand in an address, each with a thumb and a word in the language of the question."""
    return (
        ("up", f"\N{THUMBS UP SIGN}\u00a0{language.say(YES)}"),
        ("down", f"\N{THUMBS DOWN SIGN}\u00a0{language.say(NO)}"),
    )
