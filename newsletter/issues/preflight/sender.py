"""Rules about who sends: what the law wants a mail to show."""

from __future__ import annotations

from collections.abc import Iterator

from newsletter.issues.preflight.finding import Finding, Rule
from newsletter.issues.preflight.inspected import Inspected

NO_ADDRESS = Rule("no-postal-address", "advise", "the publication has no postal address")
RULES = (NO_ADDRESS,)


def look(issue: Inspected) -> Iterator[Finding]:
    """Look at the publication."""
    if not issue.brand.postal_address.strip():
        # 15 U.S.C. 7704(a)(5)(A)(iii) (CAN-SPAM) asks for one in commercial mail; not every newsletter is that.
        what = "the publication has no postal address, which commercial mail must show in many countries"
        yield NO_ADDRESS.found(what, "publication", "add one to the publication")
