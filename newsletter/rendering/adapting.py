"""Clean content HTML dressed for its place: what a mail program needs, and what a page under a strict CSP needs."""

from __future__ import annotations

import re

from markupsafe import Markup

from newsletter.rendering import images
from newsletter.rendering.kept_work import KeptWork
from newsletter.rendering.language import Language
from newsletter.rendering.mail_tables import dressed

_DRESSED: KeptWork[Markup] = KeptWork()
_CELL = re.compile(r"<(t[hd])((?: [a-z]+=\"[^\"]*\")*)>")
_ALIGN = re.compile(r" align=\"([a-z]+)\"")
_ALIGNED = re.compile(
    r"<(p|div|h[456])((?>(?: (?!align)[a-z]+=\"[^\"]*\")*)) align=\"(center|right)\"((?>(?: [a-z]+=\"[^\"]*\")*))>"
)
_CLASSES = {"right": ' class="num"', "center": ' class="center"'}


def for_mail(html: str, language: Language) -> Markup:
    """Return content HTML for a mail: images have a width, tables fit a phone, header cells begin where lines of `language` do."""
    html = images.in_mail(html)
    if "<table" not in html:
        return Markup(html)  # noqa: S704 - clean before
    return _DRESSED.of((html, language.tag), lambda: dressed(html, language), lambda made: len(html) + len(made))


def for_web(html: str) -> Markup:
    """Return content HTML for a page: classes instead of attributes, wide tables in a container that scrolls."""
    html = images.on_web(html)
    html = _ALIGNED.sub(_web_block, html)
    if "<table" not in html:
        return Markup(html)  # noqa: S704 - clean before
    return _in_container(_CELL.sub(_web_cell, html), '<div class="table-scroll" tabindex="0">')


def _in_container(html: str, opening: str) -> Markup:
    return Markup(html.replace("<table", f"{opening}<table").replace("</table>", "</table></div>"))  # noqa: S704


def _web_block(found: re.Match[str]) -> str:
    """A paragraph set in the middle or at the right: by class, which HTML asks for."""
    name = found[3]
    before, mark, after = f"{found[2]}{found[4]}".partition(' class="')
    return f'<{found[1]}{before} class="{name} {after}>' if mark else f'<{found[1]}{before} class="{name}">'


def _web_cell(found: re.Match[str]) -> str:
    align = _ALIGN.search(found[2])
    return f"<{found[1]}{_CLASSES.get(align[1], '') if align else ''}{_ALIGN.sub('', found[2])}>"
