"""Who acts by command: the operator, known by the account and the machine."""

from __future__ import annotations

import getpass
import platform

from newsletter.model.actor import Actor, operator


def at_machine() -> Actor:
    """Return the operator: whoever may run commands here has every right, and is written down by login name and host."""
    try:
        login = getpass.getuser()
    except (OSError, KeyError):  # an account without a name, as in some containers; Python < 3.13 raises KeyError
        login = ""
    return operator(login, place=platform.node())
