"""Pictures of pages: two of each for the documentation, and of every page those that one looks at before a change is done.

`make pictures` runs the journeys that are marked with `pictures`, and puts what they show into docs/images. With
NEWSLETTER_LOOKS=folder, `tests/journeys/test_every_page.py` leaves a picture of every page there. Elsewhere nothing is kept.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Literal

from PIL import Image
from playwright.sync_api import Page

FOLDER = "NEWSLETTER_PICTURES"
"""The variable that names the folder where pictures are kept."""
LOOKS = "NEWSLETTER_LOOKS"
"""The same for what nobody keeps."""
Scheme = Literal["light", "dark"]
VIEWS: tuple[tuple[int, Scheme], ...] = ((1280, "light"), (390, "dark"))
_HEIGHTS = {1280: 800, 390: 844}
_COLOURS = 128
"""Of a picture: text and its edges need no more, and the file is a third of what it was."""


def picture(page: Page, name: str) -> None:
    """Keep what a page shows as `<name>-<width>-<scheme>.png`, and leave the page as it was."""
    folder = os.environ.get(FOLDER, "")
    if not folder:
        return
    before = page.viewport_size
    for width, scheme in VIEWS:
        page.emulate_media(color_scheme=scheme)
        page.set_viewport_size({"width": width, "height": _HEIGHTS[width]})
        _keep(page.screenshot(animations="disabled", caret="hide"), Path(folder) / f"{name}-{width}-{scheme}.png")
    page.emulate_media(color_scheme="null")
    if before is not None:
        page.set_viewport_size(before)


def look(page: Page, name: str) -> None:
    """Keep all of a page as it stands, as `<name>.png`."""
    folder = os.environ.get(LOOKS, "")
    if folder:
        _keep(page.screenshot(animations="disabled", caret="hide", full_page=True), Path(folder) / f"{name}.png")


def _keep(octets: bytes, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(io.BytesIO(octets)) as seen:
        seen.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
