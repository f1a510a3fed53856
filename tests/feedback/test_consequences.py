"""What may follow from each report, row by row, through the real intake and on both databases.

The table is walked, not repeated: `check` says what each word of it means in the ledger.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from sqlalchemy import select

from newsletter.clock import SystemClock
from newsletter.dns import Lookups
from newsletter.feedback.consequences import EFFECTS, TABLE, Effect, Matter, May, Witness, may_follow
from newsletter.feedback.handling import Handler
from newsletter.feedback.intake import VOUCHED, Intake
from newsletter.feedback.locating import LATE
from newsletter.feedback.loops import Loops
from newsletter.feedback.refusals import judge_refusals
from newsletter.feedback.scoring import BouncePolicy
from newsletter.feedback.webhooks import WebhookFindings
from newsletter.mail.dkim_verification import verified
from newsletter.mail.report import Reason
from newsletter.mail.verp import tag_of
from newsletter.model import AppliedReport, Attempt, Delivery, Suppression
from newsletter.model.feedback import Blame
from newsletter.model.states import DeliveryState, SubscriptionState
from newsletter.queue import connect
from newsletter.store.feedback import reports, unproven
from newsletter.tokens import Purpose
from newsletter.transports.providers.webhooks import WebhookEvent, WebhookKind
from tests.feedback.conftest import LEAVE
from tests.feedback.mailing import Mailing, complaint, dsn
from tests.feedback.signed import LOOP, record, sign
from tests.feedback.test_webhooks import Told, nothing
from tests.parts.nameserver import Nameserver

READER, POLICY = "reader0@readers.example", BouncePolicy()
SAID = {
    Matter.PERMANENT: ("5.1.1", "550 5.1.1 no such mailbox here", "failed"),
    Matter.TRANSIENT: ("5.2.1", "550 5.2.1 mailbox disabled for now", "failed"),
    Matter.SENDER: ("5.7.1", "554 5.7.1 refused by policy", "failed"),
    Matter.DELIVERED: ("2.0.0", "250 ok", "delivered"),
}
LIST_ID = "List-Id: The Daily <daily.news.example>\r\n"


@dataclass
class House:
    """A mailing, what handles its reports, and a name server that knows the loop's key."""

    mailing: Mailing
    handler: Handler

    def take(self, content: bytes, *, sent_to: str = "", source: str = "smtp") -> dict[Effect, int]:
        """Take a report in and handle it."""
        mailing = self.mailing
        intake = Intake(mailing.database, mailing.clock, connect(""))
        return dict(self.handler.handle(intake.keep(content, source=source, sent_to=sent_to).raw_report_id))


@pytest.fixture(scope="module")
def names() -> Iterator[Nameserver]:
    running = Nameserver()
    running.publish(record())
    yield running
    running.stop()


@pytest.fixture
def house(mailing: Mailing, handler: Handler, names: Nameserver) -> House:
    loops = Loops(frozenset({LOOP}), Lookups(names.address), verified)
    return House(mailing, replace(handler, loops=loops))


def report(matter: Matter, *, name: str = "", listed: bool = False, envelope: str = "") -> bytes:
    """A report about the first reader that quotes so much of the mail."""
    quoted = (f"Message-ID: {name}\r\n" if name else "") + (LIST_ID if listed else "")
    if matter in SAID:
        status, said, action = SAID[matter]
        content = dsn(READER, status=status, said=said, action=action, quoted=quoted.replace("\r\n", "\n"))
        if envelope:
            content = content.replace(b"Reporting-MTA:", f"Original-Envelope-Id: {envelope}\r\nReporting-MTA:".encode())
        return content
    kind = "abuse" if matter is Matter.COMPLAINT else "opt-out"
    content = complaint(name or "<other@elsewhere.example>", kind=kind)
    fields = f"Version: 1\r\nOriginal-Rcpt-To: <{READER}>\r\n"
    if envelope:
        fields += f"Original-Envelope-Id: {envelope}\r\n"
    content = content.replace(b"Version: 1\r\n", fields.encode())
    return content.replace(b"To: undisclosed\r\n", f"To: undisclosed\r\n{LIST_ID if listed else ''}".encode())


