"""The chart of a published table as a picture: drawn when it is first asked for, then kept in the image store.

Its address tells what is on it, and only the chart that the ledger has at that place is drawn: nobody makes the service draw
another, or the same one twice.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from newsletter.archive.pages import issue_page
from newsletter.errors import MovedError, NotFoundError
from newsletter.model.charts import DIGEST_CHARS, ChartForm
from newsletter.rendering.furniture.charts import chart_at, ink_of
from newsletter.sentences import sentence
from newsletter.store.database import Database
from newsletter.transports.image_store.base import ImageStore, StoredFile

_DIGEST = re.compile(rf"[0-9a-f]{{{DIGEST_CHARS}}}")


@dataclass(frozen=True, slots=True)
class ChartAsked:
    """Which chart is wanted: the item it belongs to, what its address says is on it, and its form."""

    publication: str
    issue: str
    section: str
    key: str
    digest: str
    form: str


@dataclass(frozen=True)
class Charts:
    """The tools of showing charts, put together once per process."""

    database: Database
    store: ImageStore

    def open(self, asked: ChartAsked) -> StoredFile:
        """Return the picture. Raises NotFoundError; MovedError where the chart is another one by now; UnavailableError."""
        nothing = NotFoundError(sentence("there is no such item in this issue"))
        if asked.form not in set(ChartForm) or not _DIGEST.fullmatch(asked.digest):
            raise nothing  # before the issue is read: an address that nobody was ever given costs next to nothing
        page = issue_page(self.database, publication=asked.publication, slug=asked.issue)
        chart = chart_at(page.document, asked.section, asked.key, page.publication.accent)
        if chart is None:
            raise nothing
        form = ChartForm(asked.form)
        if chart.digest != asked.digest:
            name = "{}.{}.{}.png"
            raise MovedError(
                "this chart has another address",
                old=name.format(asked.key, asked.digest, form),
                new=name.format(asked.key, chart.digest, form),
                depth=3,
            )
        file = chart.file(form)
        try:
            return self.store.open(file)
        except NotFoundError:
            from newsletter.imaging.charts import draw  # late: pillow is for those who draw

            picture = draw(chart, form, ink_of(chart, form))
            self.store.put(file, picture)
            return StoredFile(len(picture), iter((picture,)))
