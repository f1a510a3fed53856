"""Listen to the answers to an issue as they come, in all batches of it that this process sends, and stop them all at the one that says enough.

One answer that can mean no reader is enough, and of others a handful that are equal: in a row, or a share of the last answers. Equal
is what means the same: addresses and numbers in the words tell nothing. A receiver that says so while others take the mail is set
aside alone: its readers are tried later, and nobody else waits for them.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from newsletter.clock import Clock
from newsletter.delivery.claims import Claim
from newsletter.delivery.refusals import Answer, StopReason, is_suspicious
from newsletter.mail.envelope import Accepted, Deferred, Outcome, Refused
from newsletter.mail.refusals import RefusalVerdict, verdict
from newsletter.store.delivery.deliveries import Recipient

HANDFUL = 5
"""So many equal refusals stop an issue: in a row, or a share of the last answers; or set one receiver aside."""
SHARE = 0.02
"""The share of the last answers from which a handful that is not in a row stops an issue."""
WINDOW = 500
"""So many answers are the last ones."""
ASIDE_FOR = 60.0
"""Seconds for which a receiver that refuses us is not asked again by this process."""
_MOST_CASES = 32
_MOST_PLACES = 20_000


class _Heard(NamedTuple):
    number: int
    key: str
    place: str


@dataclass
class IssueCase:
    """What was answered to one issue lately, and whether that stops it. Whoever calls holds `lock`."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    blame: StopReason | None = None
    on_guard: bool = False  # while a refusal is among the last answers; else nobody needs to tell of what was accepted
    aside: dict[str, tuple[Answer, float]] = field(default_factory=dict)  # by receiver: what it said, and until when
    watching: list[Watch] = field(default_factory=list)
    answers: int = 0
    places: set[str] = field(default_factory=set)  # receivers that this issue goes to, as far as they were met
    _recent: deque[_Heard] = field(default_factory=deque)
    _in_row: Counter[str] = field(default_factory=Counter)
    _in_row_at: Counter[tuple[str, str]] = field(default_factory=Counter)

    def accepted(self, place: str) -> None:
        """A message was taken: nothing is in a row any more."""
        self._in_row.clear()
        self.aside.pop(place, None)
        for each in [each for each in self._in_row_at if each[1] == place]:
            del self._in_row_at[each]
        self._forget()
        self.on_guard = bool(self._recent or self.aside)

    def refused(self, found: RefusalVerdict, place: str) -> None:
        """A message was refused, and perhaps because of us."""
        self.on_guard = True
        self._recent.append(_Heard(self.answers, found.key, place))
        self._in_row[found.key] += 1
        self._in_row_at[found.key, place] += 1
        self._forget()

    def is_handful(self, found: RefusalVerdict, *, several: bool) -> bool:
        """Whether refusals like this one stop the issue; `several` receivers get the issue: one of them alone proves nothing."""
        equal = Counter(heard.place for heard in self._recent if heard.key == found.key)
        if several and len(equal) == 1:
            return False
        if self._in_row[found.key] >= HANDFUL:
            return True
        strewn = sum(1 if place in self.aside else many for place, many in equal.items())
        return found.ours and strewn >= HANDFUL and strewn > SHARE * min(self.answers, WINDOW)

    def is_handful_at(self, found: RefusalVerdict, place: str) -> bool:
        """Whether one receiver refuses all, as far as we know."""
        return found.ours and self._in_row_at[found.key, place] >= HANDFUL

    def begin_anew(self) -> None:
        """What was blamed is settled in the ledger."""
        self.blame = None
        self.aside.clear()  # it was not that receiver alone
        self._recent.clear()
        self._in_row.clear()
        self._in_row_at.clear()

    def _forget(self) -> None:
        while self._recent and self._recent[0].number <= self.answers - WINDOW:
            self._recent.popleft()