def by_return_path(house: House, matter: Matter) -> dict[Effect, int]:
    return house.take(report(matter), sent_to=house.mailing.path())


def by_return_path_in_the_header(house: House, matter: Matter) -> dict[Effect, int]:
    return house.take(b"Delivered-To: " + house.mailing.path().encode() + b"\r\n" + report(matter))


def by_envelope_id(house: House, matter: Matter) -> dict[Effect, int]:
    return house.take(report(matter, envelope=house.mailing.path()))


def by_goodbye(house: House, matter: Matter) -> dict[Effect, int]:
    token = house.mailing.signer.issue(Purpose.UNSUBSCRIBE, house.mailing.deliveries[0])
    return house.take(f"From: a@b.example\r\nTo: {LEAVE}\r\nSubject: {token}\r\n\r\n".encode(), sent_to=LEAVE)


def in_the_session(house: House, matter: Matter) -> dict[Effect, int]:
    mailing, (status, said, _) = house.mailing, SAID[matter]
    mailing.put(DeliveryState.REJECTED)
    facts = {"delivery_id": mailing.deliveries[0], "at": mailing.clock.now(), "transport": "smtp", "outcome": "refused"}
    with mailing.database.write() as session:
        session.add(Attempt(code=int(said[:3]), status=status, reply=said[4:], **facts))
    judge_refusals(mailing.database, clock=mailing.clock, policy=POLICY)
    return {Effect(row.effect): 1 for row in mailing.applied()}


def mailed(quote: Callable[[House], dict[str, object]], **options: str) -> Callable[[House, Matter], dict[Effect, int]]:
    """A report by mail that quotes so much, from a stranger or by hand."""
    return lambda house, matter: house.take(report(matter, **quote(house)), **options)


def signed(quote: Callable[[House], dict[str, object]]) -> Callable[[House, Matter], dict[Effect, int]]:
    """The same, signed by the feedback loop."""

    def take(house: House, matter: Matter) -> dict[Effect, int]:
        raw = report(matter, **quote(house)).replace(b"From: feedback@provider.example", b"From: fbl@loop.example")
        return house.take(sign(raw.replace(b"From: MAILER-DAEMON@relay.example", b"From: fbl@loop.example")))

    return take


def told(*, tagged: bool) -> Callable[[House, Matter], dict[Effect, int]]:
    """A provider's webhook, with the tag we sent along or with the address alone."""
    kinds = {
        Matter.PERMANENT: (WebhookKind.BOUNCED, Reason.USERUNKNOWN),
        Matter.TRANSIENT: (WebhookKind.BOUNCED, Reason.SUSPEND),
        Matter.SENDER: (WebhookKind.BOUNCED, Reason.SPAMDETECTED),
        Matter.COMPLAINT: (WebhookKind.COMPLAINED, None),
        Matter.UNSUBSCRIBE: (WebhookKind.UNSUBSCRIBED, None),
        Matter.DELIVERED: (WebhookKind.DELIVERED, None),
    }

    def take(house: House, matter: Matter) -> dict[Effect, int]:
        kind, reason = kinds[matter]
        token = tag_of(house.mailing.name().strip("<>")) if tagged else ""
        event = WebhookEvent("courier", "e-1", kind, token, READER, house.mailing.clock.now(), reason)
        findings = WebhookFindings({"courier": Told([event])}, nothing)
        house.handler = replace(house.handler, read_webhook=findings)
        return house.take(json.dumps(kind).encode(), source="webhook courier")

    return take


def named(house: House) -> dict[str, object]:
    return {"name": house.mailing.name()}


def listed(_: House) -> dict[str, object]:
    return {"listed": True}


def bare(_: House) -> dict[str, object]:
    return {}


