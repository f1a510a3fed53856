"""Every bounce of the bench is read and handled."""

from __future__ import annotations

from newsletter.bench.feedback import measure_feedback


def test_the_bench_reads_and_handles_every_report() -> None:
    found = measure_feedback(reports=6)
    assert (found["reports"], found["database"]) == (6, "sqlite")
    assert min(found[f"{what}_per_second"] for what in ("read", "read_guarded", "kept", "handled")) > 0
