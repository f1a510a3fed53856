"""The files whose tests take longest, the longest first: they start first, so that no worker is left alone with one at the end.

Seconds of one case count, not those of a file: many short cases spread by themselves. The times are those of `--durations=60`
on two cores; a file that is missing here costs time and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable

LONGEST = (
    "tests/chaos/test_refusing.py",
    "tests/chaos/test_chaos.py",
    "tests/web/test_forwarding.py",
    "tests/chaos/test_soak.py",
    "tests/web/test_every_parameter.py",
    "tests/web/test_every_answer.py",
    "tests/web/test_every_route.py",
    "tests/web/test_embargo.py",
    "tests/journeys/test_scripts_everywhere.py",
    "tests/journeys/test_every_page.py",
    "tests/workers/test_nobody_works.py",
    "tests/cli/test_secrets_in_output.py",
    "tests/workers/test_clocks.py",
    "tests/delivery/test_any_order.py",
    "tests/cli/test_file_modes.py",
    "tests/workers/test_unfit_hosts.py",
    "tests/journeys/test_editor_journey.py",
    "tests/cli/test_serving_sign_ins.py",
    "tests/audience/moving/test_killed_moves.py",
    "tests/audience/test_killed_changes.py",
    "tests/web/test_rights.py",
    "tests/audience/test_own_list.py",
    "tests/cli/commands/test_service.py",
    "tests/workers/test_processes.py",
    "tests/bench/test_commands.py",
    "tests/migrations/test_keeping.py",
)
_RANK = {path: rank for rank, path in enumerate(LONGEST)}


def longest_first(node_ids: Iterable[str]) -> list[str]:
    """Put the tests of these files at the head, and leave the others in their order."""
    return sorted(node_ids, key=lambda node_id: _RANK.get(node_id.partition("::")[0], len(LONGEST)))