WAYS: dict[str, tuple[Witness, bool, Callable[[House, Matter], dict[Effect, int]]]] = {
    "return path": (Witness.RETURN_PATH, True, by_return_path),
    "return path, fetched from a mailbox": (Witness.RETURN_PATH, True, by_return_path_in_the_header),
    "envelope id": (Witness.ENVELOPE_ID, True, by_envelope_id),
    "goodbye": (Witness.GOODBYE, True, by_goodbye),
    "session": (Witness.SESSION, True, in_the_session),
    "webhook with our tag": (Witness.MESSAGE_ID, True, told(tagged=True)),
    "webhook, address alone": (Witness.RECIPIENT, True, told(tagged=False)),
    "signed loop, Message-ID": (Witness.MESSAGE_ID, True, signed(named)),
    "signed loop, list": (Witness.LIST, True, signed(listed)),
    "signed loop, address alone": (Witness.RECIPIENT, True, signed(bare)),
    "by hand, vouched, Message-ID": (Witness.MESSAGE_ID, True, mailed(named, source=VOUCHED)),
    "by hand, vouched, list": (Witness.LIST, True, mailed(listed, source=VOUCHED)),
    "by hand, vouched, address alone": (Witness.RECIPIENT, True, mailed(bare, source=VOUCHED)),
    "Message-ID": (Witness.MESSAGE_ID, False, mailed(named)),
    "list": (Witness.LIST, False, mailed(listed)),
    "address alone": (Witness.RECIPIENT, False, mailed(bare)),
    "by hand": (Witness.MESSAGE_ID, False, mailed(named, source="file")),
    "posted by a program": (Witness.LIST, False, mailed(listed, source="post")),
    "fetched": (Witness.RECIPIENT, False, mailed(bare, source="imap")),
}
ROWS = [(way, matter) for way, (witness, proven, _) in WAYS.items() for matter in TABLE[witness, proven]]


def test_each_row_of_the_table_can_be_reached() -> None:
    assert {(witness, proven) for witness, proven, _ in WAYS.values()} == set(TABLE)


@pytest.mark.parametrize(("way", "matter"), ROWS)
def test_what_follows_is_what_the_table_says(
    way: str, matter: Matter, house: House, request: pytest.FixtureRequest
) -> None:
    witness, proven, take = WAYS[way]
    if way.startswith("signed"):
        house = _now(house)
    may = may_follow(witness, matter, proven=proven)
    assert take(house, matter) == {EFFECTS[may]: 1}
    check(house.mailing, may, witness, matter, proven=proven)


@pytest.mark.parametrize("matter", list(Matter))
@pytest.mark.parametrize("way", [way for way, (_, proven, _) in WAYS.items() if not proven])
def test_without_proof_and_without_a_mail_of_14_days_nothing_follows(way: str, matter: Matter, house: House) -> None:
    house.mailing.clock.advance(LATE.total_seconds() + 1)
    assert WAYS[way][2](house, matter) == {Effect.NOTED: 1}
    check(house.mailing, May.NOTED, WAYS[way][0], matter, proven=False)


def _now(house: House) -> House:
    """The same at this hour: dkimpy asks the clock on the wall how old a signature is."""
    house.mailing.clock.advance((SystemClock().now() - house.mailing.clock.now()).total_seconds())
    house.mailing.send_another("today")
    return house


def check(mailing: Mailing, may: May, witness: Witness, matter: Matter, *, proven: bool) -> None:
    """Look whether so much followed, and no more."""
    [row] = mailing.applied()
    assert row.proven is proven
    out, unproven_ones = _suppressions(mailing)
    everywhere = may in (May.OUT, May.OUT_BY_COMPLAINT)
    scoped = may in (May.ENDED_AND_OUT, May.ENDED_AND_OUT_UNTIL_CONFIRMED)
    assert out == ([True] if everywhere else [False] if scoped else [])
    assert unproven_ones == [may is May.ENDED_AND_OUT_UNTIL_CONFIRMED] * len(out)
    ended = may in (May.ENDED, May.ENDED_AND_OUT, May.ENDED_AND_OUT_UNTIL_CONFIRMED)
    assert mailing.standing() is (SubscriptionState.UNSUBSCRIBED if ended else SubscriptionState.ACTIVE)
    assert _weights(mailing) == {
        May.OUT: (1.0, 0.0),
        May.WEIGHS: (1.0, 0.0),
        May.WEIGHS_LITTLE: (0.0, 1.0),
    }.get(may, (0.0, 0.0))
    assert (row.blame is Blame.SENDER) == (may is May.AGAINST_US)
    _check_delivery(mailing, row, may, witness, matter)
    with mailing.database.read() as session:
        assert unproven.of_day(session, mailing.clock.now().date()) == (0 if proven else 1)
        assert reports.tallies(session).get("unproven reports", 0) == (0 if proven else 1)


