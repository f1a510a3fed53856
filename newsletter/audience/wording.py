"""The words that readers agree to or decline, in the language they are shown in: what a page shows is what the ledger keeps.

A form says in which language it was shown (`shown_in`), so that a publication which changes its language while the form is
open does not change what was agreed to.
"""

from __future__ import annotations

from newsletter.model import Publication
from newsletter.rendering.catalogue import languages
from newsletter.rendering.language import Language, language_of
from newsletter.sentences import sentence

_LONGEST_TAG = 35


def shown_in(publication: Publication, tag: str = "") -> Language:
    """Return the language of a form that says `tag`; of any other the publication's, or English where that has no catalogue."""
    known = len(tag) <= _LONGEST_TAG and tag.partition("-")[0] in languages()
    return language_of(tag if known else publication.language).spoken


def to_subscribe(publication: Publication, words: Language) -> str:
    """Return what stands at each button that subscribes."""
    return words.say(
        sentence(
            "Send me %(name)s by email. I can leave at any time with the link in every mail. "
            "My address is used for this and nothing else.",
            name=publication.name,
        )
    )


def to_confirm(publication: Publication, words: Language) -> str:
    """Return the question of the page that confirms, and its button."""
    question = words.say(sentence("Do you want %(name)s by email?", name=publication.name))
    return words.joined([question, words.say(sentence("Yes, subscribe me"))])


def to_be_counted(words: Language) -> str:
    """Return what stands at the button that lets opens and clicks be kept."""
    return words.say(
        sentence(
            "You may keep which of your mails I open and which links I follow, to learn what is read. "
            "I can take this back here."
        )
    )


def not_to_be_counted(words: Language) -> str:
    """Return the button that lets nothing be kept."""
    return words.say(sentence("No, keep nothing"))


def never_again(words: Language) -> str:
    """Return the button that ends an invitation for good."""
    return words.say(sentence("No, never again"))
