"""The benches run, on a small number of readers, and report what they promise."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from newsletter.cli.main import run
from tests.parts.postgres import PostgresServer
from tests.parts.valkey import ValkeyServer


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def figures(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, object]:
    assert run(["bench", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_sending_is_measured_beside_smtp_source_in_one_process_on_sqlite(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(capsys, "send", "--recipients", "1000", "--size", "10KB", "--dkim", "both")
    assert found["recipients"] == 1000
    assert 9_000 < int(str(found["octets"])) < 11_000
    assert float(str(found["messages_per_second"])) > 0
    assert "ratio_to_smtp_source" in found
    assert found["database_cpu_us"] is None  # it is part of the sender


def test_sending_is_measured_over_a_broker_with_several_processes(
    capsys: pytest.CaptureFixture[str], postgres: PostgresServer, valkey: ValkeyServer
) -> None:
    valkey.flush()
    url = postgres.url(postgres.create_database())
    options = ["--processes", "2", "--receiver", "cheap", "--database-url", url, "--redis-url", valkey.url]
    found = figures(capsys, "send", "--recipients", "1000", *options)
    assert found["receiver"] == "cheap"
    assert float(str(found["database_cpu_us"])) > 0


def test_a_far_receiver_is_measured_in_round_trips(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(capsys, "send", "--recipients", "600", "--connections", "16", "--round-trip", "5")
    assert found["round_trip_ms"] == 5
    assert float(str(found["round_trips_per_message"])) >= 1
    assert found["ratio_to_smtp_source"] is None


def test_planning_and_rendering_are_measured(capsys: pytest.CaptureFixture[str]) -> None:
    assert figures(capsys, "plan", "--recipients", "500")["database"] == "sqlite"
    assert float(str(figures(capsys, "render")["compile_ms"])) > 0


def test_a_scrape_is_measured_with_issues_under_way_and_ended(capsys: pytest.CaptureFixture[str]) -> None:
    found = figures(capsys, "scrape", "--recipients", "1200", "--issues", "3")
    assert (found["recipients"], found["issues"]) == (1200, 3)
    assert float(str(found["p99_ms"])) >= float(str(found["p50_ms"])) > 0


def test_a_size_that_is_none_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["bench", "send", "--size", "huge"]) == 2
    assert "10KB" in capsys.readouterr().err
