"""No secret of any setting stands in what any command says, in any state of the service: every command, found by asking the command line."""

from __future__ import annotations

import re
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import typer

from newsletter.cli.document import commands
from newsletter.cli.main import app, run
from newsletter.config import SECRETS
from newsletter.signing_keys import PURPOSES, ProcessRole, derive_all, write
from newsletter.transports.providers.registry import APIS
from tests.cli.commands.test_service import running, said_until, stopped, wait_for
from tests.cli.conftest import Newsletter

MARK = "xq7Marker"
"""Stands in every secret of this file."""
SECRET = f"{MARK}-and more of it, so that it is long enough"
KEYS = write(derive_all({1: SECRET.encode()}, PURPOSES[ProcessRole.SERVICE]))
HIDDEN = re.compile("|".join([MARK, *(key for key in re.findall(r"=([\w-]{43})", KEYS))]), re.IGNORECASE)

LEAVES = {
    path: command
    for path, command in commands(typer.main.get_command(app), "newsletter")
    if not hasattr(command, "commands")
}
STAYING = {"serve", "worker", "scheduler", "inbound", "demo"}
"""Commands that end when they are told to: run as processes where they would stay."""
GIVEN = {
    # by command and parameter, or by parameter alone
    "newsletter alive role": "worker",
    "newsletter keys derive role": "inbound",
    "newsletter publication slug": "daily",
    "newsletter subscriber import file": "readers.csv",
    "newsletter move-in paths": "readers.csv",
    "newsletter field add title": "Town",
    "newsletter field change key": "town",
    "newsletter field remove key": "town",
    "newsletter field set address": "ann@readers.example",
    "newsletter backup file": "all.backup",
    "newsletter restore file": "all.backup",
    "newsletter suppression import file": "readers.csv",
    "newsletter subscriber tracking consent": "granted",
    "newsletter bench send recipients": "100",
    "newsletter bench send receiver": "cheap",
    "newsletter bench plan recipients": "10",
    "newsletter bench pages recipients": "100",
    "newsletter bench web requests": "5",
    "newsletter bench feedback reports": "1",
    "newsletter bench soak deliveries": "1000",
    "newsletter bench soak faults": "pause",
    "newsletter editor invite role": "writer",
    "newsletter api-key create right": "send",
    "newsletter bench numbers recipients": "100",
    "newsletter bench scrape recipients": "100",
    "newsletter bench scrape issues": "3",
    "newsletter bench import rows": "1000",
    "newsletter bench export rows": "1000",
    "newsletter bench sources candidates": "100",
    "newsletter bench desk keys": "0",
    "newsletter bench desk recipients": "100",
    "newsletter bench desk issues": "3",
    "newsletter slot skip why": "Christmas",
    "newsletter slot skip day": "2030-12-25",
    "newsletter slot keep day": "2030-12-25",
    "newsletter source add section": "wire",
    "newsletter source add address": "https://wire.example/feed",
    "newsletter source read kind": "feed",
    "newsletter source sections order slugs": "wire",
    "source": "wire.example",
    "prefix": "nlk_none",
    "newsletter issue rename new": "today",  # the names they have: those that come after need them
    "newsletter publication rename new": "daily",
    "name": "The Daily",
    "from_address": "news@daily.example",
    "slug": "today",
    "file": "today.md",
    "files": "today.md",
    "to": "me@one.example",
    "at": "2030-01-01T00:00Z",
    "number": "1",
    "url": "https://papers.example/2",
    "publication": "daily",
    "consent": "They asked.",
    "address": "ada@one.example",
    "domain": "daily.example",
    "selector": "news1",
    "report": "1",
    "alarm_id": "1",
    "image": "1",
}
SHORT = {"timeout": "0.2", "nameserver": "127.0.0.1:1"}
"""What would take long, or ask somebody outside, is given where a command has it."""


