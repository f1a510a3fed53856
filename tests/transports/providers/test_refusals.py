"""What each provider says about the sender or the account consumes no reader: held, told, and all get it once when it is mended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from newsletter.clock import SettableClock
from newsletter.config import Settings
from newsletter.delivery.control import Control
from newsletter.delivery.engine import Engine
from newsletter.delivery.planning import plan_due
from newsletter.delivery.progress import progress
from newsletter.mail.refusals import STAGES, About, table
from newsletter.model import Batch, Delivery, Editor, Notice
from newsletter.store.database import Database
from newsletter.tokens import Signer
from newsletter.transports.providers.registry import ProviderTransport
from tests.parts.actors import OPERATOR
from tests.parts.engines import make_engine
from tests.parts.fake_provider import FakeProvider, Reply
from tests.parts.ledger import add_issue, add_publication, add_readers, states
from tests.parts.named import id_of_issue

ISSUE = {"publication": "daily", "slug": "first"}
READERS, SIZE = 100, 40

UNVERIFIED = (
    "Email address is not verified. The following identities failed the check in region EU-WEST-1: daily@news.example"
)
QUOTA = {"Status": "ACCOUNT_DAILY_QUOTA_EXCEEDED", "Error": "Daily message quota exceeded."}
NOT_OURS = {
    "ErrorCode": 400,
    "Message": "The 'From' address daily@news.example is not a Sender Signature on your account.",
}
NO_CREDITS = {"ErrorCode": 405, "Message": "You have run out of credits and are not allowed to send."}
FROM_REFUSED = {
    "Status": "error",
    "Errors": [
        {
            "ErrorCode": "send-0008",
            "ErrorMessage": '"daily@news.example" is not an authorized sender email address for your account.',
            "ErrorRelatedTo": ["From.Email"],
        }
    ],
}
S, W = About.SENDER, About.WAY
ANSWERS: list[tuple[str, About, Reply, str]] = [
    ("ses", S, Reply(400, {"message": UNVERIFIED}, headers={"x-amzn-errortype": "MessageRejected"}), "not verified"),
    ("ses", S, Reply(200, {"BulkEmailEntryResults": [{"Status": "MAIL_FROM_DOMAIN_NOT_VERIFIED"}] * SIZE}), "MAIL_FROM"),
    ("ses", W, Reply(200, {"BulkEmailEntryResults": [QUOTA] * SIZE}), "quota"),
    ("ses", W, Reply(400, {"message": "Sending paused for this account."}), "paused"),
    ("sendgrid", S, Reply(403, {"errors": [{"message": "The from address does not match a verified Sender Identity."}]}), "Identity"),
    ("sendgrid", W, Reply(401, {"errors": [{"message": "Maximum credits exceeded"}]}), "credits"),
    ("mailgun", S, Reply(403, {"message": "Domain news.example is not allowed to send: The domain is unverified"}), "unverified"),
    ("mailgun", W, Reply(403, {"message": "Account is disabled"}), "disabled"),
    ("postmark", S, Reply(422, NOT_OURS), "Signature"),
    ("postmark", S, Reply(200, [NOT_OURS] * SIZE), "Signature"),
    ("postmark", W, Reply(422, NO_CREDITS), "credits"),
    ("resend", S, Reply(403, {"name": "validation_error", "message": "The news.example domain is not verified."}), "verified"),
    ("resend", W, Reply(429, {"name": "daily_quota_exceeded", "message": "You have reached your daily email sending quota"}), "quota"),
    ("brevo", S, Reply(400, {"code": "invalid_parameter", "message": "Sending has been rejected because the sender you used daily@news.example is not valid."}), "rejected"),
    ("brevo", W, Reply(402, {"code": "not_enough_credits", "message": "Account does not have enough credits"}), "credits"),
    ("sparkpost", S, Reply(400, {"errors": [{"message": "Invalid domain", "description": "Unconfigured Sending Domain <news.example>", "code": "7001"}]}), "Unconfigured"),
    ("sparkpost", W, Reply(403, {"errors": [{"message": "Account suspended"}]}), "suspended"),
    ("mailjet", S, Reply(400, {"Messages": [FROM_REFUSED] * SIZE}), "authorized"),
    ("mailjet", W, Reply(403, {"ErrorMessage": "Your account has been temporarily blocked."}), "blocked"),
]  # fmt: skip
UNHEARD_OF = [
    (name, About.UNCLEAR, Reply(400, {"message": "the moon is in the wrong house"}), "moon")
    for name in ("ses", "sendgrid", "mailgun", "postmark", "resend", "brevo", "sparkpost", "mailjet")
]


@pytest.fixture
def engine(
    database: Database, clock: SettableClock, signer: Signer, transport: ProviderTransport, tmp_path: Path
) -> Engine:
    settings = Settings(data_dir=tmp_path, batch_size=SIZE, _env_file=None)
    return make_engine(settings, database, clock, signer, transport)


def planned(engine: Engine) -> list[int]:
    publication = add_publication(engine.database, engine.clock)
    add_readers(engine.database, engine.clock, publication, READERS)
    add_issue(engine.database, engine.clock, publication)
    editor = {"address": "ada@desk.example", "name": "ada", "password_hash": "", "created_at": engine.clock.now()}
    with engine.database.write() as session:
        session.execute(insert(Editor), [editor])
    plan_due(engine.database, clock=engine.clock, batch_size=SIZE)
    with engine.database.read() as session:
        return list(session.scalars(select(Batch.id).order_by(Batch.id)))


def read(engine: Engine, what: Any) -> list[Any]:
    with engine.database.read() as session:
        return list(session.scalars(what))


def mend_and_finish(engine: Engine, clock: SettableClock, batches: list[int]) -> None:
    Control(engine.database, clock).resume(id_of_issue(engine.database, **ISSUE), by=OPERATOR)
    for _ in range(4):
        clock.advance(30)
        for batch_id in batches:
            engine.sender.send_batch(batch_id)


@pytest.mark.parametrize(
    ("provider", "about", "reply", "word"),
    [pytest.param(*each, id=f"{each[0]} {each[3]} {n}") for n, each in enumerate(ANSWERS + UNHEARD_OF)],
    indirect=["provider"],
)
def test_what_a_provider_says_about_us_holds_way_or_issue_and_consumes_nobody(
    engine: Engine, fake: FakeProvider, clock: SettableClock, about: About, reply: Reply, word: str
) -> None:
    batches = planned(engine)
    fake.faults.extend([None, reply])
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": SIZE, "queued": READERS - SIZE}
    assert set(read(engine, select(Delivery.attempts).where(Delivery.state == "queued"))) == {0}
    assert len(fake.calls) == 2, "nothing more is tried"
    seen = progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE))
    assert seen.state == ("sending" if about is About.WAY else "paused")
    assert word in (seen.waiting_why if about is About.WAY else seen.paused_why)
    [alert] = read(engine, select(Notice.text).where(Notice.kind == "alert"))
    assert word in " ".join(alert.split())
    mend_and_finish(engine, clock, batches)
    assert states(engine.database) == {"submitted": READERS}
    assert len({mail.to for mail in fake.mail}) == len(fake.mail) == READERS


SUCCESS = {"Status": "SUCCESS", "MessageId": "1"}
TAKEN = 12
MIXED = [
    ("ses", Reply(200, {"BulkEmailEntryResults": [SUCCESS] * TAKEN + [QUOTA] * (SIZE - TAKEN)}), "quota"),
    ("postmark", Reply(200, [{"ErrorCode": 0, "MessageID": "1"}] * TAKEN + [NO_CREDITS] * (SIZE - TAKEN)), "credits"),
    (
        "mailjet",
        Reply(200, {"Messages": [{"Status": "success", "To": [{}]}] * TAKEN + [FROM_REFUSED] * (SIZE - TAKEN)}),
        "authorized",
    ),
]


@pytest.mark.parametrize(
    ("provider", "reply", "word"), [pytest.param(*each, id=each[0]) for each in MIXED], indirect=["provider"]
)
def test_a_quota_that_is_met_in_the_middle_of_a_call_costs_nobody(
    engine: Engine, fake: FakeProvider, clock: SettableClock, reply: Reply, word: str
) -> None:
    batches = planned(engine)
    fake.faults.append(reply)
    for batch_id in batches:
        engine.sender.send_batch(batch_id)
    assert states(engine.database) == {"submitted": TAKEN, "queued": READERS - TAKEN}
    assert set(read(engine, select(Delivery.attempts).where(Delivery.state == "queued"))) == {0}
    seen = progress(engine.database, clock=clock, issue_id=id_of_issue(engine.database, **ISSUE))
    assert word in seen.waiting_why + seen.paused_why
    mend_and_finish(engine, clock, batches)
    assert states(engine.database) == {"submitted": READERS}
    assert len({mail.to for mail in fake.mail}) == len(fake.mail) == READERS - TAKEN


def test_every_provider_of_the_table_is_tried_with_each_of_its_subjects() -> None:
    of_table = {(at, row.about) for row in table() if len(row.at) == 1 for at in row.at if at not in STAGES}
    assert of_table == {(name, about) for name, about, _, _ in ANSWERS}
