"""`python -m workers PROCESSES THREADS`, or `python -m workers embedded THREADS`: what a bench measures, and nothing around it."""

from __future__ import annotations

import sys

from workers.processes import run_embedded, run_workers

if __name__ == "__main__":
    if sys.argv[1] == "embedded":
        run_embedded(int(sys.argv[2]))
    else:
        run_workers(int(sys.argv[1]), int(sys.argv[2]))
