"""Words that would reach a reader without standing in the catalogues: in templates, and in the modules that speak to readers."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser

import jinja2
from jinja2 import nodes

SAYING = {"_", "gettext", "ngettext"}
"""Calls in templates whose first texts stand in the catalogues."""
ADDRESSES = {"link", "static"}
"""Calls in templates whose texts are addresses."""
PLACE = "\ufffc"
"""Stands where a template puts something in."""
_TEXT_ATTRIBUTES = {
    "title",
    "alt",
    "aria-label",
    "aria-description",
    "aria-roledescription",
    "placeholder",
    "label",
    "summary",
}
_TEXT_META = {"description", "og:title", "og:description", "twitter:title", "twitter:description"}
_ADDRESS = re.compile(r"[/?#][\w/?#=&.-]*|mailto:|https?://.*", re.ASCII)
_WORDS = re.compile(r"[^\W\d_]{2,}[,;:]? [^\W\d_]{2,}")
_ENVIRONMENT = jinja2.Environment(autoescape=True, extensions=["jinja2.ext.i18n"], trim_blocks=True, lstrip_blocks=True)


def in_template(source: str, *, is_html: bool) -> list[str]:
    """Return the words of a template that stand in no catalogue."""
    pieces: list[str] = []
    found = list(_visit(_ENVIRONMENT.parse(source), pieces))
    text = "".join(pieces)
    if not is_html:
        return found + [line for line in text.split("\n") if _has_letters(line)]
    reading = _Reading()
    reading.feed(text)
    reading.close()
    return found + reading.found


def _visit(node: nodes.Node, pieces: list[str]) -> Iterator[str]:
    if isinstance(node, nodes.Output):
        for child in node.nodes:
            if isinstance(child, nodes.TemplateData):
                pieces.append(child.data)
            else:
                pieces.append(PLACE)
                yield from _said(child)
        return
    if isinstance(node, nodes.Assign):
        yield from _said(node.node)
    elif isinstance(node, nodes.With):
        yield from (words for value in node.values for words in _said(value))
    for child in node.iter_child_nodes():
        yield from _visit(child, pieces)


def _said(value: nodes.Node) -> Iterator[str]:
    """Yield texts that become part of what is shown, not what is only compared or looked up."""
    match value:
        case nodes.Const(value=str(text)):
            if _has_letters(text) and not _ADDRESS.fullmatch(text):
                yield text
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from (words for each in (one, other) if each for words in _said(each))
        case nodes.BinExpr(left=left, right=right):
            yield from (words for each in (left, right) for words in _said(each))
        case nodes.Concat(nodes=parts) | nodes.List(items=parts) | nodes.Tuple(items=parts):
            yield from (words for each in parts for words in _said(each))
        case nodes.Filter(node=inner, name=name, args=given):
            parts = [inner, *(given if name in {"default", "d"} else [])]
            yield from (words for each in parts if each for words in _said(each))
        case nodes.Call(node=nodes.Name(name=name), args=given, kwargs=named) if name in SAYING:
            told = given[: 2 if name == "ngettext" else 1]
            yield from ("a sentence that is computed" for each in told if not isinstance(each, nodes.Const))
            yield from (words for each in named for words in _said(each.value))
        case nodes.Call(node=nodes.Name(name=name)) if name in ADDRESSES:
            return
        case nodes.Call(args=given, kwargs=named):
            yield from (words for each in [*given, *(pair.value for pair in named)] for words in _said(each))


class _Reading(HTMLParser):
    """Collects the words that stand between tags, and in the attributes that people see or hear."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in {"style", "script"}
        given = {name: value or "" for name, value in attrs}
        told = [value for name, value in given.items() if name in _TEXT_ATTRIBUTES]
        if tag == "meta" and (given.get("name") in _TEXT_META or given.get("property") in _TEXT_META):
            told.append(given.get("content", ""))
        if tag == "input" and given.get("type") in {"submit", "button", "reset"}:
            told.append(given.get("value", ""))
        self.found += [text for text in told if _has_letters(text)]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self._silent and _has_letters(data):
            self.found.append(data.replace(PLACE, "…").strip())


def _has_letters(text: str) -> bool:
    return any(sign.isalpha() for sign in text)


TELLING_OTHERS = {"ValueError", "TypeError", "OverflowError", "RuntimeError", "Counter", "Gauge", "Family", "Histogram"}
"""Calls whose words are for developers or for machines that watch."""


def in_module(source: str) -> list[str]:
    """Return the texts of a module, two words long or longer, that stand in no catalogue and may reach a reader."""
    tree = ast.parse(source)
    return sorted(set(_texts(tree)))


def _texts(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):  # a docstring
        return
    if isinstance(node, ast.Assert):
        return
    if isinstance(node, ast.Call) and _is_told_to_others(node):
        return
    text = _text(node)
    if text is not None:
        if _WORDS.search(text):
            yield text
        return
    for child in ast.iter_child_nodes(node):
        yield from _texts(child)


def _is_told_to_others(call: ast.Call) -> bool:
    match call.func:
        case ast.Name(id=name):
            return name in {"sentence", "plural", *TELLING_OTHERS}
        case ast.Attribute(attr="in_detail"):
            return True
        case ast.Attribute(value=ast.Name(id="log")):
            return True
        case _:
            return False


def _text(node: ast.AST) -> str | None:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else PLACE for part in node.values)
    return None
