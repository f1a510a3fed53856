"""Ask a language model for a lead and summaries of what an editor chose. Off by default, and nothing else waits for it or needs it.

The steps: fence the candidates as data, reserve the tokens, ask, count what was used, and keep of the answer what cites a candidate
(`newsletter/sources/cited_sentences.py`). Every way in which that can fail is a value; then there are no words, and that is all.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC
from typing import Any, Protocol

from newsletter.clock import Clock
from newsletter.model.proposed import MOST_TOKENS, Answered, NotAnswered, Unanswered
from newsletter.sources.cited_sentences import MOST_SENTENCES, CitedSentences, ToldCandidate
from newsletter.sources.fencing import chosen, messages
from newsletter.store import token_budget
from newsletter.store.database import Database

MOST_PARAGRAPHS = 3
_SENTENCES_OF_LEAD = 8
_PARTED = re.compile(r"\n[ \t]*\n")
HOW_TO_SWITCH_ON = "set NEWSLETTER_DRAFTING_URL and NEWSLETTER_DRAFTING_MODEL: docs/drafting.md"


class ModelAsked(Protocol):
    """Who is asked: `newsletter.transports.drafting.LanguageModel`."""

    def ask(self, messages: Sequence[Mapping[str, str]]) -> Answered | NotAnswered:
        """Ask once."""
        ...


@dataclass(frozen=True, slots=True)
class Proposal:
    """What came of asking: Markdown that may be shown, or why there is none."""

    lead: tuple[str, ...] = ()
    """Paragraphs."""
    summaries: Mapping[int, str] = field(default_factory=dict)
    """By the id of the candidate."""
    dropped: int = 0
    """Sentences that cited nothing, and so were thrown away."""
    tokens: int = 0
    """What it cost, by the model's own statement or by our estimate."""
    unanswered: NotAnswered | None = None

    @property
    def why(self) -> str:
        """Why there are no words; empty where there are."""
        return self.unanswered.words if self.unanswered else ""


@dataclass(frozen=True)
class Drafting:
    """The tools of asking, put together once per process; without a model everything is as it was."""

    database: Database
    clock: Clock
    model: ModelAsked | None
    tokens_per_day: int

    @property
    def is_on(self) -> bool:
        """Whether anybody would be asked."""
        return self.model is not None and self.tokens_per_day > 0

    def propose(
        self, candidates: Sequence[ToldCandidate], *, language: str = "en", wanted: Sequence[int] | None = None
    ) -> Proposal:
        """Return what a model proposes for `candidates`; summaries of those whose ids are `wanted` (None: of all)."""
        if self.model is None or not self.tokens_per_day:
            return _nothing(Unanswered.OFF, f"nobody proposes words here: {HOW_TO_SWITCH_ON}")
        given = chosen(candidates)
        if not given:
            return _nothing(Unanswered.NONSENSE, "there is nothing to propose words for")
        ids = [each.id for each in given if wanted is None or each.id in wanted]
        asked = messages(given, language=language, wanted=ids)
        size = sum(len(each["content"].encode()) for each in asked)
        reserved, now = most_tokens(size), self.clock.now()
        day = now.astimezone(UTC).date()
        with self.database.write() as session:
            if not token_budget.reserve(session, day, reserved, cap=self.tokens_per_day, now=now):
                return _spent(self.tokens_per_day, token_budget.used(session, day), reserved)
        answer = self.model.ask(asked)
        tokens = _used(answer, size)
        with self.database.write() as session:
            token_budget.settle(session, day, reserved=reserved, used=tokens, now=self.clock.now())
        if isinstance(answer, NotAnswered):
            return Proposal(tokens=tokens, unanswered=answer)
        return _read(answer.text, {each.id: each for each in given}, ids, tokens)


def most_tokens(octets: int) -> int:
    """Return more tokens than a question of so many octets and its answer take: a token has two octets at least, but for rare signs."""
    return octets // 2 + MOST_TOKENS


def _used(answer: Answered | NotAnswered, octets: int) -> int:
    """What a call cost: as the answer states it, or estimated; one that never reached a model cost nothing."""
    if isinstance(answer, NotAnswered):
        spent = answer.why in (Unanswered.SLOW, Unanswered.NONSENSE)  # it may have written all the same
        return most_tokens(octets) if spent else 0
    return answer.tokens if answer.tokens is not None else (octets + len(answer.text.encode())) // 3 + 1


def _read(text: str, known: Mapping[int, ToldCandidate], wanted: Sequence[int], tokens: int) -> Proposal:
    said = _object(text)
    if said is None:
        words = "what the model answers is not the JSON that it was asked for"
        return Proposal(tokens=tokens, unanswered=NotAnswered(Unanswered.NONSENSE, words))
    reading = CitedSentences(known)
    lead = tuple(_lead(said.get("lead"), reading))
    summaries = {}
    for number, summary in _summaries(said.get("summaries")):
        is_new = number in wanted and number not in summaries
        if is_new and (words := reading.read(summary, only=number, most=1, links=False)):
            summaries[number] = words
    if not lead and not summaries:
        words = f"nothing of what the model says rests on a candidate: {reading.dropped} sentences were dropped"
        return Proposal(dropped=reading.dropped, tokens=tokens, unanswered=NotAnswered(Unanswered.NONSENSE, words))
    return Proposal(lead, summaries, reading.dropped, tokens)


def _object(text: str) -> dict[str, Any] | None:
    """Find the one JSON object of an answer, which may stand in a fence or behind some words."""
    begin, end = text.find("{"), text.rfind("}")
    try:
        said = json.loads(text[begin : end + 1]) if 0 <= begin < end else None
    except (ValueError, RecursionError):
        return None
    return said if isinstance(said, dict) else None


def _lead(said: object, reading: CitedSentences) -> Iterator[str]:
    """Yield the paragraphs of a lead, few, with few sentences together."""
    parts = said if isinstance(said, list) else _PARTED.split(said) if isinstance(said, str) else []
    left, paragraphs = _SENTENCES_OF_LEAD, 0
    for part in parts[:MOST_SENTENCES]:
        if isinstance(part, str) and left > 0 and paragraphs < MOST_PARAGRAPHS:
            kept = reading.kept(part, most=left)
            left, paragraphs = left - len(kept), paragraphs + bool(kept)
            if kept:
                yield " ".join(kept)


def _summaries(said: object) -> Iterator[tuple[int, str]]:
    """Yield (id, words) of an object by id, or of a list of objects."""
    pairs: list[tuple[object, object]] = []
    if isinstance(said, dict):
        pairs = list(said.items())
    elif isinstance(said, list):
        pairs = [(each.get("id"), each.get("summary")) for each in said if isinstance(each, dict)]
    for number, words in pairs:
        digits = str(number).strip("[] ")
        if isinstance(words, str) and digits.isascii() and digits.isdecimal() and len(digits) <= 18:
            yield int(digits), words


def _nothing(why: Unanswered, words: str) -> Proposal:
    return Proposal(unanswered=NotAnswered(why, words))


def _spent(cap: int, used: int, wanted: int) -> Proposal:
    words = f"{used:,} of the day's {cap:,} tokens are used, and this may take {wanted:,} (NEWSLETTER_DRAFTING_TOKENS_PER_DAY)"
    return _nothing(Unanswered.SPENT, words)
