"""Tell, as answers come, refusals that are about us from those about a reader; and say what becomes of the readers then.

One answer that can mean no reader is enough to stop a batch, and of others a handful that are equal: about the sender, the message,
the way out, or of which nobody knows. The readers whose answers they were keep their places (see `Held`). A reader who was held
so before, while others have got the issue since, is one whom it is about after all: tried again as whoever is deferred, and
stops nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from newsletter.mail.envelope import Accepted, Deferred, Held, Outcome, Refused
from newsletter.mail.refusals import STAGES, About, Verdict, verdict
from newsletter.store.deliveries import Recipient

HANDFUL = 5
"""So many equal refusals stop a batch: in a row, or a share of all its answers."""
SHARE = 0.02
"""The share of all answers from which a handful that is not in a row stops a batch."""
LONGEST_WORDS = 300
"""Characters of an answer that are shown."""

Answer = Refused | Deferred
_SUBJECTS = {
    About.WAY: "the server refuses us",
    About.READER: "the server refuses us",
    About.SENDER: "the server refuses the sender",
    About.MESSAGE: "the server refuses the message",
    About.UNCLEAR: "the server takes nothing of it",
}


@dataclass(frozen=True, slots=True)
class Blame:
    """What stopped a batch: an answer, and about whom it is."""

    verdict: Verdict
    answer: Answer

    @property
    def of_way(self) -> bool:
        """Whether the way out is held back, and not the issue: also after "not now", which no editor can mend."""
        not_now = isinstance(self.answer, Deferred) and (self.answer.at in STAGES or not self.answer.at)
        return self.verdict.about is About.WAY or not_now

    @property
    def words(self) -> str:
        """What the server said, in one line."""
        return " ".join(self.answer.reply.replace("\0", "").split())[:LONGEST_WORDS]

    @property
    def why(self) -> str:
        """Why the issue is paused."""
        return f"{_SUBJECTS[self.verdict.about]}: {self.words}"


@dataclass
class Watch:
    """Listens to the answers to one batch, and calls `stop` at the one that stops it."""

    recipients: Collection[Recipient] = ()
    stop: Callable[[], None] = lambda: None
    blame: Blame | None = None
    on_guard: bool = False  # from the first refusal on; before it, nobody needs to tell of what was accepted
    _equal: dict[str, list[int]] = field(default_factory=dict)
    _in_row: dict[str, int] = field(default_factory=dict)

    def heard(self, delivery_id: int, outcome: Outcome, answers: int) -> None:
        """Take in an answer, the one of `answers` so far."""
        if isinstance(outcome, Accepted):
            self._in_row.clear()
        if not isinstance(outcome, Refused | Deferred):
            return
        self.on_guard = True
        found = verdict(outcome)
        if not _is_suspicious(found, outcome):
            return
        self._equal.setdefault(found.key, []).append(delivery_id)
        self._in_row[found.key] = self._in_row.get(found.key, 0) + 1
        if self.blame is None and (found.sure or self._is_handful(found, answers)):
            self.accuse(outcome)

    def accuse(self, answer: Answer) -> None:
        """Stop the batch because of an answer, which may be one to all of it."""
        self.blame = Blame(verdict(answer), answer)
        self.stop()

    def _is_handful(self, found: Verdict, answers: int) -> bool:
        equal = self._equal[found.key]
        if len(equal) < HANDFUL or (len(self._domains) > 1 and len({self._domains.get(i) for i in equal}) == 1):
            return False  # one domain that refuses us while there are others to ask
        return self._in_row[found.key] >= HANDFUL or (found.ours and len(equal) > SHARE * answers)

    @cached_property
    def _domains(self) -> dict[int, str]:
        return {r.delivery_id: r.domain for r in self.recipients}


@dataclass(frozen=True)
class Past:
    """What the ledger knows of a batch: whom a refusal held before, and whether anybody got the issue, or got it since."""

    held: Collection[int] = ()
    reached: bool = False
    reached_since: bool = False


@dataclass(frozen=True)
class Judged:
    """Outcomes as the ledger is to keep them, and what stops issue or way out, if anything does."""

    outcomes: dict[int, Outcome]
    blame: Blame | None = None


def suspicious(outcomes: Mapping[int, Outcome]) -> bool:
    """Tell whether any of these answers may be about us."""
    return any(
        isinstance(outcome, Refused | Deferred) and _is_suspicious(verdict(outcome), outcome)
        for outcome in outcomes.values()
    )


def judge(outcomes: Mapping[int, Outcome], attempts: Mapping[int, int], blame: Blame | None, past: Past) -> Judged:
    """Say what becomes of each reader, by the answers to all of a batch; `attempts` are the tries before, by delivery id."""
    accepted = any(isinstance(outcome, Accepted) for outcome in outcomes.values())
    told = {i: outcome for i, outcome in outcomes.items() if isinstance(outcome, Refused | Deferred)}
    known = {i: verdict(outcome) for i, outcome in told.items() if _is_suspicious(verdict(outcome), outcome)}
    alone = {i for i in known if i in past.held and (accepted or past.reached_since)}
    ours = {i for i in known if i not in alone}
    blame = _upheld(blame, known, ours) or _late(told, known, ours, others=accepted or past.reached)
    changed: dict[int, Outcome] = {}
    for i in alone:
        changed[i] = _deferred(told[i])
    for i in ours:
        if known[i].sure or (blame and known[i].about is blame.verdict.about):
            changed[i] = Held(told[i].code, told[i].status, told[i].reply)
        elif not accepted and not attempts.get(i) and known[i].ours:
            changed[i] = _deferred(told[i])  # nobody else was asked: it may be about all of them
    return Judged({**outcomes, **changed}, blame)


def _is_suspicious(found: Verdict, answer: Answer) -> bool:
    return found.sure or found.ours or (found.about is About.UNCLEAR and isinstance(answer, Refused))


def _upheld(blame: Blame | None, known: Mapping[int, Verdict], ours: Iterable[int]) -> Blame | None:
    """The blame that stands: not one that rests only on those whom it is about after all. One for the whole batch stands."""
    if blame is None or not known:
        return blame
    return blame if any(known[i].key == blame.verdict.key for i in ours) else None


def _late(
    told: Mapping[int, Answer], known: Mapping[int, Verdict], ours: Collection[int], *, others: bool
) -> Blame | None:
    """Blame what all were told, few as they are, when nobody has got the issue yet; and what can mean no reader."""
    first = next((i for i in ours if known[i].sure), None)
    if first is None and not others:
        first = next((i for i in ours if known[i].ours), None)
    return None if first is None else Blame(known[first], told[first])


def _deferred(answer: Answer) -> Deferred:
    return (
        replace(answer)
        if isinstance(answer, Deferred)
        else Deferred(answer.code, answer.status, answer.reply, answer.at)
    )
