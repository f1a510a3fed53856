"""A request is kept as it came, whoever stands behind the address, and its form serves once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select

from newsletter import queue as queues
from newsletter.audience import answering, asking, erasure
from newsletter.audience.asking import UsedFormError
from newsletter.clock import SettableClock
from newsletter.errors import InputError, LimitError, NotFoundError, TokenError
from newsletter.model import Notice, SignUp, SpentForm, Subscriber
from newsletter.queue import Job, Queue
from newsletter.tokens import Signer
from tests.audience.conftest import READER, Desk
from tests.parts.actors import OPERATOR


def test_many_requests_from_one_network_are_refused_with_a_time(small_desk: Desk) -> None:
    for number in range(asking.PER_IP_BURST):
        small_desk.subscribe(f"r{number}@example.org", ip=f"2001:db8::{number}")
    with pytest.raises(LimitError) as caught:
        small_desk.subscribe("more@example.org", ip="2001:db8::ffff")
    assert caught.value.retry_after == 360
    small_desk.subscribe("more@example.org", ip="2001:db8:0:1::1")


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "a b@example.org", "a@example.org\r\nBcc: b@example.org", "a@b\0.org"]
)
def test_an_address_that_cannot_be_used_is_refused_and_nothing_is_stored(small_desk: Desk, address: str) -> None:
    with pytest.raises(InputError):
        small_desk.subscribe(address)
    assert small_desk.count(Subscriber) == 0


@pytest.mark.parametrize("name", ["A\r\nBcc: b@example.org", "A\0", "x" * 201, "A\u202eB"])
def test_a_name_that_could_break_out_of_a_header_is_refused(small_desk: Desk, name: str) -> None:
    with pytest.raises(InputError):
        small_desk.subscribe(name=name)
    assert small_desk.count(Subscriber) == 0


def test_a_publication_nobody_has_is_not_found(small_desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        small_desk.subscribe(publication="nowhere")


def test_a_form_counts_for_its_publication_and_not_too_fast_nor_too_late(clock: SettableClock, signer: Signer) -> None:
    token = asking.form_token(signer, clock, 7)
    with pytest.raises(TokenError, match="too fast"):
        asking.check_form(signer, clock, 7, token, "")
    clock.advance(asking.FORM_MIN_SECONDS)
    assert asking.check_form(signer, clock, 7, token, "") is True
    with pytest.raises(TokenError, match="another publication"):
        asking.check_form(signer, clock, 8, token, "")
    clock.advance(asking.FORM_MAX_SECONDS)
    with pytest.raises(TokenError, match="expired"):
        asking.check_form(signer, clock, 7, token, "")


def test_a_filled_honeypot_is_dropped_without_a_word(clock: SettableClock, signer: Signer) -> None:
    assert asking.check_form(signer, clock, 7, "not even a token", "https://spam.example") is False


def test_a_form_serves_once_and_whoever_sends_it_again_is_not_counted_against_their_network(desk: Desk) -> None:
    token = desk.form()
    desk.ask("first@example.org", token=token)
    for number in range(asking.PER_IP_BURST + 1):
        with pytest.raises(UsedFormError):
            desk.ask(f"r{number}@example.org", token=token, ip="198.51.100.7")
    assert [row.address for row in desk.waiting()] == ["first@example.org"]
    desk.ask("second@example.org", ip="198.51.100.7")


def test_a_form_that_could_not_be_used_may_be_sent_again(desk: Desk) -> None:
    token = desk.form()
    with pytest.raises(InputError):
        desk.ask("no address", token=token)
    desk.ask(token=token)
    assert len(desk.waiting()) == 1


def test_a_form_sent_by_many_at_once_serves_once(desk: Desk) -> None:
    token = desk.form()

    def one(number: int) -> bool:
        try:
            desk.ask(f"r{number}@example.org", token=token, ip=f"192.0.2.{number}")
        except UsedFormError:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        assert sum(threads.map(one, range(6))) == 1


def test_no_two_forms_shown_in_one_second_are_the_same(clock: SettableClock, signer: Signer) -> None:
    assert len({asking.form_token(signer, clock, 7) for _ in range(200)}) == 200


def test_the_form_after_a_used_one_may_come_back_at_once_and_is_as_old_as_any(
    clock: SettableClock, signer: Signer
) -> None:
    token = asking.form_token(signer, clock, 7, waited=True)
    assert asking.check_form(signer, clock, 7, token, "") is True
    clock.advance(asking.FORM_MAX_SECONDS)
    with pytest.raises(TokenError, match="expired"):
        asking.check_form(signer, clock, 7, token, "")


class Ringing(Queue):
    """Notes what was rung."""

    def __init__(self) -> None:
        super().__init__(queues.connect("").broker)
        self.rung: list[Job] = []

    def ring(self, job: Job, subject: int) -> None:
        """Note it."""
        self.rung.append(job)


@contextmanager
def counted(desk: Desk) -> Iterator[Counter[str]]:
    """Count all that a request makes the database, the renderer, the buckets and the broker do."""
    work: Counter[str] = Counter()
    with pytest.MonkeyPatch.context() as patch:
        for part, name in ((desk.renderer, "notice"), (desk.buckets, "take"), (desk.buckets, "give_back")):
            _count(patch, work, part, name)
        engine = desk.database.engine

        def statement(_c: object, _k: object, text: str, *_: object) -> None:
            work[" ".join(text.split())] += 1

        def commit(_: object) -> None:
            work["COMMIT"] += 1

        event.listen(engine, "before_cursor_execute", statement)
        event.listen(engine, "commit", commit)
        try:
            yield work
        finally:
            event.remove(engine, "before_cursor_execute", statement)
            event.remove(engine, "commit", commit)


def _count(patch: pytest.MonkeyPatch, work: Counter[str], part: object, name: str) -> None:
    real = getattr(part, name)

    def counting(*args: object, **given: object) -> object:
        work[name] += 1
        return real(*args, **given)

    patch.setattr(part, name, counting)


def test_a_request_is_the_same_work_whoever_stands_behind_the_address(desk: Desk) -> None:
    standing = {
        "unknown": "nobody@example.org",
        "pending": "pending@example.org",
        "active": "active@example.org",
        "left": "left@example.org",
        "suppressed": "suppressed@example.org",
        "complained": "complained@example.org",
        "bounced": "bounced@example.org",
        "erased": "erased@example.org",
        "over-limit": "asked@example.org",
        "tagged-over-limit": "asked+tag@example.org",
    }
    desk.subscribe(standing["pending"], ip="198.51.100.1")
    for number, name in enumerate(("active", "left", "erased"), start=2):
        desk.subscribe(standing[name], ip=f"198.51.100.{number}")
        desk.confirm(desk.token())
    desk.unsubscribe(desk.deliver(standing["left"]))
    erasure.forget(desk.database, clock=desk.clock, address=standing["erased"], by=OPERATOR)
    for name, reason in (("suppressed", "manual"), ("complained", "complaint"), ("bounced", "mailboxfull")):
        desk.suppressing.suppress(standing[name], reason=reason, by=OPERATOR)
    for number in range(answering.PER_MAILBOX_DAY + 1):
        desk.subscribe(standing["over-limit"], ip=f"198.51.100.{10 + number}")
    desk.queue = Ringing()
    done = {}
    for number, (name, address) in enumerate(standing.items()):
        with counted(desk) as work:
            desk.ask(address, ip=f"203.0.113.{number}")
        done[name] = work
    assert sum(done["unknown"].values()) > 4
    assert done["unknown"]["COMMIT"] == 1 and done["unknown"]["notice"] == 0
    assert {name: work for name, work in done.items() if work != done["unknown"]} == {}
    assert desk.queue.rung == [Job.ANSWER_SIGN_UP] * len(standing)


def test_nothing_of_a_request_is_left_but_what_a_worker_needs(desk: Desk) -> None:
    desk.ask(name="Ada", ip="2001:db8::7")
    (kept,) = desk.waiting()
    assert (kept.address, kept.name, kept.ip) == (READER, "Ada", "2001:db8::7")
    assert (kept.wording, kept.place, kept.at) == ("Send me the notes.", "form", desk.clock.now())
    assert (desk.count(Subscriber), desk.count(Notice), desk.count(SpentForm)) == (0, 0, 1)
    desk.answer()
    assert (desk.count(SignUp), desk.count(Notice)) == (0, 1)


def test_a_broker_that_is_down_does_not_lose_the_request(small_desk: Desk) -> None:
    small_desk.queue = queues.connect("redis://127.0.0.1:1/0")
    small_desk.ask()
    assert len(small_desk.waiting()) == 1


def test_who_is_erased_waits_for_nothing(desk: Desk) -> None:
    desk.join()
    desk.ask(READER.upper(), ip="192.0.2.9")
    erasure.forget(desk.database, clock=desk.clock, address=READER, by=OPERATOR)
    assert desk.waiting() == []
    with desk.database.read() as session:
        assert [n.to_address for n in session.scalars(select(Notice))] == ["", ""]
