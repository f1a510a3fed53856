"""Sentences of ours that a mail says in HTML and in text alike."""

from __future__ import annotations

from newsletter.rendering.language import Language
from newsletter.sentences import Sentence, plural, sentence


def folded_sentence(language: Language, count: int) -> str:
    """Return what stands where so many items of a section are left out of a mail."""
    return language.say(plural("%(count)s more on the web", "%(count)s more on the web", count))


def why_sentence(name: str, address: str) -> Sentence:
    """Return why a reader gets this, and where: whoever has many addresses must know which one to unsubscribe."""
    return sentence("You receive this because you subscribed to %(name)s as %(address)s.", name=name, address=address)
