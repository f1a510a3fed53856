"""A language model is asked over a real socket; whatever it answers becomes a value, within its time and its octets, and no key is told."""

from __future__ import annotations

import json
import socket

import pytest

from newsletter.model.proposed import Answered, NotAnswered, Unanswered
from newsletter.transports.drafting import MOST_OCTETS, LanguageModel
from tests.parts.dripping import DrippingServer
from tests.parts.language_model import Said, completion, model
from tests.parts.raw_server import RawServer

ASKED = [{"role": "user", "content": "What is new?"}]
KEY = "sk-of-the-test-and-of-no-other"


def test_it_is_asked_by_its_protocol() -> None:
    with model(completion("A tide.", 12)) as fake:
        assert fake.client(key=KEY).ask(ASKED) == Answered("A tide.", 12)
    (question,) = fake.asked
    assert question.path == "/v1/chat/completions"
    assert question.json["model"] == "tide-1" and question.json["messages"] == ASKED
    assert question.json["max_tokens"] > 0 and question.json["stream"] is False
    assert question.headers["Authorization"] == f"Bearer {KEY}"


def test_without_a_key_none_is_sent_and_an_address_that_is_whole_is_kept() -> None:
    with model(completion("A tide.")) as fake:
        LanguageModel(f"{fake.url}/chat/completions", "tide-1", "", 20.0).ask(ASKED)
        LanguageModel(f"{fake.url}/?version=2", "tide-1", "", 20.0).ask(ASKED)
    assert [each.path for each in fake.asked] == ["/v1/chat/completions", "/v1/chat/completions?version=2"]
    assert all("Authorization" not in each.headers for each in fake.asked)


def test_the_newer_name_of_the_limit_is_used_where_it_is_asked_for() -> None:
    refusal = Said(b'{"error": {"message": "use max_completion_tokens"}}', 400)
    with model(lambda question: completion("Yes.") if "max_completion_tokens" in question.json else refusal) as fake:
        assert isinstance(fake.client().ask(ASKED), Answered)
        assert len(fake.asked) == 2
        fake.says = lambda _: refusal
        told = fake.client().ask(ASKED)
    assert isinstance(told, NotAnswered) and told.why is Unanswered.REFUSED
    assert len(fake.asked) == 4, "once more, and not for ever"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (Said(b"", 500), Unanswered.REFUSED),
        (Said(b"", 503, {"Retry-After": "5"}), Unanswered.REFUSED),
        (Said(f'{{"error": "Incorrect API key provided: {KEY}"}}'.encode(), 401), Unanswered.REFUSED),
        (Said(b"", 404), Unanswered.REFUSED),
        (Said(b"", 302, {"Location": "http://127.0.0.1:1/elsewhere"}), Unanswered.REFUSED),
        (Said(b"", 307, {"Location": "/v1/chat/completions"}), Unanswered.REFUSED),
        (Said(b"", 429), Unanswered.LIMITED),
        (Said(b"", 200), Unanswered.NONSENSE),
        (Said(b"no json"), Unanswered.NONSENSE),
        (Said(b"[]"), Unanswered.NONSENSE),
        (Said(b'"text"'), Unanswered.NONSENSE),
        (Said(b'{"choices": []}'), Unanswered.NONSENSE),
        (Said(b'{"choices": [null]}'), Unanswered.NONSENSE),
        (Said(b'{"choices": {"0": 1}}'), Unanswered.NONSENSE),
        (Said(b'{"choices": [{"message": {"content": null}}]}'), Unanswered.NONSENSE),
        (Said(b'{"choices": [{"message": {"content": ["a"]}}]}'), Unanswered.NONSENSE),
        (Said(b"[" * 100_000), Unanswered.NONSENSE),
        (Said(b"\xff\xfe\x00"), Unanswered.NONSENSE),
        (Said(completion("x" * MOST_OCTETS).body), Unanswered.NONSENSE),
        (Said(b"\x1f\x8b" + b"x" * 50, 200, {"Content-Encoding": "gzip"}), Unanswered.NONSENSE),
    ],
)
def test_whatever_is_no_answer_is_told_in_a_word_and_never_by_its_own(said: Said, why: Unanswered) -> None:
    with model(said) as fake:
        told = fake.client(key=KEY).ask(ASKED)
    assert isinstance(told, NotAnswered) and told.why is why
    assert len(fake.asked) == 1, "nothing is followed"
    assert "127.0.0.1" in told.words and KEY not in told.words and "Incorrect" not in told.words


