"""`python -m workers PROCESSES THREADS` is what `newsletter worker` runs."""

from __future__ import annotations

import sys

from workers.processes import run_workers

if __name__ == "__main__":
    run_workers(int(sys.argv[1]), int(sys.argv[2]))
