"""From a frame and its content to the finished HTML page of a mail: Jinja -> MJML -> content -> premailer -> minify.

Editors' content enters after MJML, as clean HTML in the place of a comment, so no content can nest, include or
break MJML, and MJML's cost does not grow with the issue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from newsletter.model.brand import Brand
from newsletter.rendering.colours import palette
from newsletter.rendering.fonts import fonts
from newsletter.rendering.language import Language
from newsletter.rendering.markdown import to_inline_html
from newsletter.rendering.minifying import minify
from newsletter.rendering.mjml_source import compile_mjml
from newsletter.rendering.templating import Templates

_PREVIEW_CHARS = 150  # what mail programs show beside the subject; beyond the preheader it is filled with nothing
_FILLER = "\u034f\u200c\u00a0"
_ARTICLES = frozenset({"the", "a", "an"})
_STYLES = re.compile(r"<style\b[^<>]*>([^<]*)</style>")
_FURNITURE = re.compile(r"(?<=[\" ])f-[a-z]{1,12}(?=[\" ])")
_CLASS_NAME = re.compile(r"\.([a-zA-Z][\w-]*)")


def mail_page(
    templates: Templates,
    name: str,
    *,
    language: Language,
    words: Language,
    brand: Brand,
    title: str,
    preheader: str,
    content: Sequence[str],
    values: Mapping[str, object],
) -> list[str]:
    """Return the HTML page of the frame template `name` around `content` (clean HTML, in `language`); the frame speaks `words`.

    It comes in pieces: what is before the content, each part of it, and what is after. `values` are the template's own.
    """
    from newsletter.rendering.inlining import inline_pieces  # late: it brings 30 MB, and most commands make no mail

    shared = {
        "language": language,
        "words": words,
        "own_language": _own_language(language, words),
        "own_words": Markup()
        if words.tag == language.tag
        else Markup(' lang="%s" dir="%s"') % (words.tag, words.direction),
        "palette": palette(brand.accent),
        "fonts": fonts(brand.look.font),
        "furniture": frozenset(each for part in content for each in _FURNITURE.findall(part))
        | ({"f-ask"} if values.get("asks") else frozenset()),
    }
    frame_values = {
        "brand": brand,
        "page_title": title,
        "monogram": monogram(brand.name),
        "footer": to_inline_html(brand.look.footer, where="footer") if brand.look.footer else "",
        "preheader": preheader,
        "padding": _FILLER * max(0, _PREVIEW_CHARS - len(preheader)),
    }
    source = templates.render(name, **{**values, **frame_values, **shared})
    frame = compile_mjml(source, where=name)
    classes = frozenset(_CLASS_NAME.findall(" ".join(_STYLES.findall(frame))))
    css = templates.render("issue/mail.css.j2", **shared)
    return inline_pieces(frame, content, css, finish=lambda piece: minify(piece, keep_classes=classes), key=classes)


def monogram(name: str) -> str:
    """Return the letter that stands for a name: its first one, an English article apart."""
    words = [word for word in name.split() if word.casefold() not in _ARTICLES] or [name]
    return next((sign.upper() for sign in "".join(words) if sign.isalnum()), "")[:1]


def _own_language(language: Language, words: Language) -> Markup:
    """Return the attributes of our own words where they are in another language than what stands around them."""
    if words.tag == language.tag:
        return Markup()
    return Markup(' lang="%s" dir="%s" style="text-align:%s"') % (words.tag, words.direction, words.start)
