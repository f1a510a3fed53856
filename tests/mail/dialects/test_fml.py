"""fml, the mailing list server."""

from __future__ import annotations

import pytest

from tests.mail.dialects.samples import dialects, verdicts

HEAD = "From: lovers-admin@example.jp\nTo: news@example.com\nMessage-Id: <20240101000000.FMLAAA12345.lovers@example.jp>\nX-MLServer: fml [fml 8.0.3]\nPrecedence: list\n"


@pytest.mark.parametrize(
    ("subject", "reason"),
    [
        ("NOT MEMBER article from news@example.com", "rejected"),
        ("Loop Alert", "networkerror"),
        ("fml system error", "systemerror"),
        ("the mail is too big", "mesgtoobig"),
    ],
)
def test_a_list_that_refuses_is_named_by_its_message_id(subject: str, reason: str) -> None:
    raw = f"{HEAD}Subject: {subject}\n\nHi, sorry.\n".encode()
    assert verdicts(raw) == [("lovers@example.jp", "transient", reason)]
    assert dialects(raw) == {"fml"}


def test_an_article_of_a_list_is_no_refusal() -> None:
    assert verdicts(HEAD.replace("FMLAAA12345.", "").encode() + b"Subject: hello\n\nNOT MEMBER\n") == []
