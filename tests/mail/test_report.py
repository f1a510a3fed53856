"""The one shape of all feedback."""

from __future__ import annotations

import dataclasses

import pytest

from newsletter.mail.report import Reason, Report, ReportKind


def test_a_report_cannot_be_changed() -> None:
    report = Report(ReportKind.PERMANENT, "anna@example.org", Reason.USERUNKNOWN)
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.kind = ReportKind.NONE


def test_the_words_are_those_of_the_outside() -> None:
    assert [str(kind) for kind in ReportKind] == ["permanent", "transient", "complaint", "unsubscribe", "none"]
    assert {"userunknown", "mailboxfull", "filtered", "undefined", "feedback", "vacation", "delivered"} <= {
        str(reason) for reason in Reason
    }
