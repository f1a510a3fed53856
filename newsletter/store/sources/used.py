"""What issues of a publication used: known again by the key of an item's address, whoever wrote the item.

An issue counts as in `store/issues/other_issues.py`: from the moment it is scheduled, and never when it was cancelled before anybody got it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from newsletter.canonical_url import key_of
from newsletter.model import Candidate, Issue, IssueItem
from newsletter.model.states import CANDIDATE_MOVES, CandidateState, IssueState
from newsletter.store.inserting import batches
from newsletter.store.issues.counting import counts
from newsletter.store.rewriting import rewrite
from newsletter.store.sources.candidates import sections_of

KEYED_AT_ONCE = 1_000
"""Items of former issues whose keys are reckoned in one go."""
_BEFORE = [state for state, moves in CANDIDATE_MOVES.items() if CandidateState.USED in moves]
_AS_IS = {"synchronize_session": False}


def of_keys(session: Session, publication_id: int, keys: Iterable[str]) -> dict[str, int]:
    """Return which of these keys an issue of the publication used, with the newest such issue's id."""
    found: dict[str, int] = {}
    for batch in batches(keys):
        query = (
            select(IssueItem.address_key, Issue.id)
            .join(Issue, Issue.id == IssueItem.issue_id)
            .where(IssueItem.publication_id == publication_id, IssueItem.address_key.in_(batch), counts())
            .order_by(Issue.id)
        )
        found |= {key: issue_id for key, issue_id in session.execute(query) if key}
    return found


class Use(NamedTuple):
    """An issue that has an item of some address."""

    slug: str
    dated: date
    state: IssueState


def newest_with(session: Session, publication_id: int, keys: Collection[str]) -> Use | None:
    """Return the newest issue of the publication that has an item with one of these keys; None where none has."""
    wanted = {key for key in keys if key}
    found = session.execute(
        select(Issue.slug, Issue.dated, Issue.state)
        .join(IssueItem, Issue.id == IssueItem.issue_id)
        .where(IssueItem.publication_id == publication_id, IssueItem.address_key.in_(wanted), counts())
        .order_by(Issue.dated.desc(), Issue.id.desc())
        .limit(1)
    ).first()
    return None if found is None else Use._make(found)


def mark(session: Session, issue_id: int) -> list[int]:
    """Mark as used what the items of an issue name that is scheduled in this transaction; return the ids of the candidates."""
    query = select(IssueItem.publication_id, IssueItem.address_key).where(IssueItem.issue_id == issue_id)
    rows = session.execute(query).all()
    if not rows:
        return []
    return mark_keys(session, rows[0][0], {key: issue_id for _, key in rows if key})


def mark_keys(session: Session, publication_id: int, issues: Mapping[str, int]) -> list[int]:
    """Mark as used the candidates with these keys, each by the issue that has it; return their ids.

    What was taken apart from such a candidate has the same address, and stands in a draft of its own right: it is marked by that. What was
    joined into another by hand takes that one along.
    """
    if not issues:
        return []
    meant: dict[int, set[int]] = {}
    for section in sections_of(session, publication_id):
        for batch in batches(issues):
            query = select(Candidate.id, Candidate.key, Candidate.cluster, Candidate.is_joined)
            query = query.where(Candidate.publication_id == publication_id, Candidate.section == section)
            query = query.where(Candidate.key.in_(batch), Candidate.state.in_(_BEFORE))
            for candidate_id, key, cluster, is_joined in session.execute(query):
                joined = {cluster} if cluster is not None and is_joined else set()
                meant.setdefault(issues[key], set()).update({candidate_id}, joined)
    for candidate_id, issue_id in _placed(session, publication_id, issues):
        meant.setdefault(issue_id, set()).add(candidate_id)
    return [marked for issue_id, ids in meant.items() for marked in _mark(session, ids, issue_id)]


def _placed(session: Session, publication_id: int, issues: Mapping[str, int]) -> Iterator[tuple[int, int]]:
    """Yield (candidate, issue) of what stands in one of these issues under an address of theirs, though its own key is another."""
    for batch in batches(set(issues.values())):
        query = select(Candidate.id, Candidate.url, Candidate.issue_id).where(
            Candidate.publication_id == publication_id, Candidate.issue_id.in_(batch), Candidate.state.in_(_BEFORE)
        )
        for candidate_id, url, issue_id in session.execute(query):
            if issue_id is not None and issues.get(key_of(url)) == issue_id:
                yield candidate_id, issue_id


def _mark(session: Session, ids: Collection[int], issue_id: int) -> list[int]:
    marked: list[int] = []
    for batch in batches(sorted(ids)):
        statement = update(Candidate).where(Candidate.id.in_(batch), Candidate.state.in_(_BEFORE))
        statement = statement.values(state=CandidateState.USED, issue_id=issue_id).returning(Candidate.id)
        marked += session.scalars(statement, execution_options=_AS_IS)
    return marked


def release(session: Session, issue_id: int) -> list[int]:
    """Let go of what an issue used that is a draft again: it is shortlisted, and stands in that draft. Return the ids.

    What another issue used, too, stays used, by that one.
    """
    query = select(Candidate).where(Candidate.issue_id == issue_id, Candidate.state == CandidateState.USED)
    mine = session.scalars(query).all()
    if not mine:
        return []
    others = of_keys(session, mine[0].publication_id, [each.key for each in mine])
    still = {each.id: others[each.key] for each in mine if each.key in others}
    for candidate in mine:
        candidate.issue_id = still.get(candidate.id, issue_id)
        candidate.state = CandidateState.USED if candidate.id in still else CandidateState.SHORTLISTED
    session.flush()
    return [each.id for each in mine if each.id not in still]


def without_key(session: Session, publication_id: int, *, limit: int = KEYED_AT_ONCE) -> list[tuple[int, str]]:
    """Return (id, address) of items of former issues whose key was not reckoned yet, the newest first."""
    query = select(IssueItem.id, IssueItem.url).where(
        IssueItem.publication_id == publication_id, IssueItem.address_key.is_(None)
    )
    return [(item_id, url) for item_id, url in session.execute(query.order_by(IssueItem.id.desc()).limit(limit))]


def give_keys(session: Session, publication_id: int, keys: dict[int, str]) -> list[int]:
    """Store the keys of items, by their id, and mark what they name as used; return the ids of those candidates."""
    rewrite(session, IssueItem, [{"id": item_id, "address_key": key} for item_id, key in keys.items()])
    return mark_keys(session, publication_id, of_keys(session, publication_id, {key for key in keys.values() if key}))