@dataclass(eq=False)
class Watch:
    """Listens to the answers to one batch on behalf of its issue, and calls `stop` when the issue is to stop."""

    stop: Callable[[], None] = lambda: None
    case: IssueCase = field(default_factory=IssueCase)
    turned_back: bool = False  # its issue is being stopped at this moment
    place_of: Callable[[str], str] = str  # the receiver a domain belongs to
    now: Callable[[], float] = lambda: 0.0
    on_first: Callable[[], object] | None = None  # to be called at the first message that is taken
    _counted: int = 0
    _places: dict[int, str] = field(default_factory=dict)

    def begin(self, recipients: Collection[Recipient]) -> None:
        """Say who is in the batch."""
        self._places = {each.delivery_id: self.place_of(each.domain) for each in recipients}
        with self.case.lock:
            self.case.places.update(self._places.values())
            if len(self.case.places) > _MOST_PLACES:
                self.case.places = set(self._places.values())

    @property
    def blame(self) -> StopReason | None:
        """What stopped the issue, if anything did."""
        return self.case.blame

    @property
    def on_guard(self) -> bool:
        """Whether it must be told of what was accepted, too."""
        return self.case.on_guard or self.on_first is not None

    def heard(self, delivery_id: int, outcome: Outcome, answers: int) -> None:
        """Take in an answer, the one of `answers` so far to this batch."""
        with self.case.lock:
            self.case.answers += answers - self._counted
            self._counted = answers
            if isinstance(outcome, Accepted):
                first, self.on_first = self.on_first, None
                if first is not None:
                    first()
                self.case.accepted(self._place(delivery_id))
            elif isinstance(outcome, Refused | Deferred):
                self._weigh(outcome, verdict(outcome), self._place(delivery_id))

    def accuse(self, answer: Answer) -> None:
        """Stop the issue because of an answer, which may be one to all of a batch."""
        with self.case.lock:
            self._accuse(answer)

    def is_aside(self, delivery_id: int) -> bool:
        """Whether this reader's receiver is not to be asked now."""
        return bool(self.case.aside) and self._answer_aside(delivery_id) is not None

    def answers_aside(self) -> dict[int, Answer]:
        """Return what receivers that are set aside said, by the deliveries of this batch that go there."""
        if not self.case.aside:
            return {}
        found = ((delivery_id, self._answer_aside(delivery_id)) for delivery_id in self._places)
        return {delivery_id: answer for delivery_id, answer in found if answer}

    def _answer_aside(self, delivery_id: int) -> Answer | None:
        answer, until = self.case.aside.get(self._place(delivery_id), (None, 0.0))
        return answer if self.now() < until else None

    def _weigh(self, outcome: Answer, found: RefusalVerdict, place: str) -> None:
        if not is_suspicious(found, outcome):
            return
        self.case.refused(found, place)
        several = len(self.case.places) > 1
        if self.case.blame is None and (found.sure or self.case.is_handful(found, several=several)):
            self._accuse(outcome)
        elif several and self.case.is_handful_at(found, place):
            self.case.aside[place] = outcome, self.now() + ASIDE_FOR

    def _accuse(self, answer: Answer) -> None:
        self.case.blame = StopReason(verdict(answer), answer)
        for each in (self, *self.case.watching):
            each.stop()

    def _place(self, delivery_id: int) -> str:
        return self._places.get(delivery_id, "")


class Watches:
    """The watches of one process, by issue. Thread-safe."""

    def __init__(self, clock: Clock, place_of: Callable[[str], str]) -> None:
        self._clock = clock
        self._place_of = place_of
        self._lock = threading.Lock()
        self._cases: OrderedDict[int, IssueCase] = OrderedDict()

    @contextlib.contextmanager
    def over(self, claim: Claim) -> Iterator[Watch]:
        """Watch over a batch while the body sends it and writes what became of it."""
        case = self._case(claim.batch.issue_id)
        watch = Watch(stop=claim.stop, case=case, place_of=self._place_of, now=self._clock.monotonic)
        with case.lock:
            watch.turned_back = case.blame is not None
            if not watch.turned_back:
                case.watching.append(watch)
        try:
            yield watch
        finally:
            with case.lock:
                case.watching = [each for each in case.watching if each is not watch]
                if case.blame is not None and not case.watching:  # each of them has told the ledger
                    case.begin_anew()

    def _case(self, issue_id: int) -> IssueCase:
        with self._lock:
            case = self._cases.setdefault(issue_id, IssueCase())
            self._cases.move_to_end(issue_id)
            while len(self._cases) > _MOST_CASES:
                self._cases.popitem(last=False)
            return case
