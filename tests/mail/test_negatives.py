"""What is no bounce never becomes one: the pipeline as a whole, on mail of every other kind."""

from __future__ import annotations

import pytest

from newsletter.feedback import reading
from newsletter.mail.report import ReportKind
from tests.mail.negatives import NOT_FEEDBACK


@pytest.mark.parametrize("raw", [pytest.param(raw, id=name) for name, raw in NOT_FEEDBACK])
def test_mail_that_is_no_bounce_counts_against_nobody(raw: bytes) -> None:
    assert {report.kind for report in reading.read(raw)} <= {ReportKind.NONE}
