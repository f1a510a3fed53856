"""Footnotes of Markdown as GitHub and pandoc write them: `[^1]` in the text and `[^1]: the note` on a line of its own.

The notes stand at the end of the text, numbered as they are named. A note that nothing names stands there too; a mark without a
note stays as typed, and is told. In clean HTML a mark is `<sup class="ref">1</sup>`, a note begins with `<sup class="mark">1</sup>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token
from markupsafe import Markup

from newsletter.rendering.losses import LOSSES, Loss, line_breaks

_DEFINED, _NUMBERED, _ELSEWHERE = "notes defined", "notes numbered", "notes elsewhere"
_MARK = re.compile(r"\[\^([^\s\[\]^]{1,100})\]")
_BARE = re.compile(r"\[\^\d{1,3}\]")
_DEFINITION = re.compile(r"\[\^([^\s\[\]^]{1,100})\]:")
_NOTES = re.compile(r"\n?<div class=\"notes\">(?=\s*+<div class=\"note\">)")  # a typed `<div class="notes">` is none
_NOTE = re.compile(r"<div class=\"note\">")
_DEFINING_LINE = re.compile(r"^[ >]{0,12}\[\^([^\s\[\]^]{1,100})\]:", re.MULTILINE)
_NUMBER = re.compile(r"(<sup class=\"(ref|mark)\">)(\d{1,6})(?=</sup>)")
_INDENT = 4


def footnotes_plugin(parser: MarkdownIt) -> None:
    """Teach a Markdown parser footnotes."""
    parser.block.ruler.before("reference", "note", _definition, {"alt": ["paragraph", "reference"]})
    parser.inline.ruler.before("link", "note_mark", _mark)
    parser.core.ruler.push("notes", _put_at_the_end)
    parser.add_render_rule("note_mark", _render_mark)
    for name, html in (
        ("notes_open", '<div class="notes">\n'),
        ("notes_close", "</div>\n"),
        ("note_close", "</div>\n"),
    ):
        parser.add_render_rule(name, _constant(html))
    parser.add_render_rule("note_open", _constant('<div class="note">\n'))


def _constant(html: str) -> Any:
    return lambda *_: html


def _render_mark(_: Any, tokens: list[Token], place: int, *__: Any) -> str:
    return f'<sup class="{tokens[place].info}">{tokens[place].content}</sup>' + (
        " " if tokens[place].info == "mark" else ""
    )


def _definition(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """Read a note: its first line, and what is indented below it."""
    start, end = state.bMarks[start_line] + state.tShift[start_line], state.eMarks[start_line]
    found = None if state.is_code_block(start_line) else _DEFINITION.match(state.src, start, end)
    if found is None:
        return False
    if silent:
        return True
    defined = state.env.setdefault(_DEFINED, {})
    name = (
        found[1] if found[1] not in defined else f"{found[1]} {len(defined)}"
    )  # a second one of a name is a note all the same
    defined[name] = start_line
    opening = state.push("note_open", "div", 1)
    opening.info, opening.block = name, True
    _read_content(state, start_line, end_line, found.end())
    opening.map = [start_line, state.line]
    state.push("note_close", "div", -1)
    return True


def _read_content(state: StateBlock, start_line: int, end_line: int, after: int) -> None:
    """Read the blocks of a note as those of a list item are read: from behind its mark, then indented by four."""
    kept = (
        state.bMarks[start_line],
        state.tShift[start_line],
        state.sCount[start_line],
        state.parentType,
        state.blkIndent,
    )
    content = (
        after
        + len(state.src[after : state.eMarks[start_line]])
        - len(state.src[after : state.eMarks[start_line]].lstrip())
    )
    state.bMarks[start_line], state.tShift[start_line] = after, content - after
    state.blkIndent += _INDENT
    state.sCount[start_line] = state.blkIndent
    state.parentType = "note"
    state.md.block.tokenize(state, start_line, end_line)
    state.bMarks[start_line], state.tShift[start_line], state.sCount[start_line], state.parentType, state.blkIndent = (
        kept
    )


def _mark(state: StateInline, silent: bool) -> bool:
    found = _MARK.match(state.src, state.pos, state.posMax) if state.src.startswith("[^", state.pos) else None
    if found is None or not (found[1] in state.env.get(_DEFINED, ()) or found[1] in state.env.get(_ELSEWHERE, ())):
        return False
    if not silent:
        numbers = state.env.setdefault(_NUMBERED, {})
        token = state.push("note_mark", "sup", 0)
        token.info, token.content = "ref", str(numbers.setdefault(found[1], len(numbers) + 1))
    state.pos = found.end()
    return True


def _put_at_the_end(state: StateCore) -> None:
    named = _MARK if state.env.get(_DEFINED) else _BARE
    state.env.setdefault(LOSSES, []).extend(_without_note(state.tokens, named))
    if not state.env.get(_DEFINED):
        return
    numbers: dict[str, int] = state.env.setdefault(_NUMBERED, {})
    text, notes = _parted(state.tokens)
    for name in notes:
        numbers.setdefault(name, len(numbers) + 1)
    state.tokens = [*text, Token("notes_open", "div", 1, block=True)]
    for name in sorted(notes, key=numbers.__getitem__):
        state.tokens += _begun(notes[name], numbers[name])
    state.tokens.append(Token("notes_close", "div", -1, block=True))


def _without_note(tokens: Iterable[Token], named: re.Pattern[str]) -> Iterator[Loss]:
    """Yield the marks that have no note; in a text without notes only numbers, for `[^a-z]` is written about as well."""
    line = 0
    for token in tokens:
        line = token.map[0] if token.map else line
        if "[^" not in token.content:
            continue
        within = line + 1
        for child in token.children or ():
            if child.type == "text":
                for found in named.finditer(child.content):
                    yield Loss(within, f"“{found[0]}”, which has no note,", as_typed=True)
            within += line_breaks(child)


def _parted(tokens: list[Token]) -> tuple[list[Token], dict[str, list[Token]]]:
    """Return the text, and the notes by their names; one within a quote or a list is a note of the whole text."""
    text: list[Token] = []
    notes: dict[str, list[Token]] = {}
    within: list[str] = []
    for token in tokens:
        if token.type == "note_open":
            within.append(token.info)
            notes[token.info] = []
        (notes[within[-1]] if within else text).append(token)
        if token.type == "note_close":
            within.pop()
    return text, notes


def _begun(note: list[Token], number: int) -> list[Token]:
    """Return a note with its mark before its first words."""
    mark = Token("note_mark", "sup", 0, info="mark", content=str(number))
    if len(note) > 2 and note[1].type == "paragraph_open" and note[2].children is not None:
        note[2].children.insert(0, mark)
        return note
    inline = Token("inline", "", 0, children=[mark], content="", block=True)
    return [
        note[0],
        Token("paragraph_open", "p", 1, block=True),
        inline,
        Token("paragraph_close", "p", -1, block=True),
        *note[1:],
    ]


def shared_notes(texts: Iterable[str]) -> dict[str, Any]:
    """Return the environment in which these texts of one item, and others, are parsed so that they share their notes and numbers."""
    return {_ELSEWHERE: names_of_notes(texts), _NUMBERED: {}}


def names_of_notes(texts: Iterable[str]) -> frozenset[str]:
    """Return the names of the notes that texts hold."""
    return frozenset(found[1] for text in texts for found in _DEFINING_LINE.finditer(text))


def without_marks(text: str, names: frozenset[str]) -> str:
    """Return text without the marks of these notes."""
    return _MARK.sub(lambda found: "" if found[1] in names else found[0], text)


def with_notes(parts: Iterable[Markup]) -> Markup:
    """Return the texts of one item, which share their numbers, as one, with the notes of all at its end."""
    bodies: list[str] = []
    notes: list[str] = []
    for part in parts:
        body, found, rest = _split(part)
        bodies.append(body)
        notes += _NOTE.split(rest.strip().removesuffix("</div>").strip())[1:] if found else []
    whole = "\n".join(filter(None, (body.strip() for body in bodies)))
    if not notes:
        return Markup(whole)  # noqa: S704 - clean before
    by_number = sorted(notes, key=_number)
    listed = "\n".join(f'<div class="note">\n{note.strip()}' for note in by_number)
    return Markup(f'{whole}\n<div class="notes">\n{listed}\n</div>')  # noqa: S704 - clean before


def _number(note: str) -> int:
    found = _NUMBER.search(note)
    return int(found[3]) if found else 0


def _split(html: str) -> tuple[str, bool, str]:
    found = _NOTES.search(html)
    return (html[: found.start()], True, html[found.end() :]) if found else (html, False, "")


def linked_notes(html: str, anchor: str) -> Markup:
    """Return HTML for a page, its marks and notes linked both ways; `anchor` is the page's name for the text, which no other part has.

    A full stop stands in the names: no key and no slug holds one. A note that nothing names, and a mark without a note, lead nowhere.
    """
    if '<sup class="' not in html:
        return Markup(html)  # noqa: S704 - clean before
    seen: set[str] = set()
    there = {f"{'ref' if found[2] == 'ref' else 'note'}{found[3]}" for found in _NUMBER.finditer(html)}

    def link(found: re.Match[str]) -> str:
        own, other = ("ref", "note") if found[2] == "ref" else ("note", "ref")
        if f"{other}{found[3]}" not in there:
            return found[0]
        name = "" if f"{own}{found[3]}" in seen else f' id="{anchor}.{own}-{found[3]}"'
        seen.add(f"{own}{found[3]}")
        return f'{found[1]}<a{name} href="#{anchor}.{other}-{found[3]}">{found[3]}</a>'

    return Markup(_NUMBER.sub(link, html))  # noqa: S704 - clean before
