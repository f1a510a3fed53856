from __future__ import annotations

import pytest

from newsletter.errors import InputError, LimitError, NotFoundError, StoreError
from newsletter.web.errors import trouble_of
from tests.web.places import Visitor


def test_a_person_gets_a_page_and_a_program_json(visitor: Visitor) -> None:
    page, told = visitor.get("/nowhere"), visitor.get("/nowhere", accept="application/json")
    assert page.status_code == told.status_code == 404
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert told.json()["what"] == "There is no such publication."
    assert set(told.json()) == {"error", "what", "remedy"}


def test_errors_are_not_kept_by_caches(visitor: Visitor) -> None:
    for path in ("/nowhere", "/orchard/nothing", "/u/x", "/orchard?before=x"):
        assert visitor.get(path).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/orchard?before=2026-03-01.1.2", "/orchard/all/papers?before='"])
def test_a_mistyped_mark_is_explained(visitor: Visitor, path: str) -> None:
    answer = visitor.get(path)
    assert answer.status_code == 422
    assert "newest page" in answer.text


def test_nothing_of_our_insides_is_told_when_the_fault_is_ours() -> None:
    told = trouble_of(StoreError("disk full", where="postgresql://host/name", remedy="free some space"))
    assert told.status == 503 and told.retry_after > 0
    assert not {"disk", "postgresql", "space"} & set(f"{told.what} {told.remedy}".replace(".", "").split())


def test_a_persons_mistake_is_told_with_its_remedy() -> None:
    told = trouble_of(InputError("this is no address", remedy="write it like name@example.org"))
    assert (told.status, told.what) == (422, "This is no address.")
    assert told.remedy == "Write it like name@example.org."


def test_a_limit_says_how_long_to_wait() -> None:
    assert trouble_of(LimitError("slow down", retry_after=0)).headers == {"Retry-After": "1"}
    assert trouble_of(LimitError("slow down", retry_after=90)).headers == {"Retry-After": "90"}


def test_what_is_not_there_has_a_title() -> None:
    assert trouble_of(NotFoundError("no such thing")).title == "Nothing is here"
