"""Routes under one beginning: asked in their order, and passed by whoever asks for something else."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import BaseRoute, Match, Route

from newsletter.web.route_group import RouteGroup
from tests.web.places import Visitor


def said(word: str) -> object:
    def view(request: Request) -> PlainTextResponse:
        return PlainTextResponse(" ".join([word, *request.path_params.values()]))

    return view


class Counting(Route):
    """A route that counts how often it was compared."""

    asked = 0

    def matches(self, scope: dict[str, object]) -> tuple[Match, dict[str, object]]:
        self.asked += 1
        return super().matches(scope)


@pytest.fixture
def inner() -> list[BaseRoute]:
    return [
        Counting("/desk", said("home")),
        Counting("/desk/{place}", said("read"), methods=["GET"]),
        Counting("/desk/{place}", said("written"), methods=["POST"]),
    ]


@pytest.fixture
def visitor(inner: list[BaseRoute]) -> Visitor:
    return Visitor(Starlette(routes=[RouteGroup("/desk", inner), Route("/{slug}", said("slug"))]))


def test_the_first_route_that_takes_it_answers_with_what_stands_in_the_path(visitor: Visitor) -> None:
    assert [visitor.get(path).text for path in ("/desk", "/desk/here", "/deskless", "/x")] == [
        *("home", "read here", "slug deskless", "slug x"),
    ]
    assert visitor.post("/desk/here").text == "written here"


def test_another_method_is_405_and_another_path_404(visitor: Visitor) -> None:
    assert visitor.ask("DELETE", "/desk/here").status_code == 405
    assert visitor.get("/desk/here/and/there").status_code == 404


def test_who_asks_for_something_else_is_compared_with_none_of_them(visitor: Visitor, inner: list[Counting]) -> None:
    visitor.get("/deskless")
    visitor.get("/x")
    assert [route.asked for route in inner] == [0, 0, 0]