def _check_delivery(mailing: Mailing, row: AppliedReport, may: May, witness: Witness, matter: Matter) -> None:
    """A delivery that is only guessed, or of which nothing follows, is not moved, and counts on no issue."""
    named = witness not in (Witness.LIST, Witness.RECIPIENT) or (witness is Witness.LIST and row.proven)
    moved = named and may is not May.NOTED and matter is not Matter.UNSUBSCRIBE and witness is not Witness.SESSION
    wanted = {Matter.COMPLAINT: "complained", Matter.DELIVERED: "delivered"}.get(matter, "bounced")
    before = "rejected" if witness is Witness.SESSION else "submitted"
    assert mailing.state() == (wanted if moved else before)
    counts = named and may is not May.NOTED and witness is not Witness.SESSION
    assert (row.issue_id is not None) == counts


def _suppressions(mailing: Mailing) -> tuple[list[bool], list[bool]]:
    with mailing.database.read() as session:
        found = session.scalars(select(Suppression)).all()
        return [row.publication_id is None for row in found], [row.unproven for row in found]


def _weights(mailing: Mailing) -> tuple[float, float]:
    with mailing.database.read() as session:
        reader = session.get_one(Delivery, mailing.deliveries[0]).subscriber_id
        both = (reports.weights_of(session, reader), reports.unproven_weights_of(session, reader))
    first, second = (sum(weight for _, weight in weights) for weights in both)
    return first, second


def test_no_row_without_proof_acts_everywhere_or_for_good() -> None:
    allowed = {May.WEIGHS_LITTLE, May.AGAINST_US, May.ENDED_AND_OUT_UNTIL_CONFIRMED, May.ENDED, May.NOTED}
    for (_, proven), row in TABLE.items():
        assert proven or set(row.values()) <= allowed


def test_what_stands_in_no_row_may_have_no_consequence() -> None:
    for witness in Witness:
        for matter in Matter:
            for proven in (True, False):
                listed = matter in TABLE.get((witness, proven), {})
                assert listed == (may_follow(witness, matter, proven=proven) is not May.NOTHING)


@pytest.mark.parametrize("matter", [matter for matter in Matter if matter is not Matter.UNSUBSCRIBE])
def test_a_goodbyes_token_is_good_for_leaving_alone(matter: Matter, house: House) -> None:
    token = house.mailing.signer.issue(Purpose.UNSUBSCRIBE, house.mailing.deliveries[0])
    content = report(matter).replace(b"Subject: ", f"Subject: {token} ".encode(), 1)
    house.take(content, sent_to=LEAVE)
    check(house.mailing, May.ENDED, Witness.GOODBYE, Matter.UNSUBSCRIBE, proven=True)


def test_the_documents_show_the_same_table() -> None:
    text = (Path(__file__).parents[2] / "docs" / "feedback.md").read_text(encoding="utf-8")
    lines = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("|")
    ]
    head = next(row for row in lines if row[-6:] == [str(matter) for matter in Matter])
    shown = {(row[0], row[1] != "none"): row[2:] for row in lines[lines.index(head) + 2 :] if len(row) == len(head)}
    cells = {key: [str(row.get(matter, May.NOTHING)) for matter in Matter] for key, row in TABLE.items()}
    assert shown == {(str(witness), proven): row for (witness, proven), row in cells.items()}
