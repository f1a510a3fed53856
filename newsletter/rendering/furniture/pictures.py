"""The picture at the head of an issue or an item, as clean content HTML."""

from __future__ import annotations

from html import escape

from markupsafe import Markup

from newsletter.model.document import Pictured
from newsletter.rendering.furniture.marks import marked
from newsletter.rendering.latex import soften_line
from newsletter.rendering.markdown import to_inline_html
from newsletter.rendering.sanitising import sanitise


def picture(owner: Pictured, *, where: str) -> Markup:
    """Return the picture with its caption, or nothing. Raises InputError, naming `where`, for a caption too deep."""
    if not owner.image:
        return Markup()
    image = sanitise(f'<img src="{escape(owner.image)}" alt="{escape(soften_line(owner.image_alt))}">')
    return marked("picture", image, to_inline_html(owner.image_caption, where=where))
