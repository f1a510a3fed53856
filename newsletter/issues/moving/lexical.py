"""What Ghost's editor writes (Lexical, a tree as JSON) as HTML, for posts of which an export holds nothing else; a node that is not known is told.

Nodes and formats: https://github.com/TryGhost/Koenig/tree/main/packages/kg-default-nodes and Lexical's TextFormatType.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from html import escape
from typing import Any

from markdown_it import MarkdownIt

Node = Mapping[str, Any]
_FORMATS = ((16, "code"), (1, "strong"), (2, "em"), (4, "s"), (32, "sub"), (64, "sup"))
"""Bits of a text's format and their elements, the innermost first; underlined and highlighted words stay words."""
_MOST_DEPTH = 60
_HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
_GONE = frozenset({"signup", "paywall", "email-cta", "zwnj", "at-link", "at-link-search", "tk"})
"""What the product draws around an article."""
_MARKDOWN = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])


def is_lexical(text: str) -> bool:
    """Tell whether a text is a tree of Lexical that holds anything."""
    return bool(_children(_root(text)))


def html_of_lexical(text: str) -> tuple[str, tuple[str, ...]]:
    """Return a tree as HTML, and what of it is left behind, in words; no HTML for what is no tree."""
    reading = _Reading()
    html = "".join(reading.written(each, 0) for each in _children(_root(text)))
    return html, tuple(reading.told)


def html_of_node(node: Node) -> tuple[str, tuple[str, ...]]:
    """Return one node as HTML, and what of it is left behind, in words."""
    reading = _Reading()
    return reading.written(node, 0), tuple(reading.told)


def _root(text: str) -> Node:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    root = read.get("root") if isinstance(read, dict) else None
    return root if isinstance(root, dict) else {}


def _children(node: Node) -> list[Node]:
    found = node.get("children")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


