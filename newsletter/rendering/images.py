"""Images in content: our own get their address, size and dark twin from the ledger, and one with a caption becomes a figure.

Every image of a mail has a width: Outlook for Windows heeds no `max-width` of one, and would burst the column
(https://www.caniemail.com/features/css-max-width/). On a page `<picture>` tells light from dark; no mail program but Apple's
knows it, so that a mail carries both, and a rule of its head shows one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape, unescape

from markdown_it import MarkdownIt
from markdown_it.rules_core import StateCore
from markdown_it.token import Token
from markupsafe import Markup

from newsletter.model.images import COLUMN, ShownImage, digest_in

Images = Mapping[str, ShownImage]
"""The images of a publication that a document names, by digest."""
NO_IMAGES: Images = {}
_IMG = r"<img(?>(?: [a-z-]+=\"[^\"]*+\")*)>"
_LINKED = rf"<a(?>(?: [a-z]+=\"[^\"]*+\")*)>\s*+{_IMG}\s*+</a>"
_ALONE = re.compile(rf"<p>((?>(?:\s*+(?:{_IMG}|{_LINKED}|<br>))+)\s*+)</p>")
_UNIT = re.compile(rf"{_LINKED}|{_IMG}")
_IMAGE = re.compile(_IMG)
_ATTRIBUTE = re.compile(r" ([a-z-]+)=\"([^\"]*+)\"")
_FIGURE = re.compile(rf"<figure class=\"image\">({_LINKED}|{_IMG})<figcaption>([^<]*+)</figcaption></figure>")
_SIZE = re.compile(r"\{ ?(?:(?:width|height)=[0-9]{1,4}(?:px)? ?){1,2}\}")
_DIMENSION = re.compile(r"(width|height)=([0-9]+)")


@dataclass(frozen=True, slots=True)
class _Placing:
    """What is known where images are put in their places."""

    images: Images
    base_url: str

    def paragraph(self, found: re.Match[str]) -> str:
        """Return figures in the place of a paragraph that holds nothing but images, if one of them has a caption."""
        units = _UNIT.findall(found[1])
        captions = [self._caption(unit) for unit in units]
        if not any(captions):
            return found[0]
        pairs = zip(units, captions, strict=True)
        return "\n".join(_figure(_IMAGE.sub(_without_title, unit), caption) for unit, caption in pairs)

    def image(self, found: re.Match[str]) -> str:
        """Return the image as it is shown; a title that made no figure stands behind it, for all to read."""
        attributes = _attributes(found[0])
        title = attributes.pop("title", "")
        behind = f" <small>({escape(title, quote=False)})</small>" if title.strip() else ""
        digest = self._digest(attributes.get("src", ""))
        if digest is None:
            return _written(attributes) + behind
        image = self.images.get(digest)
        if image is None:  # preflight says so
            return escape(attributes.get("alt", ""), quote=False) + behind
        return _written(self._own(image, attributes)) + behind

    def _caption(self, unit: str) -> str:
        """Return the caption of an image as HTML: what the text says, else what was said when it was added."""
        found = _IMAGE.search(unit)
        attributes = _attributes(found[0]) if found else {}
        image = self.images.get(self._digest(attributes.get("src", "")) or "")
        words = [attributes.get("title", "").strip() or (image.caption if image else ""), image.credit if image else ""]
        return " · ".join(escape(word, quote=False) for word in words if word)

    def _own(self, image: ShownImage, attributes: dict[str, str]) -> dict[str, str]:
        typed = attributes.get("width", "")
        width = max(1, min(int(typed) if typed.isdigit() else image.width, COLUMN))
        own = {
            "src": self.base_url + image.address,
            "alt": attributes.get("alt", "").strip() or image.alt,
            "width": str(width),
            "height": str(max(1, round(image.height * width / image.width))),
        }
        kept = {name: value for name, value in attributes.items() if name in {"dir", "lang"}}
        dark = {"data-dark": self.base_url + image.dark.address} if image.dark else {}
        return {**own, **kept, **dark}

    def _digest(self, address: str) -> str | None:
        return digest_in(address.removeprefix(self.base_url))


def image_size_plugin(parser: MarkdownIt) -> None:
    """Read `{width=480}` behind an image as its size."""
    parser.core.ruler.after("inline", "image_size", _take_sizes)


def placed(html: str, images: Images, base_url: str) -> Markup:
    """Return clean content HTML with each image in its place: see the module. One of ours that the ledger does not know leaves its words."""
    if "<img" not in html:
        return Markup(html)  # noqa: S704 - clean before
    placing = _Placing(images, base_url)
    return Markup(_IMAGE.sub(placing.image, _ALONE.sub(placing.paragraph, html)))  # noqa: S704 - attributes are escaped anew


def in_mail(html: str) -> str:
    """Return content HTML with images as mail programs need them: each with a width, light and dark one after the other."""
    if "<img" not in html:
        return html
    html = _FIGURE.sub(lambda found: f'<p>{found[1]}</p><p class="m">{found[2]}</p>', html)
    return _IMAGE.sub(lambda found: _mail_image(_attributes(found[0])), html)


def on_web(html: str) -> str:
    """Return content HTML with images as pages need them."""
    return _IMAGE.sub(lambda found: _web_image(_attributes(found[0])), html) if "data-dark=" in html else html


def _mail_image(attributes: dict[str, str]) -> str:
    dark = attributes.pop("data-dark", "")
    if "width" not in attributes:
        attributes |= {"width": str(COLUMN), "style": "width:auto"}
    if not dark:
        return _written(attributes)
    # Word takes no heed of `display`: `mso-hide` hides from it
    hidden = {"class": "on-dark", "style": "display:none;mso-hide:all"}
    return _written({**attributes, "class": "on-light"}) + _written({**attributes, "src": dark, **hidden})


def _web_image(attributes: dict[str, str]) -> str:
    dark = attributes.pop("data-dark", "")
    if not dark:
        return _written(attributes)
    source = f'<source media="(prefers-color-scheme: dark)" srcset="{escape(dark)}">'
    return f"<picture>{source}{_written(attributes)}</picture>"


def _figure(unit: str, caption: str) -> str:
    return f'<figure class="image">{unit}<figcaption>{caption}</figcaption></figure>' if caption else f"<p>{unit}</p>"


def _attributes(tag: str) -> dict[str, str]:
    return {name: unescape(value) for name, value in _ATTRIBUTE.findall(tag)}


def _written(attributes: Mapping[str, str]) -> str:
    return "<img" + "".join(f' {name}="{escape(value)}"' for name, value in attributes.items()) + ">"


def _without_title(found: re.Match[str]) -> str:
    return _written({name: value for name, value in _attributes(found[0]).items() if name != "title"})


def _take_sizes(state: StateCore) -> None:
    for token in state.tokens:
        if token.children and "{" in token.content:
            _take_size(token.children)


def _take_size(children: list[Token]) -> None:
    image: Token | None = None
    for token in children:
        if image is not None and token.type == "text" and (found := _SIZE.match(token.content)):
            image.attrs |= {name: int(value) for name, value in _DIMENSION.findall(found[0])}
            token.content = token.content[found.end() :]
        image = token if token.type == "image" else None
