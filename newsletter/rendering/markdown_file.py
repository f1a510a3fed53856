"""Write a Document as an issue file: the inverse of `newsletter.issues.parsing`. The format is in docs/issue-format.md."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from wcwidth import wcswidth

from newsletter.model.document import PICTURE_ATTRIBUTES, Align, Document, Item, ItemBase, Section, TableItem
from newsletter.model.keys import natural_key
from newsletter.rendering.heading_escapes import write_title, write_value

_PLAIN_YAML = re.compile(r"(?=\S)[^\W_][\w ,.()/'\u2019\u2013\u2014!?&;+-]*(?<! )")
_YAML_WORDS = frozenset({"null", "Null", "NULL"})
_BARE_VALUE = re.compile(r"[A-Za-z0-9_./:+@%,-]+")
MAX_TABLE_WIDTH = 120
"""Widest table, in columns of a terminal, whose cells are padded so that they stand below each other."""


def write_markdown(document: Document) -> str:
    """Return the canonical issue file of `document`: reading it again gives an equal Document."""
    blocks = [_front_matter(document), document.lead]
    for section in document.sections:
        blocks.extend(_section(section))
    return "\n\n".join(block for block in blocks if block) + "\n"


def write_item(item: Item) -> str:
    """Return an item as it stands in an issue file, from its heading to its last line, without a line end behind it."""
    return "\n\n".join(block for block in _item(item) if block)


def write_section(section: Section) -> str:
    """Return a section as it stands in an issue file, from its heading to its last line, without a line end behind it."""
    return "\n\n".join(block for block in _section(section) if block)


def _front_matter(document: Document) -> str:
    values = {
        "publication": document.publication,
        "title": document.title,
        "slug": document.slug,
        "date": document.date.isoformat(),
        "author": document.author,
        "subject": document.subject if document.subject != document.title else "",
        "preheader": document.preheader,
        "language": document.language if document.language != "en" else "",
        **{name: getattr(document, field) for name, field in PICTURE_ATTRIBUTES.items()},
        "poll": document.poll,
    }
    lines = [f"{name}: {_yaml(value)}" for name, value in values.items() if value]
    return "\n".join(["---", *lines, "---"])


def _yaml(value: str) -> str:
    """Return `value` as a YAML scalar: plain where that is safe, else double-quoted (JSON's strings are YAML's)."""
    plain = _PLAIN_YAML.fullmatch(value) and value not in _YAML_WORDS
    return value if plain else json.dumps(value, ensure_ascii=False)


def _section(section: Section) -> Iterator[str]:
    named = {"kind": str(section.kind), "all": section.all_title}
    yield f"## {_title(section.title)} {_attributes(section.slug, named, section.attributes)}"
    yield section.intro
    for item in section.items:
        yield from _item(item)


def _item(item: Item) -> Iterator[str]:
    yield _item_heading(item)
    yield item.body
    if isinstance(item, TableItem):
        yield _table(item)
        yield item.note


def _item_heading(item: ItemBase) -> str:
    named = {name: _written(getattr(item, field)) for name, field in item.heading_attributes.items()}
    derived = natural_key(getattr(item, "kind", ""), item.title, item.url)
    key = item.key if item.explicit_key or item.key != derived else ""
    attributes = _attributes(key, named, item.attributes)
    title = f"[{_link_title(item.title)}]({_address(item.url)})" if item.url else _title(item.title)
    if not item.url and not attributes:
        title = re.sub(r"(?:^|(?<= ))(#+)$", r"\\\1", title)  # else CommonMark 4.2 takes it for a closing sequence
    return f"### {title} {attributes}".rstrip()


def _written(value: object) -> str:
    if isinstance(value, bool):
        return "" if value else "no"
    return "" if value is None else str(value)


def _attributes(key: str, named: dict[str, str], others: dict[str, str]) -> str:
    """Return the attribute block, or nothing; empty fields are left out, empty attributes of the file's own stay."""
    pairs = [(name, value) for name, value in named.items() if value] + list(others.items())
    parts = ([f"#{key}"] if key else []) + [f"{name}={_value(value)}" for name, value in pairs]
    return f"{{{' '.join(parts)}}}" if parts else ""


def _value(value: str) -> str:
    return value if _BARE_VALUE.fullmatch(value) else f'"{write_value(value)}"'


def _title(title: str) -> str:
    """Return a plain title, with a backslash before each sign that would mean something in a heading."""
    return write_title(title, lambda text: re.sub(r"^\[|\](?=\()", r"\\\g<0>", _without_blocks(text)))


def _link_title(title: str) -> str:
    return write_title(title, lambda text: re.sub(r"[\[\]]", r"\\\g<0>", _without_blocks(text)))


def _without_blocks(text: str) -> str:
    return re.sub(r"(?:^|(?<=\s))\{", r"\\{", text)


def _address(url: str) -> str:
    return f"<{url}>" if re.search(r"[()\[\]]", url) else url


def _table(item: TableItem) -> str:
    """Return the table; its columns are padded to one width as long as the whole stays narrow enough to read."""
    lines = [[column.title.replace("|", "\\|") for column in item.columns]]
    lines += [[cell.replace("|", "\\|") for cell in row] for row in item.rows]
    widths = [max(3, *(_width(cell) for cell in column)) for column in zip(*lines, strict=True)]
    if sum(widths) + 3 * len(widths) + 1 > MAX_TABLE_WIDTH:
        widths = [3] * len(widths)
    aligns = [column.align for column in item.columns]
    dashes = [_dashes(align, width) for align, width in zip(aligns, widths, strict=True)]
    padded = [[_padded(*cell) for cell in zip(line, aligns, widths, strict=True)] for line in lines]
    return "\n".join(f"| {' | '.join(line)} |" for line in [padded[0], dashes, *padded[1:]])


def _width(text: str) -> int:
    return max(wcswidth(text), 0)


def _dashes(align: Align, width: int) -> str:
    left = ":" if align in {Align.LEFT, Align.CENTER} else "-"
    right = ":" if align in {Align.RIGHT, Align.CENTER} else "-"
    return f"{left}{'-' * (width - 2)}{right}"


def _padded(cell: str, align: Align, width: int) -> str:
    space = max(width - _width(cell), 0)
    if align is Align.RIGHT:
        return " " * space + cell
    before = space // 2 if align is Align.CENTER else 0
    return " " * before + cell + " " * (space - before)
