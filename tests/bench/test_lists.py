"""The benches of lists tell time, memory, and how much more they take than the database at its best."""

from __future__ import annotations

import pytest

from newsletter.bench.lists import measure_export, measure_import
from newsletter.store.database import Database
from tests.parts.empty import empty_postgres, empty_sqlite

__all__ = ["empty_postgres", "empty_sqlite"]


@pytest.mark.parametrize("measure", [measure_import, measure_export])
def test_a_list_is_measured_beside_a_reference(empty_postgres: Database, measure: object) -> None:
    for url in ("", empty_postgres.url):
        figures = measure(2000, url)  # type: ignore[operator]
        assert figures["rows"] == 2000
        assert min(figures[name] for name in ("seconds", "peak_megabytes", "ratio")) > 0
        if url and measure is measure_import:
            assert figures["database"] == "postgresql"
