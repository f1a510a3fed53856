"""Cleaned HTML as Markdown: `markdownify`, with what it leaves open settled as the issue format needs it.

Signs of the words are escaped where they would mean something; a table is whole, whatever its rows were; emphasis that CommonMark would
not see is left out; headings become places at which an issue is parted.
"""

from __future__ import annotations

import re

from bs4 import BeautifulSoup
from bs4.element import NavigableString, PageElement, Tag

from newsletter.issues.moving.emphasis import MARK_SIGNS, emphasised
from newsletter.issues.moving.link_lines import FORMULA
from newsletter.issues.moving.markdown_lines import before_breaks, last_marked, loose_marked, paragraph_lines
from newsletter.issues.moving.placed_headings import ANY_PLACE, CLOSE, OPEN, PLACE, ConvertedPost, PlacedHeading
from newsletter.issues.moving.table_grid import grid, span_of
from newsletter.issues.moving.walking import LeanWalking
from newsletter.rendering.latex.indices import raised
from newsletter.rendering.written_text import at_beginning, inline

_SPACE = re.compile(r"\s+")
_BRACKET = re.compile(r"(?<!\\)[\[\]]")
_TILDE = re.compile(r"(?<!\s)~")
"""Between words the renderer takes it for a space of LaTeX."""
_CLOSING = re.compile(r"(?<!\\)\]")
_INLINE_LINK = re.compile(r"(?<!\\)\[([^\[\]]*)\]\((<[^<>]*>|[^()\s]*)\)")
_BLOCKS = [
    "p",
    "div",
    "ul",
    "ol",
    "pre",
    "blockquote",
    "table",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "figure",
    "dl",
]
_TIGHT = re.compile(r"\A([^\n]+)\n\n(?=(?:-|\d{1,9}\.) )")
"""A line and a list below it."""
_BREAK = "\\\n"
_LANGUAGE = re.compile(r"(?:language|lang|highlight-source)-([\w+#.-]{1,30})")


def converted(html: str) -> ConvertedPost:
    """Return cleaned HTML as Markdown."""
    converter = _Converter()
    text = converter.convert_soup(BeautifulSoup(html, "lxml"))
    return ConvertedPost(_tidied(text), converter.headings, converter.notes)


