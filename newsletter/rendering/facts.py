"""The small facts of an item in words: who published it, when, how many stars."""

from __future__ import annotations

from newsletter.model.document import Item, LinkItem, PaperItem, RepositoryItem, SponsorItem
from newsletter.rendering.furniture.sponsors import said_of
from newsletter.rendering.language import Language
from newsletter.rendering.latex import soften_line
from newsletter.sentences import sentence


def facts_of(item: Item, language: Language) -> tuple[str, ...]:
    """Return the facts in the order in which they are shown; those that nobody gave are left out."""
    match item:
        case PaperItem():
            words = [item.category, soften_line(item.authors)]
        case LinkItem():
            words = [soften_line(item.source)]
        case RepositoryItem():
            stars = f"★ {language.number(item.stars)}" if item.stars is not None else ""
            today = (
                language.say(sentence("+%(stars)s today", stars=item.stars_today))
                if item.stars_today is not None
                else ""
            )
            words = [item.language, stars, today]
        case SponsorItem():
            words = [said_of(item, language)]
        case _:
            words = []
    if isinstance(item, PaperItem | LinkItem) and item.published:
        words.append(language.date(item.published))
    return tuple(word for word in words if word)
