"""Few sources and candidates: the bench counts what came of each, and every figure that it promises is there."""

from __future__ import annotations

from newsletter.bench.sources import measure_sources


def test_sources_are_gathered_twice_and_candidates_listed_and_assembled() -> None:
    found = measure_sources(20, 20_000, 1_500, "")
    assert found["first_run_results"] == {"new": 17, "refused": 1, "slow": 2}
    assert found["second_run_results"] == {"unchanged": 17}
    assert found["answers"]["304"] == 17
    assert found["most_connections_of_a_host"] == 1
    assert found["candidates"] == 1_500
    assert found["items_assembled"] > 0
    for name in ("first_run_seconds", "first_run_peak_megabytes", "second_run_seconds", "candidates_page_p50_ms"):
        assert found[name] > 0, name
    reading = found["reading"]
    assert reading["feeds"] >= 4 and reading["ours_ms"] > 0 and reading["ratio"] > 0
