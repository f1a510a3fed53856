"""The parts of the room `images`, and what else lies in the image store."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from newsletter.archive.charts import Charts
from newsletter.bootstrap.tools import Tools
from newsletter.images.keeping import Keeping
from newsletter.images.serving import Serving


@dataclass(frozen=True)
class ImageParts(Tools):
    """What is done with images, each put together once per process."""

    @cached_property
    def keeping_images(self) -> Keeping:
        """What adds images, and removes them."""
        return Keeping(self.database, self.clock, self.image_store)

    @cached_property
    def serving_images(self) -> Serving:
        """What hands images out."""
        return Serving(self.database, self.image_store)

    @cached_property
    def charts(self) -> Charts:
        """What draws the bars of published tables, once, and hands them out."""
        return Charts(self.database, self.image_store)