def _tidied(text: str) -> str:
    lines = [line.rstrip() if not line.endswith("\\") else line for line in text.split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip("\n")


class _Converter(LeanWalking):
    def __init__(self) -> None:
        super().__init__(
            heading_style="atx", bullets="-", newline_style="backslash", autolinks=False, strip_pre="strip"
        )
        self.headings: list[PlacedHeading] = []
        self.notes: list[str] = []

    def escape(self, text: str, parent_tags: set[str]) -> str:
        written = _TILDE.sub("&#126;", inline(_SPACE.sub(" ", text)))
        return loose_marked(written)

    def convert_p(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "_inline" in parent_tags:
            return f" {text.strip()} "
        if PLACE.search(text) or "```" in text:
            return f"\n\n{text.strip()}\n\n"
        written = paragraph_lines(text.strip())
        return f"\n\n{written}\n\n" if written.strip("\\ \n") else ""

    def convert_div(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        classes = list(el.get("class") or ())
        if "notes" in classes:
            return ""
        if "note" in classes:
            self.notes.append(_tidied(text))
            return ""
        return (
            f" {text.strip()} "
            if "_inline" in parent_tags
            else f"\n\n{text.strip(chr(10))}\n\n"
            if text.strip()
            else ""
        )

    convert_figure = convert_article = convert_section = convert_aside = convert_center = convert_details = convert_div

    def convert_summary(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_p(el, self.convert_b(el, text, parent_tags), parent_tags)

    def convert_figcaption(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        flat = _SPACE.sub(" ", text).strip()
        marked = f"*{flat}*" if flat and not MARK_SIGNS & set(flat.replace("\\*", "").replace("\\_", "")) else flat
        return f"\n\n{at_beginning(marked) if marked == flat else marked}\n\n" if flat else ""

    def convert_li(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        written = _without_places(self, text).strip()
        within = paragraph_lines(written) if el.find(_BLOCKS) is None else _TIGHT.sub(r"\1\n", written)
        return str(super().convert_li(el, within, parent_tags)) if written else ""  # type: ignore[misc]  # its stubs leave it out

    def convert_list(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "_inline" in parent_tags:
            return f" {_SPACE.sub(' ', text).strip()} "
        return f"\n\n{text.strip(chr(10))}\n\n" if "li" not in parent_tags else f"\n\n{text.rstrip()}"

    convert_ul = convert_ol = convert_list

    def convert_blockquote(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return str(super().convert_blockquote(el, _without_places(self, text), parent_tags)).rstrip("\n") + "\n\n"  # type: ignore[misc]  # as above

    def convert_hN(self, n: int, el: Tag, text: str, parent_tags: set[str]) -> str:  # noqa: N802 - its name there
        title = _SPACE.sub(" ", el.get_text(" " if el.find("br") else "")).strip()
        pictures = "\n\n".join(self.convert_img(each, "", set()) for each in el.find_all("img"))
        if not title or "_inline" in parent_tags:
            return text if title else f"\n\n{pictures}\n\n" if pictures else ""
        links = [each for each in el.find_all("a") if each.get("href") and each.get_text().strip()]
        said = (
            ""
            if not links
            else " ".join(self.convert_a(each, inline(each.get_text().strip()), set()) for each in links)
        )
        more = "\n\n".join(filter(None, (said, pictures)))
        self.headings.append(PlacedHeading(n, title, more))
        return f"\n\n{OPEN}{len(self.headings) - 1}{CLOSE}\n\n"

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        href = str(el.get("href") or "")
        end = before_breaks(text)
        lead, words, trail = text[: len(text) - len(text.lstrip())], text[:end].strip(), text[end:]
        if "_noformat" in parent_tags or not words or not href or href.startswith("#") or PLACE.search(words):
            return text
        if "\n\n" in words:
            return text
        if not words.startswith("!["):
            words = _INLINE_LINK.sub(r"\1", words)
        if "![" not in words:
            words = last_marked(_CLOSING.sub("&#93;", words))
        return f"{lead}[{words}]({_target(href)}){trail}"

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        source = str(el.get("src") or "")
        alt = _BRACKET.sub(lambda found: f"\\{found[0]}", inline(" ".join(str(el.get("alt") or "").split())).replace("\\[", "["))  # fmt: skip
        return f"![{alt}]({_target(source)})" if source else alt

    def convert_br(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return " " if "_inline" in parent_tags or "td" in parent_tags or "th" in parent_tags else _BREAK

    def convert_b(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return emphasised(el, text, "**", parent_tags)

    convert_strong = convert_b

    def convert_em(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return emphasised(el, text, "*", parent_tags)

    convert_i = convert_cite = convert_em

    def convert_del(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return emphasised(el, text, "~~", parent_tags)

    convert_s = convert_strike = convert_del

    def convert_sup(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        classes = list(el.get("class") or ())
        return f"\\[{text.strip()}]" if "ref" in classes or "mark" in classes else self._raised(el, text, "^")

    def convert_sub(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self._raised(el, text, "_")

    def _raised(self, el: Tag, text: str, sign: str) -> str:
        return text if el.find(True) else inline(raised(sign, el.get_text()))

    def convert_span(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if FORMULA in (el.get("class") or []):
            return f"$${el.get_text().strip()}$$"
        return text

    def convert_q(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"“{text}”"

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "pre" in parent_tags:
            return text
        flat = _SPACE.sub(" ", el.get_text()).strip()
        longest = max((len(run) for run in re.findall(r"`+", flat)), default=0)
        ticks, blank = "`" * (longest + 1), " " if flat.startswith("`") or flat.endswith("`") else ""
        return f"{ticks}{blank}{flat}{blank}{ticks}" if flat else ""

    convert_kbd = convert_samp = convert_tt = convert_code

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        for each in el.find_all("br"):
            each.replace_with(NavigableString("\n"))
        words = el.get_text().strip("\n")
        if not words.strip():
            return ""
        if "_inline" in parent_tags:
            return self.convert_code(el, words, set())
        longest = max((len(run) for run in re.findall(r"`+", words)), default=0)
        fence = "`" * max(3, longest + 1)
        code = el.find("code")
        named = " ".join([*(el.get("class") or []), *((code.get("class") or []) if isinstance(code, Tag) else [])])
        language = found[1] if (found := _LANGUAGE.search(named)) else ""
        return f"\n\n{fence}{language}\n{words}\n{fence}\n\n"

    def convert_dt(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_p(el, self.convert_b(el, text.strip(), parent_tags), parent_tags)

    def convert_dd(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return self.convert_div(el, text, parent_tags) if el.find("p") else self.convert_p(el, text, parent_tags)

    def convert_caption(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""

    def convert_td(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return ""

    convert_th = convert_tr = convert_td

    def convert_table(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        caption = el.find("caption")
        said = (
            self.convert_p(el, self.convert_b(el, inline(caption.get_text(" ", strip=True)), set()), set())
            if caption
            else ""
        )
        rows = grid([self._row(row) for row in el.find_all("tr")])
        if not rows:
            return str(said)
        if "_inline" in parent_tags:
            return " ".join(cell for row in rows for cell in row)
        head = "|".join([""] + [" --- "] * len(rows[0]) + [""])
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        return f"{said}\n\n" + "\n".join([lines[0], head, *lines[1:]]) + "\n\n"

    def _row(self, row: Tag) -> list[tuple[str, int, int]]:
        cells = [each for each in row.children if isinstance(each, Tag) and each.name in ("td", "th")]
        return [(self._cell(each), span_of(each, "colspan"), span_of(each, "rowspan")) for each in cells]

    def _cell(self, cell: Tag) -> str:
        within = {"td", "_inline"}
        parts = [self.process_element(each, within) for each in cell.children if not _is_comment(each)]
        flat = _SPACE.sub(" ", _without_places(self, "".join(parts))).strip()
        return flat.replace("\\|", "|").replace("|", "\\|")


def _is_comment(each: PageElement) -> bool:
    return isinstance(each, NavigableString) and type(each) is not NavigableString


def _without_places(converter: _Converter, text: str) -> str:
    """Return a text whose headings are strong words: in a quotation, a list or a cell nothing is parted."""

    def strong(found: re.Match[str]) -> str:
        number = int(found[0].strip(OPEN + CLOSE))
        heading = converter.headings[number]
        converter.headings[number] = PlacedHeading(0, "")
        return f"**{inline(heading.title).replace('~', '&#126;')}**" + (f" {heading.more}" if heading.more else "")

    return ANY_PLACE.sub(strong, text)


def _target(address: str) -> str:
    safe = (
        address.strip()
        .replace(" ", "%20")
        .replace("<", "%3C")
        .replace(">", "%3E")
        .replace("\\", "%5C")
        .replace("\n", "")
    )
    return f"<{safe}>" if re.search(r"[()\s]", safe) else safe
