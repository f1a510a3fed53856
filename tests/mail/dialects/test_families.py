"""Every family of mail systems is understood, its odd variants too."""

from __future__ import annotations

import pytest

from tests.mail.dialects.families import PLAIN, Verdicts
from tests.mail.dialects.families_of_gateways import GATEWAYS
from tests.mail.dialects.families_of_mailboxes import MAILBOXES
from tests.mail.dialects.families_of_reports import REPORTS
from tests.mail.dialects.samples import verdicts


@pytest.mark.parametrize(
    ("raw", "expected"), [pytest.param(raw, said, id=name) for name, raw, said in [*PLAIN, *GATEWAYS]]
)
def test_a_notification_in_plain_text_is_understood(raw: bytes, expected: Verdicts) -> None:
    assert verdicts(raw) == expected


@pytest.mark.parametrize(("raw", "expected"), [pytest.param(raw, said, id=name) for name, raw, said in REPORTS])
def test_a_status_report_is_understood(raw: bytes, expected: Verdicts) -> None:
    assert verdicts(raw) == expected


@pytest.mark.parametrize(("raw", "expected"), [pytest.param(raw, said, id=name) for name, raw, said in MAILBOXES])
def test_an_answer_of_todays_mailboxes_is_understood(raw: bytes, expected: Verdicts) -> None:
    assert verdicts(raw) == expected
