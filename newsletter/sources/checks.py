"""What the doctor looks at of what fills a draft."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from newsletter.config import Settings
from newsletter.verdicts import Result

_DRAFTING = "drafting"


def drafting(settings: Settings, look: Callable[[], str] | None) -> Iterable[Result]:
    """See that the language model that the settings name could be asked; `look` asks nothing that costs (None: nobody is named)."""
    address = bool(settings.drafting_url.get_secret_value())
    if look is None:
        if address or settings.drafting_model:
            lacking = "MODEL" if address else "URL"
            what = f"nobody proposes words: NEWSLETTER_DRAFTING_{lacking} is not set"
            yield Result(_DRAFTING, "doubtful", what, "set it, or empty the other: docs/drafting.md")
        return
    if not settings.drafting_tokens_per_day:
        what = "nobody proposes words: NEWSLETTER_DRAFTING_TOKENS_PER_DAY is 0"
        yield Result(_DRAFTING, "doubtful", what, "allow some, or empty NEWSLETTER_DRAFTING_URL")
    elif wrong := look():
        yield Result(_DRAFTING, "doubtful", wrong, "without it everything else works; docs/drafting.md")
    else:
        yield Result(_DRAFTING, "good", f"the language model {settings.drafting_model} can be asked")
