"""What a source's row says after it was asked: validators, failures in a row, when it is asked next, where it has moved."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from newsletter.model import Source
from newsletter.model.sources import GatherResult
from newsletter.model.states import SourceState
from newsletter.sources.keeping import RUNS_THAT_AGREE
from newsletter.sources.outcomes import FAILED, READ, AskedSource, Outcome

MOST_FAILURES = 5
"""So many in a row, and the source rests."""
FIRST_REST, LONGEST_REST = timedelta(hours=1), timedelta(hours=23)
"""Rests double. The longest is short of a day, so that the publication's hour of the next day finds it awake."""
VALIDATORS_KEPT = timedelta(days=7)
"""After so long a source is asked without validators: some servers say for ever that nothing changed."""
MOST_WORDS = 1000


def as_asked(source: Source, now: datetime) -> AskedSource:
    """Return a source as a run asks it."""
    fresh = source.validators_at is not None and now - source.validators_at < VALIDATORS_KEPT
    return AskedSource(
        source_id=source.id,
        name=source.name,
        kind=source.kind,
        address=source.address,
        mapping=source.mapping,
        header=source.header,
        secret=source.secret,
        plain_http=source.plain_http,
        etag=source.etag if fresh else "",
        last_modified=source.last_modified if fresh else "",
        validators_of=source.validators_of if fresh else "",
        digest=source.digest,
    )


def is_waiting(source: Source, now: datetime) -> bool:
    """Tell whether a source rests, or asked to be left alone, and its time has not come."""
    waits = source.state is SourceState.RESTING or source.last_result is GatherResult.LIMITED
    return waits and source.next_at is not None and source.next_at > now


def note(source: Source, outcome: Outcome, now: datetime) -> Outcome:
    """Write what came of asking a source into its row, and return the outcome, with the words of a move where one is proposed."""
    if outcome.result is not GatherResult.LEFT:
        source.last_at = now
        _note_answer(source, outcome, now)
        outcome = _with_move(source, outcome)
        _note_failures(source, outcome, now)
    source.last_result, source.last_words = outcome.result, outcome.words[:MOST_WORDS]
    return outcome


def _note_answer(source: Source, outcome: Outcome, now: datetime) -> None:
    """Keep the validators of an answer that brought the body which was read: of one that was broken none, so that it comes again."""
    page = outcome.page
    if page is None or page.is_unchanged or outcome.result not in READ | {GatherResult.UNCHANGED}:
        return
    source.digest = outcome.digest
    source.etag, source.last_modified = page.etag[:1000], page.last_modified[:200]
    source.validators_of, source.validators_at = page.url, now


def _with_move(source: Source, outcome: Outcome) -> Outcome:
    page = outcome.page
    if page is None or outcome.result not in READ | {GatherResult.UNCHANGED}:
        return outcome  # it says nothing of where it stands
    if not page.is_moved_for_good or page.url == source.address:
        source.proposed_address, source.proposed_runs = "", 0
        return outcome
    agrees = page.url == source.proposed_address
    source.proposed_address, source.proposed_runs = page.url, source.proposed_runs + 1 if agrees else 1
    if source.proposed_runs < RUNS_THAT_AGREE:
        return outcome
    words = f"it has moved for good to {page.url}; `newsletter source accept`"
    return replace(outcome, result=GatherResult.MOVED, words="; ".join(filter(None, (words, outcome.words))))


def _note_failures(source: Source, outcome: Outcome, now: datetime) -> None:
    usual = now + timedelta(minutes=source.every_minutes) if source.every_minutes else None
    if outcome.result is GatherResult.LIMITED:
        source.next_at = now + timedelta(seconds=outcome.wait or 0.0)
        return
    if outcome.result not in FAILED:
        source.failures, source.told_at, source.last_ok_at, source.next_at = 0, None, now, usual
        source.state = SourceState.ACTIVE
        return
    source.failures += 1
    if outcome.result is not GatherResult.GONE and source.failures < MOST_FAILURES:
        source.next_at = usual
        return
    doublings = min(max(source.failures - MOST_FAILURES, 0), 10)
    rest = LONGEST_REST if outcome.result is GatherResult.GONE else min(FIRST_REST * 2**doublings, LONGEST_REST)
    source.state, source.next_at = SourceState.RESTING, now + rest
