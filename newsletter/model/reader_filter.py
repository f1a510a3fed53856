"""Which readers a list shows and a change means: what is looked for, their state, and rules that all hold."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from newsletter.model.segment import SegmentRule
from newsletter.model.states import SubscriptionState

MOST_TICKED = 200
"""Readers that may be named one by one."""


class ReaderFilter(BaseModel):
    """Some readers of a publication. `words` begin an address or a name; `@example.org` is a domain; `ids` are subscriptions."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    words: Annotated[str, Field(max_length=320)] = ""
    state: SubscriptionState | None = None
    rules: tuple[SegmentRule, ...] = ()
    ids: Annotated[tuple[int, ...], Field(max_length=MOST_TICKED)] | None = None

    @property
    def is_everybody(self) -> bool:
        """Whether nobody is left out."""
        return not (self.words or self.state or self.rules) and self.ids is None
