"""Merge tags of each product, and the words that stand where they stood: the fallback that they name, or nothing."""

from __future__ import annotations

import re

_QUOTES = "\"'“”‘’«»"  # noqa: RUF001 - as editors write them
_WORD = r"[A-Za-z][\w. -]{0,60}"
_STARS_IF = re.compile(r"\*\|(?:IF|IFNOT):[^|*]{0,80}\|\*[^*]{0,2000}?\*\|ELSE:?\|\*([^*]{0,2000}?)\*\|END:IF\|\*")
_STARS = re.compile(rf"\*\|({_WORD})(?::([^|*<>]{{0,200}}))?\|\*")
_COMMANDS = re.compile(
    r"(?:IF|IFNOT|ELSEIF|ELSE|END|HTML|LIST|INTERESTED|DATE|MC|RSSITEMS|RSSFEED|TWITTER|FACEBOOK|GOOGLE|SHARE|POLL|SURVEY|"
    r"REWARDS|UNSUB|ARCHIVE|FORWARD|UPDATE|TRANSLATE|PROMO|PRODUCT|COUPON|RECOMMENDATIONS|ABOUT|MC_PREVIEW_TEXT|VIDEO|YOUTUBE)\b"
)
_CURLY_IF = re.compile(
    r"\{%-?\s{0,9}if\b[^%]{0,200}%\}[^{}]{0,2000}?\{%-?\s{0,9}else\s{0,9}-?%\}([^{}]{0,2000}?)\{%-?\s{0,9}endif\s{0,9}-?%\}"
)
_BLOCKS = re.compile(r"\{%-?[^%{}]{0,300}%\}")
_CURLY = re.compile(r"\{\{([^{}]{0,300})\}\}")
_LINKED_TAG = re.compile(r"\]\([ \t]{0,9}(\{\{|\*\||\{%)([ \t]{0,9}[\w.]{1,80}[ \t]{0,9})(\}\}|\|\*|%\})[ \t]{0,9}\)")
_DEFAULT = re.compile(rf"\|\s{{0,9}}default\s{{0,9}}(?:[:(]\s{{0,9}})?[{_QUOTES}]([^{_QUOTES}]{{0,200}})[{_QUOTES}]")
_BARE_DEFAULT = re.compile(r"\|\s{0,9}([^|:\"'<>{}]{1,100})\Z")
_FILTERS = frozenset(
    "upcase downcase capitalize title upper lower escape safe strip trim titlecase raw url_encode urlencode capfirst truncatechars".split()  # noqa: SIM905 - a list of names
)
_GHOST = re.compile(
    rf"\{{(first_name|name|email|uuid|unsubscribe_url|status|created_at|site_title|post_url)(?:\s{{0,9}},\s{{0,9}}[{_QUOTES}]([^{_QUOTES}]{{0,200}})[{_QUOTES}])?\}}"
)
_PERCENT = re.compile(r"%%[A-Za-z_]{2,40}%%|%recipient\.[A-Za-z_.]{1,40}%|\[%[^%\]]{1,80}%\]")
_HOLE = "\ue0ff"
"""Stands where nothing stands any more until the blanks around it are set right; no text has it."""
_BLANKS = re.compile(rf"[ \t\u00a0]?{_HOLE}(?:[ \t\u00a0]*{_HOLE})*(?=\s|[,.;:!?)]|\Z)|{_HOLE}")
_SIGN = re.compile(r"\*\||\{\{|\{%|%%|\{[a-z_]{3,20}[,}]|%recipient|\[%")


def holds_tag(text: str) -> bool:
    """Tell whether a merge tag may stand in a text."""
    return bool(_SIGN.search(text))


def is_service(address: str) -> bool:
    """Tell whether an address is a merge tag: it leads each reader elsewhere, or nowhere by now."""
    return bool(re.match(r"\s*(?:https?://)?(?:\*\||\{\{|\{%|%%|\{[a-z_]{3,20}\}|%7B%7B|\*%7C)", address))


def without_tags(text: str) -> str:
    """Return a text with the words in the place of its merge tags that stand there for whoever has told nothing of themselves."""
    if not holds_tag(text):
        return text
    text = _STARS.sub(_of_stars, text)
    text = _STARS_IF.sub(lambda found: found[1], text)
    text = _STARS.sub(_HOLE, text)
    text = _CURLY.sub(_of_curly, text)
    text = _CURLY_IF.sub(lambda found: found[1], text)
    text = _BLOCKS.sub(_HOLE, text)
    text = _GHOST.sub(lambda found: found[2] or _HOLE, text)
    text = _PERCENT.sub(_HOLE, text)
    return _BLANKS.sub("", text)


def with_tight_tags(markdown: str) -> str:
    """Return Markdown in which links to merge tags are links, which blanks in an address keep them from being."""
    return _LINKED_TAG.sub(lambda found: f"]({found[1]}{found[2].strip()}{found[3]})", markdown)


def _of_stars(found: re.Match[str]) -> str:
    if _COMMANDS.match(found[1]):
        return found[0]
    return (found[2] or "").strip() or _HOLE


def _of_curly(found: re.Match[str]) -> str:
    if default := _DEFAULT.search(found[1]):
        return default[1] or _HOLE
    bare = _BARE_DEFAULT.search(found[1])
    if bare and (words := bare[1].strip()) and words.casefold() not in _FILTERS:
        return words
    return _HOLE
