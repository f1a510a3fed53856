"""The files whose tests take longest, the longest first: they start first, so that no worker is left alone with one at the end.

Seconds of one case count, not those of a file: many short cases spread by themselves. The times are those of `--durations=60`
on two cores; a file that is missing here costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = (
    "tests/chaos/test_chaos.py",
    "tests/web/test_every_parameter.py",
    "tests/delivery/test_any_order.py",
    "tests/chaos/test_refusing.py",
    "tests/workers/test_nobody_works.py",
    "tests/workers/test_unfit_hosts.py",
    "tests/audience/test_standing.py",
    "tests/workers/test_clocks.py",
    "tests/workers/test_processes.py",
    "tests/bench/test_commands.py",
    "tests/store/delivery/test_batches.py",
    "tests/audience/test_invitation_rounds.py",
    "tests/cli/test_secrets_in_output.py",
    "tests/cli/commands/test_service.py",
    "tests/migrations/test_keeping.py",
    "tests/store/test_migrating.py",
)
_RANK = {path: rank for rank, path in enumerate(LONGEST)}


def longest_first(node_ids: Iterable[str]) -> list[str]:
    """Put the tests of these files at the head, and leave the others in their order."""
    return sorted(node_ids, key=lambda node_id: _RANK.get(node_id.partition("::")[0], len(LONGEST)))
