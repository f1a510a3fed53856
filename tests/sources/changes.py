"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.sources.cited_sentences import ChosenCandidate
from newsletter.sources.drafting import Drafting, Proposal
from newsletter.sources.proposing import Proposing
from tests.issues.changes import issue, with_an_item
from tests.parts.changes import Change, modules_of
from tests.web.scene import Scene

MODULES = modules_of("sources")
BY_ITSELF = {
    "newsletter.sources.drafting.Drafting.propose": "counts the tokens of the day; whoever puts what came into a draft is written down",
}


@dataclass(frozen=True)
class Willing(Drafting):
    """Proposes the same whatever it is asked, and counts nothing."""

    def propose(
        self, candidates: Sequence[ChosenCandidate], *, language: str = "en", wanted: Sequence[int] | None = None
    ) -> Proposal:
        """Say it of the last one."""
        return Proposal((), {candidates[-1].id: f"It stands in {language}."}, dropped=len(wanted or ()))


def _propose(scene: Scene, by: Actor) -> object:
    parts = scene.parts
    drafting = Willing(parts.database, parts.clock, None, 0)
    return Proposing(parts.database, drafting, parts.drafted_words.put).propose(issue(scene, "draft"), by=by)


CHANGES = (Change(Proposing.propose, Right.WRITE, "issue.change", _propose, prepare=with_an_item),)
