"""What an editor does with candidates: keep, dismiss, put back; join two that are one thing, and take apart what is not. Each can be undone.

`choose` returns what the candidates were before, and `put_back` takes that with what they were made; `join` is undone by `take_apart`, and that by `join`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import structlog
from sqlalchemy.orm import Session

from newsletter.accounts.permissions import require
from newsletter.clock import Clock
from newsletter.errors import ConflictError, InputError, NotFoundError
from newsletter.model import Candidate
from newsletter.model.actor import Actor
from newsletter.model.rights import Right
from newsletter.model.states import CANDIDATE_MOVES, CandidateState, check_candidate_move
from newsletter.sources import taking_apart
from newsletter.sources.reranking import rerank
from newsletter.store.accounts import audit
from newsletter.store.database import Database
from newsletter.store.sources import candidates, moving, sightings, used

log = structlog.get_logger(__name__)

MOST = 500
"""So many candidates are chosen at once."""
_OTHER = "dismiss the other"
ACTS = {
    CandidateState.NEW: "candidate.put-back",
    CandidateState.SHORTLISTED: "candidate.shortlist",
    CandidateState.DISMISSED: "candidate.dismiss",
}
"""States that a person may give a candidate, and the word for it in the audit trail."""


@dataclass(frozen=True, slots=True)
class JoinedCandidates:
    """What became of a join by hand: the candidate that stays, and the sightings that came to it, which `take_apart` takes."""

    candidate_id: int
    sighting_ids: tuple[int, ...]


@dataclass(frozen=True)
class Choosing:
    """The tools of choosing, put together once per process."""

    database: Database
    clock: Clock

    def choose(self, ids: Collection[int], wanted: CandidateState, *, by: Actor) -> dict[int, CandidateState]:
        """Move candidates of one publication to NEW, SHORTLISTED or DISMISSED; return what those that moved were before.

        Those that are there already, or whose state does not allow it, are left as they are. Raises NotFoundError when none is there;
        ForbiddenError; InputError for too many, or of several publications; ConflictError when none could be moved.
        """
        if wanted not in ACTS:
            raise InputError(f"nobody makes a candidate {wanted} by hand", remedy="schedule an issue that holds it")
        with self.database.write() as session:
            rows = _locked(session, ids, by)
            before = {each.id: each.state for each in rows if _may_become(session, each, wanted)}
            if not before:
                raise _unmoved(rows, wanted)
            self._move(session, rows, dict.fromkeys(before, wanted))
            self._write_down(session, by, ACTS[wanted], [each for each in rows if each.id in before], new=wanted)
        log.info("candidates chosen", wanted=str(wanted), count=len(before), by=str(by))
        return before

    def put_back(self, before: Mapping[int, CandidateState], made: CandidateState, *, by: Actor) -> list[int]:
        """Make candidates again what they were, as `choose` returned it when they were `made` what they are; return the ids of those that moved.

        What somebody moved on meanwhile, or an issue has used, stays as it is. Raises as `choose` does.
        """
        with self.database.write() as session:
            rows = _locked(session, before, by)
            moves = {
                each.id: before[each.id] for each in rows if each.state is made and _may_go_back(each, before[each.id])
            }
            if not moves:
                raise ConflictError("nothing is to be undone any more", remedy="look at the candidates as they are now")
            self._move(session, rows, moves)
            self._write_down(session, by, "candidate.undo", [each for each in rows if each.id in moves])
        return sorted(moves)

    def join(self, ids: Collection[int], *, by: Actor) -> JoinedCandidates:
        """Say that candidates of one section are one thing: the oldest stays, and has all their sightings from now on.

        Raises NotFoundError; ForbiddenError; InputError when they are fewer than two, or not of one section; ConflictError when one was used,
        stands in a draft and is not the one that stays, or is offered by nobody.
        """
        with self.database.write() as session:
            rows = _locked(session, ids, by)
            head = _head(rows)
            others = [each for each in rows if each.id != head.id]
            seen = {each.id: sightings.all_of(session, each.id) for each in rows}
            if not all(seen.values()):  # its source was taken away
                raise ConflictError(
                    "nobody offers one of them any more: it could not be taken apart again", remedy=_OTHER
                )
            moved = [sighting.id for each in others for sighting in seen[each.id]]
            sightings.move(session, moved, head.id, apart=False)
            for each in others:
                each.state, each.sightings, each.cluster = CandidateState.DISMISSED, 0, head.id
            taking_apart.recount(session, head)
            candidates.keep(session)
            moving.repoint(session, [each.id for each in others], head.id)
            rerank(session, [head.id], self.clock.now())
            self._write_down(session, by, "candidate.join", [head, *others])
        log.info("candidates joined", candidate_id=head.id, count=len(others), by=str(by))
        return JoinedCandidates(head.id, tuple(moved))

    def take_apart(self, sighting_ids: Collection[int], *, by: Actor) -> list[int]:
        """Take sightings out of the candidate that they were joined to, for good; return the candidates that they belong to now.

        Raises NotFoundError; ForbiddenError; InputError when they are of several candidates; ConflictError when no sighting would be left.
        """
        with self.database.write() as session:
            taken = sightings.by_ids(session, sighting_ids)
            if not taken:
                raise NotFoundError("there is no such sighting", remedy="look at the candidate again")
            [head] = _locked(session, {each.candidate_id for each in taken}, by, most=1)
            apart = taking_apart.take(session, head, taken, self.clock.now())
            rerank(session, [head.id, *(each.id for each in apart)], self.clock.now())
            self._write_down(session, by, "candidate.take-apart", [head, *apart])
        log.info("sightings taken apart", candidate_id=head.id, count=len(taken), by=str(by))
        return [each.id for each in apart]

    def _move(self, session: Session, rows: Sequence[Candidate], moves: Mapping[int, CandidateState]) -> None:
        """Move candidates that are locked, by the drawn moves: from dismissed to shortlisted by way of new."""
        for each in rows:
            wanted = moves.get(each.id)
            if wanted is None or wanted is each.state:
                continue
            for step in _steps(each.state, wanted):
                moving.move(session, each.publication_id, [each.id], step)
            if each.state is CandidateState.USED:
                moving.place(session, each.publication_id, [each.id], None)
        rerank(session, moves, self.clock.now())

    def _write_down(
        self, session: Session, by: Actor, action: str, rows: Sequence[Candidate], *, new: str = ""
    ) -> None:
        first = rows[0]
        more = f" and {len(rows) - 1} more" if len(rows) > 1 else ""
        subject = audit.Subject("candidate", first.id, f"{first.title[:150]}{more}")
        audit.add(session, by, action, subject, at=self.clock.now(), publication_id=first.publication_id, new=new)


def _locked(session: Session, ids: Collection[int], by: Actor, *, most: int = MOST) -> list[Candidate]:
    """Return the candidates, locked, for somebody who may write in their publication."""
    if len(ids) > MOST:
        raise InputError(f"{len(ids)} candidates are too many at once", remedy=f"choose up to {MOST}")
    rows = candidates.by_ids(session, ids, locked=True)
    if not rows:
        raise NotFoundError("there is no such candidate", remedy="it was forgotten, or never there")
    for home in {each.publication_id for each in rows}:
        require(by, Right.WRITE, home)
    if len({each.publication_id for each in rows}) > 1:
        raise InputError("these are candidates of several publications", remedy="choose those of one at a time")
    if len(rows) > most:
        raise InputError("these are sightings of several candidates", remedy="take them apart one after the other")
    return rows


def _may_become(session: Session, candidate: Candidate, wanted: CandidateState) -> bool:
    if candidate.state is CandidateState.USED:
        # one whose issue was cancelled before anybody got it, or is gone, may be had again
        used_by = used.of_keys(session, candidate.publication_id, [candidate.key])
        return wanted is CandidateState.SHORTLISTED and not used_by
    return wanted in CANDIDATE_MOVES[candidate.state] and not candidate.is_joined


def _may_go_back(candidate: Candidate, before: CandidateState) -> bool:
    present = candidate.state
    return CandidateState.USED not in {present, before} and present is not before and not candidate.is_joined


def _steps(present: CandidateState, wanted: CandidateState) -> list[CandidateState]:
    return [wanted] if wanted in CANDIDATE_MOVES[present] else [CandidateState.NEW, wanted]


def _unmoved(rows: Sequence[Candidate], wanted: CandidateState) -> ConflictError:
    try:
        check_candidate_move(rows[0].state, wanted)
    except ConflictError as error:
        return error
    return ConflictError(f"it is {rows[0].state}, and stands in an issue or in another candidate")


def _head(rows: Sequence[Candidate]) -> Candidate:
    """Return the one that stays of those that are joined. Raises InputError, ConflictError."""
    if len(rows) < 2 or len({each.section for each in rows}) > 1:
        raise InputError("two candidates of one section are joined, or more of them")
    if any(each.state is CandidateState.USED or each.is_joined for each in rows):
        raise ConflictError("one of them was used or joined already", remedy=_OTHER)
    placed = [each for each in rows if each.issue_id is not None]
    if len(placed) > 1:
        raise ConflictError("more than one of them stands in a draft", remedy="take one out of its draft first")
    open_ones = [each for each in rows if each.state is not CandidateState.DISMISSED]
    shortlisted = [each for each in open_ones if each.state is CandidateState.SHORTLISTED]
    return (placed or shortlisted or open_ones or list(rows))[0]
