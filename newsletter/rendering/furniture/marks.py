"""How furniture stands in clean content HTML until an output dresses it: in elements that no sanitised text can hold.

`<furniture-quote>words<furniture-line>one line</furniture-line></furniture-quote>`: the name says what it is, the words are what
it holds, the line is what stands at its foot or head. All of it is sanitised; none nests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from newsletter.rendering.furniture.fences import CLOSE, OPEN, Block

BEGINNING = "<furniture-"
_WITHIN = r"(?>(?:[^<]++|<(?!/?furniture-))*)"
_MARK = re.compile(
    rf"<furniture-(?P<name>[a-z]+)>(?P<words>{_WITHIN})<furniture-line>(?P<line>{_WITHIN})</furniture-line></furniture-(?P=name)>"
)


def marked(name: str, words: str, line: str = "") -> Markup:
    """Return sanitised words, and a sanitised line that belongs to them, as furniture of this name."""
    html = f"<furniture-{name}>{words}<furniture-line>{line}</furniture-line></furniture-{name}>"
    return Markup(html)  # noqa: S704 - both are sanitised before


def replaced(html: str, dress: Callable[[str, Markup, Markup], str]) -> str:
    """Return HTML whose furniture is replaced by what `dress` makes of name, words and line."""
    if BEGINNING not in html:
        return html
    return _MARK.sub(lambda found: dress(found["name"], Markup(found["words"]), Markup(found["line"])), html)  # noqa: S704


def furnished(
    tokens: Sequence[Token],
    environment: dict[str, object],
    parser: MarkdownIt,
    clean: Callable[[str], str],
    inline: Callable[[str], Markup],
) -> str:
    """Return tokens as clean HTML: what stands in a block and what stands around it are cleaned each on its own, so none opens the other."""
    pieces, start, opened = [], 0, None

    def rendered(end: int) -> str:
        some = tokens[start:end]
        return clean(parser.renderer.render(some, parser.options, environment)).strip() if some else ""

    for place, token in enumerate(tokens):
        if token.type == OPEN:
            pieces.append(rendered(place))
            start, opened = place + 1, token
        elif token.type == CLOSE and opened is not None:
            pieces.append(_block(opened, rendered(place), inline))
            start, opened = place + 1, None
    pieces.append(rendered(len(tokens)))
    return "\n".join(piece for piece in pieces if piece)


def _block(opened: Token, words: str, inline: Callable[[str], Markup]) -> str:
    line = inline(opened.content) if opened.content else ""
    if opened.info == Block.BUTTON:
        return marked(Block.BUTTON, f"<p>{line}</p>{words}" if line else words)
    return marked(opened.info, words, line)
