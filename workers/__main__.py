"""`python -m workers PROCESSES THREADS`, or `python -m workers embedded THREADS`: what a bench measures, and nothing around it."""

from __future__ import annotations

import sys

from newsletter.children import leave_working_folder

sys.path[:] = leave_working_folder(sys.path, __file__)

from workers.processes import run_embedded, run_workers  # noqa: E402 - what it imports must not come from the working folder

if __name__ == "__main__":
    if sys.argv[1] == "embedded":
        run_embedded(int(sys.argv[2]))
    else:
        run_workers(int(sys.argv[1]), int(sys.argv[2]))
