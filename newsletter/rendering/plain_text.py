"""The plain text of an issue: the mail's text part, and the same without slots for people and terminals."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from newsletter.mail.slots import SLOT_CHARS, Slot
from newsletter.model.brand import Brand
from newsletter.rendering.content import IssueContent, ItemContent, SectionContent
from newsletter.rendering.language import Language, language_of
from newsletter.rendering.links import PAID
from newsletter.rendering.mail_sentences import why_sentence
from newsletter.rendering.markdown import to_inline_html
from newsletter.rendering.plain_blocks import block_lines, underlined
from newsletter.rendering.plain_links import LinkNumbers
from newsletter.rendering.plain_width import NO_BREAK, WIDTH, wrap
from newsletter.rendering.slots_in_content import defuse
from newsletter.sentences import Sentence, plural, sentence

_HERE = "\x0e"
"""Holds the place of an address of ours until the words around it are defused; no text of an issue holds it."""
_WHOLE = 30
"""Characters of a fact that is never broken: a date in words is no longer in any language, a list of authors is."""

_READER = "@" * SLOT_CHARS
"""Holds the place of the reader's address while lines are wrapped."""


def plain_text(
    issue: IssueContent,
    brand: Brand,
    *,
    shown: list[int] | None = None,
    target: Callable[[str], str] = str,
    for_mail: bool = False,
) -> str:
    """Return the text, lines parted by LF. `shown` says how many items of each section stay; a mail has an unsubscribe footer."""
    counts = shown if shown is not None else [len(section.items) for section in issue.sections]
    links = LinkNumbers(lambda url: _carried(url, target))
    words = language_of(brand.language)
    lines = _opening(issue, brand, words)
    lines += _with_links(block_lines(issue.opening, links), links)
    for section, count in zip(issue.sections, counts, strict=True):
        if not section.is_empty:
            lines += ["", "", *_section(section, count, links, issue.language)]
    lines += _rest(issue)
    lines += _ending(issue, links, vote_url=brand.vote_url(Slot.VOTE) if for_mail else "", words=words)
    return "\n".join([*lines, *_footer(brand, words, links, for_mail=for_mail)]) + "\n"


def _carried(url: str, target: Callable[[str], str]) -> str:
    """Return the address that stands for a link: an editor's own may hold no slot, one of ours keeps it."""
    plain, carried = url.removeprefix(PAID), target(url).removeprefix(PAID)
    return defuse(plain) if carried == plain else carried


def _opening(issue: IssueContent, brand: Brand, words: Language) -> list[str]:
    name = [] if _begins_with(issue.title, brand.name) else [brand.name]
    masthead = wrap(defuse(" · ".join(filter(None, [*name, brand.look.tagline]))))
    standfirst = issue.preheader if issue.preheader not in {"", issue.title} else ""
    day = _facts((word for word in (issue.date, issue.author) if word), issue.language)
    heading = underlined([*masthead, *wrap(defuse(issue.title))], "=")
    web = _leading_to(issue.url, words, sentence("On the web: %(address)s", address=_HERE))
    return [*heading, *([*wrap(defuse(standfirst)), ""] if standfirst else []), *wrap(defuse(day)), web, ""]


def _begins_with(title: str, name: str) -> bool:
    """Tell whether a title says the publication's name already, so that it is not read twice."""
    rest = title[len(name) :]
    return title[: len(name)].casefold() == name.casefold() and not rest[:1].isalnum()


def _leading_to(address: str, words: Language, said: Sentence) -> str:
    """Return a line of ours, which may hold an address with a slot."""
    here = words.spoken.isolated(_HERE)
    return defuse(words.say(said)).replace(here, words.spoken.isolated_address(address))


def _section(section: SectionContent, count: int, links: LinkNumbers, language: Language) -> list[str]:
    label = wrap(f"[{section.label}]") if section.label else []
    lines = [*label, *underlined(wrap(defuse(section.title)), "=")]
    lines += _after_empty(block_lines(section.intro, links))
    for item in section.items[:count]:
        lines += ["", *_item(item, links, language)]
    folded = len(section.items) - count
    if folded:
        more = plural(
            "%(count)s more on the web: %(address)s", "%(count)s more on the web: %(address)s", folded, address=_HERE
        )
        lines += _after_empty([_leading_to(section.web_url, language, more)])
    lines = _with_links(lines, links)
    if section.all_title:
        all_of_them = sentence("%(words)s: %(address)s", words=section.all_title, address=_HERE)
        lines += _after_empty([_leading_to(section.all_url, language, all_of_them)])
    return lines


