"""Tell refusals that are about us from those about a reader, and say what becomes of the readers then.

What stops an issue is said in `newsletter.delivery.watching`. The readers whose answers were about us keep their places (see `Held`).
A reader who was held so before, while others have got the issue since, is one whom it is about after all: tried again as
whoever is deferred, and stops nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from newsletter.mail.envelope import Accepted, Deferred, Held, Outcome, Refused
from newsletter.mail.refusals import STAGES, About, RefusalVerdict, verdict

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
class StopReason:
    """What stopped a batch: an answer, and about whom it is."""

    verdict: RefusalVerdict
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
    blame: StopReason | None = None


def suspicious(outcomes: Mapping[int, Outcome]) -> bool:
    """Tell whether any of these answers may be about us."""
    return any(
        isinstance(outcome, Refused | Deferred) and is_suspicious(verdict(outcome), outcome)
        for outcome in outcomes.values()
    )


def judge(
    outcomes: Mapping[int, Outcome],
    attempts: Mapping[int, int],
    blame: StopReason | None,
    past: Past,
    aside: Mapping[int, Answer] = MappingProxyType({}),
) -> Judged:
    """Say what becomes of each reader, by the answers to all of a batch; `attempts` are the tries before, by delivery id.

    `aside` is what receivers said that are set aside, by the deliveries that go there: asked or not, they are tried later.
    """
    accepted = any(isinstance(outcome, Accepted) for outcome in outcomes.values())
    told = {i: outcome for i, outcome in outcomes.items() if isinstance(outcome, Refused | Deferred)}
    known = {i: verdict(outcome) for i, outcome in told.items() if is_suspicious(verdict(outcome), outcome)}
    alone = {i for i in known if i in past.held and (accepted or past.reached_since)}
    ours = {i for i in known if i not in alone}
    blame = _upheld(blame, known, ours) or _late(told, known, ours, others=accepted or past.reached)
    changed: dict[int, Outcome] = {}
    for i in alone:
        changed[i] = _deferred(told[i])
    for i in ours:
        if known[i].sure or (blame and _is_alike(known[i], blame.verdict)):
            changed[i] = Held(told[i].code, told[i].status, told[i].reply)
        elif not accepted and not attempts.get(i) and known[i].ours:
            changed[i] = _deferred(told[i])  # nobody else was asked: it may be about all of them
    later = {} if blame else _later(outcomes, known, aside)
    return Judged({**outcomes, **later, **changed}, blame)


def _is_alike(found: RefusalVerdict, blamed: RefusalVerdict) -> bool:
    return found.about is blamed.about or (found.ours and blamed.ours)


def _later(
    outcomes: Mapping[int, Outcome], known: Mapping[int, RefusalVerdict], aside: Mapping[int, Answer]
) -> dict[int, Outcome]:
    """Defer who goes to a receiver that refuses us: it may think better of it, and who is given up in the end can be sent to anew."""
    meant = {i: answer for i, answer in aside.items() if i not in outcomes or (i in known and known[i].ours)}
    return {i: _deferred(answer) for i, answer in meant.items()}


def is_suspicious(found: RefusalVerdict, answer: Answer) -> bool:
    """Tell whether an answer may be about us."""
    return found.sure or found.ours or (found.about is About.UNCLEAR and isinstance(answer, Refused))


def _upheld(blame: StopReason | None, known: Mapping[int, RefusalVerdict], ours: Iterable[int]) -> StopReason | None:
    """The blame that stands: not one that rests only on those whom it is about after all. One for the whole batch stands."""
    if blame is None or not known:
        return blame
    return blame if any(known[i].key == blame.verdict.key for i in ours) else None


def _late(
    told: Mapping[int, Answer], known: Mapping[int, RefusalVerdict], ours: Collection[int], *, others: bool
) -> StopReason | None:
    """Blame what all were told, few as they are, when nobody has got the issue yet; and what can mean no reader."""
    first = next((i for i in ours if known[i].sure), None)
    if first is None and not others:
        first = next((i for i in ours if known[i].ours), None)
    return None if first is None else StopReason(known[first], told[first])


def _deferred(answer: Answer) -> Deferred:
    return (
        replace(answer)
        if isinstance(answer, Deferred)
        else Deferred(answer.code, answer.status, answer.reply, answer.at)
    )
