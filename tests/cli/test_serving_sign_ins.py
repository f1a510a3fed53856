"""A hundred sign-ins at once, at the real server: memory stays bounded, and pages are answered meanwhile."""

from __future__ import annotations

import asyncio
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.cli.commands.test_service import running
from tests.cli.conftest import Newsletter
from tests.parts.ports import free_port

TOGETHER, MOST_MIB = 100, 512


def _peak_mib(process_id: int) -> int:
    """Return the most memory a process ever held (proc(5), VmHWM)."""
    status = Path(f"/proc/{process_id}/status").read_text(encoding="ascii")
    found = re.search(r"VmHWM:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1]) // 1024


async def _sign_in(base: str, number: int) -> int:
    """Try an address of one's own from a loopback address of one's own, so that no limit but that of hashing is met."""
    transport = httpx.AsyncHTTPTransport(local_address=f"127.0.{1 + number // 200}.{1 + number % 200}")
    async with httpx.AsyncClient(transport=transport, base_url=base, timeout=120) as client:
        form = {"address": f"e{number}@tide.example.org", "password": "a wrong password"}
        return (await client.post("/desk/sign-in", data=form, headers={"origin": base})).status_code


async def _crowd(base: str) -> tuple[Counter[int], list[int]]:
    """Return how a hundred sign-ins were answered, and what the health check said while they were."""
    tries = [asyncio.create_task(_sign_in(base, number)) for number in range(TOGETHER)]
    health: list[int] = []
    async with httpx.AsyncClient(base_url=base, timeout=120) as client:
        while True:
            health.append((await client.get("/healthz")).status_code)
            if all(task.done() for task in tries):
                return Counter(await asyncio.gather(*tries)), health


async def _answers(base: str) -> None:
    async with httpx.AsyncClient(base_url=base) as client:
        for _ in range(600):
            try:
                await client.get("/healthz")
            except httpx.TransportError:
                await asyncio.sleep(0.1)
            else:
                return
    raise AssertionError("the server did not start")


@pytest.mark.skipif(
    sys.platform != "linux", reason="memory is read as Linux tells it, and loopback has one address elsewhere"
)
def test_a_hundred_sign_ins_at_once_take_little_memory_and_hold_up_nobody(
    daily: Newsletter, folder: Path, record_property: Callable[[str, object], None]
) -> None:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    with running(folder, "serve", PORT=str(port), BASE_URL=base, LOG_LEVEL="error") as process:
        asyncio.run(_answers(base))
        before = _peak_mib(process.pid)
        answers, health = asyncio.run(_crowd(base))
        peak = _peak_mib(process.pid)
    record_property(
        "memory before and at most, MiB", f"{before}, {peak}; answers {dict(answers)}; health {len(health)}"
    )
    assert set(answers) == {422, 429}, "some were looked at, the rest told to come back"
    assert answers[422] >= 12
    assert set(health) == {200}
    assert peak < MOST_MIB
