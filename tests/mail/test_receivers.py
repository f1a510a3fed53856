"""Tables of receivers as they stand in the settings."""

from __future__ import annotations

import pytest

from newsletter.config import load
from newsletter.errors import InputError
from newsletter.mail.receivers import GROUP_DOMAINS, domains_of_group, pairs, rate_of_group


def test_tables_are_read_as_written() -> None:
    assert rate_of_group("gmail=20  yahoo=.5") == {"gmail": 20.0, "yahoo": 0.5}
    assert domains_of_group("a=X.example,y.* b=z.example") == {"a": ["x.example", "y.*"], "b": ["z.example"]}
    assert list(domains_of_group(GROUP_DOMAINS)) == ["gmail", "microsoft", "yahoo", "apple"]
    assert pairs(" ") == []


@pytest.mark.parametrize("table", ["gmail", "gmail=", "=5", "gmail=x", "gmail=0", "gmail=-1", "gmail=inf", "gmail=nan"])
def test_a_rate_is_a_number_above_zero(table: str) -> None:
    with pytest.raises(ValueError, match="="):
        rate_of_group(table)


@pytest.mark.parametrize("table", ["gmail=a,,b", "gmail=reader@gmail.com", "day=x.example", "asked=x.example"])
def test_a_group_has_domains_and_a_name_of_its_own(table: str) -> None:
    with pytest.raises(ValueError, match=":"):
        domains_of_group(table)


def test_a_rate_for_a_group_nobody_is_in_is_refused() -> None:
    load(group_rates="other=2 gmail=3")
    with pytest.raises(InputError, match="GROUP_RATES names gmial"):
        load(group_rates="gmial=2")
