"""A person can be told everything that is known of them."""

from __future__ import annotations

import json

import pytest

from newsletter.audience import history
from newsletter.errors import NotFoundError
from tests.audience.conftest import READER, Desk
from tests.parts.actors import OPERATOR


def test_the_history_tells_standing_consent_deliveries_and_suppressions(desk: Desk) -> None:
    desk.join()
    desk.deliver()
    desk.suppressing.suppress(READER, reason="mailboxfull", by=OPERATOR)
    found = json.loads(json.dumps(history.show(desk.database, address="READER@example.org")))
    assert found["subscriber"]["address"] == READER
    (subscription,) = found["subscriptions"]
    assert (subscription["publication"], subscription["state"]) == ("harbour", "active")
    assert [record["action"] for record in subscription["consent"]] == ["asked", "confirmed"]
    assert subscription["consent"][0]["wording"] == "Send me the notes."
    assert [(d["issue"], d["state"]) for d in found["deliveries"]] == [("issue-1", "submitted")]
    assert [row["reason"] for row in found["suppressions"]] == ["mailboxfull"]


def test_an_address_that_is_only_suppressed_has_a_history_too(small_desk: Desk) -> None:
    small_desk.suppressing.suppress(READER, by=OPERATOR)
    found = history.show(small_desk.database, address=READER)
    assert (found["subscriber"], found["subscriptions"], len(found["suppressions"])) == (None, [], 1)


def test_nobody_has_no_history(small_desk: Desk) -> None:
    with pytest.raises(NotFoundError):
        history.show(small_desk.database, address=READER)
