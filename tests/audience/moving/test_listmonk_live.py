"""A listmonk is read over the network as its API answers: page by page, with patience, all of it or nothing."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from newsletter.audience.importing import Importing
from newsletter.audience.lists_reading import ListTerms, Watching
from newsletter.audience.moving.listmonk_live import ListmonkReading, read_address
from newsletter.audience.moving.opening import MovedFile
from newsletter.audience.moving.recognising import recognise
from newsletter.clock import SettableClock
from newsletter.errors import InputError, NewsletterError, UnavailableError
from newsletter.fetch import Fetcher, FetchLimits
from tests.audience.conftest import Desk
from tests.parts.actors import OPERATOR

TOKEN = "s3cret-of-the-api"
STANDINGS = ("confirmed", "unconfirmed", "unsubscribed")


def person(number: int) -> dict[str, Any]:
    lists = [{"id": 3, "name": "Weekly", "subscription_status": STANDINGS[number % 3], "subscription_created_at": "2023-01-02T03:04:05Z"}]  # fmt: skip
    lists.append({"id": 9, "name": "Other", "subscription_status": "confirmed"})
    status = "blocklisted" if number % 10 == 7 else "enabled"
    return {"id": number, "email": f"r{number}@example.org", "name": f'R "{number}"', "status": status, "attribs": {"city": "Ulm"}, "lists": lists, "created_at": "2023-01-01T00:00:00Z"}  # fmt: skip


class Listmonk(ThreadingHTTPServer):
    """Answers as listmonk does; `disturb` may answer a request in its own way, by the number of the request."""

    daemon_threads = True

    def __init__(self, people: int) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.people = [person(number) for number in range(1, people + 1)]
        self.per_page, self.asked = 50, 0
        self.disturb: Callable[[int], tuple[int, dict[str, str], bytes] | None] = lambda _: None

    @property
    def address(self) -> str:
        return f"listmonk+http://api@127.0.0.1:{self.server_address[1]}"


class _Answering(BaseHTTPRequestHandler):
    server: Listmonk

    def do_GET(self) -> None:
        self.server.asked += 1
        status, headers, body = self.server.disturb(self.server.asked) or self._answer()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _answer(self) -> tuple[int, dict[str, str], bytes]:
        proof = base64.b64encode(f"api:{TOKEN}".encode()).decode()
        if self.headers["Authorization"] != f"Basic {proof}":
            return 403, {}, b'{"message":"invalid API credentials"}'
        query = parse_qs(urlsplit(self.path).query)
        assert query["list_id"] == ["3"] and query["order_by"] == ["id"]
        page, size = int(query["page"][0]), min(int(query["per_page"][0]), self.server.per_page)
        found = self.server.people[(page - 1) * size : page * size]
        data = {"results": found, "total": len(self.server.people), "per_page": size, "page": page}
        return 200, {}, json.dumps({"data": data}).encode()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def listmonk() -> Iterator[Listmonk]:
    made = Listmonk(120)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield made
    made.shutdown()
    made.server_close()


class Unhurried(SettableClock):
    """A clock that notes how long somebody would have waited."""

    waited: list[float]

    def sleep(self, seconds: float) -> None:
        self.waited.append(seconds)


@pytest.fixture
def patient(clock: SettableClock) -> Unhurried:
    made = Unhurried(clock.now())
    made.waited = []
    return made


def reading(clock: SettableClock, folder: Path, token: str = TOKEN) -> ListmonkReading:
    limits = FetchLimits(octets=64 << 20, seconds=10, redirects=0, schemes=("https", "http"))
    return ListmonkReading(lambda: Fetcher(limits, allowed=lambda _: True), clock, token, folder)


@contextmanager
def answers(listmonk: Listmonk, clock: SettableClock, folder: Path, **more: str) -> Iterator[MovedFile]:
    with reading(clock, folder, **more).answers(listmonk.address, "3") as file:
        yield file


def test_all_pages_become_one_list_with_the_standing_on_it(
    small_desk: Desk, listmonk: Listmonk, patient: Unhurried, tmp_path: Path
) -> None:
    told: list[dict[str, Any]] = []
    with answers(listmonk, patient, tmp_path) as file:
        found = recognise([file])
        report = Importing(small_desk.database, small_desk.clock).move_in(
            found.lists,
            ListTerms("a test", "They agreed there", confirmed=True),
            publication_id=small_desk.publication_id,
            by=OPERATOR,
            watching=Watching(row=told.append),
        )
    assert [row["address"] for row in told] == [f"r{number}@example.org" for number in range(1, 121)]
    assert (told[0]["name"], told[0]["fields"], told[0]["consent_at"]) == ('R "1"', {"city": "Ulm"}, "2023-01-02T03:04:05Z")  # fmt: skip
    assert {row["state"] for row in told} == {"active", "pending", "unsubscribed", "suppressed"}
    assert told[6]["state"] == "suppressed" and report.rows == 120
    assert listmonk.asked == 3 and list(tmp_path.glob("*.csv")) == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_who_is_asked_to_wait_waits_as_long_as_is_said(
    listmonk: Listmonk, patient: Unhurried, tmp_path: Path, status: int
) -> None:
    listmonk.disturb = lambda number: (status, {"Retry-After": "7"}, b"{}") if number in (2, 3) else None
    with answers(listmonk, patient, tmp_path) as file, file.open() as opened:
        assert len(opened.read().splitlines()) == 121
    assert patient.waited == [7.0, 7.0]


def test_who_is_refused_is_told_and_nothing_tells_the_token(
    listmonk: Listmonk, patient: Unhurried, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match="refuses the user 'api'") as caught, answers(listmonk, patient, tmp_path, token="other-s3cret"):  # fmt: skip
        pass
    assert "s3cret" not in str(caught.value) and listmonk.asked == 1 and patient.waited == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>maintenance</html>",
        b'{"data":{"results":[{"id":51,',
        b'{"data":{"results":"none","total":120}}',
        b'{"data":{"results":[]}}',
        b'{"data":{"results":[{"email":"x@example.org"}],"total":120}}',
        b"[" * 100_000,
    ],
)
def test_a_broken_answer_in_the_middle_gives_nothing(
    listmonk: Listmonk, patient: Unhurried, tmp_path: Path, body: bytes
) -> None:
    listmonk.disturb = lambda number: (200, {}, body) if number == 2 else None
    with pytest.raises(UnavailableError), answers(listmonk, patient, tmp_path):
        raise AssertionError("it was read")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_stays_away_is_given_up(listmonk: Listmonk, patient: Unhurried, tmp_path: Path) -> None:
    listmonk.disturb = lambda _: (502, {}, b"")
    with pytest.raises(UnavailableError, match="502"), answers(listmonk, patient, tmp_path):
        pass
    assert patient.waited == [2.0, 4.0, 8.0, 16.0]


def test_people_who_join_meanwhile_are_read_too(listmonk: Listmonk, patient: Unhurried, tmp_path: Path) -> None:
    def join(number: int) -> None:
        if number == 2:
            listmonk.people += [person(each) for each in range(121, 131)]

    listmonk.disturb = join
    with answers(listmonk, patient, tmp_path) as file, file.open() as opened:
        assert len(opened.read().splitlines()) == 131


def test_a_list_from_which_somebody_was_taken_meanwhile_is_read_anew(
    listmonk: Listmonk, patient: Unhurried, tmp_path: Path
) -> None:
    def leave(number: int) -> None:
        if number == 2:
            del listmonk.people[3]

    listmonk.disturb = leave
    with answers(listmonk, patient, tmp_path) as file, file.open() as opened:
        lines = opened.read().decode().splitlines()
    assert len(lines) == len(set(lines)) == 120 and not any("r4@" in line for line in lines)


def test_a_list_that_never_rests_is_given_up(listmonk: Listmonk, patient: Unhurried, tmp_path: Path) -> None:
    def leave(number: int) -> None:
        del listmonk.people[number % 3]

    listmonk.disturb = leave
    with pytest.raises(NewsletterError, match=r"while the list was read|ended after"), answers(listmonk, patient, tmp_path):  # fmt: skip
        pass


@pytest.mark.parametrize(
    "given",
    [
        "listmonk+https://",
        "listmonk+https://host",
        "listmonk+https://u@",
        "listmonk+https://u@host:x",
        "listmonk+https://u@host/?a=b",
        "listmonk+https://u@[",
    ],
)
def test_what_is_no_address_is_told(given: str) -> None:
    with pytest.raises(InputError, match="no address of a listmonk"):
        read_address(given)


def test_a_password_in_an_address_is_refused_and_not_told() -> None:
    with pytest.raises(InputError, match="a password stands") as caught:
        read_address("listmonk+https://u:hunter2@host")
    assert "hunter2" not in str(caught.value)


def test_a_private_address_is_asked_only_where_the_fetcher_may(patient: Unhurried, tmp_path: Path, listmonk: Listmonk) -> None:  # fmt: skip
    for limits in (FetchLimits(), FetchLimits(schemes=("https", "http"))):
        guarded = ListmonkReading(lambda limits=limits: Fetcher(limits), patient, TOKEN, tmp_path)  # type: ignore[misc]
        with pytest.raises(InputError), guarded.answers(listmonk.address, "3"):
            pass
    assert listmonk.asked == 0
