"""What people may change in this room, and what it does by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import CandidateState
from newsletter.sources.assembling import Assembling
from newsletter.sources.choosing import Choosing
from newsletter.sources.cited_sentences import ToldCandidate
from newsletter.sources.drafting import Drafting, Proposal
from newsletter.sources.proposing import Proposing
from newsletter.sources.taking_out import TakingOut
from newsletter.sources.wished_runs import WishedRuns
from newsletter.store.sources import sightings
from tests.issues.changes import issue, with_an_item
from tests.parts.actors import OPERATOR
from tests.parts.changes import Change, modules_of
from tests.sources import changes_of_sources
from tests.sources.rows import add_candidate, add_sighting, add_source
from tests.web.scene import Scene

MODULES = modules_of("sources")
BY_ITSELF = {
    **changes_of_sources.BY_ITSELF,
    "newsletter.sources.ordering.Ordering._give_keys": "follows from a gathering; the issues that used them tell the rest",
    "newsletter.sources.ordering.Ordering._cluster_some": "what is shown together, and joins nothing",
    "newsletter.sources.ordering.Ordering._rank_some": "follows from a gathering: time passes, and parts are shown",
    "newsletter.sources.ordering.Ordering._forget": "keeps what sources offered as long as they say, and a month",
    "newsletter.sources.drafting.Drafting.propose": "counts the tokens of the day; whoever puts what came into a draft is written down",
}
URLS = ("https://lab.example/one", "https://other.example/two")


def _offered(scene: Scene) -> None:
    for url, name in zip(URLS, ("lab", "other"), strict=True):
        source = add_source(scene.database, scene.clock, scene.publication, name)
        candidate = add_candidate(scene.database, scene.clock, scene.publication, url, source_id=source.id)
        seen = add_sighting(scene.database, scene.clock, source, candidate)
        scene.names[f"candidate {name}"], scene.names[f"sighting {name}"] = candidate.id, seen.id


def _dismissed(scene: Scene) -> None:
    _offered(scene)
    scene.parts.choosing.choose([_id(scene, "candidate lab")], CandidateState.DISMISSED, by=OPERATOR)


def _joined(scene: Scene) -> None:
    _offered(scene)
    scene.parts.choosing.join([_id(scene, "candidate lab"), _id(scene, "candidate other")], by=OPERATOR)


def _id(scene: Scene, name: str) -> int:
    return int(str(scene.names[name]))


def _choose(scene: Scene, by: Actor) -> object:
    return scene.parts.choosing.choose([_id(scene, "candidate lab")], CandidateState.SHORTLISTED, by=by)


def _put_back(scene: Scene, by: Actor) -> object:
    before = {_id(scene, "candidate lab"): CandidateState.SHORTLISTED}
    return scene.parts.choosing.put_back(before, CandidateState.DISMISSED, by=by)


def _join(scene: Scene, by: Actor) -> object:
    return scene.parts.choosing.join([_id(scene, "candidate lab"), _id(scene, "candidate other")], by=by)


def _take_apart(scene: Scene, by: Actor) -> object:
    with scene.database.read() as session:
        assert len(sightings.all_of(session, _id(scene, "candidate lab"))) == 2
    return scene.parts.choosing.take_apart([_id(scene, "sighting other")], by=by)


@dataclass(frozen=True)
class Willing(Drafting):
    """Proposes the same whatever it is asked, and counts nothing."""

    def propose(
        self, candidates: Sequence[ToldCandidate], *, language: str = "en", wanted: Sequence[int] | None = None
    ) -> Proposal:
        """Say it of the last one."""
        return Proposal((), {candidates[-1].id: f"It stands in {language}."}, dropped=len(wanted or ()))


def _propose(scene: Scene, by: Actor) -> object:
    parts = scene.parts
    drafting = Willing(parts.database, parts.clock, None, 0)
    return Proposing(drafting, parts.drafted_words).propose(issue(scene, "draft"), by=by)


def _assemble(scene: Scene, by: Actor) -> object:
    return scene.parts.assembling.assemble(scene.publication.id, date(2026, 7, 1), by=by)


def _in_the_draft(scene: Scene) -> None:
    _offered(scene)
    lab = _id(scene, "candidate lab")
    scene.parts.assembling.assemble(scene.publication.id, date(2026, 7, 1), only=[lab], by=OPERATOR)


def _take_out(scene: Scene, by: Actor) -> object:
    return scene.parts.taking_out.take_out(scene.publication.id, [_id(scene, "candidate lab")], by=by)


CHANGES = (
    Change(TakingOut.take_out, Right.WRITE, "issue.change", _take_out, prepare=_in_the_draft),
    Change(
        WishedRuns.wish,
        Right.WRITE,
        "publication.gather",
        lambda scene, by: scene.parts.wished_runs.wish(scene.publication.id, by=by),
    ),
    Change(Assembling.assemble, Right.WRITE, "issue.create", _assemble, prepare=_offered),
    *changes_of_sources.CHANGES,
    Change(Proposing.propose, Right.WRITE, "issue.change", _propose, prepare=with_an_item),
    Change(Choosing.choose, Right.WRITE, "candidate.shortlist", _choose, prepare=_offered),
    Change(Choosing.put_back, Right.WRITE, "candidate.undo", _put_back, prepare=_dismissed),
    Change(Choosing.join, Right.WRITE, "candidate.join", _join, prepare=_offered),
    Change(Choosing.take_apart, Right.WRITE, "candidate.take-apart", _take_apart, prepare=_joined),
)