@pytest.mark.parametrize(
    ("header", "wait"), [("120", 120), ("999999999", 86_400), ("soon", 0), ("-1", 0), ("9" * 40, 0)]
)
def test_how_long_it_takes_no_more_is_read_where_it_says_so(header: str, wait: int) -> None:
    with model(Said(b"", 429, {"Retry-After": header})) as fake:
        told = fake.client().ask(ASKED)
    assert isinstance(told, NotAnswered) and told.wait == wait


@pytest.mark.parametrize(
    ("stated", "tokens"),
    [(12, 12), (None, None), (0, None), (-5, None), ("12", None), (True, None), (10**12, None), (1.5, None)],
)
def test_what_it_states_to_have_used_counts_where_it_is_a_count(stated: object, tokens: int | None) -> None:
    with model(completion("A tide.", stated)) as fake:
        assert fake.client().ask(ASKED) == Answered("A tide.", tokens)


@pytest.mark.parametrize(
    "answer",
    [b"HTTP/1.1 200 OK\r\nX-Slow: " + b"a" * 400, b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n" + b"a" * 400],
)
def test_who_answers_an_octet_now_and_then_is_left_in_time(answer: bytes) -> None:
    server = DrippingServer(answer)
    try:
        told = LanguageModel(server.url, "tide-1", KEY, 0.5).ask(ASKED)
    finally:
        server.stop()
    assert isinstance(told, NotAnswered) and told.why is Unanswered.SLOW
    assert "0.5 seconds" in told.words


@pytest.mark.parametrize(
    "answer", [b"", b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{", b"HTTP/1.1 200 OK\r\n"]
)
def test_an_answer_that_breaks_off_may_have_cost_what_a_whole_one_does(answer: bytes) -> None:
    with RawServer(answer) as server:
        told = LanguageModel(server.url(), "tide-1", KEY, 20.0).ask(ASKED)
    assert isinstance(told, NotAnswered) and told.why is Unanswered.NONSENSE


@pytest.mark.parametrize("said", ['"\\ud800 tide"', '"tide \\udfff"', '"\\udc00\\ud800 tide"'])
def test_half_a_sign_is_none(said: str) -> None:
    with model(Said(f'{{"choices": [{{"message": {{"content": {said}}}}}]}}'.encode())) as fake:
        told = fake.client().ask(ASKED)
    assert isinstance(told, Answered) and "tide" in told.text
    assert told.text.encode().decode() == told.text


def test_who_is_not_there_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    told = LanguageModel(f"http://127.0.0.1:{port}/v1", "tide-1", KEY).ask(ASKED)
    assert isinstance(told, NotAnswered) and told.why is Unanswered.REFUSED


def test_no_key_and_no_address_stands_in_what_a_programmer_prints() -> None:
    shown = repr(LanguageModel("https://models.example/v1?secret=abc", "tide-1", KEY))
    assert KEY not in shown and "abc" not in shown
    assert json.dumps(shown)


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        (Said(b'{"data": [{"id": "tide-1"}, {"id": "b"}]}'), ""),
        (Said(b'{"data": [{"id": "b"}]}'), "lists no model tide-1"),
        (Said(b'{"data": []}'), ""),
        (Said(b"nothing that lists"), ""),
        (Said(b"", 404), ""),
        (Said(b"", 401), "is NEWSLETTER_DRAFTING_KEY_FILE the right key?"),
    ],
)
def test_whether_it_can_be_asked_is_seen_without_asking_it(said: Said, wrong: str) -> None:
    with model(said) as fake:
        told = fake.client(key=KEY).look()
    assert told.endswith(wrong) and bool(told) == bool(wrong)
    assert fake.asked[0].path == "/v1/models" and fake.asked[0].json == {}
