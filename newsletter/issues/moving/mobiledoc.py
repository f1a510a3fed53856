"""What Ghost's editor of before 2023 wrote (Mobiledoc 0.3, lists as JSON) as HTML; its cards are those of Lexical by other names.

The format: https://github.com/bustle/mobiledoc-kit/blob/master/MOBILEDOC.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from newsletter.issues.moving.lexical import html_of_node

_TEXT, _PICTURE, _LIST, _CARD = 1, 2, 3, 10
_BLOCKS = frozenset({"p", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "aside", "pull-quote"})
_WITHIN = frozenset({"strong", "b", "em", "i", "a", "code", "s", "sub", "sup", "u", "mark"})
_CARDS = {"card-markdown": "markdown", "code": "codeblock", "hr": "horizontalrule"}
"""Cards that Lexical calls otherwise."""
_BREAK = "soft-return"


def is_mobiledoc(text: str) -> bool:
    """Tell whether a text is Mobiledoc that holds anything."""
    return bool(_lists(_root(text), "sections"))


def html_of_mobiledoc(text: str) -> tuple[str, tuple[str, ...]]:
    """Return Mobiledoc as HTML, and what of it is left behind, in words; no HTML for what is none."""
    reading = _Reading(_root(text))
    return reading.html(), tuple(reading.told)


def _root(text: str) -> Mapping[str, Any]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, dict) else {}


def _lists(root: Mapping[str, Any], name: str) -> list[list[Any]]:
    """Return the lists below a name; one that is none stands there empty, for others are told by their number."""
    found = root.get(name)
    return [each if isinstance(each, list) else [] for each in found] if isinstance(found, list) else []


class _Reading:
    """Writes section by section, and remembers what nobody knows."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._sections = _lists(root, "sections")
        self._markups, self._atoms, self._cards = (_lists(root, name) for name in ("markups", "atoms", "cards"))
        self.told: dict[str, None] = {}

    def html(self) -> str:
        """Return all sections."""
        return "".join(self._section(each) for each in self._sections)

    def _section(self, section: Sequence[Any]) -> str:
        match section:
            case [int(kind), str(tag), list(markers), *_] if kind == _TEXT:
                return self._block(tag, markers)
            case [int(kind), str(tag), list(items), *_] if kind == _LIST:
                name = "ol" if tag == "ol" else "ul"
                return f"<{name}>{''.join(f'<li>{self._marked(each)}</li>' for each in items)}</{name}>"
            case [int(kind), str(address), *_] if kind == _PICTURE:
                return self._node("image", {"src": address})
            case [int(kind), int(number), *_] if kind == _CARD:
                return self._card(number)
        self.told["a part that nobody knows is left behind"] = None
        return ""

    def _block(self, tag: str, markers: Sequence[Any]) -> str:
        name = tag.lower() if tag.lower() in _BLOCKS else "p"
        name = "blockquote" if name in ("aside", "pull-quote") else name
        words = self._marked(markers)
        return f"<{name}>{words}</{name}>" if words else ""

    def _card(self, number: int) -> str:
        match self._cards[number] if 0 <= number < len(self._cards) else []:
            case [str(name), dict(held), *_]:
                return self._node(_CARDS.get(name, name), held)
            case [str(name), *_]:
                return self._node(_CARDS.get(name, name), {})
        return ""

    def _node(self, kind: str, held: Mapping[str, Any]) -> str:
        html, told = html_of_node({**held, "type": kind})
        self.told |= dict.fromkeys(told)
        return html

    def _marked(self, markers: Any) -> str:
        """Return a run of words, with the elements that are opened and closed along it."""
        written, opened = "", list[str]()
        for marker in markers if isinstance(markers, list) else ():
            match marker:
                case [int(kind), list(opens), int(closes), held]:
                    for markup in opens:
                        tag, start = self._markup(markup)
                        written += start
                        opened.append(tag)
                    written += self._held(kind, held)
                    for _ in range(min(max(closes, 0), len(opened))):
                        tag = opened.pop()
                        written += f"</{tag}>" if tag else ""
        return written + "".join(f"</{tag}>" for tag in reversed(opened) if tag)

    def _markup(self, number: Any) -> tuple[str, str]:
        """Return the name of an element, and how it begins; none for one that is not known."""
        found = self._markups[number] if isinstance(number, int) and 0 <= number < len(self._markups) else []
        tag = found[0].lower() if found and isinstance(found[0], str) else ""
        if tag not in _WITHIN:
            return "", ""
        told = found[1] if len(found) > 1 and isinstance(found[1], list) else []
        pairs = dict(zip(map(str, told[::2]), map(str, told[1::2]), strict=False))
        return tag, f'<a href="{escape(pairs.get("href", ""))}">' if tag == "a" else f"<{tag}>"

    def _held(self, kind: int, held: Any) -> str:
        if kind == 0:
            return escape(held) if isinstance(held, str) else ""
        atom = self._atoms[held] if isinstance(held, int) and 0 <= held < len(self._atoms) else []
        if atom and atom[0] == _BREAK:
            return "<br>"
        return escape(atom[1]) if len(atom) > 1 and isinstance(atom[1], str) else ""