def _rest(issue: IssueContent) -> list[str]:
    """Return what is said of the sections with nothing in them, as the mail and the page gather them."""
    lines: list[str] = []
    for section in issue.elsewhere:
        all_of_them = sentence("%(words)s: %(address)s", words=section.title, address=_HERE)
        lines += [_leading_to(section.all_url, issue.language, all_of_them)]
    if lines:
        lines = [issue.language.say(sentence("Also:")), *lines]
    if issue.without:
        names = issue.language.listed(section.title for section in issue.without)
        lines += ["", *wrap(defuse(f"{issue.language.say(sentence('Nothing new:'))} {names}"))]
    return ["", "", *lines] if lines else []


def _item(item: ItemContent, links: LinkNumbers, language: Language) -> list[str]:
    heading = wrap(links.mark(item.title, item.href))
    meta = wrap(_facts(item.meta, language)) if item.meta else []
    return [*underlined(heading, "-"), *meta, *_after_empty(block_lines(item.body, links))]


def _facts(facts: Iterable[str], language: Language) -> str:
    """Return short facts for one line: none of them is broken, such as a date, and no line begins with the dot between two."""
    whole = (fact.replace(" ", NO_BREAK) if len(fact) <= _WHOLE else fact for fact in facts)
    return language.listed(whole).replace(" · ", f"{NO_BREAK}· ")


def _with_links(lines: list[str], links: LinkNumbers) -> list[str]:
    """Return content lines, defused, and then the list of their links: those may hold slots of our own."""
    return [*(links.restore(defuse(line)) for line in lines), *_after_empty(links.flush())]


def _after_empty(lines: list[str]) -> list[str]:
    return ["", *lines] if lines else []


def _ending(issue: IssueContent, links: LinkNumbers, *, vote_url: str, words: Language) -> list[str]:
    """Return who wrote it, the question that a reader of the mail answers by opening an address, and the issue before it."""
    lines: list[str] = []
    for author in issue.authors:
        name = links.mark(author.name, author.url) if author.url else author.name
        lines += ["", "", *_with_links([*wrap(name), *block_lines(author.bio, links)], links)]
    if issue.poll:
        answers = (
            (sentence("Yes: %(address)s", address=_HERE), "up"),
            (sentence("No: %(address)s", address=_HERE), "down"),
        )
        ways = [_leading_to(f"{vote_url}/{answer}", issue.language, said) for said, answer in answers]
        how = wrap(defuse(issue.language.say(sentence("Readers answer with one click in their mail."))))
        lines += ["", "", *wrap(defuse(issue.poll)), *(ways if vote_url else how)]
    if issue.previous_url:
        before = sentence("%(words)s: %(address)s", words=issue.previous_title, address=_HERE)
        lines += ["", "", words.say(sentence("Previous issue")), _leading_to(issue.previous_url, words, before)]
    return lines


def _footer(brand: Brand, words: Language, links: LinkNumbers, *, for_mail: bool) -> list[str]:
    lines = ["", "", "-" * WIDTH, ""]
    if brand.look.footer:
        lines += [*_with_links(block_lines(to_inline_html(brand.look.footer, where="footer"), links), links), ""]
    if brand.look.social:
        lines += [*(defuse(f"{each.name}: {each.url}") for each in brand.look.social), ""]
    if for_mail:
        why = words.say(why_sentence(brand.name, _READER))
        lines += [line.replace(_READER, Slot.READER) for line in wrap(defuse(why))]
        way_out = sentence("Unsubscribe: %(address)s", address=_HERE)
        lines += [_leading_to(brand.unsubscribe_url(Slot.UNSUBSCRIBE), words, way_out)]
    lines += [_leading_to(brand.home, words, sentence("Archive: %(address)s", address=_HERE))]
    return [*lines, "", *(piece for line in brand.postal_lines for piece in wrap(defuse(line)))]
