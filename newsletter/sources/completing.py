"""Complete what arXiv's RSS left out, from its API: one question for all papers of an answer that have no abstract, or name no authors.

The RSS usually says all of it, and the API is often at its limit, also for the lawful: it is asked for nothing else, in a turn of its
own, and papers that it tells nothing of stay as they came. https://info.arxiv.org/help/api/user-manual.html
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias
from urllib.parse import urlencode

import structlog

from newsletter.clock import Clock
from newsletter.errors import NewsletterError
from newsletter.fetch.values import Ask
from newsletter.fetch.visits import Visits
from newsletter.model.sources import SourceKind
from newsletter.sources.asking import OCTETS, SECONDS, ReadersBusyError, ReadingTooLongError, Reads
from newsletter.sources.found import BrokenAnswerError, FoundCandidate, LimitedAnswerError, Reading
from newsletter.sources.outcomes import READ, AskedSource, Outcome

log = structlog.get_logger(__name__)

API = "https://export.arxiv.org/api/query"
MOST = 200
"""Papers that are asked for at once, the first of an answer."""
_OK = 200

Complete: TypeAlias = Callable[[AskedSource, Outcome, float], Outcome]
"""A source, what came of asking it, and the seconds that more may take -> the same with what was left out."""


@dataclass(frozen=True)
class ArxivCompleting:
    """The tools of completing what arXiv announced."""

    clock: Clock
    read: Reads
    api: str = API

    def complete(self, visits: Visits, asked: AskedSource, outcome: Outcome, *, seconds: float = SECONDS) -> Outcome:
        """Return an outcome whose papers have what the API knows of them. Raises nothing: what cannot be had is told."""
        wanted = incomplete(asked, outcome)
        if not wanted or outcome.reading is None:
            return outcome
        known: dict[str, FoundCandidate] = {}
        octets, why = 0, ""
        try:
            known, octets = self._known(visits, asked, wanted, seconds)
        except NewsletterError as error:
            why = f": {error.what}"
        except (BrokenAnswerError, LimitedAnswerError, ReadingTooLongError, ReadersBusyError) as error:
            why = f": {error}"
        except Exception as error:  # the answer that was read is not lost for it
            log.exception("papers could not be completed for a reason nobody foresaw", source_id=asked.source_id)
            why = f": {type(error).__name__}"
        papers = tuple(_completed(paper, known.get(paper.key)) for paper in outcome.reading.candidates)
        left = sum(1 for paper in papers if _lacks(paper))
        told = (f"{left} without abstract or authors, which arXiv's API did not tell{why}",) if left else ()
        reading = replace(outcome.reading, candidates=papers, told=(*outcome.reading.told, *told))
        words = "; ".join(reading.told[:3])
        return replace(outcome, reading=reading, words=words, octets=outcome.octets + octets)

    def _known(
        self, visits: Visits, asked: AskedSource, wanted: Sequence[str], seconds: float
    ) -> tuple[dict[str, FoundCandidate], int]:
        query = urlencode({"id_list": ",".join(wanted), "max_results": len(wanted)}, safe=",/")
        schemes = ("https", "http") if asked.plain_http else ("https",)
        page = visits.ask(Ask(f"{self.api}?{query}", schemes=schemes, octets=OCTETS, seconds=min(seconds, SECONDS)))
        if page.status != _OK:
            raise BrokenAnswerError(f"its answer is {page.status}")
        reading: Reading = self.read(
            SourceKind.ARXIV, page.content, address=page.url, mapping=None, now=self.clock.now()
        )
        return {paper.key: paper for paper in reading.candidates}, len(page.content)


def incomplete(asked: AskedSource, outcome: Outcome) -> list[str]:
    """Return the numbers of papers that an answer of arXiv's RSS left something out of, at most MOST."""
    if asked.kind is not SourceKind.ARXIV or outcome.result not in READ or outcome.reading is None:
        return []
    return [paper.key.removeprefix("arxiv:") for paper in outcome.reading.candidates if _lacks(paper)][:MOST]


def _lacks(paper: FoundCandidate) -> bool:
    return not paper.text or not paper.attributes.get("authors")


def _completed(paper: FoundCandidate, known: FoundCandidate | None) -> FoundCandidate:
    """A paper with what is known of it where it says nothing itself; what was announced, and when, stays."""
    if known is None or not _lacks(paper):
        return paper
    attributes = known.attributes | {name: value for name, value in paper.attributes.items() if value}
    return replace(paper, text=paper.text or known.text, attributes=attributes)