def argument(path: str, name: str) -> str | None:
    for prefix in (path, path.rpartition(" ")[0]):
        if f"{prefix} {name}" in GIVEN:
            return GIVEN[f"{prefix} {name}"]
    return GIVEN.get(name)


def command_line(path: str, *more: str) -> list[str]:
    """Return the words of a command with everything it needs; a parameter nobody foresaw fails here: give it a value in GIVEN."""
    words, last = path.split()[1:], []
    for parameter in LEAVES[path].params:
        value = SHORT.get(parameter.name) if parameter.name in SHORT else argument(path, parameter.name)
        specific = any(f"{prefix} {parameter.name}" in GIVEN for prefix in (path,))
        if not (parameter.required or specific or parameter.name in SHORT):
            continue
        assert value is not None, f"{path}: {parameter.name}"
        if parameter.param_type_name == "argument":
            last.append(value)
        else:
            words += [max(parameter.opts, key=len), value]
    options = {name for parameter in LEAVES[path].params for name in parameter.opts}
    return [*words, *last, *(["--yes"] if "--yes" in options else []), *(word for word in more if word in options)]


def marked(**given: str) -> dict[str, str]:
    """Return a value with the mark in it for every setting in SECRETS, whatever it is; `given` ones have a shape of their own."""
    shapes = {
        "previous_secret_keys": f"7={MARK} of last year",
        "webhook_secrets": f"postmark=hook:{MARK}-of-postmark, brevo={MARK}-a-bearer",
        "signing_keys": "",  # either these or the secret
        "imap_url": f"imap://me:{MARK}@127.0.0.1:1/INBOX?tls=none",
        "alert_url": f"http://127.0.0.1:1/{MARK}",
        "image_store": f"s3://key:{MARK}@127.0.0.1:1/bucket?tls=none",
        "alert_smtp_url": f"smtp://me:{MARK}@127.0.0.1:1?tls=none",
        "drafting_url": f"http://127.0.0.1:1/{MARK}",
        "drafting_key": f"{MARK}-key-of-a-model",
    }
    return {name: given.get(name, shapes.get(name, SECRET)) for name in SECRETS}


State = Callable[[pytest.FixtureRequest], dict[str, str]]


def works(request: pytest.FixtureRequest) -> dict[str, str]:
    """Everything answers, but for the mailbox; PostgreSQL and Valkey are asked with a password that they do not look at."""
    postgres, valkey, sink = (request.getfixturevalue(name) for name in ("postgres", "valkey", "smtp_sink"))
    valkey.flush()
    database = postgres.url(postgres.create_database())
    return marked(
        database_url=re.sub(r"//([^@:/]+)(:[^@]*)?@", rf"//\1:{MARK}@", database),
        redis_url=valkey.url.replace("//", f"//default:{MARK}@"),
        smtp_url=sink.url,
    )


def gone(_request: pytest.FixtureRequest) -> dict[str, str]:
    """Nobody answers."""
    return marked(
        database_url=f"postgresql://me:{MARK}@127.0.0.1:1/news?sslpassword={MARK}",
        redis_url=f"redis://:{MARK}@127.0.0.1:1/0",
        smtp_url=f"smtp://me:{MARK}@127.0.0.1:1?tls=none",
    )


def half(request: pytest.FixtureRequest) -> dict[str, str]:
    """The ledger is here; the broker and the mail server refuse the password."""
    valkey, sink = request.getfixturevalue("valkey"), request.getfixturevalue("smtp_sink")
    return marked(
        database_url="",
        redis_url=valkey.url.replace("//", f"//:{MARK}@"),
        smtp_url=sink.url.replace("//", f"//me:{MARK}@"),
        secret_key="",
        previous_secret_keys="",
        signing_keys=KEYS,
    )


def misspelt(_request: pytest.FixtureRequest) -> dict[str, str]:
    """Somebody put the secret alone where an address or a list belongs."""
    return dict.fromkeys(SECRETS, MARK)


