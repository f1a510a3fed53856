"""Requests against the official OpenAPI documents, where there are any.

Those documents lie behind what the providers' pages say today; what is younger is named here, so that a slip of the pen in
any other name is found.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from newsletter.clock import SettableClock
from newsletter.delivery.composing import EditionComposer
from newsletter.mail.envelope import Envelope
from newsletter.transports.providers.registry import from_url
from tests.parts.fake_dialects import DIALECTS
from tests.parts.fake_provider import FakeProvider
from tests.transports.providers.conftest import URLS, Notebook, envelope

FOLDER = Path(__file__).parent / "openapi"
YOUNGER = {
    # https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntry.html and API_Template.html
    "ses_bulk.json": {"ReplacementHeaders", "TemplateContent", "Headers"},
    "ses_single.json": set(),
    "sendgrid.json": set(),
    "resend.json": set(),
    # https://postmarkapp.com/developer/api/email-api
    "postmark.json": {"Metadata", "MessageStream"},
}


def schema(name: str) -> dict[str, Any]:
    document = json.loads((FOLDER / name).read_text(encoding="utf-8"))
    return _closed(document, YOUNGER[name])


def _closed(node: Any, younger: set[str]) -> Any:
    """Let objects hold no names but those listed, and the younger ones."""
    if isinstance(node, list):
        return [_closed(each, younger) for each in node]
    if not isinstance(node, dict):
        return node
    closed = {name: _closed(value, younger) for name, value in node.items()}
    properties = node.get("properties")
    if isinstance(properties, dict) and not isinstance(properties.get("type"), str):
        closed["additionalProperties"] = False
        closed["properties"] = {**closed["properties"], **{name: {} for name in younger}}
    return closed


@pytest.fixture
def provider(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def bodies(fake: FakeProvider, provider: str, envelopes: list[Envelope]) -> Iterator[Any]:
    transport = from_url(URLS[provider].format(fake.url), clock=SettableClock())
    transport.send(envelopes, Notebook())
    transport.close()
    yield from (call.json for call in fake.calls)


@pytest.mark.parametrize("provider", ["ses", "sendgrid", "postmark", "resend"], indirect=True)
def test_batches_are_what_the_official_document_asks_for(
    provider: str, fake: FakeProvider, letter: EditionComposer
) -> None:
    name = {"ses": "ses_bulk.json"}.get(provider, f"{provider}.json")
    for body in bodies(fake, provider, [envelope(letter, number) for number in range(1, 61)]):
        jsonschema.validate(body, schema(name), cls=jsonschema.Draft202012Validator)


def test_a_single_ses_message_is_what_the_official_document_asks_for(letter: EditionComposer) -> None:
    fake = FakeProvider(DIALECTS["ses"]())
    whole = envelope(letter, 1)
    alone = Envelope(whole.delivery_id, whole.mail_from, whole.rcpt_to, whole.content)
    [body] = bodies(fake, "ses", [alone])
    fake.stop()
    jsonschema.validate(body, schema("ses_single.json"), cls=jsonschema.Draft202012Validator)
    assert base64.b64decode(body["Content"]["Raw"]["Data"]) == whole.content


@pytest.mark.parametrize("name", sorted(YOUNGER))
def test_the_documents_refuse_a_misspelt_name(name: str) -> None:
    one: Any = {"DefaultContent": {}, "Content": {}, "BulkEmailEntries": [], "Misspelt": 1}
    wrong = [one] if name in ("postmark.json", "resend.json") else one
    assert any(
        error.validator == "additionalProperties"
        for error in jsonschema.Draft202012Validator(schema(name)).iter_errors(wrong)
    )
