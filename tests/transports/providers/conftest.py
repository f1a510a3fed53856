"""A fake provider for each dialect, a transport that calls it, and an edition that tempts template languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from newsletter.clock import SettableClock
from newsletter.delivery.composing import CompiledForm, EditionComposer
from newsletter.mail.envelope import Envelope, Outcome, SharedMessage
from newsletter.mail.list_headers import list_headers
from newsletter.mail.message import MessageTemplate, build_body
from newsletter.mail.slots import Slot
from newsletter.store.delivery.deliveries import Recipient
from newsletter.tokens import Signer
from newsletter.transports.providers.registry import ProviderTransport, from_url
from tests.parts.fake_dialects import DIALECTS
from tests.parts.fake_provider import FakeProvider

URLS = {
    "ses": "ses://AKID:s%2Fecret@eu-west-1?configuration_set=news&api={}",
    "sendgrid": "sendgrid://SG.key@?api={}",
    "mailgun": "mailgun://key@news.example.org?api={}",
    "postmark": "postmark://token@?api={}",
    "resend": "resend://re_key@?api={}",
    "brevo": "brevo://key@?api={}",
    "sparkpost": "sparkpost://key@?api={}",
    "mailjet": "mailjet://key:secret@?api={}",
}
CAPS = {
    "ses": 50,
    "sendgrid": 1000,
    "mailgun": 1000,
    "postmark": 500,
    "resend": 100,
    "brevo": 1000,
    "sparkpost": 2000,
    "mailjet": 50,
}
IDEMPOTENT = ("resend", "brevo")

Sending = Callable[[int], dict[int, Outcome]]
"""Sends to that many readers."""

TEMPTING = r"a {{name}} and {{{raw}}} \{{escaped}} \\{{twice}} {% if x %} {# note #} [[data:x]] %recipient.click% %unsubscribe_url% }}} 100 % {x}"


@dataclass
class Notebook:
    """A witness that remembers in which order it was told."""

    told: list[tuple[str, int]] = field(default_factory=list)

    def wrote(self, delivery_id: int) -> None:
        self.told.append(("wrote", delivery_id))

    def heard(self, delivery_id: int, outcome: Outcome) -> None:
        self.told.append(("heard", delivery_id))


@pytest.fixture(params=list(URLS))
def provider(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def fake(provider: str) -> Iterator[FakeProvider]:
    server = FakeProvider(DIALECTS[provider]())
    yield server
    server.stop()


@pytest.fixture
def transport(provider: str, fake: FakeProvider, clock: SettableClock) -> Iterator[ProviderTransport]:
    way = from_url(URLS[provider].format(fake.url), clock=clock)
    yield way
    way.close()


@pytest.fixture
def sending(provider: str, transport: ProviderTransport, letter: EditionComposer) -> Sending:
    return lambda many: transport.send((envelope(letter, n) for n in range(1, many + 1)), Notebook())


@pytest.fixture
def witness() -> Notebook:
    return Notebook()


@pytest.fixture
def letter(signer: Signer) -> EditionComposer:
    """An edition as the engine composes it, in a few hundred octets."""
    headers = [
        ("From", '"Notes, weekly" <notes@example.org>'),
        ("Reply-To", "editor@example.org"),
        ("Subject", "Braces: {{name}} in über alles Mögliche, was länger als eine einzige Zeile sein darf"),
        *list_headers(
            name="Nötes",
            list_id="notes.example.org",
            unsubscribe_url=f"https://example.org/u/{Slot.UNSUBSCRIBE}",
            feedback="a:b:c:d",
        ),
    ]
    text = f"{TEMPTING}\nÜber: https://example.org/c/1/{Slot.CLICK}\nLeave: https://example.org/u/{Slot.UNSUBSCRIBE}\n"
    html = (
        f'<p>{TEMPTING} Über</p><p><a href="https://example.org/c/1/{Slot.CLICK}">one</a>'
        f'<a href="https://example.org/c/2/{Slot.CLICK}">two</a><a href="https://example.org/u/{Slot.UNSUBSCRIBE}">leave</a></p>'
    )
    template = MessageTemplate(headers, build_body(text, html))
    marks = {slot: slot.encode() for slot in Slot}
    shared = SharedMessage(bytes(template.compose(to=b"", message_id=b"", slots=marks)))
    form = CompiledForm(template, shared, (Slot.UNSUBSCRIBE, Slot.CLICK))
    return EditionComposer(1, 1, form, "bounces.example.org", "example.org", signer)


def envelope(letter: EditionComposer, number: int) -> Envelope:
    name = ["", 'Ann Ö. "Nick" Reader', "Bo, Jr."][number % 3]
    return letter.compose(Recipient(number, f"reader{number}@example.com", name, "example.com", 0, True), b"")


def only(*providers: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("provider", providers, indirect=True)


def kinds(outcomes: dict[int, Outcome]) -> list[type[Outcome]]:
    """What became of each reader, in their order."""
    return [type(outcomes[n]) for n in sorted(outcomes)]
