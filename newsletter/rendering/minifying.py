"""Take out of compiled HTML what no mail program needs. Comments (Outlook's conditionals) and `pre` stay as they are."""

from __future__ import annotations

import re

_KEPT = re.compile(r"(<!--.*?(?:-->|\Z)|<pre\b.*?(?:</pre>|\Z)|<style\b.*?(?:</style>|\Z))", re.DOTALL)
_BLOCK = re.compile(
    r" ?(</?(?:html|head|body|meta|title|div|table|thead|tbody|tfoot|tr|t[dh]|p|ul|ol|li|dl|dt|dd|h[1-6]|hr|blockquote)"
    r"(?: [^<>]*)?>) ?"
)
_TAG = re.compile(r"(<[a-zA-Z/!](?:[^<>\"]|\"[^\"]*\")*>)")
_SPACES_OR_VALUE = re.compile(r"(\"[^\"]*\")|[ \t\r\n]+")
_SPACES = re.compile(r"[ \t\r\n]+")
_ATTRIBUTE = re.compile(r" ([^\s\"'=<>/]+)=\"([^\"]*)\"")
_CSS_EDGE = re.compile(r" ?([{};,>]) ?")


def minify(html: str, *, keep_classes: frozenset[str] = frozenset()) -> str:
    """Return `html` smaller; of the classes only `keep_classes` stay (styles already stand inline)."""
    pieces = _KEPT.split(html)
    for number, piece in enumerate(pieces):
        if number % 2 == 0:
            pieces[number] = _markup(piece, keep_classes)
        elif piece.startswith("<style"):
            pieces[number] = minify_css(piece)
    return "".join(pieces)


def minify_css(css: str) -> str:
    """Return CSS without comments and needless spaces."""
    css = re.sub(r"/\*.*?(?:\*/|\Z)", "", css, flags=re.DOTALL)
    return _CSS_EDGE.sub(r"\1", _SPACES.sub(" ", css)).replace(": ", ":").replace(";}", "}").strip()


def _markup(html: str, keep_classes: frozenset[str]) -> str:
    pieces = _TAG.split(html)  # what is said of attributes holds within tags only: words may look the same
    for number, piece in enumerate(pieces):
        pieces[number] = _attributes(piece, keep_classes) if number % 2 else _SPACES.sub(" ", piece)
    return _BLOCK.sub(r"\1", "".join(pieces))


def _attributes(tag: str, keep_classes: frozenset[str]) -> str:
    tag = _SPACES_OR_VALUE.sub(lambda found: found[1] or " ", tag)
    return _ATTRIBUTE.sub(
        lambda found: _attribute(found, keep_classes), tag
    )  # one after the other: a value may look like one


def _attribute(found: re.Match[str], keep_classes: frozenset[str]) -> str:
    match found[1]:
        case "style":
            return f' style="{found[2].replace("; ", ";").rstrip(";")}"'
        case "class":
            return _classes(found[2], keep_classes)
    return found[0]


def _classes(names: str, keep: frozenset[str]) -> str:
    kept = [name for name in names.split() if name in keep]
    return f' class="{" ".join(kept)}"' if kept else ""
