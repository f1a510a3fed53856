"""Markdown of strangers as an issue may hold it: paragraphs, lists, quotes, emphasis, code and links, or else its words alone.

What is let through is read twice: as the issue file is read, and as the renderer reads it. Where either sees more than that, the text is
written anew from the words that readers would see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from newsletter.errors import InputError
from newsletter.model.fragments import block_tokens, check_fragment, trim
from newsletter.model.texts import URL
from newsletter.rendering.footnotes import footnotes_plugin
from newsletter.rendering.markdown import losses, to_html
from newsletter.rendering.short_codes import SHORT_CODES
from newsletter.rendering.written_text import escaped

MOST_CHARS = 20_000
"""Characters of a text that are read; an abstract has two thousand."""
_BLOCKS = frozenset("paragraph bullet_list ordered_list list_item blockquote".split())  # noqa: SIM905
_ALONE = frozenset({"inline", "fence", "code_block"})
_WITHIN = frozenset(
    "text text_special softbreak hardbreak code_inline em_open em_close strong_open strong_close s_open s_close link_open link_close".split()  # noqa: SIM905
)
_PLAIN = re.compile(r"(?! {4}|[+-]|\d{1,9}[.)])[^\\`*_~\[\]<>&$|{}#%=:\n\t]*")
_DEEPEST = 12  # levels of tokens: a list within a list within a quote
_MOST_BRACKETS, _DEEPEST_BRACKETS = 40, 5
"""A file of 2,000 such texts is still read (`issues/links.py`)."""
_MOST_MARKS = 24
"""So many signs of emphasis nest less deep than anything minds, whatever they mean."""
_ATTRIBUTES = re.compile(r"\{:?\s{0,9}(?:[.#][\w-]|[a-zA-Z-]{1,30}=)")
_MARKERS = re.compile(r"^[ \t]*(?:[>*+-][ \t]*|[0-9]{1,9}[.)][ \t]+){4}", re.MULTILINE)
_MEANS_MORE = re.compile(
    r"\{\{|\{%|\*\||%%|%recipient|\[\[|\[\^|(?<![\w%])%[a-z][a-z_]{2,40}%"  # merge tags, notes
    r"|^[ \t>]*:::|^[ \t>]*>[ \t]*\[!"  # furniture, callouts
    rf"|{SHORT_CODES.pattern}"
    r"|\]\{|\)\{|`\{",  # attributes; those of LaTeX follow letters
    re.MULTILINE | re.IGNORECASE,
)
_CELL_SIGNS = re.compile(r"[\[<]|[*_~]{8}|(?:[*_~][^*_~]*){40}")
_SIGNS = {"{": "&#123;", "%": "&#37;", "[": "&#91;", "|": "&#124;"}
_TAGS = re.compile(r"\{(?=[{%])|(?<=[{%])%|%(?=[%}a-z])|\[(?=\[)|\|(?=\*)|(?<=\*)\|", re.IGNORECASE)
_PARTED = re.compile(r"</(?:p|h[1-6]|li|blockquote|tr|pre|div|dd|dt|table)>|<hr\b[^<>]*>", re.IGNORECASE)
_PUNCTUATION = re.compile(r"[!-/:-@\[-`{-~]")


class _EveryLink(MarkdownIt):
    """Makes a link of everything that looks like one, as the reading of issue files does, so that a bad one is seen."""

    def validateLink(self, url: str) -> bool:  # noqa: N802
        return True


_MARKDOWN = _EveryLink("commonmark", {"maxNesting": 100}).enable(["table", "strikethrough"])
footnotes_plugin(_MARKDOWN)


def safe_markdown(text: str, *, plain: bool = False) -> str:
    """Return Markdown that an item can hold; `plain` says that `text` is plain words already. Controls are the caller's to take out."""
    text = trim(text[:MOST_CHARS]).rstrip()
    if not text:
        return ""
    if plain:
        paragraphs = [text]
    elif is_simple(text):
        return text
    else:
        paragraphs = _shown(text)
    written = "\n\n".join(filter(None, (_written(each) for each in paragraphs)))
    if is_simple(written):
        return written
    numbered = "\n\n".join(_PUNCTUATION.sub(lambda sign: f"&#{ord(sign[0])};", each) for each in paragraphs)
    return numbered if is_simple(numbered) else ""


def safe_cell(text: str) -> str:
    """Return Markdown of one line that a cell of a table can hold; where it does more than show words, the words as they are written."""
    if not (_MEANS_MORE.search(text) or _CELL_SIGNS.search(text)):
        return text
    tokens = _MARKDOWN.parseInline(text)
    if not _MEANS_MORE.search(text) and all(_is_simple_part(part) for token in tokens for part in token.children or ()):
        return text
    return _written(text)


def words_of(text: str) -> str:
    """Return the words of a Markdown text on one line, as readers see them."""
    return " ".join(_shown(text[:MOST_CHARS]))


def is_simple(text: str) -> bool:
    """Tell whether a text is simple Markdown, of which nothing is lost, and that can do nothing in an issue."""
    if _is_plain(text):
        return True
    if _MEANS_MORE.search(text) or _MARKERS.search(text) or _nests_brackets(text):
        return False
    try:
        check_fragment(text, levels=("##", "###"))
    except ValueError:
        return False
    environment: dict[str, object] = {}
    nests = "[" in text or "<" in text or sum(map(text.count, "*_~")) > _MOST_MARKS
    tokens = _MARKDOWN.parse(text, environment) if nests else block_tokens(text)
    if environment.get("references") or not all(map(_is_simple_block, tokens)):
        return False
    told = losses(text) if _ATTRIBUTES.search(text) or "<" in text else ()
    return all(loss.what[:2] in {"“\\", "“$"} for loss in told)


def _nests_brackets(text: str) -> bool:
    if text.count("[") > _MOST_BRACKETS:
        return True
    depth = 0
    for sign in re.findall(r"\\.|[\[\]]", text, re.DOTALL):
        depth = depth + 1 if sign == "[" else max(depth - 1, 0) if sign == "]" else depth
        if depth > _DEEPEST_BRACKETS:
            return True
    return False


def _is_plain(text: str) -> bool:
    """Tell whether a text is a paragraph of words alone: most are, and need not be read thrice to know it."""
    return bool(_PLAIN.fullmatch(text.replace(": ", " ")))


def _is_simple_block(token: Token) -> bool:
    if token.level > _DEEPEST:
        return False
    name = token.type.removesuffix("_open").removesuffix("_close")
    return (name in _BLOCKS or token.type in _ALONE) and all(map(_is_simple_part, token.children or ()))


def _is_simple_part(token: Token) -> bool:
    if token.level > _DEEPEST:
        return False
    if token.type == "link_open":
        address = str(token.attrs.get("href", ""))
        return address[:4].lower() == "http" and bool(re.fullmatch(URL, address))
    return token.type in _WITHIN


def _shown(text: str) -> list[str]:
    """Return the words that readers would see, paragraph by paragraph; of a text that cannot be rendered the text itself."""
    if _is_plain(text):
        return [" ".join(text.split())]
    try:
        html = str(to_html(text))
    except InputError:
        parts: Iterable[str] = re.split(r"\n[ \t]*\n", text)
    else:
        parts = (Markup(part).striptags() for part in _PARTED.split(html.replace("<br", " <br")))  # noqa: S704 - on its way to plain text
    return [words for words in (" ".join(part.split()) for part in parts) if words]


def _written(words: str) -> str:
    """Return plain words as Markdown that shows them."""
    return _TAGS.sub(lambda sign: _SIGNS[sign[0]], escaped(words))
