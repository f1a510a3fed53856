from __future__ import annotations

import pytest

from newsletter.errors import InputError
from newsletter.rendering.mjml_source import compile_mjml


def page(body: str) -> str:
    return f"<mjml><mj-body>{body}</mj-body></mjml>"


def test_a_page_begins_with_the_doctype_premailer_keeps():
    assert compile_mjml(
        page("<mj-section><mj-column><mj-text>x</mj-text></mj-column></mj-section>"), where="t"
    ).startswith("<!DOCTYPE html>")


@pytest.mark.parametrize(
    "bad",
    [
        "<mj-include path='/etc/passwd' />",
        "<mj-txt>x</mj-txt>",
        "<mj-raw>" + "<div>" * 5000 + "</div>" * 5000 + "</mj-raw>",
        "<mj-text>open",
        "x" * 300_000,
    ],
)
def test_what_mjml_must_not_be_given_is_refused_with_its_place(bad):
    with pytest.raises(InputError) as caught:
        compile_mjml(page(bad), where="issue/mail.mjml.j2")
    assert caught.value.where == "issue/mail.mjml.j2" and caught.value.remedy