@pytest.fixture
def inside(folder: Path, draft: Newsletter) -> Path:
    """A folder with files to import, and a SQLite ledger with a draft."""
    return folder


def set_all(monkeypatch: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        monkeypatch.setenv(f"NEWSLETTER_{name.upper()}", value)


def said_by(capsys: pytest.CaptureFixture[str], words: list[str]) -> tuple[int, str]:
    capsys.readouterr()
    code = run(words)
    said = capsys.readouterr()
    return code, said.out + said.err


def test_every_secret_has_the_mark_somewhere(request: pytest.FixtureRequest) -> None:
    found = [gone(request), {"signing_keys": KEYS}]
    assert {name for values in found for name, value in values.items() if HIDDEN.search(value)} == set(SECRETS)


def test_what_is_looked_for_is_found() -> None:
    assert HIDDEN.search(f"error: {MARK.lower()}") and HIDDEN.search(KEYS) and not HIDDEN.search("********")


@pytest.mark.timeout(900)
@pytest.mark.parametrize("state", [works, gone, half, misspelt], ids=lambda state: state.__name__)
def test_no_command_says_a_secret(
    state: State,
    inside: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_all(monkeypatch, state(request))
    monkeypatch.setenv("NEWSLETTER_LOG_LEVEL", "debug")
    monkeypatch.setenv("NEWSLETTER_DRAFTING_MODEL", "a-model")
    if state is works:
        for words in (["migrate"], ["publication", "create", "daily", "--name", "D", "--from", "news@daily.example"]):
            assert run(words) == 0
        assert (
            run(["subscriber", "import", "readers.csv", "-p", "daily", "--confirmed", "--consent", "They asked."]) == 0
        )
        assert run(["issue", "import", "today.md"]) == 0
    told, strange = {}, {}
    for path in LEAVES:
        if path.split()[1] in STAYING or " bench " in path:
            continue
        lines = [["--debug", *command_line(path)]]
        if state is works:  # elsewhere they fail before they could say something else
            lines += [command_line(path, "--json"), [*path.split()[1:], "--help"]]
        for words in lines:
            code, said = said_by(capsys, words)
            # what this one command is for, it says: the keys that it derives, and not what they were derived from
            if (re.compile(MARK) if path == "newsletter keys derive" else HIDDEN).search(said):
                told[" ".join(words)] = said
            if code == 70:
                strange[" ".join(words)] = said[-300:]
    for words in (["doctor", "--settings"], ["doctor", "--settings", "--json"]):
        _, said = said_by(capsys, words)
        if HIDDEN.search(said):
            told[" ".join(words)] = said
    assert told == {}
    assert strange == {}, "a user's mistake, or a part that is down, is no unexpected error"


@pytest.mark.parametrize("path", [path for path in LEAVES if " bench " in path])
def test_no_rehearsal_says_a_secret(
    path: str,
    inside: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_all(monkeypatch, works(request))
    _, said = said_by(capsys, ["--debug", *command_line(path)])
    assert not HIDDEN.search(said)


@pytest.mark.parametrize("state", [gone, misspelt], ids=lambda state: state.__name__)
@pytest.mark.parametrize("command", sorted(STAYING - {"demo"}))
def test_no_process_that_cannot_start_says_a_secret(
    state: State,
    command: str,
    inside: Path,
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    set_all(monkeypatch, state(request))
    monkeypatch.setenv("NEWSLETTER_PORT", "0")
    code, said = said_by(capsys, ["--debug", command])
    assert code in (2, 4, 6), said
    assert not HIDDEN.search(said)


@pytest.mark.parametrize("provider", sorted(APIS))
def test_no_way_out_through_a_provider_says_its_key(
    provider: str,
    inside: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for url in (
        f"{provider}://{MARK}:{MARK}@eu-west-1?api=http://127.0.0.1:1",
        f"{provider}://{MARK}:{MARK}@place?api=https://{MARK}@127.0.0.1:1",
        f"{provider}://{MARK}",
        f"{provider}:{MARK}",
    ):
        monkeypatch.setenv("NEWSLETTER_SMTP_URL", url)
        for words in (["issue", "test", "today", "--to", "me@one.example"], ["doctor"], ["doctor", "--settings"]):
            _, said = said_by(capsys, ["--debug", *words])
            assert not HIDDEN.search(said), said


@pytest.mark.parametrize("name", [name for name in SECRETS if name.endswith("_url")])
@pytest.mark.parametrize(
    "value",
    [MARK, f"{MARK}:{MARK}", f"//{MARK}", f"redis:{MARK}@host", f"smtp://me:{MARK}/more@host", f"http://{MARK}@[host"],
)
def test_no_address_that_cannot_be_read_is_repeated(
    name: str,
    value: str,
    inside: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(f"NEWSLETTER_{name.upper()}", value)
    strange = {}
    for words in (
        ["issue", "test", "today", "--to", "me@one.example"],
        ["doctor"],
        ["doctor", "--settings"],
        ["domain", "check", "daily.example", "--nameserver", "127.0.0.1:1", "--timeout", "0.1"],
    ):
        code, said = said_by(capsys, ["--debug", *words])
        assert not HIDDEN.search(said), said
        if code == 70:
            strange[" ".join(words)] = said[-400:]
    assert strange == {}


@pytest.fixture
def started(inside: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Everything a running service needs, with an issue that is due and a way out that refuses the password."""
    values = works(request) | {"smtp_url": half(request)["smtp_url"]}
    set_all(monkeypatch, values)
    monkeypatch.setenv("NEWSLETTER_LOG_LEVEL", "debug")
    for words in (["migrate"], ["publication", "create", "daily", "--name", "D", "--from", "news@daily.example"]):
        assert run(words) == 0
    assert run(["subscriber", "import", "readers.csv", "-p", "daily", "--confirmed", "--consent", "They asked."]) == 0
    assert run(["issue", "import", "today.md"]) == 0
    assert run(["issue", "send", "today", "--despite", "other-date"]) == 0
    return values


def test_no_process_that_runs_says_a_secret_in_its_logs_or_its_counters(started: dict[str, Any], inside: Path) -> None:
    with (
        running(inside, "serve", PORT="0") as serve,
        running(inside, "worker", "--processes", "1") as worker,
        running(inside, "scheduler") as scheduler,
        running(inside, "inbound", INBOUND_PORT="0") as inbound,
    ):
        logs = {"serve": said_until(serve, "Serving"), "inbound": said_until(inbound, "cannot fetch reports")}
        logs["worker"] = said_until(worker, "way out")
        base = re.search(r"http://127\.0\.0\.1:\d+", logs["serve"])
        assert base
        for page in ("/metrics", "/healthz", "/desk/sign-in", "/hooks/postmark"):
            token = {"Authorization": f"Bearer {started['metrics_token']}"} if page == "/metrics" else {}
            logs[page] = httpx.get(base[0] + page, headers=token, timeout=20).text
        assert "newsletter_" in logs["/metrics"]
        wait_for(lambda: run(["alive", "scheduler"]) == 0)
        for name, process in (("serve", serve), ("inbound", inbound), ("worker", worker), ("scheduler", scheduler)):
            stopped(process, signal.SIGTERM)
            logs[name] = logs.get(name, "") + process.stdout.read()
    assert {name for name, said in logs.items() if HIDDEN.search(said)} == set()


def test_the_demo_says_no_secret_but_its_own(inside: Path, monkeypatch: pytest.MonkeyPatch, request) -> None:
    set_all(monkeypatch, gone(request))
    with running(inside, "demo", PORT="0", DATA_DIR="demo") as process:
        said = said_until(process, "Ctrl-C")
        assert stopped(process, signal.SIGTERM) == 0
        said += process.stdout.read()
    assert not HIDDEN.search(said)
