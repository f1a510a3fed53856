"""`make bench`: the cases of the delivery engine on real PostgreSQL and Valkey, each beside `smtp-source` in the same run.

Figures are printed, never asserted. `python -m tests.bench [--recipients N] [CASE ...]`
"""

from __future__ import annotations

import argparse
import json
from dataclasses import replace

from newsletter.bench.send import BenchCase, run
from newsletter.logs import log_to_stderr
from tests.parts.postgres import PostgresServer
from tests.parts.valkey import ValkeyServer

KB10, KB75 = 10_240, 76_800
CASES = {
    "10KB": BenchCase(0, KB10, processes=2, threads=4),
    "75KB": BenchCase(0, KB75, processes=1, threads=4),
    "10KB-cheap-receiver": BenchCase(0, KB10, processes=2, threads=4, receiver="cheap"),
    "75KB-cheap-receiver": BenchCase(0, KB75, processes=2, threads=4, receiver="cheap"),
    "10KB-no-pipelining": BenchCase(0, KB10, processes=2, threads=4, pipelining=False),
    "75KB-no-pipelining": BenchCase(0, KB75, processes=2, threads=4, pipelining=False),
    "75KB-dkim": BenchCase(0, KB75, processes=2, threads=4, dkim="both"),
    "10KB-sqlite": BenchCase(0, KB10, threads=4),
}


def measure(name: str, recipients: int, postgres: PostgresServer, valkey: ValkeyServer) -> dict[str, object]:
    """Run one case in a database of its own."""
    case = replace(CASES[name], recipients=recipients)
    if not name.endswith("sqlite"):
        valkey.flush()
        url = postgres.url(postgres.create_database())
        case = replace(case, database_url=url, redis_url=valkey.url)
    return {"case": name, **run(case)}


def main() -> None:
    """Print one JSON line for each case."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--recipients", type=int, default=100_000)
    parser.add_argument("cases", nargs="*", default=list(CASES), metavar="CASE")
    chosen = parser.parse_args()
    log_to_stderr("warning")  # standard output is for the figures
    postgres, valkey = PostgresServer(durable=True), ValkeyServer()
    try:
        for name in chosen.cases:
            print(json.dumps(measure(name, chosen.recipients, postgres, valkey)), flush=True)
    finally:
        valkey.stop()
        postgres.stop()


if __name__ == "__main__":
    main()
