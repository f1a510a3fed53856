"""The doctor says whether the language model that the settings name could be asked, and nothing where none is named."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from newsletter.config import Settings
from newsletter.sources.checks import drafting


def settings(url: str = "", model: str = "", per_day: int = 10) -> Settings:
    return Settings(drafting_url=SecretStr(url), drafting_model=model, drafting_tokens_per_day=per_day, _env_file=None)


def test_where_nobody_is_named_there_is_nothing_to_say() -> None:
    assert list(drafting(settings(), None)) == []


@pytest.mark.parametrize(("url", "model", "lacking"), [("http://127.0.0.1:1", "", "MODEL"), ("", "tide-1", "URL")])
def test_half_of_it_is_doubtful(url: str, model: str, lacking: str) -> None:
    (found,) = drafting(settings(url, model), None)
    assert (found.verdict, f"DRAFTING_{lacking} is not set" in found.what) == ("doubtful", True)


def test_what_is_wrong_with_it_is_doubtful_for_everything_else_works() -> None:
    whole = settings("http://127.0.0.1:1", "tide-1")
    assert [each.verdict for each in drafting(whole, lambda: "it cannot be asked")] == ["doubtful"]
    assert [each.verdict for each in drafting(whole, lambda: "")] == ["good"]
    (found,) = drafting(settings("http://127.0.0.1:1", "tide-1", 0), lambda: "")
    assert found.verdict == "doubtful" and "TOKENS_PER_DAY is 0" in found.what