class _Reading:
    """Writes nodes one by one, and remembers what nobody knows."""

    def __init__(self) -> None:
        self.told: dict[str, None] = {}
        self._ways: dict[str, Callable[[Node, int], str]] = {
            **dict.fromkeys(("text", "extended-text"), self._text),
            **dict.fromkeys(("heading", "extended-heading"), self._heading),
            **dict.fromkeys(("quote", "extended-quote", "aside"), lambda node, depth: self._within("blockquote", node, depth)),
            **dict.fromkeys(("link", "autolink"), self._link),
            **dict.fromkeys(("code", "codeblock"), self._code),
            "paragraph": lambda node, depth: self._within("p", node, depth),
            "linebreak": lambda *_: "<br>",
            "list": self._list,
            "listitem": lambda node, depth: self._within("li", node, depth),
            "horizontalrule": lambda *_: "<hr>",
            "image": lambda node, _: _figure(node),
            "gallery": self._gallery,
            "bookmark": self._bookmark,
            "embed": self._embed,
            "html": lambda node, _: _str(node, "html"),
            "markdown": lambda node, _: str(_MARKDOWN.render(_str(node, "markdown"))),
            "callout": lambda node, _: f"<blockquote><p>{escape(_str(node, 'calloutEmoji'))} {_str(node, 'calloutText')}</p></blockquote>",
            "toggle": lambda node, _: f"<p><strong>{_str(node, 'heading')}</strong></p>{_str(node, 'content')}",
            "button": lambda node, _: f"<p>{_linked(_str(node, 'buttonUrl'), escape(_str(node, 'buttonText')))}</p>",
            "call-to-action": lambda node, _: f"{_str(node, 'textValue')}<p>{_linked(_str(node, 'buttonUrl'), escape(_str(node, 'buttonText')))}</p>",
            "header": lambda node, _: f"<h2>{_str(node, 'heading')}</h2><p>{_str(node, 'subheading') or _str(node, 'subheader')}</p>",
            "product": self._product,
            **dict.fromkeys(("video", "audio", "file"), self._file),
            "email": self._email,
        }  # fmt: skip

    def written(self, node: Node, depth: int) -> str:
        """Return a node as HTML; of one that is not known the words below it."""
        kind = _str(node, "type")
        if depth > _MOST_DEPTH:
            self.told["the text is nested too deeply: what lies deeper is left behind"] = None
            return ""
        if kind in _GONE:
            return ""
        if way := self._ways.get(kind):
            return way(node, depth)
        words = self._inside(node, depth) or escape(_str(node, "text"))
        rest = "its words stay" if words else "nothing of it can be read"
        self.told[f"a part of the kind {kind[:40] or 'unknown'!r} is not known: {rest}"] = None
        return f"<div>{words}</div>" if words else ""

    def _inside(self, node: Node, depth: int) -> str:
        return "".join(self.written(each, depth + 1) for each in _children(node))

    def _within(self, tag: str, node: Node, depth: int) -> str:
        return f"<{tag}>{self._inside(node, depth)}</{tag}>"

    def _text(self, node: Node, _depth: int) -> str:
        words = _str(node, "text")
        bits = node.get("format")
        bits = bits if isinstance(bits, int) else 0
        html = escape(words.strip(" "))
        for bit, tag in _FORMATS:
            if html and bits & bit:
                html = f"<{tag}>{html}</{tag}>"
        lead = words[: len(words) - len(words.lstrip(" "))]  # blanks stand outside, where emphasis is seen
        return f"{lead}{html}{words[len(words.rstrip(' ')) :] if html else ''}"

    def _heading(self, node: Node, depth: int) -> str:
        tag = _str(node, "tag")
        return self._within(tag if tag in _HEADINGS else "h2", node, depth)

    def _list(self, node: Node, depth: int) -> str:
        is_numbered = _str(node, "listType") == "number" or _str(node, "tag") == "ol"
        tag = "ol" if is_numbered else "ul"
        items: list[str] = []
        for each in _children(node):
            inner = _children(each)
            if items and inner and all(_str(below, "type") == "list" for below in inner):
                items[-1] += self._inside(each, depth + 1)  # a list within a list stands in an item of its own there
            else:
                items.append(
                    self._inside(each, depth + 1) if _str(each, "type") == "listitem" else self.written(each, depth + 1)
                )
        return f"<{tag}>{''.join(f'<li>{item}</li>' for item in items)}</{tag}>"

    def _link(self, node: Node, depth: int) -> str:
        return _linked(_str(node, "url"), self._inside(node, depth))

    def _code(self, node: Node, depth: int) -> str:
        language = "".join(sign for sign in _str(node, "language") if sign.isalnum() or sign in "+#-")[:30]
        words = escape(_str(node, "code")) or self._inside(node, depth)
        return f'<pre><code class="language-{language}">{words}</code></pre>{_caption(node)}'

    def _gallery(self, node: Node, _depth: int) -> str:
        images = node.get("images")
        found = [each for each in images if isinstance(each, dict)] if isinstance(images, list) else []
        return "".join(_figure(each) for each in found) + _caption(node)

    def _bookmark(self, node: Node, _depth: int) -> str:
        told = node.get("metadata")
        words = told if isinstance(told, dict) else {}
        address = _str(node, "url") or _str(words, "url")
        described = escape(_str(words, "description"))
        line = _linked(address, escape(_str(words, "title")) or escape(address))
        return f"<p>{line}{': ' if described else ''}{described}</p>{_caption(node)}"

    def _embed(self, node: Node, _depth: int) -> str:
        told = node.get("metadata")
        title = _str(told, "title") if isinstance(told, dict) else ""
        address = _str(node, "url")
        line = f"<p>{_linked(address, escape(title or address))}</p>" if address else _str(node, "html")
        return line + _caption(node)

    def _file(self, node: Node, _depth: int) -> str:
        title = next((words for name in ("title", "fileTitle", "fileName") if (words := _str(node, name))), "")
        address = _str(node, "src")
        described = escape(_str(node, "fileCaption"))
        words = escape(title or address.rpartition("/")[2])
        return f"<p>{_linked(address, words)}{': ' if described else ''}{described}</p>{_caption(node)}"

    def _product(self, node: Node, _depth: int) -> str:
        image = _figure({"src": _str(node, "productImageSrc")}) if _str(node, "productImageSrc") else ""
        title = f"<h3>{_str(node, 'productTitle')}</h3>{_str(node, 'productDescription')}"
        return f"{image}{title}<p>{_linked(_str(node, 'productUrl'), escape(_str(node, 'productButton')))}</p>"

    def _email(self, node: Node, _depth: int) -> str:
        self.told["a part that stood in the mail alone, and not on the web, is left behind"] = None
        return ""


def _figure(node: Node) -> str:
    image = f'<img src="{escape(_str(node, "src"))}" alt="{escape(_str(node, "alt"))}">'
    caption = _str(node, "caption")
    image = _linked(_str(node, "href"), image)
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>" if caption else f"<figure>{image}</figure>"


def _caption(node: Node) -> str:
    words = _str(node, "caption")
    return f"<p>{words}</p>" if words else ""


def _linked(address: str, html: str) -> str:
    return f'<a href="{escape(address)}">{html}</a>' if address and html else html


def _str(node: Node, name: str) -> str:
    """Return a field that is text; captions and a few others are HTML already, and cleaned as all of it is."""
    value = node.get(name)
    return value if isinstance(value, str) else ""
