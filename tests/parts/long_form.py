"""How often what kills and what deals moves at random does so: seldom with the suite, and often with `make chaos`.

With the suite each of them shows on every change that the house still stands; the long form looks for what happens once in many.
"""

from __future__ import annotations

import os

LONG = os.environ.get("NEWSLETTER_CHAOS") == "long"
"""Whether this is the long form."""


def often(short: int, long: int) -> int:
    """Return how often, in the form that runs."""
    return long if LONG else short
