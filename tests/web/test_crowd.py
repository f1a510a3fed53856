"""More requests than can be worked on are told when to come back; the health check is let in."""

from __future__ import annotations

import asyncio

import httpx
from fastapi import FastAPI
from starlette.types import Message, Receive, Scope, Send

from newsletter.accounts.limits import MOST_DELAYED
from newsletter.bootstrap import Parts
from newsletter.web.crowd import MOST_IN_WORK, RequestLimit


def test_beyond_the_bound_it_is_503_with_a_time_to_come_back_and_then_well_again(parts: Parts) -> None:
    app = FastAPI()
    app.state.parts = parts
    tick, full, inside = asyncio.Event(), asyncio.Event(), []

    @app.get("/wait")
    async def wait() -> str:
        inside.append(1)
        if len(inside) == 5:
            full.set()
        await tick.wait()
        return "done"

    @app.get("/healthz")
    async def healthz() -> str:
        return "ok"

    app.add_middleware(RequestLimit, most=5, share=5)

    async def all_of_it() -> None:
        transport = httpx.ASGITransport(app, client=("192.0.2.7", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://news.test") as client:
            begun = [asyncio.create_task(client.get("/wait")) for _ in range(5)]
            await full.wait()
            beyond = [await client.get("/wait", headers={"accept": "text/html"}) for _ in range(3)]
            assert [answer.status_code for answer in beyond] == [503] * 3
            assert int(beyond[0].headers["retry-after"]) > 0
            assert "try again" in beyond[0].text
            assert (await client.get("/healthz")).status_code == 200
            tick.set()
            assert [answer.status_code for answer in await asyncio.gather(*begun)] == [200] * 5
            assert (await client.get("/wait")).status_code == 200

    asyncio.run(all_of_it())


def test_who_does_not_take_the_answer_keeps_nobody_out() -> None:
    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    async def all_of_it() -> None:
        crowd, heard = RequestLimit(page, most=5, share=5), []

        async def unread(_: Message) -> None:
            await asyncio.Event().wait()

        async def read(message: Message) -> None:
            heard.append(message)

        scope = {"type": "http", "path": "/daily", "method": "GET", "headers": []}
        waiting = [asyncio.create_task(crowd(scope, _nothing, unread)) for _ in range(20)]
        await asyncio.sleep(0)
        await crowd(scope, _nothing, read)
        assert heard[0]["status"] == 200
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert crowd.inside == 0

    asyncio.run(all_of_it())


def test_one_network_keeps_no_other_out(parts: Parts) -> None:
    tick, app = asyncio.Event(), FastAPI()
    app.state.parts = parts

    async def page(scope: Scope, receive: Receive, send: Send) -> None:
        await tick.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"x"})

    async def all_of_it() -> None:
        crowd, statuses = RequestLimit(page, most=100, share=50), []

        async def visit(client: str) -> None:
            async def read(message: Message) -> None:
                if message["type"] == "http.response.start":
                    statuses.append((client, message["status"]))

            scope = {
                "type": "http",
                "path": "/daily",
                "method": "GET",
                "headers": [],
                "client": (client, 1),
                "app": app,
            }
            await crowd({**scope, "query_string": b"", "state": {}}, _nothing, read)

        # one /64, whose addresses count as one, and two others
        many = [asyncio.create_task(visit(f"2001:db8::{n + 1:x}")) for n in range(99)]
        others = [asyncio.create_task(visit(client)) for client in ("192.0.2.7", "2001:db8:0:1::1")]
        await asyncio.gather(*many[50:])  # who is refused waits for nobody
        tick.set()
        await asyncio.gather(*many, *others)
        assert (
            sorted(status for client, status in statuses if client.startswith("2001:db8::")) == [200] * 50 + [503] * 49
        )
        assert min(statuses) == ("192.0.2.7", 200)
        assert ("2001:db8:0:1::1", 200) in statuses
        assert (crowd.inside, crowd.of_network) == (0, {})

    asyncio.run(all_of_it())


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


def test_tries_to_sign_in_that_wait_leave_room_for_everybody_else() -> None:
    assert MOST_IN_WORK - MOST_DELAYED >= 100
