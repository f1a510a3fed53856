"""The tools of this room, put together once per process; each is made when first asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from newsletter.accounts.api_keys import ApiKeys
from newsletter.accounts.editors import Team
from newsletter.accounts.links import Links
from newsletter.accounts.oidc_identities import Identities
from newsletter.accounts.passkeys import Passkeys
from newsletter.accounts.second_factor import SecondFactor
from newsletter.accounts.sign_in import SignIn
from newsletter.model.rights import Role
from newsletter.queue import Queue

if TYPE_CHECKING:
    from newsletter.accounts.oidc import SingleSignOn


@dataclass(frozen=True)
class Accounts:
    """What is done about editors, and about the keys of programs."""

    sign_in: SignIn
    queue: Queue
    base_url: str
    make_single_sign_on: Callable[[Identities], SingleSignOn | None]
    newcomers: Role | None = None

    @cached_property
    def team(self) -> Team:
        """The editors."""
        return Team(self.sign_in.database, self.sign_in.clock, self.sign_in.passwords)

    @cached_property
    def links(self) -> Links:
        """What makes links that work once, and follows them."""
        return Links(self.sign_in, self.team, self.queue, self.base_url)

    @cached_property
    def second_factor(self) -> SecondFactor:
        """What editors do about their second factor."""
        return SecondFactor(self.sign_in, self.base_url)

    @cached_property
    def passkeys(self) -> Passkeys:
        """What adds passkeys and lets editors in by them."""
        return Passkeys(self.second_factor)

    @cached_property
    def identities(self) -> Identities:
        """Who editors are at an issuer."""
        return Identities(self.sign_in, self.newcomers)

    @cached_property
    def single_sign_on(self) -> SingleSignOn | None:
        """What lets editors in by an issuer; None where none is set, or the extra is not installed."""
        return self.make_single_sign_on(self.identities)

    @cached_property
    def api_keys(self) -> ApiKeys:
        """The keys of programs."""
        return ApiKeys(self.sign_in.database, self.sign_in.clock)
